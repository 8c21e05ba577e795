"""A segment's body on its way in."""

import asyncio
import hashlib

import pytest

from invigil.evidence.bodies import ClientGoneError, let_go, parse_content_digest, receive_body
from invigil.evidence.patience import Patience
from server.tests.evidence.sealing import b64

DIGEST = hashlib.sha256(b"sealed").digest()


def arriving(*pieces, then="end"):
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append(
        {"type": "http.request", "body": b"", "more_body": False}
        if then == "end"
        else {"type": "http.disconnect"}
    )
    queue = iter(messages)

    async def receive():
        return next(queue)

    return receive


async def test_a_body_keeps_its_chunks_and_is_hashed():
    big = bytes(5000)

    body = await receive_body(arriving(big, big), 10_000)

    assert body.chunks == [big, big]
    assert body.sha256 == hashlib.sha256(big + big).digest()


async def test_crumbs_are_gathered_so_that_they_cost_no_more_than_their_bytes():
    crumbs = [bytes([number % 256]) for number in range(20_000)]

    body = await receive_body(arriving(*crumbs), 20_000)

    assert len(body.chunks) < 10
    assert b"".join(body.chunks) == b"".join(crumbs)


async def test_a_client_that_leaves_leaves_nothing():
    with pytest.raises(ClientGoneError):
        await receive_body(arriving(b"123", then="disconnect"), 5)


@pytest.mark.parametrize("piece", [b"123", b"123456"], ids=["too short", "too long"])
async def test_a_body_of_another_length_says_so(piece):
    body = await receive_body(arriving(piece), 5)

    assert body.length != 5


async def test_an_unwanted_body_is_let_go_of_without_waiting_for_the_rest():
    arrived = [{"type": "http.request", "body": bytes(1000), "more_body": True}]

    async def receive():
        if not arrived:
            await asyncio.Event().wait()
        return arrived.pop()

    await let_go(receive)
    assert arrived == []

    await let_go(receive)  # nothing more has come: returns all the same


async def test_what_takes_too_long_is_ended():
    patience = Patience(look_every_s=0)

    async with patience.running():
        with pytest.raises(TimeoutError), patience.watch(-1):
            await asyncio.Event().wait()
        with patience.watch(3600):
            await asyncio.sleep(0)


async def test_a_cancellation_from_elsewhere_is_not_taken_for_impatience():
    patience = Patience(look_every_s=0)

    async def wait():
        with patience.watch(3600):
            await asyncio.Event().wait()

    async with patience.running():
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


@pytest.mark.parametrize(
    "field",
    [
        f"sha-256=:{b64(DIGEST)}:",
        f"sha-512=:{b64(bytes(64))}:, sha-256=:{b64(DIGEST)}:",
        f"sha-256=:{b64(bytes(32))}:,\tsha-256=:{b64(DIGEST)}:",
    ],
)
def test_the_digest_is_found_in_the_field(field):
    assert parse_content_digest(field) == DIGEST


@pytest.mark.parametrize(
    "field",
    ["", b64(DIGEST), f"sha-256={b64(DIGEST)}", f"SHA-256=:{b64(DIGEST)}:", "sha-256=:AAAA:"],
)
def test_a_field_without_a_sha_256_gives_none(field):
    assert parse_content_digest(field) is None
