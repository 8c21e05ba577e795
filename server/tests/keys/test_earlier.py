"""Whoever holds a sign-in for a day locks nobody out: earlier key files and wraps are kept."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

from invigil.audit.models import AuditRecord
from invigil.keys import earlier, queries
from invigil.kit.problems import KeyFileRefused, NotFound
from server.tests.factories.keys import make_age_file, member_remove_text

PHRASE = "/api/me/keyrings/phrase"
ROOT_BACKUP = "/api/me/root-backup"


def keyring() -> bytes:
    return make_age_file("scrypt c2FsdA 18")


async def put(campaign, staffer, file, url=PHRASE):
    campaign.world.clock.advance(seconds=1)
    body = {"file": base64.b64encode(file).decode()}
    return await campaign.client.put(url, json=body, headers=staffer.headers)


async def in_force(campaign, staffer, url="/api/me/keyrings"):
    answer = (await campaign.client.get(url, headers=staffer.headers)).json()
    files = [answer] if "file" in answer else answer["keyrings"]
    return [base64.b64decode(each["file"]) for each in files]


async def kept(ports):
    async with ports.database.transaction(writes=False) as session:
        return [file for file, _ in await queries.earlier_files(session)]


async def restore(ports, version_id, clock):
    async with ports.database.transaction() as session:
        return await earlier.restore(session, version_id, clock.now_ms())


async def deeds(ports):
    async with ports.database.transaction(writes=False) as session:
        found = await session.scalars(select(AuditRecord).order_by(AuditRecord.id))
        return [
            (each.action, each.person_id, each.subject, each.detail)
            for each in found
            if each.action in {"keys.file-store", "keys.file-remove", "keys.restore"}
        ]


@pytest.mark.parametrize("url", [PHRASE, ROOT_BACKUP])
async def test_a_key_file_that_was_overwritten_can_be_put_back(campaign, ada, ports, clock, url):
    own, thiefs = keyring(), keyring()
    await put(campaign, ada, own, url)
    await put(campaign, ada, thiefs, url)
    [version] = await kept(ports)

    assert await restore(ports, version.id, clock) == ada.person.name

    shown = ROOT_BACKUP if url == ROOT_BACKUP else "/api/me/keyrings"
    assert await in_force(campaign, ada, shown) == [own]
    assert [each.body for each in await kept(ports)] == [thiefs]


async def test_a_key_file_that_was_removed_can_be_put_back(campaign, reviewer, ports, clock):
    own = keyring()
    await put(campaign, reviewer, own)
    await campaign.client.delete(PHRASE, headers=reviewer.headers)
    assert await in_force(campaign, reviewer) == []
    [version] = await kept(ports)

    await restore(ports, version.id, clock)

    assert await in_force(campaign, reviewer) == [own]
    assert await kept(ports) == []


async def test_each_change_of_a_key_file_is_on_record(campaign, reviewer, ports, clock):
    own = keyring()
    await put(campaign, reviewer, own)
    await put(campaign, reviewer, own)
    clock.advance(seconds=1)
    await campaign.client.delete(PHRASE, headers=reviewer.headers)
    clock.advance(seconds=1)
    await restore(ports, (await kept(ports))[0].id, clock)

    who, subject = reviewer.person.id, f"person/{reviewer.person.id}"
    assert await deeds(ports) == [
        ("keys.file-store", who, subject, {"method": "phrase"}),
        ("keys.file-remove", who, subject, {"method": "phrase"}),
        ("keys.restore", None, subject, {"method": "phrase"}),
    ]


async def test_whoever_changes_a_key_file_without_end_does_not_push_the_owners_out(
    campaign, reviewer, ports, monkeypatch
):
    monkeypatch.setattr(earlier, "MAX_FILES", 3)
    own = keyring()
    await put(campaign, reviewer, own)
    statuses = [(await put(campaign, reviewer, keyring())).status_code for _ in range(4)]

    last = await campaign.client.delete(PHRASE, headers=reviewer.headers)

    assert statuses == [204, 204, 204, 422]
    assert (last.json()["code"], "Nothing was changed" in last.json()["detail"]) == (
        "key-file-refused",
        True,
    )
    assert (await kept(ports))[0].body == own


async def test_an_earlier_key_file_is_kept_for_ninety_days(campaign, reviewer, ports, clock):
    await put(campaign, reviewer, keyring())
    await put(campaign, reviewer, keyring())

    clock.advance(days=90)
    assert await forgotten(ports, clock) == 0
    clock.advance(seconds=1)
    assert await forgotten(ports, clock) == 1


async def forgotten(ports, clock):
    before = len(await kept(ports))
    async with ports.database.transaction() as session:
        await earlier.forget_files(session, clock.now_ms())
    return before - len(await kept(ports))


async def test_a_reader_who_was_removed_can_be_given_the_wrap_back(
    campaign, author, reviewer, exam, ports, clock
):
    await campaign.open_scope(author, exam)
    member = campaign.member(author, exam, reviewer.person.id)
    url = f"/api/exams/{exam.id}/members"
    await campaign.client.post(url, json=member, headers=author.headers)
    text = member_remove_text(
        "demo", f"exam/{exam.id}", 1, person=reviewer.person.id, at_ms=campaign.world.now
    )
    await campaign.state(author, campaign.keyring(author).sign(text))
    async with ports.database.transaction(writes=False) as session:
        [(version, epoch, _)] = await queries.earlier_wraps(session)

    await restore(ports, version.id, clock)

    scope = await campaign.client.get(f"/api/exams/{exam.id}/scope", headers=reviewer.headers)
    assert scope.json()["epochs"][0]["my_wrap"] == member["wrap"]
    subject = f"person/{reviewer.person.id}"
    detail = {"scope": epoch.scope, "epoch": 1}
    assert await deeds(ports) == [("keys.restore", None, subject, detail)]


async def test_what_is_not_kept_cannot_be_put_back(ports, clock):
    with pytest.raises(NotFound):
        await restore(ports, "0" * 26, clock)


async def test_putting_back_is_refused_where_something_would_be_lost(
    campaign, reviewer, ports, clock, monkeypatch
):
    monkeypatch.setattr(earlier, "MAX_FILES", 1)
    await put(campaign, reviewer, keyring())
    await put(campaign, reviewer, keyring())
    [version] = await kept(ports)
    monkeypatch.setattr(earlier, "MAX_FILES", 0)

    with pytest.raises(KeyFileRefused):
        await restore(ports, version.id, clock)
