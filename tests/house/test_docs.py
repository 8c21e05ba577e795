"""The documents hold together: links, named tests, commands, words, decisions."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.house import prose
from tests.house.tree import ROOT, written

FOLLOWED = "tests/house/test_operator_guide.py"
HERE = "tests/house/test_docs.py"

INSTALLED = "tests/house/test_install.py::test_the_guides_install_lines_bring_a_server_that_runs"
INIT = f"{FOLLOWED}::test_the_first_administrator_gets_a_link_for_the_extension"
LMS = f"{FOLLOWED}::test_an_lms_is_connected_by_hand"
BACKUP = f"{FOLLOWED}::test_a_backup_of_a_running_server_brings_everything_back_but_what_was_erased"
SAT = "tests/e2e/test_sit.py::test_the_command_leaves_what_was_promised"
# Each command, whole, and the test that runs it as the page shows it.
RUN_BY = {
    "make": f"{HERE}::test_make_alone_lists_the_commands",
    "make demo": "tests/e2e/test_demo.py::"
    "test_the_demo_is_ready_when_it_prints_its_steps_and_ends_with_ctrl_c",
    "make sit SECONDS=60 OUT=sitting": SAT,
    ".venv/bin/invigil-verify sitting/export.zip": SAT,
    "python3 -m venv .venv": INSTALLED,
    ".venv/bin/pip install uv==0.13.9": INSTALLED,
    ".venv/bin/uv sync --locked --inexact --no-dev --package invigil": INSTALLED,
    "export INVIGIL_DATA_DIR=/srv/invigil": INIT,
    "export INVIGIL_PUBLIC_URL=https://invigil.example.org": INIT,
    "export INVIGIL_EXTENSION_IDS=anihdhmookngfjpbhagdmpdbdpgfcboh": INIT,
    'invigil init --institution example --name "Example University" '
    '--administrator "Ada Lindqvist" --contact "exams@example.org"': INIT,
    "invigil serve": f"{FOLLOWED}::test_the_health_check_answers",
    "curl --fail http://127.0.0.1:8400/healthz": f"{FOLLOWED}::test_the_health_check_answers",
    'invigil invite --institution example --name "Tomás Reyes" --role administrator': f"{FOLLOWED}"
    "::test_more_people_are_invited_while_the_server_runs",
    "invigil lti list": LMS,
    "invigil lti approve REGISTRATION": LMS,
    "invigil lti add --institution example --name Moodle --issuer https://moodle.example.org "
    "--client-id CLIENT --deployment DEPLOYMENT "
    "--auth-url https://moodle.example.org/mod/lti/auth.php "
    "--token-url https://moodle.example.org/mod/lti/token.php "
    "--jwks-url https://moodle.example.org/mod/lti/certs.php": LMS,
    "invigil lti rotate-keys --discard": LMS,
    'mkdir -p "$BACKUP/packs"': BACKUP,
    "python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1])"
    '.execute("VACUUM INTO ?", sys.argv[2:])\' '
    '"$INVIGIL_DATA_DIR/meta.db" "$BACKUP/meta.db"': BACKUP,
    'cp -a "$INVIGIL_DATA_DIR/keys" "$BACKUP/"': BACKUP,
    'cp -a --sparse=always "$INVIGIL_DATA_DIR/packs/groups" "$BACKUP/packs/"': BACKUP,
    'cp -a "$INVIGIL_DATA_DIR/packs/erased" "$BACKUP/packs/"': BACKUP,
    'mkdir -m 700 -p "$INVIGIL_DATA_DIR"': BACKUP,
    'cp -a --sparse=always "$BACKUP/." "$INVIGIL_DATA_DIR/"': BACKUP,
}
# The whole command, and why no test of this kind runs it. This list may only shrink.
NOT_RUN = {
    "make setup": "it made the environment that this test runs in",
    "make test": "it runs this test",
}
NAMED_TEST = re.compile(r"`([\w./-]+(?:\.py|\.test\.ts))::([^`]+)`")
# Where a reader would think of sign-in, and what this project never says of a candidate.
WRONG_WORDS = re.compile(r"\b(sessions?|cheat\w*|suspicious\w*|violations?)\b", re.IGNORECASE)
CODE = re.compile(r"`[^`\n]*`")
PARTS = ["Context", "Decision", "Consequences", "Alternatives"]


@pytest.mark.parametrize("page", prose.pages() | prose.readmes())
def test_every_link_leads_somewhere(page):
    broken = [link for link in prose.links(page) if not _leads_somewhere(page, link)]

    assert broken == []


@pytest.mark.parametrize("page", prose.pages())
def test_every_test_that_a_page_names_exists(page):
    named = NAMED_TEST.findall(prose.pages()[page])
    missing = [f"{file}::{name}" for file, name in named if not _is_there(file, name)]

    assert missing == []


def test_the_threat_model_names_a_test_for_each_attack_or_says_that_nothing_is_built():
    attacks = re.split(r"^\*\*\d+\. ", prose.pages()["docs/threat-model.md"], flags=re.MULTILINE)
    bare = [each[:60] for each in attacks[1:] if not _is_answered(each.split("\n## ")[0])]

    assert len(attacks) - 1 == 18
    assert bare == []


def test_every_command_is_run_by_a_test_or_says_why_not():
    typed = {each.text for each in prose.all_commands()}

    assert typed - set(RUN_BY) - set(NOT_RUN) == set()


def test_the_lists_of_commands_name_nothing_that_is_gone():
    typed = {each.text for each in prose.all_commands()}

    assert (set(RUN_BY) | set(NOT_RUN)) - typed == set()
    assert [test for test in RUN_BY.values() if not _is_there(*test.split("::"))] == []


def test_make_alone_lists_the_commands():
    listed = _run("make")

    assert all(f"make {name} " in listed for name in ("demo", "test", "sit"))


@pytest.mark.parametrize("program", ["invigil", "invigil-verify"])
def test_every_program_and_subcommand_that_prose_names_explains_itself(program):
    usage = _run(f"{program} --help")
    names = {
        name
        for text in prose.pages().values()
        for name in re.findall(rf"`{program} ([a-z][a-z-]*)", text)
    }

    assert usage
    assert {name for name in names if not re.search(rf"\b{name}\b", usage)} == set()


@pytest.mark.parametrize("page", prose.pages())
def test_people_are_spoken_of_in_our_words(page):
    text = CODE.sub("", prose.FENCE.sub("", prose.pages()[page]))

    assert WRONG_WORDS.findall(text) == []


def test_every_decision_is_one_page_with_the_same_parts():
    decisions = {page: text for page, text in prose.pages().items() if "/decisions/" in page}
    numbers = [Path(page).name[:4] for page in decisions]

    assert len(decisions) > 8
    assert len(set(numbers)) == len(numbers)
    for page, text in decisions.items():
        assert text.startswith(f"# {Path(page).name[:4]} "), page
        assert re.search(r"^Status: (accepted|superseded by \d{4}), ", text, re.MULTILINE), page
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert [each for each in headings if each != "Measured"] == PARTS, page
        assert len(text.splitlines()) <= 100, page


def test_every_decision_that_the_code_points_to_is_there():
    pointed = {
        name
        for _, text in written()
        for name in re.findall(r"docs/decisions/(\d{4}-[a-z0-9-]+)", text)
    }

    assert {each for each in pointed if not (ROOT / f"docs/decisions/{each}.md").exists()} == set()


def _leads_somewhere(page: str, link: str) -> bool:
    if link.startswith("https://"):
        return True  # other people's pages are theirs
    place, _, anchor = link.partition("#")
    target = (ROOT / page).parent / place if place else ROOT / page
    if not target.exists() or not target.resolve().is_relative_to(ROOT):
        return False
    return not anchor or anchor in prose.anchors(target)


def _is_there(file: str, name: str) -> bool:
    path = ROOT / file
    if not path.exists():
        return False
    text = path.read_text()
    return f"def {name}(" in text if path.suffix == ".py" else f'"{name}"' in text


def _is_answered(attack: str) -> bool:
    return bool(NAMED_TEST.search(attack)) or "is not built" in attack


def _run(command: str) -> str:
    done = subprocess.run(
        command.split(),
        cwd=ROOT,
        env=os.environ | {"PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
