"""The candidate's engine against the real server, in a real Chromium with a real screen."""

from __future__ import annotations

import itertools
import signal
from pathlib import Path

import pytest

from tests.extension.crash import kill_browser
from tests.extension.left import left_behind
from tests.extension.media import beeps, boxes, duration_s, frames, joined, probe, step_of
from tests.extension.sitting import Opening, begin, finish, of_stream, paths, record
from tests.extension.stand import Candidate, Stand

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.usefixtures("screen")]


def test_a_recorded_exam_is_complete_and_every_second_of_it_is_there(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 22)
        attempt = finish(candidate)
        left = left_behind(candidate)
    opened = tmp_path / "opened"
    review = stand.review(attempt["attempt"]["id"], opened)

    assert review["verdict"] == "complete", review["problems"]
    assert attempt["receipt"]["counts"].keys() >= {"agreement", "camera", "checks", "screen"}
    assert attempt["receipt"]["note"].count("\n— ") == 2
    assert left["rows"] == {"files": 0, "leaves": 0, "marks": 0, "secrets": 0}
    assert (left["folders"], left["session"]) == ([], {})
    camera = joined(paths(review, "camera", opened), tmp_path / "camera.mp4")
    seen = frames(camera)
    numbers = [frame.number for frame in seen]
    assert numbers == sorted(numbers)
    every_second = {number // 10 for number in numbers}
    assert every_second == set(range(min(every_second), max(every_second) + 1))
    assert duration_s(camera, "video") > 20
    assert abs(duration_s(camera, "video") - duration_s(camera, "audio")) < 0.3
    assert all(frame.is_flash == (frame.number % 10 == 0) for frame in seen)
    start_s, drift_s = step_of(seen, beeps(camera))
    assert abs(start_s) < 0.1
    assert abs(drift_s) < 0.1


def test_files_follow_each_other_without_a_hole_and_the_screen_says_which_need_their_predecessors(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 17)
        attempt = finish(candidate)
    opened = tmp_path / "opened"
    review = stand.review(attempt["attempt"]["id"], opened)

    for stream in ("camera", "screen"):
        files = of_stream(review, stream)
        holes = [b["t0Ms"] - a["t1Ms"] for a, b in itertools.pairwise(files)]
        assert max(holes) <= 0, (stream, files)
    kinds = [file["continuity"] for file in of_stream(review, "screen")]
    assert kinds == ["whole"] + ["delta"] * (len(kinds) - 1)
    for path, kind in zip(paths(review, "screen", opened), kinds, strict=True):
        names = [name for name, _ in boxes(path.read_bytes())]
        assert names == [b"ftyp", b"moov", b"moof", b"mdat"]
        keys = ["K" in packet["flags"] for packet in probe(path)]
        assert keys[0] is (kind == "whole")
        assert not any(keys[1:])


def test_a_server_that_is_killed_for_a_while_costs_nothing(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 6)
        stand.stop_server(signal.SIGKILL)
        record(candidate, 65)
        waiting = candidate.ask("progress.get")["upload"]
        stand.start_server()
        record(candidate, 3)
        attempt = finish(candidate)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert waiting["is"] == "offline"
    # Camera and screen, a file each in five seconds.
    assert waiting["files_left"] >= 2 * 60 // 5
    assert (review["verdict"], review["gaps"]) == ("complete", [])


def test_a_service_worker_that_is_stopped_is_not_missed(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        for _ in range(3):
            record(candidate, 4)
            devtools = context.new_cdp_session(candidate.page)
            devtools.send("ServiceWorker.enable")
            devtools.send("ServiceWorker.stopAllWorkers")
        attempt = finish(candidate)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert (review["verdict"], review["gaps"]) == ("complete", [])


def test_a_killed_browser_comes_back_and_declares_the_gap(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 12)
        kill_browser(stand.folder / "profile")
    with opening() as context:
        candidate = Candidate.arrive(context)
        interrupted = candidate.wait_for_phase("interrupted")
        watcher = Candidate.arrive(context)
        message = {"to": "background", "kind": "attempt.resume", "body": {}}
        candidate.page.evaluate("message => void chrome.runtime.sendMessage(message)", message)
        watcher.wait_for_phase("recording")
        record(watcher, 8)
        attempt = finish(watcher)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert interrupted["interrupted"]["cause"] == "crash"
    assert review["verdict"] == "complete", review["problems"]
    assert [gap["cause"] for gap in review["gaps"]] == ["crash"]
    [gap] = review["gaps"]
    camera = of_stream(review, "camera")
    before = [file for file in camera if file["t1Ms"] <= gap["fromMs"]]
    after = [file for file in camera if file["t0Ms"] >= gap["toMs"]]
    assert before
    assert after
    assert len(before) + len(after) == len(camera)


def test_a_browser_that_is_killed_before_its_first_file_declares_the_gap_from_the_beginning(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 1)
        kill_browser(stand.folder / "profile")
    with opening() as context:
        candidate = Candidate.arrive(context)
        candidate.wait_for_phase("interrupted")
        watcher = Candidate.arrive(context)
        candidate.press("attempt.resume")
        watcher.wait_for_phase("recording")
        record(watcher, 7)
        attempt = finish(watcher)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert review["verdict"] == "complete", review["problems"]
    [gap] = review["gaps"]
    first = of_stream(review, "camera")[0]
    assert gap["cause"] == "crash"
    assert gap["fromMs"] < 5_000
    assert 0 <= first["t0Ms"] - gap["toMs"] < 3_000
