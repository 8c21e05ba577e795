"""Staff keys: named by their owner, certified by an administrator, revoked."""

from __future__ import annotations

import base64
import hashlib

import pytest

from invigil.accounts.roles import Grant, Role
from server.tests.factories.keys import (
    DAY_MS,
    StaffKeyring,
    make_age_file,
    make_blind,
    make_key,
    make_recipient,
    staff_key_text,
    staff_revoke_text,
)


@pytest.fixture
async def ada(campaign):
    ada = await campaign.world.administrator(campaign.institution)
    await campaign.found(ada)
    return ada


@pytest.fixture
async def bob(campaign):
    course = await campaign.world.course(campaign.institution)
    return await campaign.world.reviewer(course)


async def certification(campaign, staffer) -> str:
    me = await campaign.client.get("/api/me", headers=staffer.headers)
    found: str = me.json()["certification"]
    return found


async def test_certification_goes_from_none_to_pending_to_certified(campaign, ada, bob):
    first = await certification(campaign, bob)
    await campaign.name_keys(bob)
    second = await certification(campaign, bob)
    await campaign.certify(ada, bob)

    assert (first, second) == ("none", "pending")
    assert await certification(campaign, bob) == "certified"


async def test_what_names_a_person_is_in_the_log_as_a_commitment(campaign, ada, bob):
    await campaign.name_keys(bob)
    note = campaign.keyring(ada).sign(staff_key_text(campaign.keyring(bob), campaign.world.now))
    blind = make_blind()

    await campaign.client.post(
        "/api/statements", json={"note": note, "blind": blind}, headers=ada.headers
    )

    page = (await campaign.client.get("/api/institutions/demo/keylog?from=1")).json()
    digest = hashlib.sha256(base64.b64decode(blind) + note.encode()).digest()
    leaf = b"invigil/v1/commit\n" + base64.b64encode(digest) + b"\n"
    assert [base64.b64decode(each) for each in page["leaves"]] == [leaf]


async def test_certified_keys_cannot_be_replaced(campaign, ada, bob):
    await campaign.certify(ada, bob)
    campaign.keyrings.pop(bob.person.id)

    answer = await campaign.name_keys(bob)

    assert (answer.status_code, answer.json()["code"]) == (409, "keys-certified")


async def test_naming_the_same_keys_again_is_welcome(campaign, ada, bob):
    await campaign.certify(ada, bob)

    assert (await campaign.name_keys(bob)).json()["certification"] == "certified"


async def test_keys_named_for_somebody_else_are_refused(campaign, bob):
    campaign.keyrings[bob.person.id] = StaffKeyring("demo", "0" * 26)

    assert (await campaign.name_keys(bob)).json()["code"] == "statement-malformed"


async def test_a_statement_by_somebody_who_is_no_administrator_is_refused(campaign, ada, bob):
    await campaign.certify(ada, bob)
    text = staff_key_text(campaign.keyring(bob), campaign.world.now)

    answer = await campaign.state(ada, campaign.keyring(bob).sign(text))

    assert answer.json()["code"] == "statement-untrusted"


async def test_a_statement_about_other_keys_than_the_person_named_is_refused(campaign, ada, bob):
    await campaign.name_keys(bob)
    other = StaffKeyring("demo", bob.person.id)

    answer = await campaign.state(
        ada, campaign.keyring(ada).sign(staff_key_text(other, campaign.world.now))
    )

    assert answer.json()["code"] == "statement-untrusted"


async def test_a_forged_statement_is_refused(campaign, ada, bob):
    await campaign.name_keys(bob)
    keyring = campaign.keyring(bob)
    signature = campaign.keyring(ada).sign(staff_key_text(keyring, 1)).split("\n\n")[1]
    text = staff_key_text(keyring, campaign.world.now)

    answer = await campaign.state(ada, f"{text}\n{signature}")

    assert answer.json()["code"] == "statement-forged"


@pytest.mark.parametrize("blind", [None, "c2hvcnQ="])
async def test_a_statement_that_names_a_person_needs_32_bytes_of_blind(campaign, ada, bob, blind):
    await campaign.name_keys(bob)
    note = campaign.keyring(ada).sign(staff_key_text(campaign.keyring(bob), campaign.world.now))

    answer = await campaign.client.post(
        "/api/statements", json={"note": note, "blind": blind}, headers=ada.headers
    )

    assert answer.json()["code"] == "statement-malformed"


async def test_only_administrators_hand_in_staff_keys(campaign, ada, bob):
    await campaign.name_keys(bob)
    note = campaign.keyring(ada).sign(staff_key_text(campaign.keyring(bob), campaign.world.now))

    assert (await campaign.state(bob, note)).json()["code"] == "administrator-needed"


async def test_certification_ends_with_the_statement(campaign, ada, bob):
    await campaign.name_keys(bob)
    text = staff_key_text(campaign.keyring(bob), campaign.world.now, DAY_MS // 4)
    await campaign.state(ada, campaign.keyring(ada).sign(text))

    campaign.world.clock.advance(hours=7)

    assert await certification(campaign, bob) == "pending"


async def test_certification_ends_when_its_signer_is_no_administrator_any_more(campaign, ada, bob):
    await campaign.certify(ada, bob)
    eve = await campaign.world.administrator(campaign.institution)
    following = campaign.plan.next(administrators=[campaign.keyring(eve)])
    await campaign.name_keys(eve)

    answer = await campaign.post_root(ada, following.note((campaign.plan.keys[0], 1)))

    assert answer.status_code == 201
    assert await certification(campaign, bob) == "pending"


async def test_revoked_keys_are_revoked_and_can_be_replaced(campaign, ada, bob):
    await campaign.certify(ada, bob)
    text = staff_revoke_text(campaign.keyring(bob), campaign.world.now)
    await campaign.state(ada, campaign.keyring(ada).sign(text))
    revoked = await certification(campaign, bob)
    campaign.keyrings.pop(bob.person.id)
    await campaign.name_keys(bob)

    assert (revoked, await certification(campaign, bob)) == ("revoked", "pending")


async def revoke(campaign, ada, staffer, *, issued_ms=None):
    text = staff_revoke_text(campaign.keyring(staffer), issued_ms or campaign.world.now)
    return await campaign.state(ada, campaign.keyring(ada).sign(text))


async def test_everybody_concerned_sees_when_keys_were_ended(campaign, ada, bob):
    await campaign.certify(ada, bob)
    ended_ms = campaign.world.now
    await revoke(campaign, ada, bob)
    campaign.world.clock.advance(hours=1)

    mine = (await campaign.client.get("/api/me", headers=bob.headers)).json()
    people = (await campaign.client.get("/api/people", headers=ada.headers)).json()["people"]

    shown = {each["person"]["id"]: each["revoked"] for each in people}
    assert (mine["certification"], mine["revoked"]) == ("revoked", ended_ms)
    assert shown == {ada.person.id: None, bob.person.id: ended_ms}


async def test_only_a_new_root_ends_the_keys_that_the_root_lists(campaign, ada):
    answer = await revoke(campaign, ada, ada)

    assert (answer.status_code, answer.json()["code"]) == (409, "chain-broken")
    assert "only a new root ends them" in answer.json()["detail"]
    assert await certification(campaign, ada) == "certified"


async def test_an_author_of_a_course_ends_nobodys_keys(campaign, ada, bob):
    await campaign.certify(ada, bob)

    answer = await revoke(campaign, bob, ada)

    assert (answer.status_code, answer.json()["code"]) == (403, "administrator-needed")


async def test_a_revocation_that_is_older_than_the_keys_is_refused(campaign, ada, bob):
    await campaign.certify(ada, bob)

    answer = await revoke(campaign, ada, bob, issued_ms=campaign.world.now - 1)

    assert (answer.status_code, answer.json()["code"]) == (422, "statement-untrusted")
    assert await certification(campaign, bob) == "certified"


async def test_new_keys_count_only_when_they_were_certified_after_the_revocation(
    campaign, ada, bob
):
    await campaign.certify(ada, bob)
    await revoke(campaign, ada, bob)
    campaign.keyrings.pop(bob.person.id)
    await campaign.name_keys(bob)
    at_once = staff_key_text(campaign.keyring(bob), campaign.world.now)
    later = staff_key_text(campaign.keyring(bob), campaign.world.now + 1)

    refused = await campaign.state(ada, campaign.keyring(ada).sign(at_once))
    accepted = await campaign.state(ada, campaign.keyring(ada).sign(later))

    assert (refused.status_code, refused.json()["code"]) == (422, "statement-untrusted")
    assert accepted.status_code == 201, accepted.text
    assert await certification(campaign, bob) == "certified"


async def end_keys(campaign, ada, keyring):
    text = staff_revoke_text(keyring, campaign.world.now)
    answer = await campaign.state(ada, campaign.keyring(ada).sign(text))
    assert answer.status_code == 201, answer.text
    campaign.world.clock.advance(seconds=1)


async def test_revoked_keys_never_come_back(campaign, ada, bob):
    await campaign.certify(ada, bob)
    first = campaign.keyrings.pop(bob.person.id)
    await end_keys(campaign, ada, first)
    await campaign.name_keys(bob)
    other = campaign.keyrings[bob.person.id]
    half_old = [
        StaffKeyring("demo", bob.person.id, first.key, make_recipient()),
        StaffKeyring("demo", bob.person.id, make_key(), first.recipient),
    ]

    for keyring in (first, *half_old):
        campaign.keyrings[bob.person.id] = keyring
        answer = await campaign.name_keys(bob)
        assert (answer.status_code, answer.json()["code"]) == (409, "chain-broken")
        assert "make new ones" in answer.json()["detail"]

    campaign.keyrings[bob.person.id] = other
    await campaign.certify(ada, bob)
    assert await certification(campaign, bob) == "certified"


async def test_keys_that_were_revoked_while_they_waited_never_come_back(campaign, ada, bob):
    await campaign.name_keys(bob)
    first = campaign.keyrings.pop(bob.person.id)
    await end_keys(campaign, ada, first)
    await campaign.name_keys(bob)
    campaign.keyrings[bob.person.id] = first

    assert (await campaign.name_keys(bob)).json()["code"] == "chain-broken"


async def test_people_of_another_institution_cannot_be_certified_here(campaign, ada):
    elsewhere = await campaign.world.institution("elsewhere")
    stranger = await campaign.world.staffer(elsewhere, Grant(Role.ADMINISTRATOR))
    keyring = StaffKeyring("elsewhere", stranger.person.id)
    await campaign.client.put(
        "/api/me/keys",
        json={"vkey": keyring.vkey, "recipient": keyring.recipient},
        headers=stranger.headers,
    )
    here = StaffKeyring("demo", stranger.person.id, keyring.key, keyring.recipient)
    note = campaign.keyring(ada).sign(staff_key_text(here, campaign.world.now))

    assert (await campaign.state(ada, note)).status_code == 404


async def test_administrators_see_who_waits_to_be_certified(campaign, ada, bob):
    await campaign.name_keys(bob)

    people = (await campaign.client.get("/api/people", headers=ada.headers)).json()["people"]

    found = {each["person"]["id"]: each for each in people}
    assert found[ada.person.id]["certification"] == "certified"
    assert found[bob.person.id]["certification"] == "pending"
    assert found[bob.person.id]["keys"]["vkey"] == campaign.keyring(bob).vkey


class TestKeyFiles:
    async def put(self, campaign, staffer, method, file):
        body = {"file": base64.b64encode(file).decode()}
        url = f"/api/me/keyrings/{method}"
        return await campaign.client.put(url, json=body, headers=staffer.headers)

    async def test_a_keyring_comes_back_as_it_was_stored(self, campaign, bob):
        file = make_age_file("scrypt c2FsdA 18")
        await self.put(campaign, bob, "phrase", file)

        found = await campaign.client.get("/api/me/keyrings", headers=bob.headers)

        encoded = base64.b64encode(file).decode()
        assert found.json() == {"keyrings": [{"method": "phrase", "file": encoded}]}

    @pytest.mark.parametrize(
        ("method", "stanzas"),
        [
            ("phrase", ["scrypt c2FsdA 17"]),
            ("phrase", ["scrypt c2FsdA 21"]),
            ("phrase", ["scrypt c2FsdA 18", "X25519 abc"]),
            ("phrase", ["X25519 abc"]),
            ("passkey-abc", ["scrypt c2FsdA 18"]),
            ("passkey-abc", ["X25519 abc"]),
        ],
    )
    async def test_a_weak_keyring_is_refused(self, campaign, bob, method, stanzas):
        answer = await self.put(campaign, bob, method, make_age_file(*stanzas))

        assert (answer.status_code, answer.json()["code"]) == (422, "key-file-refused")

    async def test_what_is_no_age_file_is_refused(self, campaign, bob):
        answer = await self.put(campaign, bob, "phrase", b"correct horse battery staple")

        assert answer.json()["code"] == "key-file-refused"

    async def test_a_removed_keyring_is_gone(self, campaign, bob):
        await self.put(campaign, bob, "passkey-abc", make_age_file("fido2prf abc"))

        url = "/api/me/keyrings/passkey-abc"
        first = await campaign.client.delete(url, headers=bob.headers)
        second = await campaign.client.delete(url, headers=bob.headers)

        assert (first.status_code, second.status_code) == (204, 404)

    async def test_the_root_backup_is_the_administrators_own(self, campaign, ada, bob):
        file = base64.b64encode(make_age_file("scrypt c2FsdA 18")).decode()
        url = "/api/me/root-backup"
        await campaign.client.put(url, json={"file": file}, headers=ada.headers)

        mine = await campaign.client.get(url, headers=ada.headers)
        bobs = await campaign.client.get(url, headers=bob.headers)
        keyrings = await campaign.client.get("/api/me/keyrings", headers=ada.headers)

        assert (mine.json(), bobs.status_code) == ({"file": file}, 403)
        assert keyrings.json() == {"keyrings": []}
