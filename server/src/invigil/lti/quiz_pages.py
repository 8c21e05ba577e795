"""Where a quiz is taken and handed in, told from its address where an LMS is known by it."""

from __future__ import annotations

import re
from typing import Final

from invigil.exams.settings import QuizSettings

_MOODLE: Final = re.compile(r"(https?://[^?#]+)/mod/quiz/view\.php\?(?:.*&)?id=\d+")
_CAMPUS: Final = re.compile(r"(https?://[^/?#]+/quiz/\d+)")


def quiz_at(launch_url: str) -> QuizSettings:
    """Return the quiz's address and the URLPattern strings of its pages.

    The patterns stay empty where the LMS is not known by the address: an author fills them in.
    """
    if moodle := _MOODLE.fullmatch(launch_url):
        pages = f"{moodle[1]}/mod/quiz"
        return QuizSettings(
            launch_url=launch_url,
            exam_start=f"{pages}/(view|startattempt).php",
            exam_take=f"{pages}/(attempt|summary).php",
            exam_end=f"{pages}/review.php",
        )
    if campus := _CAMPUS.fullmatch(launch_url):
        return QuizSettings(
            launch_url=launch_url,
            exam_start=campus[1],
            exam_take=f"{campus[1]}/(attempt|summary)",
            exam_end=f"{campus[1]}/done",
        )
    return QuizSettings(launch_url=launch_url)
