"""What strangers send takes little memory and little time, and nothing from who sits an exam."""

import asyncio

import pytest

from invigil.kit import bodies
from invigil.kit.bodies import MEBIBYTE, BodyRoom
from server.tests.evidence.sitting import says

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REDEEM = "/api/launches/redeem"


class Stalling:
    """A body that brings some bytes and then waits until `go_on` is set."""

    def __init__(self, first: bytes) -> None:
        self.first = first
        self.is_asked_for = False
        self.go_on = asyncio.Event()

    async def __aiter__(self):
        self.is_asked_for = True
        yield self.first
        await self.go_on.wait()
        yield b" "


@pytest.fixture
async def attempt(world):
    course = await world.course(await world.institution("uni"))
    return await world.attempt(await world.exam(course))


@on_sqlite
async def test_a_stranger_may_send_64_kib_and_no_more(client):
    fits = await client.post(REDEEM, content=b" " * (64 * 1024))
    too_much = await client.post(REDEEM, content=b" " * (64 * 1024 + 1))

    assert says(fits) == (422, "request-invalid")
    assert says(too_much) == (413, "too-large")


@pytest.mark.parametrize("token", [None, "iat1.bm9ib2R5.AAAA", "of another attempt"])
@on_sqlite
async def test_the_token_is_looked_at_before_a_log_is_read(client, world, attempt, token):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    path = f"/api/attempts/{attempt.id}/log"
    if token == "of another attempt":
        headers, path = world.attempt_headers(attempt), f"/api/attempts/{'0' * 26}/log"
    body = Stalling(b"{")

    answer = await asyncio.wait_for(client.post(path, content=body, headers=headers), 10)

    assert answer.status_code in {401, 404}
    assert not body.is_asked_for


@on_sqlite
async def test_a_body_that_stalls_is_sent_away(client, monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.2)
    monkeypatch.setattr(bodies, "SLOWEST_BYTES_PER_S", 1024 * 1024)
    body = Stalling(b"{")

    answer = await asyncio.wait_for(client.post(REDEEM, content=body), 10)

    assert says(answer) == (408, "upload-too-slow")
    assert answer.headers["connection"] == "close"


@on_sqlite
async def test_strangers_who_stall_fill_their_own_room_and_nobody_elses(client, world, attempt):
    """One address may hold 4 MiB, so the seventieth body of 60 KiB finds no room."""
    stalling = [Stalling(b" " * (60 * 1024)) for _ in range(70)]
    sending = [asyncio.create_task(client.post(REDEEM, content=each)) for each in stalling]
    await asyncio.sleep(0.5)

    refused = [await each for each in sending if each.done()]
    device = await client.post(
        f"/api/attempts/{attempt.id}/heartbeat", json={}, headers=world.attempt_headers(attempt)
    )
    for each in stalling:
        each.go_on.set()
    answers = await asyncio.gather(*sending)

    assert {says(each) for each in refused} == {(503, "busy")}
    assert 1 <= len(refused) <= 5
    assert device.status_code == 200, device.text
    assert [says(each) for each in answers].count((422, "request-invalid")) == 70 - len(refused)
    assert says(await client.post(REDEEM, content=b" " * 1000)) == (422, "request-invalid")


@on_sqlite
async def test_measuring_the_line_takes_no_room(client, world, attempt):
    async def measure():
        return await client.post(
            "/api/reach", content=bytes(MEBIBYTE), headers=world.attempt_headers(attempt)
        )

    answers = await asyncio.gather(*(measure() for _ in range(12)))

    assert {answer.status_code for answer in answers} == {200}


def test_a_room_is_bounded_for_each_caller_and_for_all_and_given_back():
    room = BodyRoom(most=10, most_each=6)

    assert room.take("a", 6)
    assert not room.take("a", 1)
    assert room.take("b", 4)
    assert not room.take("c", 1)
    room.give_back("a", 6)
    assert room.take("c", 6)
    room.give_back("b", 4)
    room.give_back("c", 6)
    assert (room.held, room._by_caller) == (0, {})
