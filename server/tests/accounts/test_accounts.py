"""People, roles, invitations and the audit record."""

from __future__ import annotations

import pytest

from invigil.accounts import service
from invigil.accounts.roles import Grant, Role
from invigil.accounts.service import LmsIdentity, NameRefusedError
from invigil.kit.tokens import token_hash
from server.tests.factories.world import bearer


@pytest.fixture
async def institution(world):
    return await world.institution()


async def test_an_invited_person_comes_in_once_with_the_roles_given(client, world, institution):
    administrator = await world.administrator(institution)
    course = await world.course(institution)
    invitation = await client.post(
        "/api/invitations",
        json={"name": "Grace  Hopper\n", "roles": ["author"], "course_id": course.id},
        headers=administrator.headers,
    )

    made = invitation.json()
    link = made["links"][0]
    assert link.startswith("chrome-extension://abcdefghijklmnopabcdefghijklmnop/open.html#v=1&")
    assert "server=https%3A%2F%2Finvigil.example.org&token=ilt1." in link
    world.clock.advance(hours=23)
    body = {"token": made["token"], "client_version": "0.1.0"}
    came_in = (await client.post("/api/launches/redeem", json=body)).json()
    assert came_in["person"]["name"] == "Grace Hopper"
    assert came_in["roles"] == [{"role": "author", "course_id": course.id}]


async def test_an_invitation_to_a_course_of_others_is_refused(client, world, institution):
    administrator = await world.administrator(institution)
    course = await world.course(await world.institution("elsewhere"))

    answer = await client.post(
        "/api/invitations",
        json={"name": "Eve", "roles": ["author"], "course_id": course.id},
        headers=administrator.headers,
    )

    assert answer.status_code == 404


async def test_an_author_needs_a_course(client, world, institution):
    administrator = await world.administrator(institution)

    answer = await client.post(
        "/api/invitations", json={"name": "Eve", "roles": ["author"]}, headers=administrator.headers
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "/api/invitations"),
        ("GET", "/api/audit"),
        ("GET", "/api/people"),
        ("POST", "/api/roots"),
        ("GET", "/api/me/root-backup"),
    ],
)
async def test_only_administrators_administer(client, world, institution, method, url):
    author = await world.author(await world.course(institution))
    body = {"name": "Eve", "roles": ["administrator"], "note": "x"}

    answer = await client.request(
        method, url, json=body if method == "POST" else None, headers=author.headers
    )

    assert (answer.status_code, answer.json()["code"]) in [
        (403, "administrator-needed"),
        (422, "request-invalid"),
    ]
    if method == "GET":
        assert answer.status_code == 403


async def test_the_audit_record_says_who_did_what_to_administrators_of_the_place(
    client, world, institution
):
    administrator = await world.administrator(institution)
    author = await world.author(await world.course(institution))
    course = (await client.get("/api/courses", headers=author.headers)).json()["courses"][0]
    made = await client.post(
        "/api/exams", json={"course_id": course["id"], "title": "A"}, headers=author.headers
    )
    other = await world.administrator(await world.institution("elsewhere"))

    records = (await client.get("/api/audit", headers=administrator.headers)).json()["records"]
    elsewhere = (await client.get("/api/audit", headers=other.headers)).json()["records"]

    (record,) = records
    assert (record["action"], record["subject"]) == ("exam.make", f"exam/{made.json()['id']}")
    assert record["person"]["id"] == author.person.id
    assert elsewhere == []


async def test_the_audit_record_is_paged_from_the_newest(client, world, institution):
    administrator = await world.administrator(institution)
    for _ in range(3):
        await client.post(
            "/api/invitations",
            json={"name": "Somebody", "roles": ["administrator"]},
            headers=administrator.headers,
        )
        world.clock.advance(seconds=1)

    first = (await client.get("/api/audit?limit=2", headers=administrator.headers)).json()
    url = f"/api/audit?limit=2&cursor={first['next']}"
    second = (await client.get(url, headers=administrator.headers)).json()

    times = [each["at"] for each in first["records"] + second["records"]]
    assert (len(times), second["next"]) == (3, None)
    assert times == sorted(times, reverse=True)


async def test_tokens_are_stored_as_hashes_only(world, institution, ports):
    person = await world.person(institution)
    token = await world.launch(person)

    async with ports.database.engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM launch_token")).all()

    assert token not in str(rows)
    assert token_hash(token) in str(rows)


async def test_an_lms_account_stays_the_same_person_under_a_new_name(world, institution):
    lms = LmsIdentity("https://lms.example.org", "client-1", "7")
    async with world.ports.database.transaction() as session:
        first = await service.person_of_identity(
            session, institution.id, lms, name="Ada L.", now_ms=world.now
        )
        again = await service.person_of_identity(
            session, institution.id, lms, name="Ada Lindqvist", now_ms=world.now
        )

    assert (again.id, again.name) == (first.id, "Ada Lindqvist")


async def test_a_role_is_given_once_and_can_be_taken_away(world, institution):
    person = await world.person(institution)
    administers = Grant(Role.ADMINISTRATOR)
    async with world.ports.database.transaction() as session:
        first = await service.grant(session, person.id, administers, world.now)
        again = await service.grant(session, person.id, administers, world.now)
        await service.withdraw(session, person.id, administers)
        anew = await service.grant(session, person.id, administers, world.now)

    assert (first, again, anew) == (True, False, True)


@pytest.mark.parametrize("slug", ["", "Demo", "-demo", "a" * 41, "de mo", "demo"])
async def test_a_short_name_that_keys_cannot_hold_is_refused(world, institution, slug):
    with pytest.raises(NameRefusedError):
        async with world.ports.database.transaction() as session:
            await service.found_institution(session, slug, "Demo", now_ms=world.now)


async def test_old_tokens_are_forgotten_a_day_after_their_end(client, world, institution):
    administrator = await world.administrator(institution)
    world.clock.advance(hours=12 + 25)
    async with world.ports.database.transaction() as session:
        await service.forget_old_tokens(session, world.now)

    answer = await client.get("/api/me", headers=administrator.headers)

    assert answer.json()["code"] == "token-invalid"


@pytest.mark.parametrize("token", ["", "nonsense", "ist1.nobody-made-this", "iat1.a.b"])
async def test_a_token_that_nobody_made_opens_nothing(client, token):
    answer = await client.get("/api/me", headers=bearer(token))

    assert answer.status_code == 401
