"""With the switch on, a tool is told where it may keep its state."""

from dataclasses import replace

import pytest


@pytest.fixture
def settings(settings):
    return replace(settings, offers_platform_storage=True)


async def test_a_launch_names_the_storage_target_and_the_course_page_answers(new_browser, tool):
    mina = await new_browser("u-mina")
    login = await tool.start(mina)
    course = await mina.get("/course/stat-101")
    assert login["lti_storage_target"] == "_parent"
    assert "/static/storage.js" in course.text
    assert 'data-tool-origins="http://tool.example:9000"' in course.text
