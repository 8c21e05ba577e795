"""A server that went back to an older backup: what a device can put right, and what it cannot."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.extension.sitting import Opening, begin, finish, record
from tests.extension.stand import Candidate, Stand

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]


def backed_up(stand: Stand) -> Path:
    """Copy the data while the server stands still; it runs again afterwards."""
    stand.stop_server()
    backup = stand.folder / "backup"
    shutil.copytree(stand.folder / "data", backup)
    stand.start_server()
    return backup


def restore(backup: Path, stand: Stand, *, packs: bool) -> None:
    """Put the backup in the place of the data; the packs only where they are meant."""
    stand.stop_server()
    data = stand.folder / "data"
    if packs:
        shutil.rmtree(data)
        shutil.copytree(backup, data)
    else:
        for database in data.glob("meta.db*"):
            database.unlink()
        for database in backup.glob("meta.db*"):
            shutil.copy2(database, data)
    stand.start_server()


def receipted_beyond(candidate: Candidate, size: int) -> int:
    """Wait until the server has confirmed more than `size` leaves."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        confirmed: int = candidate.ask("progress.get")["receipted"]
        if confirmed > size:
            return confirmed
        record(candidate, 0.5)
    raise AssertionError(f"the server confirmed no more than {size}")


def test_a_log_that_went_back_is_brought_again_while_the_recordings_are_there(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        early = receipted_beyond(candidate, 4)
        backup = backed_up(stand)
        receipted_beyond(candidate, early + 6)
        restore(backup, stand, packs=False)
        attempt = finish(candidate)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert (review["verdict"], review["gaps"]) == ("complete", []), review["problems"]


def test_an_exam_whose_confirmed_recordings_are_lost_ends_there_and_can_be_removed(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        early = receipted_beyond(candidate, 4)
        backup = backed_up(stand)
        receipted_beyond(candidate, early + 6)
        restore(backup, stand, packs=True)
        candidate.ask("attempt.finish")
        refused = wait_until_refused(candidate)
        candidate.ask("attempt.forget", lose=True)
        again = candidate.ask(
            "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
        )

    assert refused["receipted"] >= early
    assert again["is"] == "launched"


def wait_until_refused(candidate: Candidate) -> dict[str, Any]:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        progress: dict[str, Any] = candidate.ask("progress.get")
        if progress["upload"]["refused"]:
            return progress
        record(candidate, 0.5)
    raise AssertionError(f"never refused: {progress}")
