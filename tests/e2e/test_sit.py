"""`make sit`: the whole exam as one command, and what it leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.dev.stamps import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

SECONDS = 12


def test_the_command_leaves_what_was_promised(tmp_path: Path) -> None:
    out = tmp_path / "sitting"
    sat = _python("-m", "ops.sit", "--seconds", str(SECONDS), "--out", out)

    assert sat.returncode == 0, sat.stdout + sat.stderr
    assert "Complete and unaltered." in sat.stdout
    pictures = sorted(path.name for path in out.glob("*.png"))
    assert pictures[0].startswith("01-the-instructor-opens-the-exam")
    assert pictures[-1].endswith("the-reviewer-exports-the-attempt.png")
    result = json.loads((out / "result.json").read_text())
    assert result["verdict"]["exit_code"] == 0
    assert len(result["steps"]) >= 15
    _check_timing(json.loads((out / "timing.json").read_text()))
    verified = _python("-m", "invigil_verify.cli", out / "export.zip")
    assert verified.returncode == 0, verified.stdout


def _check_timing(timing: dict[str, Any]) -> None:
    """Every figure that is promised is there, and could be true."""
    assert 0 < timing["first_upload_ms"] < timing["duration_ms"]
    assert timing["duration_ms"] > SECONDS * 1000
    # A second has ten pictures of the camera; a screen shows as many as change.
    assert timing["encode_ms"]["camera"]["count"] > SECONDS * 5
    assert timing["encode_ms"]["screen"]["count"] > 1
    assert timing["seal_ms"]["camera"]["count"] >= SECONDS // 5
    for step in ("encode_ms", "seal_ms", "end_of_file_to_durable_ms"):
        for stream in ("camera", "screen"):
            assert 0 < timing[step][stream]["median"] <= timing[step][stream]["max"]
    assert timing["bytes_per_stream"]["camera"]["bytes"] > 10_000
    for process in ("server", "student extension", "student browser"):
        assert timing["processes"][process]["cpu_s"] > 0
        assert timing["processes"][process]["peak_memory_mb"] > 1


def test_a_clip_that_is_not_there_is_named_before_anything_starts(tmp_path: Path) -> None:
    out = tmp_path / "kept"
    out.mkdir()

    refused = _python("-m", "ops.sit", "--camera", "no-such.y4m", "--out", out)

    assert refused.returncode == 2
    assert "no-such.y4m is not there" in refused.stderr
    assert out.exists()


def _python(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
