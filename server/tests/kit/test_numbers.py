"""A number in an address that no table can hold is the caller's mistake, not a failure of ours."""

import pytest

from server.tests.evidence.sitting import says


@pytest.mark.parametrize("number", [2**31, 10**30])
@pytest.mark.parametrize(
    "path",
    [
        "attempts/{attempt.id}/leaves?from=",
        "scopes/{attempt.exam_id}/trust?epoch=",
        "institutions/uni/keylog?from=",
    ],
)
async def test_a_number_that_no_table_holds_is_refused(client, world, path, number):
    course = await world.course(await world.institution("uni"))
    attempt = await world.attempt(await world.exam(course))
    reviewer = await world.reviewer(course)

    answer = await client.get(
        f"/api/{path.format(attempt=attempt)}{number}", headers=reviewer.headers
    )

    assert says(answer) == (422, "request-invalid")


async def test_a_log_that_goes_on_from_such_a_number_is_refused(client, world):
    attempt = await world.attempt(await world.exam(await world.course(await world.institution())))
    wanted = {"from": 10**30, "leaves": [], "checkpoint": ""}

    answer = await client.post(
        f"/api/attempts/{attempt.id}/log", json=wanted, headers=world.attempt_headers(attempt)
    )

    assert says(answer) == (422, "request-invalid")
