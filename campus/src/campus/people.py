"""Who is in the course, and who sits at which browser."""

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Literal, cast

from campus.storage import hash_of, new_secret

Role = Literal["instructor", "assistant", "student"]

FOUNDERS: tuple[tuple[str, str, str, Role], ...] = (
    ("u-ada", "Ada", "Lindqvist", "instructor"),
    ("u-tomas", "Tomás", "Reyes", "assistant"),
    ("u-mina", "Mina", "Park", "student"),
    ("u-jonas", "Jonas", "Weber", "student"),
    ("u-amara", "Amara", "Okafor", "student"),
    ("u-lea", "Lea", "Novak", "student"),
)


@dataclass(frozen=True)
class Person:
    """`id` is also the LTI `sub` and the roster's `user_id`."""

    id: str
    given_name: str
    family_name: str
    email: str
    role: Role

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def is_instructor(self) -> bool:
        return self.role == "instructor"

    @property
    def is_staff(self) -> bool:
        return self.role != "student"


@dataclass(frozen=True)
class SignIn:
    """One person at one browser. `key` names it in other tables; `csrf` goes into every form."""

    key: str
    csrf: str
    person: Person


def seed_people(db: sqlite3.Connection, *, extra_students: int) -> None:
    rows: list[tuple[str, str, str, Role]] = list(FOUNDERS)
    rows += [
        (f"u-student-{n:04}", "Student", f"{n:04}", "student") for n in range(1, extra_students + 1)
    ]
    db.executemany(
        "INSERT OR IGNORE INTO people (id, given_name, family_name, role, email)"
        " VALUES (?, ?, ?, ?, substr(?1, 3) || '@campus.example')",
        rows,
    )


def person_from(row: sqlite3.Row) -> Person:
    return Person(
        id=row["id"],
        given_name=row["given_name"],
        family_name=row["family_name"],
        email=row["email"],
        role=cast("Role", row["role"]),
    )


def find_person(db: sqlite3.Connection, person_id: str) -> Person | None:
    row = db.execute("SELECT * FROM people WHERE id = ?", (person_id,)).fetchone()
    return person_from(row) if row else None


def everyone(db: sqlite3.Connection) -> list[Person]:
    return [person_from(row) for row in db.execute("SELECT * FROM people ORDER BY rowid")]


def sign_in(db: sqlite3.Connection, person: Person, *, now: float) -> str:
    """Returns the cookie's value; only its hash is kept."""
    token = new_secret()
    db.execute(
        "INSERT INTO sign_ins VALUES (?, ?, ?, ?)",
        (hash_of(token), person.id, secrets.token_urlsafe(16), now),
    )
    return token


def find_sign_in(db: sqlite3.Connection, token: str) -> SignIn | None:
    row = db.execute(
        "SELECT p.*, s.token_hash, s.csrf FROM sign_ins s JOIN people p ON p.id = s.person_id"
        " WHERE s.token_hash = ?",
        (hash_of(token),),
    ).fetchone()
    return SignIn(row["token_hash"], row["csrf"], person_from(row)) if row else None


def sign_out(db: sqlite3.Connection, signed_in: SignIn) -> None:
    db.execute("DELETE FROM sign_ins WHERE token_hash = ?", (signed_in.key,))
