"""The changelog is kept, and all parts carry one version."""

import json
import re
import tomllib

from tests.house.tree import ROOT

HEADING = re.compile(r"^## \[(\S+)\](?: - (\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
TEXT = (ROOT / "CHANGELOG.md").read_text()


def test_the_changelog_begins_with_what_is_not_released_yet() -> None:
    versions = HEADING.findall(TEXT)

    assert versions[0] == ("Unreleased", "")
    assert all(day for _, day in versions[1:])


def test_each_release_is_newer_than_the_one_below_it() -> None:
    releases = [tuple(map(int, version.split("."))) for version, _ in HEADING.findall(TEXT)[1:]]

    assert releases == sorted(releases, reverse=True)


def test_entries_are_grouped_by_kind() -> None:
    groups = set(re.findall(r"^### (.+)$", TEXT, re.MULTILINE))

    assert groups
    assert groups <= KINDS


def test_every_part_carries_the_same_version() -> None:
    python = {
        tomllib.loads(path.read_text())["project"]["version"]
        for path in [ROOT / "pyproject.toml", *ROOT.glob("*/pyproject.toml")]
    }
    npm = {
        json.loads(path.read_text())["version"]
        for path in [ROOT / "extension/package.json", *ROOT.glob("packages/*/package.json")]
    }
    released = {version for version, _ in HEADING.findall(TEXT)[1:2]}

    assert len(python | npm | released) == 1
