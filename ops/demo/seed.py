"""The first start: an institution, its administrator, and the connection to campus.

All of it is done with the commands that an operator has, so that the demo is also their proof.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ops.demo.installation import Installation

INSTITUTION = "demo"
TOOL = Path(__file__).with_name("tool.json")
INSTRUCTOR = ("Ada Lindqvist", "u-ada")


class SeedFailedError(Exception):
    """A command of the first start failed; the message is what it said."""


def seed(installation: Installation, tell: Callable[[str], None]) -> None:
    """Fill the directory unless that is done; the rest of an interrupted first start goes first."""
    done = installation.directory / "seeded"
    if done.exists():
        return
    shutil.rmtree(installation.directory, ignore_errors=True)
    installation.directory.mkdir(parents=True)
    tell("making the institution and connecting it to campus …")
    campus = _connect_campus(installation)
    _make_institution(installation, campus)
    _connect_server(installation, campus)
    done.touch()


def _connect_campus(installation: Installation) -> dict[str, str]:
    options = ["--data", str(installation.campus_data), "--tool", str(TOOL)]
    origins = ["--tool-origin", installation.server_url, "--origin", installation.campus_url]
    answer: dict[str, str] = json.loads(_run(installation, "campus.connect", *options, *origins))
    return answer


def _make_institution(installation: Installation, campus: dict[str, str]) -> None:
    name, sub = INSTRUCTOR
    names = ["--institution", INSTITUTION, "--name", "Demo University", "--administrator", name]
    lti = ["--administrator-lti", campus["issuer"], campus["client_id"], sub]
    contact = ["--contact", "the exam office, exams@demo.example"]
    _run(installation, "invigil", "init", *names, *lti, *contact, "--json")


def _connect_server(installation: Installation, campus: dict[str, str]) -> None:
    options = {
        "--institution": INSTITUTION,
        "--name": "Campus",
        "--issuer": campus["issuer"],
        "--client-id": campus["client_id"],
        "--deployment": campus["deployment_id"],
        "--auth-url": campus["auth_url"],
        "--token-url": campus["token_url"],
        "--jwks-url": campus["jwks_url"],
    }
    _run(
        installation, "invigil", "lti", "add", *(word for pair in options.items() for word in pair)
    )


def _run(installation: Installation, module: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SeedFailedError(f"{module} {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
