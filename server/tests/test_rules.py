"""Rules of the server that a machine can read from its source."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "invigil"
# The packs' index is a database of its own, beside the tables.
MAY_COMMIT = {"kit/db.py", "kit/packs"}


def test_transactions_are_committed_in_one_place():
    committing = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    }

    elsewhere = {each for each in committing if not each.startswith(tuple(MAY_COMMIT))}
    assert elsewhere == set()
    assert "kit/db.py" in committing


def test_settings_are_read_by_the_composition_roots_alone():
    importing = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "invigil.settings" in _imports(path)
    }

    assert importing <= {"app.py", "cli.py", "worker.py"}


def _imports(path: Path) -> set[str]:
    tree = ast.walk(ast.parse(path.read_text()))
    return {node.module or "" for node in tree if isinstance(node, ast.ImportFrom)}
