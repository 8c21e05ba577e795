"""Strangers who knock without end are asked to wait; a whole university is not."""

from __future__ import annotations

import pytest

from invigil.kit.doors import DoorLimits, Doors, Rate

REDEEM = "/api/launches/redeem"
REGISTER = "/lti/register"


def knocks(doors, path, count, *, address="192.0.2.1", now_ms=0):
    return [doors.wait_s(path, address, now_ms) for _ in range(count)]


@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch", "/lti/bind", REDEEM])
def test_three_hundred_candidates_behind_one_address_come_in_at_once_and_again(path):
    assert knocks(Doors(), path, 600) == [None] * 600


def test_who_goes_on_is_told_when_to_come_again():
    doors = Doors(DoorLimits(entrance=Rate(burst=2, per_s=0.5)))

    assert knocks(doors, REDEEM, 3) == [None, None, 2]
    assert knocks(doors, REDEEM, 2, now_ms=2000) == [None, 2]


def test_a_refused_knock_costs_nothing():
    doors = Doors(DoorLimits(entrance=Rate(burst=1, per_s=1)))

    assert knocks(doors, REDEEM, 50)[-1] == 1
    assert knocks(doors, REDEEM, 1, now_ms=1000) == [None]


def test_registrations_are_few():
    doors = Doors()

    assert knocks(doors, REGISTER, 11) == [None] * 10 + [6]


def test_each_address_and_each_door_counts_by_itself():
    doors = Doors(DoorLimits(entrance=Rate(burst=1, per_s=1)))
    knocks(doors, REDEEM, 2)

    assert knocks(doors, REDEEM, 1, address="192.0.2.2") == [None]
    assert knocks(doors, "/lti/login", 1) == [None]


def test_the_addresses_of_one_ipv6_line_are_one_caller():
    doors = Doors(DoorLimits(entrance=Rate(burst=1, per_s=1)))
    knocks(doors, REDEEM, 1, address="2001:db8:1:2::1")

    assert knocks(doors, REDEEM, 1, address="2001:db8:1:2:ffff::9") == [1]
    assert knocks(doors, REDEEM, 1, address="2001:db8:1:3::1") == [None]


def test_no_more_addresses_are_remembered_than_allowed():
    doors = Doors(DoorLimits(entrance=Rate(burst=1, per_s=1), capacity=2))
    for address in ("a", "b", "c"):
        knocks(doors, REDEEM, 1, address=address)

    assert len(doors._buckets) == 2
    assert knocks(doors, REDEEM, 1, address="c") == [1]
    assert knocks(doors, REDEEM, 1, address="a") == [None]


def test_a_clock_that_is_set_back_locks_nobody_out():
    doors = Doors(DoorLimits(entrance=Rate(burst=1, per_s=1)))
    knocks(doors, REDEEM, 1, now_ms=1_000_000)

    assert knocks(doors, REDEEM, 1, now_ms=0) == [1]
    assert knocks(doors, REDEEM, 1, now_ms=1000) == [None]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_answer_says_when_to_come_again_and_the_extension_can_read_it(client, clock):
    origin = {"Origin": "chrome-extension://abcdefghijklmnopabcdefghijklmnop"}
    body = {"token": "x", "client_version": "0.1.0"}
    for _ in range(600):
        assert (await client.post(REDEEM, json=body)).status_code != 429

    refused = await client.post(REDEEM, json=body, headers=origin)

    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["access-control-allow-origin"] == origin["Origin"]
    assert refused.headers["x-content-type-options"] == "nosniff"
    clock.advance(seconds=1)
    assert (await client.post(REDEEM, json=body)).status_code != 429
