from __future__ import annotations

import pytest

from server.tests.keys.campaign import Campaign


@pytest.fixture
async def campaign(client, world) -> Campaign:
    return Campaign(client, world, await world.institution())
