"""Roots: who may make the first one, and how the next one follows."""

from __future__ import annotations

import asyncio
import base64

import pytest

from invigil.keys import log
from invigil.keys.names import server_verifier
from invigil.kit.checkpoints import open_checkpoint
from invigil.kit.signing import VerifierKey
from invigil.kit.tree import leaf_hash, root_of
from server.tests.factories.keys import StaffKeyring, make_key


@pytest.fixture
async def ada(campaign):
    ada = await campaign.world.administrator(campaign.institution)
    await campaign.name_keys(ada)
    return ada


async def test_the_first_root_is_in_force_logged_and_public(campaign, ada):
    note = campaign.root_plan(ada).note()

    answer = await campaign.post_root(ada, note)

    assert (answer.status_code, answer.json()) == (201, {"serial": 1})
    trust = (await campaign.client.get("/api/institutions/demo/trust")).json()
    assert (trust["roots"], trust["root_present"]) == ([note], True)
    server = VerifierKey.parse(trust["server_vkey"])
    checkpoint, _ = open_checkpoint(trust["keylog"]["checkpoint"], server)
    assert checkpoint.origin == "invigil/demo/keys"
    assert (checkpoint.size, checkpoint.root) == (1, root_of([leaf_hash(note.encode())]))


async def test_the_key_log_of_an_institution_without_root_is_signed_and_empty(campaign):
    trust = (await campaign.client.get("/api/institutions/demo/trust")).json()

    server = VerifierKey.parse(trust["server_vkey"])
    checkpoint, _ = open_checkpoint(trust["keylog"]["checkpoint"], server)
    assert (checkpoint.size, trust["root_present"]) == (0, False)


async def test_a_root_makes_its_administrator_certified(campaign, ada):
    await campaign.post_root(ada, campaign.root_plan(ada).note())

    me = (await campaign.client.get("/api/me", headers=ada.headers)).json()

    assert (me["certification"], me["staff_key"]) == ("certified", None)
    assert me["institution"]["root_present"] is True


def without_me(plan, campaign):
    plan.administrators = [StaffKeyring("demo", "0" * 26)]


def with_other_keys(plan, campaign):
    plan.administrators = [StaffKeyring("demo", plan.administrators[0].person)]


def with_another_server(plan, campaign):
    plan.server_vkey = make_key().verifier("invigil/demo/server").vkey


def expired(plan, campaign):
    plan.issued_ms -= plan.life_ms


def from_the_future(plan, campaign):
    plan.issued_ms += 3_600_000


def with_too_few_signatures(plan, campaign):
    signing, absent = make_key(), make_key()
    plan.keys, plan.threshold = [signing], 2
    text_keys = [signing, absent]
    plan.text = lambda keys=text_keys, text=plan.text: _with_keys(plan, keys, text)


def _with_keys(plan, keys, text):
    plan.keys = keys
    written = text()
    plan.keys = keys[:1]
    return written


@pytest.mark.parametrize(
    "change",
    [
        without_me,
        with_other_keys,
        with_another_server,
        expired,
        from_the_future,
        with_too_few_signatures,
    ],
)
async def test_a_first_root_that_the_chain_does_not_back_is_refused(campaign, ada, change):
    plan = campaign.root_plan(ada)
    change(plan, campaign)

    answer = await campaign.post_root(ada, plan.note())

    assert (answer.status_code, answer.json()["code"]) == (422, "statement-untrusted")


async def test_a_root_with_a_wrong_signature_is_refused(campaign, ada):
    plan = campaign.root_plan(ada)
    signature = plan.note().split("\n\n")[1]
    plan.issued_ms += 1

    answer = await campaign.post_root(ada, f"{plan.text()}\n{signature}")

    assert answer.json()["code"] == "statement-forged"


async def test_a_root_of_another_suite_is_refused(campaign, ada):
    plan = campaign.root_plan(ada)
    plan.suite = "age-v1 x25519 ed25519 sha256"

    answer = await campaign.post_root(ada, plan.note())

    assert answer.json()["code"] == "unsupported-version"


async def test_a_first_root_cannot_have_serial_2(campaign, ada):
    answer = await campaign.post_root(ada, campaign.root_plan(ada).next().note())

    assert (answer.status_code, answer.json()["code"]) == (409, "chain-broken")


async def test_the_next_root_needs_the_previous_keys(campaign, ada):
    first = campaign.root_plan(ada)
    await campaign.post_root(ada, first.note())
    following = first.next()

    alone = await campaign.post_root(ada, following.note())
    backed = await campaign.post_root(ada, following.note((first.keys[0], 1)))

    assert (alone.json()["code"], backed.status_code) == ("statement-untrusted", 201)


async def test_a_second_first_root_and_a_root_of_another_history_are_refused(campaign, ada):
    first = campaign.root_plan(ada)
    await campaign.post_root(ada, first.note())
    other = campaign.root_plan(ada)

    again = await campaign.post_root(ada, other.note())
    forked = await campaign.post_root(ada, other.next().note((first.keys[0], 1)))

    assert (again.json()["code"], forked.json()["code"]) == ("chain-broken", "chain-broken")


async def test_a_refused_root_leaves_the_log_as_it_was(campaign, ada):
    plan = campaign.root_plan(ada)
    plan.server_vkey = make_key().verifier("invigil/demo/server").vkey
    await campaign.post_root(ada, plan.note())

    page = (await campaign.client.get("/api/institutions/demo/keylog")).json()

    assert page["leaves"] == []


async def test_leaves_that_come_at_once_are_appended_in_turn(campaign):
    ports, institution = campaign.world.ports, campaign.institution

    async def append(number: int) -> int:
        async with ports.database.transaction() as session:
            return await log.append(session, institution, b"%d" % number, ports.server_key)

    indices = await asyncio.gather(*(append(number) for number in range(8)))

    page = (await campaign.client.get("/api/institutions/demo/keylog")).json()
    server = server_verifier(ports.server_key, "demo")
    checkpoint, _ = open_checkpoint(page["checkpoint"], server)
    leaves = [base64.b64decode(each) for each in page["leaves"]]
    assert sorted(indices) == list(range(8))
    assert (checkpoint.size, checkpoint.root) == (8, root_of([leaf_hash(each) for each in leaves]))
