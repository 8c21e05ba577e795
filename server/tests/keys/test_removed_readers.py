"""Removing readers: by whom, never the last one, and what is kept of them."""

from __future__ import annotations

import asyncio
from base64 import b64decode

import pytest
from sqlalchemy import select

from invigil.accounts.roles import Grant, Role
from invigil.accounts.service import withdraw
from invigil.attempts.life import State
from invigil.attempts.retention import forget_wraps
from invigil.exams.settings import ExamSettings
from invigil.keys.models import EarlierWrap
from server.tests.factories.keys import member_remove_text, staff_revoke_text


async def add(campaign, staffer, exam, member):
    url = f"/api/exams/{exam.id}/members"
    return await campaign.client.post(url, json=member, headers=staffer.headers)


async def remove(campaign, staffer, exam, person_id):
    text = member_remove_text(
        "demo", f"exam/{exam.id}", 1, person=person_id, at_ms=campaign.world.now
    )
    return await campaign.state(staffer, campaign.keyring(staffer).sign(text))


async def readers(campaign, staffer, exam):
    scope = await campaign.client.get(f"/api/exams/{exam.id}/scope", headers=staffer.headers)
    return {each["id"] for each in scope.json()["epochs"][0]["members"]}


async def take_role(ports, staffer, course):
    async with ports.database.transaction() as session:
        for role in (Role.AUTHOR, Role.REVIEWER):
            await withdraw(session, staffer.person.id, Grant(role, course.id))


async def test_a_reader_whose_role_was_withdrawn_changes_no_readers(
    campaign, author, exam, reviewer, course, ports
):
    await campaign.open_scope(author, exam)
    await add(campaign, author, exam, campaign.member(author, exam, reviewer.person.id))
    await take_role(ports, reviewer, course)

    answers = [
        await remove(campaign, reviewer, exam, person.id)
        for person in (author.person, reviewer.person)
    ]

    assert [each.json()["code"] for each in answers] == ["role-needed", "role-needed"]
    assert await readers(campaign, author, exam) == {author.person.id, reviewer.person.id}


async def test_who_began_the_key_changes_no_readers_without_a_role(
    campaign, author, exam, reviewer, course, ports
):
    await campaign.open_scope(author, exam)
    await add(campaign, author, exam, campaign.member(author, exam, reviewer.person.id))
    await take_role(ports, author, course)

    answer = await remove(campaign, author, exam, reviewer.person.id)

    assert answer.json()["code"] == "role-needed"


async def test_the_last_reader_cannot_be_removed(campaign, ada, author, exam):
    await campaign.open_scope(author, exam)

    for staffer in (author, ada):
        answer = await remove(campaign, staffer, exam, author.person.id)
        assert (answer.status_code, answer.json()["code"]) == (409, "last-reader")

    assert "Add another reader first." in answer.json()["detail"]
    assert await readers(campaign, author, exam) == {author.person.id}


async def test_only_who_can_still_read_counts_as_another_reader(
    campaign, ada, author, exam, reviewer, course, ports
):
    await campaign.open_scope(author, exam)
    await add(campaign, author, exam, campaign.member(author, exam, reviewer.person.id))
    await take_role(ports, reviewer, course)

    without_role = await remove(campaign, author, exam, author.person.id)
    others_wrap = await remove(campaign, author, exam, reviewer.person.id)

    assert without_role.json()["code"] == "last-reader"
    assert others_wrap.status_code == 201


async def test_a_reader_whose_keys_were_revoked_does_not_count_as_another_one(
    campaign, ada, author, exam, reviewer
):
    await campaign.open_scope(author, exam)
    await add(campaign, author, exam, campaign.member(author, exam, reviewer.person.id))
    note = campaign.keyring(ada).sign(
        staff_revoke_text(campaign.keyring(reviewer), campaign.world.now)
    )
    await campaign.state(ada, note)

    answer = await remove(campaign, author, exam, author.person.id)

    assert answer.json()["code"] == "last-reader"


async def test_two_readers_who_remove_each_other_at_once_do_not_both_succeed(
    campaign, author, exam, reviewer
):
    await campaign.open_scope(author, exam)
    await add(campaign, author, exam, campaign.member(author, exam, reviewer.person.id))

    answers = await asyncio.gather(
        remove(campaign, author, exam, reviewer.person.id),
        remove(campaign, reviewer, exam, author.person.id),
    )

    assert [each.status_code for each in answers].count(201) == 1
    assert len(await readers(campaign, author, exam)) == 1


class TestEarlierWraps:
    """What was taken back is kept until there is nothing left to open with it."""

    DAYS = 30

    @pytest.fixture
    async def exam(self, campaign, course):
        return await campaign.world.exam(course, ExamSettings(retention_days=self.DAYS))

    @pytest.fixture
    async def removed(self, campaign, author, exam, reviewer):
        """A reader who was added and removed; their wrap."""
        await campaign.open_scope(author, exam)
        member = campaign.member(author, exam, reviewer.person.id)
        await add(campaign, author, exam, member)
        assert (await remove(campaign, author, exam, reviewer.person.id)).status_code == 201
        return b64decode(member["wrap"])

    async def kept(self, ports):
        async with ports.database.transaction(writes=False) as session:
            return [each.wrap for each in await session.scalars(select(EarlierWrap))]

    async def forget(self, campaign, ports):
        async with ports.database.transaction() as session:
            await forget_wraps(session, campaign.institution.id, campaign.world.now)

    async def test_the_wrap_of_a_removed_reader_is_kept(self, ports, removed):
        assert await self.kept(ports) == [removed]

    async def test_a_wrap_that_is_replaced_is_kept(self, campaign, ports, author, exam):
        await campaign.open_scope(author, exam)
        scope = await campaign.client.get(f"/api/exams/{exam.id}/scope", headers=author.headers)
        first = b64decode(scope.json()["epochs"][0]["my_wrap"])

        await add(campaign, author, exam, campaign.member(author, exam, author.person.id))

        assert await self.kept(ports) == [first]

    async def test_it_goes_with_the_time_of_the_recordings(
        self, campaign, ports, removed, clock, exam
    ):
        clock.advance(days=self.DAYS)
        await self.forget(campaign, ports)
        assert await self.kept(ports) == [removed]

        clock.advance(seconds=1)
        await self.forget(campaign, ports)

        assert await self.kept(ports) == []

    async def test_it_stays_while_the_exam_has_a_recording(
        self, campaign, ports, removed, clock, exam
    ):
        await campaign.world.attempt(exam, state=State.RUNNING, is_opened=True)
        clock.advance(days=2 * self.DAYS)

        await self.forget(campaign, ports)

        assert await self.kept(ports) == [removed]
