"""`invigil lti` as an operator types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def _invigil(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "INVIGIL_DATA_DIR": str(data_dir), "INVIGIL_PORT": "8610"}
    return subprocess.run(
        [sys.executable, "-m", "invigil", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _ask(data_dir: Path, *arguments: str) -> Any:
    done = _invigil(data_dir, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


ADD = (
    "lti",
    "add",
    "--institution=demo",
    "--issuer=https://lms.example",
    "--client-id=c-1",
    "--auth-url=https://lms.example/auth",
    "--token-url=https://lms.example/token",
    "--jwks-url=https://lms.example/jwks",
    "--deployment=1",
    "--origin=https://university.example",
)


def test_an_operator_connects_lists_approves_rotates_and_removes(data_dir: Path) -> None:
    made = ("--institution=demo", "--name=Demo University", "--administrator=Ada")
    _ask(data_dir, "init", *made)

    urls = _ask(data_dir, "lti", "urls")
    added = _ask(data_dir, *ADD)
    [listed] = _ask(data_dir, "lti", "list")
    approved = _ask(data_dir, "lti", "approve", added["id"])

    assert urls["login_url"] == "http://127.0.0.1:8610/lti/login"
    assert listed == added == approved
    assert added["state"] == "approved"
    assert added["origins"] == ["https://lms.example", "https://university.example"]

    twice = _invigil(data_dir, *ADD)
    unsafe = _invigil(data_dir, *ADD, "--client-id=c-2", "--jwks-url=http://10.0.0.1/jwks")
    unknown = _invigil(data_dir, "lti", "approve", "nothing")
    for refused, words in (
        (twice, "connected already"),
        (unsafe, "INVIGIL_LTI_TRUSTED_HOSTS"),
        (unknown, "invigil lti list"),
    ):
        assert refused.returncode == 1
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr

    assert _invigil(data_dir, "lti", "rotate-keys").returncode == 0
    assert _invigil(data_dir, "lti", "rotate-keys", "--discard").returncode == 0
    assert _invigil(data_dir, "lti", "remove", added["id"]).returncode == 0
    assert _ask(data_dir, "lti", "list") == []
