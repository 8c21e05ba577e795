"""The mutation run (bench/mutants) can find a survivor, and explains code that stands."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.mutants.report import explained, lines_of
from bench.mutants.typescript_verifier import answers

ROOT = Path(__file__).parents[2]
PYTHON = """
LIMIT = 18


def is_grown_up(age: int) -> bool:
    return age >= LIMIT


def is_old(age: int) -> bool:
    return age > 70
"""
PYTHON_TEST = """
from town.people import is_grown_up, is_old


def test_a_limit_is_held_to_the_year():
    assert is_grown_up(18) and not is_grown_up(17)


def test_a_young_person_is_not_old():
    assert not is_old(20)
"""
SCRIPT = """
import sys
from pathlib import Path
from bench.mutants.judge import Children
from bench.mutants.python_verifier import Subject, judge_all

home = Path(sys.argv[1])
sys.path.insert(0, str(home))
subject = Subject(home / "town", ("people",), home / "tests")
judge_all(subject, Children(lambda o: print("FATE", o.line, o.killed, o.what), 1))
"""
TYPESCRIPT = """const LIMIT = 18;
export const isGrownUp = (age: number): boolean => age >= LIMIT;
export const isOld = (age: number): boolean => age > 70;
"""
TYPESCRIPT_TEST = """import { expect, test } from "vitest";
import { isGrownUp, isOld } from "./people.ts";
test("a limit is held to the year", () => {
  expect([isGrownUp(17), isGrownUp(18)]).toEqual([false, true]);
});
test("a young person is not old", () => {
  expect(isOld(20)).toBe(false);
});
"""


def test_a_python_change_that_no_test_notices_survives_and_others_die(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "town" / "__init__.py").touch()
    (tmp_path / "town" / "people.py").write_text(PYTHON, encoding="utf-8")
    (tmp_path / "tests" / "test_people.py").write_text(PYTHON_TEST, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    fates = {line[5:] for line in done.stdout.splitlines() if line.startswith("FATE")}
    assert fates == {
        "2 True 18 grows by one",
        "6 True GtE becomes Gt",
        "10 False Gt becomes GtE",
        "10 False 70 grows by one",
    }


def test_a_typescript_change_that_no_test_notices_survives_and_others_die(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "people.ts").write_text(TYPESCRIPT, encoding="utf-8")
    (tmp_path / "people.test.ts").write_text(TYPESCRIPT_TEST, encoding="utf-8")
    question = {
        "source": ".",
        "modules": ["people"],
        "tests": ["people.test.ts"],
        "sample": 1,
        "processes": 1,
    }

    fates = {(f["line"], f["what"], f["killed"]) for f in answers(question, tmp_path)}

    assert fates == {
        (1, "18 grows by one", True),
        (2, ">= becomes >", True),
        (3, "> becomes >=", False),
        (3, "70 grows by one", False),
    }


@pytest.mark.parametrize("key", explained())
def test_an_explanation_is_about_a_line_that_is_still_there(key: str) -> None:
    # The line itself may hold " | ".
    file, _, rest = key.partition(" | ")
    line, _, _ = rest.rpartition(" | ")

    assert line in {text.strip() for text in lines_of(file)}


def test_every_explanation_says_something() -> None:
    assert all(len(reason) > 20 for reason in explained().values())
