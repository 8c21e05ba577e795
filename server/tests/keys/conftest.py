from __future__ import annotations

import pytest

from server.tests.keys.campaign import Campaign


@pytest.fixture
async def campaign(client, world) -> Campaign:
    return Campaign(client, world, await world.institution())


@pytest.fixture
async def ada(campaign):
    ada = await campaign.world.administrator(campaign.institution)
    await campaign.found(ada)
    return ada


@pytest.fixture
async def course(campaign):
    return await campaign.world.course(campaign.institution)


@pytest.fixture
async def exam(campaign, course):
    return await campaign.world.exam(course)


@pytest.fixture
async def author(campaign, ada, course):
    author = await campaign.world.author(course)
    await campaign.certify(ada, author)
    return author


@pytest.fixture
async def reviewer(campaign, ada, course):
    reviewer = await campaign.world.reviewer(course)
    await campaign.certify(ada, reviewer)
    return reviewer
