"""Every sentence on our own pages, in one place. Plain words; what happened, then what to do.

A template asks with ``t("launch.candidate.lead")``; names in braces are filled in. The vocabulary
of refusals stands in the room that refuses (``lti/refusals.py``) and is handed over as text.
"""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, str]] = {
    "product": "Invigil",
    "skip": "Skip to the content",
    "footer.help": "Help: {contact}",
    "footer.nothing_recorded": "This page records nothing.",
    # Somebody stands at the door of an exam.
    "launch.title": "Open {exam}",
    "launch.course": "{course}",
    "launch.who": "You are signed in as {name}.",
    "launch.candidate.lead": "Your exam opens in the Invigil extension of this browser.",
    "launch.candidate.button": "Go to the exam",
    "launch.candidate.quiet": (
        "Nothing is recorded yet. Invigil first shows you what this exam records, and asks you."
    ),
    "launch.staff.lead": "Recordings and settings open in the Invigil extension of this browser.",
    "launch.staff.button": "Open in Invigil",
    "launch.staff.quiet": (
        "Only the extension holds your keys. This server cannot read what is recorded."
    ),
    "launch.new_tab": "It opens in a new tab.",
    "launch.looking": "Looking for the Invigil extension …",
    "launch.found": "The Invigil extension is ready.",
    "launch.missing": "The Invigil extension is not in this browser yet.",
    "launch.expired": (
        "This page is more than ten minutes old. Go back to your course and open the exam again."
    ),
    "launch.no_reaction": "Nothing happens when you press the button?",
    "launch.back": "Back to the course",
    # The extension is missing.
    "get.title": "Get the Invigil extension",
    "get.lead": "Exams with Invigil need a small extension in your browser. It takes a minute.",
    "get.browser": "Use Chrome, Edge or another browser built on Chromium, on a computer.",
    "get.install_link": "Open the extension's page",
    "get.managed": (
        "Your institution puts it into your browser. On your own computer, ask for it: {contact}"
    ),
    "get.managed_unknown": "Ask your institution's help desk where to get it.",
    "get.return": "Come back to this page. The button appears by itself.",
    "get.return_course": "Go back to your course and open the exam again.",
    "get.asks": (
        "Installed, the extension can read no page. It asks for what an exam needs when the exam "
        "begins, and gives it back at the end."
    ),
    "get.folder": "You have the extension as a folder",
    "get.folder.1": "Open chrome://extensions in a new tab.",
    "get.folder.2": "Switch on “Developer mode”.",
    "get.folder.3": "Choose “Load unpacked” and select the folder.",
    # In the LMS's frame, and the browser keeps no cookie for us there.
    "window.title": "Open in a new window",
    "window.lead": "Your course shows this page inside another page. The exam needs its own.",
    "window.button": "Open in a new window",
    # Is it really you? (see docs/decisions/0004)
    "confirm.title": "Is this you?",
    "confirm.lead": "Your browser does not tell us who opened this page, so we ask you.",
    "confirm.who": "You are about to open {exam} as",
    "confirm.unnamed": "somebody whose name your LMS does not give",
    "confirm.course": "in the course {course}",
    "confirm.button": "Yes, that is me",
    "confirm.no": "If that is not you, close this window and open the exam from your own course.",
    # On the way through the LMS.
    "passing.title": "One moment",
    "passing.lead": "Your LMS confirms who you are.",
    "passing.button": "Go on",
    # A teacher picks an exam.
    "pick.title": "Choose an exam for {course}",
    "pick.lead": "The link in your course opens this exam in Invigil.",
    "pick.legend": "Exam",
    "pick.new": "A new exam",
    "pick.new_title": "Title of the new exam",
    "pick.new_hint": "You choose what it records later, in Invigil.",
    "pick.button": "Add to the course",
    "pick.error": "Give the new exam a title.",
    "pick.error_summary": "There is a problem",
    "picked.title": "Back to your course",
    "picked.lead": "“{exam}” is ready to be added to your course.",
    "picked.button": "Finish in the course",
    # An LMS registers itself.
    "registered.title": "This LMS is registered",
    "registered.lead": "{lms} now waits for approval.",
    "registered.approve": (
        "An administrator of Invigil approves it in Administration, or with this command:"
    ),
    "registered.close": "You can close this window.",
    # Refusals.
    "problem.wait": "Reload this page in {seconds} s.",
    "refused.code": "For support: {code}",
    "refused.unchanged": "Nothing has started or changed. Your exam is as it was.",
    # The front door.
    "index.title": "Invigil",
    "index.lead": "Exam supervision that your institution runs itself, encrypted from end to end.",
    "index.candidate": "You have an exam",
    "index.candidate.text": "Open your course and click the exam there. There is no other way in.",
    "index.staff": "You teach or review",
    "index.staff.text": "Open Invigil from your course.",
    "index.get": "Get the extension",
    "index.privacy": "Who can see a recording",
    "index.privacy.text": (
        "Only staff of the institution who hold the key. This server stores what it cannot read."
    ),
}


def say(key: str, **values: str) -> str:
    """Return a sentence; raises KeyError for one that is not in the catalogue."""
    return WORDS[key].format(**values)
