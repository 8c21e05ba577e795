"""The command as a program."""

import json
import subprocess
import sys

import pytest
from candidate import Attempt, media, whole


def run(*arguments):
    command = [sys.executable, "-m", "invigil_verify.cli", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def test_the_command_verifies_and_extracts(tmp_path):
    path = whole().export(tmp_path / "export.zip")

    done = run(path, "--extract", tmp_path / "out")

    assert done.returncode == 0, done.stderr
    assert "Complete and unaltered." in done.stdout
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["camera.mp4", "events.jsonl", "screen.mp4"]


def test_the_command_names_the_problem_and_fails(tmp_path):
    attempt = whole()
    del attempt.files["camera", 1]

    done = run(attempt.export(tmp_path / "export.zip"), "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"][0] == {
        "kind": "missing",
        "stream": "camera",
        "index": 1,
        "reason": None,
        "sentence": "segments/camera-1.age is not in the export.",
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("none.zip",), "none.zip"),
        (("none.zip", "--fingerprint", "12"), "64 hexadecimal digits"),
        (("none.zip", "--passphrase-file", "no-such-file"), "no-such-file cannot be read as text"),
    ],
)
def test_the_command_says_what_it_cannot_read(arguments, sentence):
    done = run(*arguments)

    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_says_where_it_cannot_write(tmp_path):
    path = whole().export(tmp_path / "export.zip")

    done = run(path, "--extract", path)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_command_names_what_it_left_out_and_what_waits(tmp_path):
    attempt = Attempt()
    attempt.seal("camera", b"\x00\x00\x00\x10ftyp")
    attempt.seal("camera", media(b"i", b"f"))
    attempt.sign(size=2)
    path = attempt.export(tmp_path / "export.zip", state="running")

    done = run(path, "--extract", tmp_path / "out")

    assert done.returncode == 1
    assert "Left out camera-0: it is no film." in done.stdout
    assert "Entries that wait for a checkpoint: 1;" in done.stdout
