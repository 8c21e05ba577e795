"""What the course's staff can do with a quiz."""


async def test_the_access_code_is_in_no_page_of_a_student(new_browser):
    ada, mina = await new_browser("u-ada"), await new_browser("u-mina")
    await ada.post("/quiz/1/manage", access_code="canary-code-1", minutes="45")
    attempt = await mina.start_quiz(access_code="canary-code-1")
    pages = [
        "/course/stat-101",
        "/quiz/1",
        f"/quiz/1/attempt?attempt={attempt}",
        f"/quiz/1/summary?attempt={attempt}",
        "/quiz/1/manage",
        "/static/quiz.js",
    ]
    for path in pages:
        page = await mina.get(path)
        assert "canary-code-1" not in page.text + str(page.headers), path


async def test_a_new_access_code_replaces_the_old_and_running_attempts_go_on(new_browser):
    ada, mina, jonas = [await new_browser(one) for one in ("u-ada", "u-mina", "u-jonas")]
    attempt = await mina.start_quiz()

    await ada.post("/quiz/1/manage", access_code="changed", minutes="45")

    assert (await mina.get(f"/quiz/1/attempt?attempt={attempt}")).status_code == 200
    assert (await jonas.post("/quiz/1/start", access_code="midterm-7316")).status_code == 403
    assert await jonas.start_quiz(access_code="changed")


async def test_an_empty_access_code_lets_everybody_in(new_browser):
    ada, mina = await new_browser("u-ada"), await new_browser("u-mina")
    await ada.post("/quiz/1/manage", access_code="", minutes="45")
    assert 'id="access-code"' not in (await mina.get("/quiz/1")).text
    assert await mina.start_quiz(access_code="")


async def test_a_made_up_code_is_shown_to_the_instructor_and_works(new_browser, campus):
    ada, mina = await new_browser("u-ada"), await new_browser("u-mina")
    await ada.post("/quiz/1/manage", access_code="typed", minutes="45", new_code="1")
    with campus.store.transaction() as db:
        code = db.execute("SELECT access_code FROM quizzes WHERE id = 1").fetchone()[0]
    assert code not in ("typed", "midterm-7316")
    assert code in (await ada.get("/quiz/1/manage")).text
    assert await mina.start_quiz(access_code=code)


async def test_a_reset_attempt_is_forgotten_and_the_code_is_asked_for_again(new_browser):
    tomas, mina = await new_browser("u-tomas"), await new_browser("u-mina")
    attempt = await mina.start_quiz()
    await mina.post("/quiz/1/autosave", attempt=attempt, answer_1="b")

    await tomas.post("/quiz/1/manage/reset", attempt=attempt)

    assert (await mina.get(f"/quiz/1/attempt?attempt={attempt}")).status_code == 404
    assert 'id="access-code"' in (await mina.get("/quiz/1")).text
    assert await mina.start_quiz() != attempt


async def test_staff_see_who_answered_what(new_browser):
    ada, mina = await new_browser("u-ada"), await new_browser("u-mina")
    attempt = await mina.start_quiz()
    await mina.post(
        "/quiz/1/autosave", attempt=attempt, answer_1="b", answer_2="13", answer_4="0,375"
    )

    overview = await ada.get("/quiz/1/manage")
    answers = await ada.get(f"/quiz/1/manage/attempts/{attempt}")

    assert "Mina Park" in overview.text
    assert "2 of 7" in overview.text
    assert answers.text.count("✓ Right") == 2
    assert answers.text.count("✗ Not right") == 1


async def test_settings_that_cannot_be_are_refused_and_nothing_changes(new_browser):
    ada = await new_browser("u-ada")
    for minutes in ("0", "1441", "-5", "ten", ""):
        refused = await ada.post("/quiz/1/manage", access_code="other", minutes=minutes)
        assert refused.status_code == 422, minutes
    assert "midterm-7316" in (await ada.get("/quiz/1/manage")).text
