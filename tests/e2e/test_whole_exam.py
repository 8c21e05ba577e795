"""One whole exam: from the course in the LMS to the review, sealed all the way."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from ops.dev.system import program
from ops.sit.course import ACCESS_CODE
from ops.sit.student import NAME
from tests.e2e.barriers import barriers_of, is_too_wide
from tests.e2e.conftest import SECONDS, Sitting
from tests.e2e.plaintext import CONTROL, TEXTS, found_in_files, pieces_of, secrets_of
from tests.extension.clips import FRAMES_PER_S
from tests.extension.media import beeps, frames, step_of

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

STEP_S = 0.1


def test_an_exam_goes_from_the_course_to_an_export_that_is_complete_and_unaltered(
    sitting: Sitting,
) -> None:
    assert sitting.verdict.said[0] == "Complete and unaltered."
    assert sitting.verdict.exit_code == 0


def test_every_second_of_the_camera_is_there_and_in_order(sitting: Sitting) -> None:
    numbers = [frame.number for frame in frames(sitting.extracted / "camera.mp4")]

    seconds = sorted({number // FRAMES_PER_S for number in numbers})
    assert numbers == sorted(numbers)
    assert seconds == list(range(seconds[0], seconds[-1] + 1))
    assert len(seconds) >= SECONDS


def test_the_sound_keeps_in_step_with_the_picture(sitting: Sitting) -> None:
    camera = sitting.extracted / "camera.mp4"
    heard = beeps(camera)
    start_s, drift_s = step_of(frames(camera), heard)

    assert len(heard) >= SECONDS
    assert abs(start_s) < STEP_S
    assert abs(drift_s) < STEP_S


def test_what_the_browser_lent_is_given_back_at_the_end(sitting: Sitting) -> None:
    lent, left = sitting.sat.lent, sitting.sat.left

    assert "scripting" in lent["permissions"]
    assert lent["origins"] == [f"{sitting.place.installation.campus_url}/*"]
    assert left["origins"] == []
    assert left["permissions"] == sorted(set(lent["permissions"]) - {"scripting"})


def test_the_server_holds_nothing_that_can_be_read(sitting: Sitting) -> None:
    secrets, control = secrets_of(sitting.instructor.phrase, sitting.export), CONTROL
    data = sitting.place.installation.directory
    log = (data / "invigil.log").read_bytes()

    # What a server must know is found everywhere: so would be what it must not know.
    assert found_in_files(data / "server", control) == control
    assert sitting.remembered & control == control
    assert b"/api/launches/redeem" in log
    assert {"camera", "screen", *TEXTS} == {
        stream for stream, pieces in pieces_of(sitting.extracted).items() if pieces <= secrets
    }
    assert len(secrets) > 200
    assert found_in_files(data / "server", secrets) == set()
    assert sitting.remembered & secrets == set()
    assert {secret for secret in secrets if secret in log} == set()


def test_the_access_code_was_handed_in_and_stands_in_no_file_of_the_server(
    sitting: Sitting,
) -> None:
    data = sitting.place.installation.directory
    code = {ACCESS_CODE.encode()}

    # The LMS keeps it in clear: the search finds it there.
    assert found_in_files(data / "campus", code) == code
    assert found_in_files(data / "server", code) == set()
    assert ACCESS_CODE.encode() not in (data / "invigil.log").read_bytes()


def test_the_export_opens_with_the_stock_age(sitting: Sitting, tmp_path: Path) -> None:
    age = program("age")
    if age is None:
        pytest.skip("age is not installed")
    with zipfile.ZipFile(sitting.export) as archive:
        archive.extractall(tmp_path)

    opened = subprocess.run(
        [age, "-d", "-i", tmp_path / "identities.txt", tmp_path / "segments" / "camera-0.age"],
        capture_output=True,
        check=False,
    )

    assert opened.returncode == 0, opened.stderr
    assert opened.stdout[4:8] == b"ftyp"


def test_no_page_on_the_way_has_a_barrier(sitting: Sitting) -> None:
    assert sitting.barriers == []


@pytest.mark.parametrize("room", ["exams", "people", "keys", "keyring", "lms", "audit"])
def test_a_room_of_the_staff_app_has_no_barrier_and_fits_a_narrow_screen(
    sitting: Sitting, room: str
) -> None:
    page = sitting.staff_page
    page.get_by_role("navigation").locator(f"a[href='#/{room}']").click()
    page.get_by_role("heading", level=1).wait_for()
    page.get_by_text("Loading…").first.wait_for(state="hidden")

    assert barriers_of(room, page) == []
    assert not is_too_wide(page)


def test_the_audit_record_says_in_words_who_did_what(sitting: Sitting) -> None:
    page = sitting.staff_page
    page.get_by_role("navigation").locator("a[href='#/audit']").click()

    rows = page.locator("tbody tr")
    rows.first.wait_for()
    deeds = rows.locator("td:nth-child(3)").all_inner_texts()
    who = rows.locator("td:nth-child(2)").all_inner_texts()
    assert "Opened an attempt's recording" in deeds
    assert "Attempt: recording runs" in deeds
    assert [deed for deed in deeds if " " not in deed and "." in deed] == []
    assert who[deeds.index("Attempt: recording runs")] == NAME
