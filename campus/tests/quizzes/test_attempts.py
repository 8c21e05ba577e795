"""A candidate's way through a quiz, and what the clock and the access code decide."""

from html import unescape

import pytest

MIDTERM_S = 45 * 60
GRACE_S = 5


async def test_a_midterm_goes_from_page_to_page_to_the_hand_in_page(new_browser):
    mina = await new_browser("u-mina")
    attempt = await mina.start_quiz()
    for page in range(8):
        shown = await mina.get(f"/quiz/1/attempt?attempt={attempt}&page={page}")
        assert f'data-page="{page}" data-pages="8"' in shown.text
        assert shown.text.count('class="question"') == 1
        button = "next" if page < 7 else "finish"
        fields = {"attempt": attempt, "page": str(page), f"answer_{page + 1}": "b", button: "1"}
        moved = await mina.post("/quiz/1/process", **fields)
    assert moved.headers["location"] == f"/quiz/1/summary?attempt={attempt}"
    assert (await mina.get(moved.headers["location"])).text.count("Answer saved") == 8

    handed_in = await mina.post("/quiz/1/hand-in", attempt=attempt)

    assert handed_in.headers["location"] == f"/quiz/1/done?attempt={attempt}"
    done = await mina.get(handed_in.headers["location"])
    assert "Your answers are handed in" in done.text
    assert 'id="page-quiz-done"' in done.text
    assert 'data-handed-in-by="candidate"' in done.text


async def test_the_weekly_test_is_one_page_and_is_handed_in_from_it(new_browser):
    lea = await new_browser("u-lea")
    attempt = await lea.start_quiz(2, "weekly-2048")
    shown = await lea.get(f"/quiz/2/attempt?attempt={attempt}")
    assert shown.text.count('class="question"') == 4

    handed_in = await lea.post("/quiz/2/hand-in", attempt=attempt, page="0", answer_2="8")

    assert handed_in.headers["location"] == f"/quiz/2/done?attempt={attempt}"
    assert "1 of 4 questions" in (await lea.get(handed_in.headers["location"])).text


@pytest.mark.parametrize("code", ["", "wrong", "weekly-2048", "é", "MIDTERM-7316"])
async def test_a_wrong_access_code_says_so_and_starts_nothing(new_browser, code):
    mina, ada = await new_browser("u-mina"), await new_browser("u-ada")

    refused = await mina.post("/quiz/1/start", access_code=code)

    assert refused.status_code == 403
    assert 'id="page-quiz-view"' in refused.text
    assert 'id="access-code-error"' in refused.text
    assert "Nobody has started yet" in (await ada.get("/quiz/1/manage")).text
    assert (await mina.get("/quiz/1/start")).headers["location"] == "/quiz/1"


async def test_a_second_browser_is_asked_for_the_code_again(new_browser):
    first, second = await new_browser("u-mina"), await new_browser("u-mina")
    attempt = await first.start_quiz()

    for page in (f"attempt?attempt={attempt}", f"summary?attempt={attempt}"):
        assert (await second.get(f"/quiz/1/{page}")).headers["location"] == "/quiz/1"
    refused = await second.post("/quiz/1/process", attempt=attempt, page="0", answer_1="a")
    assert refused.status_code == 403
    assert 'data-problem="access-code-needed"' in refused.text
    assert (await second.post("/quiz/1/hand-in", attempt=attempt)).status_code == 403
    assert 'id="access-code"' in (await second.get("/quiz/1")).text
    assert 'id="access-code"' not in (await first.get("/quiz/1")).text

    assert await second.start_quiz() == attempt
    assert (await second.get(f"/quiz/1/attempt?attempt={attempt}")).status_code == 200


async def test_the_pass_ends_with_the_attempt(new_browser):
    mina = await new_browser("u-mina")
    first = await mina.start_quiz()
    await mina.post("/quiz/1/hand-in", attempt=first)

    assert 'id="access-code"' in (await mina.get("/quiz/1")).text
    assert (await mina.post("/quiz/1/start")).status_code == 403
    assert await mina.start_quiz() != first


async def test_the_server_ends_the_attempt_when_its_time_is_up(new_browser, clock):
    mina = await new_browser("u-mina")
    attempt = await mina.start_quiz()
    await mina.post("/quiz/1/autosave", attempt=attempt, answer_1="b")
    clock.now += MIDTERM_S + GRACE_S + 1

    late = await mina.post("/quiz/1/process", attempt=attempt, page="1", answer_2="14", next="1")

    assert late.headers["location"] == f"/quiz/1/done?attempt={attempt}"
    assert (
        (await mina.get(f"/quiz/1/attempt?attempt={attempt}"))
        .headers["location"]
        .startswith("/quiz/1/done")
    )
    done = await mina.get(f"/quiz/1/done?attempt={attempt}")
    assert 'data-handed-in-by="time"' in done.text
    assert "1 of 8 questions" in done.text
    refused = await mina.post("/quiz/1/autosave", attempt=attempt, answer_2="14")
    assert refused.status_code == 409


async def test_the_page_s_own_hand_in_at_the_end_still_counts(new_browser, clock):
    mina = await new_browser("u-mina")
    attempt = await mina.start_quiz()
    clock.now += MIDTERM_S + 2

    sent = await mina.post("/quiz/1/process", attempt=attempt, page="0", answer_1="b", timeup="1")

    assert sent.headers["location"] == f"/quiz/1/done?attempt={attempt}"
    done = await mina.get(sent.headers["location"])
    assert 'data-handed-in-by="time"' in done.text
    assert "1 of 8 questions" in done.text


async def test_a_page_cannot_end_the_time_early(new_browser):
    mina = await new_browser("u-mina")
    attempt = await mina.start_quiz()
    sent = await mina.post("/quiz/1/process", attempt=attempt, page="0", timeup="1")
    assert sent.headers["location"] == f"/quiz/1/attempt?attempt={attempt}&page=0"


async def test_the_time_runs_on_while_the_browser_is_closed(new_browser, clock):
    first = await new_browser("u-mina")
    attempt = await first.start_quiz()
    clock.now += 600
    second = await new_browser("u-mina")
    await second.start_quiz()
    shown = await second.get(f"/quiz/1/attempt?attempt={attempt}")
    assert f'data-seconds-left="{MIDTERM_S - 600}"' in shown.text


async def test_autosave_keeps_only_what_it_was_sent(new_browser):
    mina = await new_browser("u-mina")
    attempt = await mina.start_quiz()
    essay = "Storks & births: <b>both</b> depend on size.\n“Third variable”"
    await mina.post("/quiz/1/autosave", attempt=attempt, answer_1="c")

    saved = await mina.post("/quiz/1/autosave", attempt=attempt, answer_8=essay, answer_99="x")

    assert saved.json() == {"status": "saved", "seconds_left": MIDTERM_S}
    assert 'value="c" checked' in (await mina.get(f"/quiz/1/attempt?attempt={attempt}")).text
    shown = (await mina.get(f"/quiz/1/attempt?attempt={attempt}&page=7")).text
    assert "<b>both</b>" not in shown
    assert essay in unescape(shown)


async def test_another_person_s_attempt_does_not_exist(new_browser):
    mina, jonas = await new_browser("u-mina"), await new_browser("u-jonas")
    attempt = await mina.start_quiz()
    await jonas.start_quiz()
    for page in ("attempt", "summary", "done", "review"):
        assert (await jonas.get(f"/quiz/1/{page}?attempt={attempt}")).status_code == 404, page
    for action in ("process", "autosave", "hand-in"):
        refused = await jonas.post(f"/quiz/1/{action}", attempt=attempt, page="0", answer_1="a")
        assert refused.status_code == 404, action


@pytest.mark.parametrize("path", ["attempt", "attempt?attempt=x", "attempt?attempt=0"])
async def test_an_address_that_means_nothing_gets_a_plain_page(new_browser, path):
    mina = await new_browser("u-mina")
    answer = await mina.get(f"/quiz/1/{path}")
    assert answer.status_code == 422
    assert "another look" in answer.text


async def test_a_page_past_the_last_does_not_exist(new_browser):
    mina = await new_browser("u-mina")
    attempt = await mina.start_quiz()
    assert (await mina.get(f"/quiz/1/attempt?attempt={attempt}&page=8")).status_code == 404
