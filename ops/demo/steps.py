"""What `make demo` prints: the addresses, and what instructor and student do, step by step."""

from pathlib import Path

from ops.demo.installation import Installation

TEXT = """
  Invigil   {server}
  Campus    {campus}   a small LMS for the demo

{browser}

  Instructor ({instructor_at})
    1. Sign in as Ada Lindqvist, open the course, then "Midterm (supervised)", then the tool.
    2. Press "Open in Invigil". Make your keyring and write the nine words down.
    3. Make the institution's root key, then the exam's key.
    4. Under "The quiz", type the access code {code} and save.

  Student ({student_at})
    5. Sign in as Mina Park and open "Midterm (supervised)" in the same way. Follow the steps.
    6. Hand in the quiz, and wait for the receipt.

  Instructor
    7. In the staff app, open the exam's attempts and then Mina's: watch it, export it.
       .venv/bin/invigil-verify checks the exported ZIP.

  Ctrl-C ends the demo and keeps everything. `make demo-reset` forgets it.
"""
ACCESS_CODE = "midterm-7316"

BY_HAND = """  No browser was opened. In a Chromium of your own, once in each of two profiles:
  open chrome://extensions, switch on "Developer mode", press "Load unpacked", choose
  {extension}"""


def steps(installation: Installation, extension: Path, *, is_open: bool) -> str:
    """The whole text. `extension` is the folder to load where no browser was opened."""
    browser = (
        "  Two browser windows are open, one for each person."
        if is_open
        else BY_HAND.format(extension=extension)
    )
    return TEXT.format(
        server=installation.server_url,
        campus=installation.campus_url,
        browser=browser,
        code=ACCESS_CODE,
        instructor_at="the first window" if is_open else "one profile",
        student_at="the second window" if is_open else "another profile",
    )
