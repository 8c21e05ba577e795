"""Who is signed in, and what a stranger's form is worth."""

import logging


async def test_a_page_asks_who_you_are_and_then_goes_on(new_browser):
    browser = await new_browser()
    turned_away = await browser.get("/quiz/1?x=1")
    assert turned_away.headers["location"] == "/sign-in?then=%2Fquiz%2F1%3Fx%3D1"

    entered = await browser.sign_in("u-mina", then="/quiz/1?x=1")

    assert entered.status_code == 303
    assert entered.headers["location"] == "/quiz/1?x=1"
    assert 'data-user-id="u-mina"' in (await browser.get("/quiz/1")).text


async def test_signing_in_never_leads_to_another_site(new_browser):
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nb"):
        browser = await new_browser()
        entered = await browser.sign_in("u-mina", then=elsewhere)
        assert entered.headers["location"] == "/"


async def test_two_browsers_are_two_people(new_browser):
    mina, jonas = await new_browser("u-mina"), await new_browser("u-jonas")
    assert 'data-user-id="u-mina"' in (await mina.get("/course/stat-101")).text
    assert 'data-user-id="u-jonas"' in (await jonas.get("/course/stat-101")).text


async def test_a_sign_in_form_of_another_browser_is_refused(new_browser):
    browser = await new_browser()
    await browser.get("/sign-in")
    forged = await browser.http.post("/sign-in", data={"person_id": "u-ada", "visit": "made-up"})
    assert forged.status_code == 403
    assert "campus_sign_in" not in browser.http.cookies


async def test_a_form_without_the_right_csrf_value_is_refused(new_browser):
    ada = await new_browser("u-ada")
    for csrf in ("", "made-up", "é"):
        ada.csrf = csrf
        refused = await ada.post("/quiz/1/manage", access_code="mine", minutes="10")
        assert refused.status_code == 403
        assert "out of date" in refused.text
    assert "midterm-7316" in (await ada.get("/quiz/1/manage")).text


async def test_after_signing_out_the_old_cookie_is_worth_nothing(new_browser):
    mina = await new_browser("u-mina")
    cookie = mina.http.cookies["campus_sign_in"]
    await mina.post("/sign-out")
    mina.http.cookies.set("campus_sign_in", cookie, domain="127.0.0.1")
    assert (await mina.get("/course/stat-101")).headers["location"].startswith("/sign-in")


async def test_students_and_assistants_are_kept_from_the_instructor_s_pages(new_browser):
    mina, tomas = await new_browser("u-mina"), await new_browser("u-tomas")
    for path in ("/tools", "/tools/add", "/links/new", "/quiz/1/manage", "/course/stat-101/grades"):
        assert (await mina.get(path)).status_code == 403, path
    for path in ("/tools", "/tools/add", "/links/new"):
        assert (await tomas.get(path)).status_code == 403, path
    assert (await tomas.get("/quiz/1/manage")).status_code == 200
    changed = await tomas.post("/quiz/1/manage", access_code="mine", minutes="10")
    assert changed.status_code == 403


async def test_every_page_carries_the_protective_headers(new_browser):
    mina = await new_browser("u-mina")
    for path in ("/sign-in", "/course/stat-101", "/quiz/1", "/nowhere", "/static/campus.css"):
        headers = (await mina.get(path)).headers
        assert headers["x-frame-options"] == "SAMEORIGIN", path
        assert "frame-ancestors 'self'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"], path
    assert (await mina.get("/quiz/1")).headers["cache-control"] == "no-store"


async def test_logs_hold_no_query_string(new_browser, caplog):
    mina = await new_browser("u-mina")
    with caplog.at_level(logging.DEBUG, logger="campus"):
        await mina.get("/lti/auth?state=secret-state&lti_message_hint=secret-hint")
    assert "GET /lti/auth 400" in caplog.text
    assert "secret" not in caplog.text


async def test_a_body_that_is_too_large_is_not_read(new_browser):
    mina = await new_browser("u-mina")
    answer = await mina.post("/quiz/1/autosave", attempt="1", answer_1="x" * (1024 * 1024))
    assert answer.status_code == 413
