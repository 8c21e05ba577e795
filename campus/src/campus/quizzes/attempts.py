"""A quiz and a candidate's attempts at it: start, save, hand in, and what the clock decides.

The server's clock is the only one. An attempt whose end has passed is settled, that is handed in
with what was saved, by whichever request looks at it first; what is typed later is not taken.
"""

import hmac
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from campus import problems
from campus.people import Person, SignIn
from campus.quizzes.questions import QUESTIONS_OF, Question

# The page submits itself when its time is up; this much later it may still arrive.
GRACE_S = 5
ANSWER_MAX_CHARS = 20_000


@dataclass(frozen=True)
class Quiz:
    id: int
    title: str
    intro: str
    layout: Literal["paged", "single"]
    time_limit_s: int
    access_code: str

    @property
    def questions(self) -> tuple[Question, ...]:
        return QUESTIONS_OF[self.id]

    @property
    def page_count(self) -> int:
        return len(self.questions) if self.layout == "paged" else 1

    def numbers_on(self, page: int) -> range:
        """The question numbers, from 1, that stand on the page, from 0."""
        return (
            range(page + 1, page + 2)
            if self.layout == "paged"
            else range(1, len(self.questions) + 1)
        )


@dataclass(frozen=True)
class Attempt:
    """Times in epoch seconds."""

    id: int
    quiz_id: int
    person_id: str
    number: int
    state: Literal["running", "handed-in"]
    started_at: float
    ends_at: float
    handed_in_at: float | None
    handed_in_by: Literal["candidate", "time"] | None

    @property
    def is_running(self) -> bool:
        return self.state == "running"

    def seconds_left(self, now: float) -> int:
        return max(0, round(self.ends_at - now))


SEEDS = (
    Quiz(
        1,
        "Midterm",
        "Eight questions on descriptive statistics, probability and testing. You can go back "
        "and forth between the questions until you hand in.",
        "paged",
        45 * 60,
        "midterm-7316",
    ),
    Quiz(2, "Weekly test", "Four short questions on one page.", "single", 15 * 60, "weekly-2048"),
)


def seed_quizzes(db: sqlite3.Connection, course_id: str) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO quizzes VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (q.id, course_id, q.title, q.intro, q.layout, q.time_limit_s, q.access_code)
            for q in SEEDS
        ],
    )


def all_quizzes(db: sqlite3.Connection) -> list[Quiz]:
    return [_quiz_from(row) for row in db.execute("SELECT * FROM quizzes ORDER BY id")]


def get_quiz(db: sqlite3.Connection, quiz_id: int) -> Quiz:
    row = db.execute("SELECT * FROM quizzes WHERE id = ?", (quiz_id,)).fetchone()
    if row is None:
        raise problems.NotFoundError
    return _quiz_from(row)


def change_quiz(db: sqlite3.Connection, quiz: Quiz, *, access_code: str, time_limit_s: int) -> None:
    """Passes already given stay; the new time limit holds for attempts started later."""
    db.execute(
        "UPDATE quizzes SET access_code = ?, time_limit_s = ? WHERE id = ?",
        (access_code, time_limit_s, quiz.id),
    )


def code_is_right(quiz: Quiz, given: str) -> bool:
    return hmac.compare_digest(given.strip().encode(), quiz.access_code.encode())


def has_pass(db: sqlite3.Connection, quiz: Quiz, signed_in: SignIn) -> bool:
    if not quiz.access_code:
        return True
    found = db.execute(
        "SELECT 1 FROM code_passes WHERE sign_in = ? AND quiz_id = ?", (signed_in.key, quiz.id)
    )
    return found.fetchone() is not None


def give_pass(db: sqlite3.Connection, quiz: Quiz, signed_in: SignIn) -> None:
    db.execute("INSERT OR IGNORE INTO code_passes VALUES (?, ?)", (signed_in.key, quiz.id))


def start_or_continue(db: sqlite3.Connection, quiz: Quiz, person: Person, now: float) -> Attempt:
    """The running attempt of this person, or their next one."""
    mine = attempts_of(db, quiz, person, now)
    if mine and mine[-1].is_running:
        return mine[-1]
    row = db.execute(
        "INSERT INTO attempts (quiz_id, person_id, number, state, started_at, ends_at)"
        " VALUES (?, ?, ?, 'running', ?, ?) RETURNING *",
        (quiz.id, person.id, mine[-1].number + 1 if mine else 1, now, now + quiz.time_limit_s),
    ).fetchone()
    return _attempt_from(row)


def attempts_of(db: sqlite3.Connection, quiz: Quiz, person: Person, now: float) -> list[Attempt]:
    rows = db.execute(
        "SELECT * FROM attempts WHERE quiz_id = ? AND person_id = ? ORDER BY number",
        (quiz.id, person.id),
    ).fetchall()
    return [_settled(db, _attempt_from(row), now) for row in rows]


def attempts_at(db: sqlite3.Connection, quiz: Quiz, now: float) -> list[Attempt]:
    rows = db.execute("SELECT * FROM attempts WHERE quiz_id = ? ORDER BY id", (quiz.id,)).fetchall()
    return [_settled(db, _attempt_from(row), now) for row in rows]


def get_own_attempt(
    db: sqlite3.Connection, attempt_id: int, *, quiz: Quiz, person: Person, now: float
) -> Attempt:
    """NotFoundError for an attempt that is somebody else's: its existence is not told."""
    row = db.execute(
        "SELECT * FROM attempts WHERE id = ? AND quiz_id = ? AND person_id = ?",
        (attempt_id, quiz.id, person.id),
    ).fetchone()
    if row is None:
        raise problems.NotFoundError
    return _settled(db, _attempt_from(row), now)


def answers_in(db: sqlite3.Connection, attempt: Attempt) -> dict[int, str]:
    """Question number → answer, without those left empty."""
    rows = db.execute(
        "SELECT question, answer FROM answers WHERE attempt_id = ? AND answer <> ''", (attempt.id,)
    )
    return {row["question"]: row["answer"] for row in rows}


def save_answers(
    db: sqlite3.Connection, attempt: Attempt, answers: Mapping[int, str], *, now: float
) -> None:
    if not attempt.is_running:
        raise problems.AttemptOverError
    db.executemany(
        "INSERT INTO answers VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " answer = excluded.answer, saved_at = excluded.saved_at",
        [(attempt.id, number, text[:ANSWER_MAX_CHARS], now) for number, text in answers.items()],
    )


def hand_in(
    db: sqlite3.Connection, attempt: Attempt, *, by: Literal["candidate", "time"], at: float
) -> Attempt:
    """Handing in what is handed in already changes nothing."""
    if not attempt.is_running:
        return attempt
    row = db.execute(
        "UPDATE attempts SET state = 'handed-in', handed_in_at = ?, handed_in_by = ?"
        " WHERE id = ? RETURNING *",
        (at, by, attempt.id),
    ).fetchone()
    _drop_passes(db, attempt)
    return _attempt_from(row)


def reset(db: sqlite3.Connection, quiz: Quiz, attempt_id: int) -> None:
    """Forgets the attempt and its answers; the person is asked for the access code again."""
    row = db.execute(
        "DELETE FROM attempts WHERE id = ? AND quiz_id = ? RETURNING *", (attempt_id, quiz.id)
    ).fetchone()
    if row is None:
        raise problems.NotFoundError
    _drop_passes(db, _attempt_from(row))


def _settled(db: sqlite3.Connection, attempt: Attempt, now: float) -> Attempt:
    if now <= attempt.ends_at + GRACE_S:
        return attempt
    return hand_in(db, attempt, by="time", at=attempt.ends_at)


def _drop_passes(db: sqlite3.Connection, attempt: Attempt) -> None:
    db.execute(
        "DELETE FROM code_passes WHERE quiz_id = ?"
        " AND sign_in IN (SELECT token_hash FROM sign_ins WHERE person_id = ?)",
        (attempt.quiz_id, attempt.person_id),
    )


def _quiz_from(row: sqlite3.Row) -> Quiz:
    return Quiz(
        id=row["id"],
        title=row["title"],
        intro=row["intro"],
        layout=cast('Literal["paged", "single"]', row["layout"]),
        time_limit_s=row["time_limit_s"],
        access_code=row["access_code"],
    )


def _attempt_from(row: sqlite3.Row) -> Attempt:
    return Attempt(**dict(row))
