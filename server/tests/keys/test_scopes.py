"""Scope keys: who may begin an epoch, add a reader, remove one."""

from __future__ import annotations

from base64 import b64decode

from server.tests.factories.keys import make_age_file, member_remove_text, staff_revoke_text


async def add(campaign, staffer, exam, member):
    url = f"/api/exams/{exam.id}/members"
    return await campaign.client.post(url, json=member, headers=staffer.headers)


async def test_a_certified_author_opens_an_exam_for_recording(campaign, author, exam, reviewer):
    answer = await campaign.open_scope(author, exam)

    assert answer.status_code == 201, answer.text
    (epoch,) = answer.json()["epochs"]
    assert [each["id"] for each in epoch["members"]] == [author.person.id]
    (waiting,) = epoch["waiting"]
    assert waiting["person"]["id"] == reviewer.person.id
    assert campaign.keyring(reviewer).vkey in waiting["staff_key"]
    assert waiting["staff_key_blind"] is not None


async def test_a_candidate_learns_to_whom_the_recording_is_sealed(campaign, author, exam):
    await campaign.open_scope(author, exam)
    attempt = await campaign.world.attempt(exam)

    answer = await campaign.client.get(
        f"/api/scopes/{exam.id}/trust", headers=campaign.world.attempt_headers(attempt)
    )

    trust = answer.json()
    assert (trust["scope"], trust["epoch"]) == (f"exam/{exam.id}", 1)
    assert trust["signer"]["person"] == author.person.id
    assert campaign.keyring(author).vkey in trust["signer"]["staff_key"]
    assert trust["signer"]["blind"] is not None


async def test_an_exam_without_a_key_is_not_ready(campaign, exam):
    attempt = await campaign.world.attempt(exam)

    answer = await campaign.client.get(
        f"/api/scopes/{exam.id}/trust", headers=campaign.world.attempt_headers(attempt)
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "exam-not-ready")


async def test_an_author_whose_key_is_not_certified_cannot_open_an_exam(campaign, course, exam):
    author = await campaign.world.author(course)
    await campaign.name_keys(author)

    answer = await campaign.open_scope(author, exam)

    assert (answer.status_code, answer.json()["code"]) == (403, "certification-needed")


async def test_epochs_count_up_by_one(campaign, author, exam):
    skipped = await campaign.open_scope(author, exam, epoch=2)
    await campaign.open_scope(author, exam)
    again = await campaign.open_scope(author, exam)

    assert (skipped.json()["code"], again.json()["code"]) == ("chain-broken", "chain-broken")


async def test_an_epoch_of_another_exam_is_refused(campaign, author, course, exam):
    other = await campaign.world.exam(course)
    body = {
        "scope_epoch": campaign.epoch_note(author, other),
        "members": [campaign.member(author, exam, author.person.id)],
    }

    answer = await campaign.client.post(
        f"/api/exams/{exam.id}/scope", json=body, headers=author.headers
    )

    assert answer.json()["code"] == "statement-untrusted"


async def test_a_refused_member_takes_the_whole_epoch_back(campaign, author, exam):
    body = {
        "scope_epoch": campaign.epoch_note(author, exam),
        "members": [
            campaign.member(author, exam, author.person.id, wrap=make_age_file("X25519 a"))
        ],
    }

    refused = await campaign.client.post(
        f"/api/exams/{exam.id}/scope", json=body, headers=author.headers
    )

    assert refused.json()["code"] == "key-file-refused"
    scope = await campaign.client.get(f"/api/exams/{exam.id}/scope", headers=author.headers)
    assert scope.json()["epochs"] == []


async def test_a_member_adds_a_reader_who_then_finds_the_wrap(campaign, author, exam, reviewer):
    await campaign.open_scope(author, exam)
    member = campaign.member(author, exam, reviewer.person.id)

    await add(campaign, author, exam, member)

    scope = await campaign.client.get(f"/api/exams/{exam.id}/scope", headers=reviewer.headers)
    (epoch,) = scope.json()["epochs"]
    assert (epoch["my_wrap"], epoch["waiting"]) == (member["wrap"], [])


async def test_nobody_adds_themselves_as_reader(campaign, author, exam, reviewer):
    await campaign.open_scope(author, exam)

    answer = await add(
        campaign, reviewer, exam, campaign.member(reviewer, exam, reviewer.person.id)
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "role-needed")


async def test_a_statement_signed_by_another_than_the_caller_is_refused(
    campaign, author, exam, reviewer
):
    await campaign.open_scope(author, exam)

    answer = await add(campaign, author, exam, campaign.member(reviewer, exam, reviewer.person.id))

    assert answer.json()["code"] == "statement-untrusted"


async def test_a_wrap_that_the_statement_does_not_name_is_refused(campaign, author, exam, reviewer):
    await campaign.open_scope(author, exam)
    member = campaign.member(author, exam, reviewer.person.id)
    other = campaign.member(author, exam, reviewer.person.id)

    answer = await add(campaign, author, exam, member | {"wrap": other["wrap"]})

    assert answer.json()["code"] == "statement-untrusted"


async def test_a_reader_without_certified_keys_or_without_a_role_is_refused(
    campaign, ada, author, course, exam
):
    await campaign.open_scope(author, exam)
    uncertified = await campaign.world.reviewer(course)

    for person_id in (uncertified.person.id, ada.person.id):
        answer = await add(campaign, author, exam, campaign.member(author, exam, person_id))
        assert answer.json()["code"] == "statement-untrusted"


async def test_a_removed_member_gets_no_wrap_any_more(campaign, author, exam, reviewer):
    await campaign.open_scope(author, exam)
    await add(campaign, author, exam, campaign.member(author, exam, reviewer.person.id))
    text = member_remove_text(
        "demo", f"exam/{exam.id}", 1, person=reviewer.person.id, at_ms=campaign.world.now
    )

    answer = await campaign.state(author, campaign.keyring(author).sign(text))

    assert answer.status_code == 201, answer.text
    scope = await campaign.client.get(f"/api/exams/{exam.id}/scope", headers=reviewer.headers)
    assert scope.json()["epochs"][0]["my_wrap"] is None


async def test_an_earlier_epoch_keeps_the_certificate_that_its_signer_had(
    campaign, ada, author, exam
):
    await campaign.open_scope(author, exam)
    url = f"/api/scopes/{exam.id}/trust"
    before = (await campaign.client.get(url, headers=author.headers)).json()
    await campaign.certify(ada, author)
    await campaign.open_scope(author, exam, epoch=2)

    newest = await campaign.client.get(url, headers=author.headers)
    earlier = await campaign.client.get(f"{url}?epoch=1", headers=author.headers)
    unknown = await campaign.client.get(f"{url}?epoch=3", headers=author.headers)

    assert newest.json()["epoch"] == 2
    assert earlier.json() == before
    assert unknown.json()["code"] == "exam-not-ready"


async def test_who_asks_for_a_key_learns_that_its_signer_was_revoked(campaign, ada, author, exam):
    await campaign.open_scope(author, exam)
    url = f"/api/scopes/{exam.id}/trust"
    before = (await campaign.client.get(url, headers=author.headers)).json()["signer"]
    note = campaign.keyring(ada).sign(
        staff_revoke_text(campaign.keyring(author), campaign.world.now)
    )

    await campaign.state(ada, note)

    after = (await campaign.client.get(url, headers=author.headers)).json()["signer"]
    (revocation,) = after.pop("revocations")
    assert before.pop("revocations") == []
    assert revocation["note"] == note
    assert len(b64decode(revocation["blind"])) == 32
    assert after == before


async def test_a_reader_who_waits_again_comes_with_the_revocation_of_the_earlier_key(
    campaign, ada, author, exam, reviewer, clock
):
    await campaign.open_scope(author, exam)
    note = campaign.keyring(ada).sign(
        staff_revoke_text(campaign.keyring(reviewer), campaign.world.now)
    )
    await campaign.state(ada, note)
    campaign.keyrings.pop(reviewer.person.id)
    clock.advance(seconds=1)
    await campaign.certify(ada, reviewer)

    scope = await campaign.client.get(f"/api/exams/{exam.id}/scope", headers=author.headers)

    (waiting,) = scope.json()["epochs"][0]["waiting"]
    assert [each["note"] for each in waiting["revocations"]] == [note]


async def end_keys(campaign, ada, staffer):
    text = staff_revoke_text(campaign.keyring(staffer), campaign.world.now)
    answer = await campaign.state(ada, campaign.keyring(ada).sign(text))
    assert answer.status_code == 201, answer.text


async def scope_seen_by(campaign, staffer, exam):
    url = f"/api/exams/{exam.id}/scope"
    return (await campaign.client.get(url, headers=staffer.headers)).json()["epochs"]


async def test_a_reader_whose_keys_were_ended_gets_no_wrap_and_changes_no_reader(
    campaign, ada, author, exam, reviewer, course
):
    await campaign.open_scope(author, exam)
    await add(campaign, author, exam, campaign.member(author, exam, reviewer.person.id))
    third = await campaign.world.reviewer(course)
    await campaign.certify(ada, third)

    await end_keys(campaign, ada, reviewer)

    (theirs,) = await scope_seen_by(campaign, reviewer, exam)
    (authors,) = await scope_seen_by(campaign, author, exam)
    refused = await add(campaign, reviewer, exam, campaign.member(reviewer, exam, third.person.id))
    assert theirs["my_wrap"] is None
    assert [each["id"] for each in authors["members"]] == [author.person.id]
    assert authors["my_wrap"] is not None
    assert (refused.status_code, refused.json()["code"]) == (403, "certification-needed")


async def test_with_new_keys_a_reader_waits_and_can_be_let_in_again(
    campaign, ada, author, exam, reviewer
):
    await campaign.open_scope(author, exam)
    await add(campaign, author, exam, campaign.member(author, exam, reviewer.person.id))
    await end_keys(campaign, ada, reviewer)
    campaign.keyrings.pop(reviewer.person.id)
    campaign.world.clock.advance(seconds=1)
    await campaign.certify(ada, reviewer)

    (before,) = await scope_seen_by(campaign, author, exam)
    again = campaign.member(author, exam, reviewer.person.id)
    answer = await add(campaign, author, exam, again)

    assert [each["person"]["id"] for each in before["waiting"]] == [reviewer.person.id]
    assert answer.status_code == 201, answer.text
    (after,) = await scope_seen_by(campaign, reviewer, exam)
    assert after["my_wrap"] == again["wrap"]


async def readership(campaign, asker, staffer):
    url = f"/api/people/{staffer.person.id}/readership"
    return await campaign.client.get(url, headers=asker.headers)


async def test_an_administrator_sees_what_rests_on_a_persons_keys(
    campaign, ada, author, exam, reviewer
):
    await campaign.open_scope(author, exam)
    alone = (await readership(campaign, ada, author)).json()["exams"]
    await add(campaign, author, exam, campaign.member(author, exam, reviewer.person.id))

    named = {"id": exam.id, "name": exam.title}
    assert alone == [{"exam": named, "signed": True, "alone": True}]
    assert (await readership(campaign, ada, author)).json()["exams"] == [
        {"exam": named, "signed": True, "alone": False}
    ]
    assert (await readership(campaign, ada, reviewer)).json()["exams"] == [
        {"exam": named, "signed": False, "alone": False}
    ]
    await end_keys(campaign, ada, reviewer)
    assert (await readership(campaign, ada, reviewer)).json()["exams"] == []


async def test_only_the_institutions_administrators_see_what_rests_on_keys(
    campaign, ada, author, exam
):
    await campaign.open_scope(author, exam)
    elsewhere = await campaign.world.institution("elsewhere")
    stranger = await campaign.world.administrator(elsewhere)

    refused = await readership(campaign, author, author)
    theirs = await readership(campaign, stranger, author)

    assert (refused.status_code, refused.json()["code"]) == (403, "administrator-needed")
    assert theirs.json() == {"exams": []}
