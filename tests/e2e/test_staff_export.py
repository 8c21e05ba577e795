"""An export whose keys are sealed to a phrase: opened with stock tools, at a real terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from ops.dev.system import program
from tests.e2e.reading_room import UNLOCKING_MS, reading_room

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Sealed:
    """The ZIP as it came to the downloads, and the words on the reviewer's paper."""

    export: Path
    phrase: str
    fingerprint: str
    """The institution's, as the staff app shows it."""


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[Sealed]:
    folder = tmp_path_factory.mktemp("sealed")
    with reading_room(folder, playwright) as room:
        page = room.watch()
        page.get_by_role("button", name="Export this attempt").click()
        with page.expect_download(timeout=UNLOCKING_MS) as download:
            page.get_by_role("button", name="Make the ZIP").click()
        download.value.save_as(folder / "export.zip")
        written = page.get_by_role("dialog").locator("ol > li")
        expect(written).to_have_count(9)
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("status")).to_contain_text("Complete and unaltered")
        fingerprint = room.at("/keyring").locator("code").text_content() or ""
        phrase = " ".join(written.all_inner_texts())
        yield Sealed(folder / "export.zip", phrase, fingerprint)


def at_a_terminal(command: list[str | Path], typed: str, folder: Path) -> int:
    """Run a command that reads a passphrase from its terminal, and type it there. Its exit code."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execv(command[0], [str(word) for word in command])
    said = b""
    while b"assphrase" not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, typed.encode() + b"\n")
    _read_to_the_end(terminal)
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status)


def _read_to_the_end(terminal: int) -> None:
    """A terminal that nobody reads blocks who writes to it; at its end reading fails."""
    try:
        while os.read(terminal, 1024):
            pass
    except OSError:
        return


def test_stock_age_opens_the_keys_by_the_phrase_and_then_the_recording(
    sealed: Sealed, tmp_path: Path
) -> None:
    age = program("age")
    if age is None:
        pytest.skip("age is not installed")
    with zipfile.ZipFile(sealed.export) as archive:
        assert "identities.txt" not in archive.namelist()
        archive.extractall(tmp_path)
    unseal: list[str | Path] = [age, "-d", "-o", "identities.txt", "identities.txt.age"]

    refused = at_a_terminal(unseal, "other words", tmp_path)
    opened = at_a_terminal(unseal, sealed.phrase, tmp_path)
    played = subprocess.run(
        [age, "-d", "-i", "identities.txt", "segments/camera-0.age"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert refused != 0
    assert opened == 0
    assert played.returncode == 0, played.stderr
    assert played.stdout[4:8] == b"ftyp"


def verified(sealed: Sealed, folder: Path, *more: str | Path) -> subprocess.CompletedProcess[str]:
    paper = folder / "phrase.txt"
    paper.write_text(f"{sealed.phrase}\n")
    command = [Path(sys.executable).with_name("invigil-verify"), sealed.export]
    return subprocess.run(
        [*command, "--passphrase-file", paper, *more],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_verifier_opens_it_with_the_phrase_and_extracts_the_videos(
    sealed: Sealed, tmp_path: Path
) -> None:
    done = verified(sealed, tmp_path, "--extract", tmp_path / "out")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Complete and unaltered.")
    for name in ("camera.mp4", "screen.mp4"):
        assert (tmp_path / "out" / name).stat().st_size > 10_000


def test_its_readme_asks_for_the_fingerprint_that_tells_a_forged_institution(
    sealed: Sealed, tmp_path: Path
) -> None:
    with zipfile.ZipFile(sealed.export) as archive:
        readme = archive.read("README.txt").decode()

    assert "invigil-verify export.zip --fingerprint HEX" in readme
    assert verified(sealed, tmp_path, "--fingerprint", sealed.fingerprint).returncode == 0
    forged = verified(sealed, tmp_path, "--fingerprint", "0" * 64)
    assert forged.returncode == 1
    assert "untrusted" in forged.stdout
