"""Links on the course page that open a tool."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Literal, cast

from campus import problems

Display = Literal["window", "iframe"]


@dataclass(frozen=True)
class Link:
    """`id` is the LTI `resource_link.id`; `custom` is what the tool gave when it was picked."""

    id: str
    course_id: str
    client_id: str
    title: str
    description: str
    url: str
    custom: dict[str, str]
    quiz_id: int | None
    display: Display


def save_link(db: sqlite3.Connection, link: Link) -> None:
    """Adds it, or changes the one with this id."""
    db.execute(
        "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " (client_id, title, description, url, custom, quiz_id, display) = (excluded.client_id,"
        " excluded.title, excluded.description, excluded.url, excluded.custom, excluded.quiz_id,"
        " excluded.display)",
        (
            link.id,
            link.course_id,
            link.client_id,
            link.title,
            link.description,
            link.url,
            json.dumps(link.custom),
            link.quiz_id,
            link.display,
        ),
    )


def get_link(db: sqlite3.Connection, link_id: str) -> Link:
    row = db.execute("SELECT * FROM links WHERE id = ?", (link_id,)).fetchone()
    if row is None:
        raise problems.NotFoundError
    return _link_from(row)


def links_in(db: sqlite3.Connection, course_id: str) -> list[Link]:
    rows = db.execute("SELECT * FROM links WHERE course_id = ? ORDER BY rowid", (course_id,))
    return [_link_from(row) for row in rows]


def remove_link(db: sqlite3.Connection, link: Link) -> None:
    db.execute("DELETE FROM links WHERE id = ?", (link.id,))


def display_from(text: str) -> Display:
    if text not in {"window", "iframe"}:
        raise problems.FormRejectedError("A link opens in a new window or in the page.")
    return cast("Display", text)


def _link_from(row: sqlite3.Row) -> Link:
    return Link(
        id=row["id"],
        course_id=row["course_id"],
        client_id=row["client_id"],
        title=row["title"],
        description=row["description"],
        url=row["url"],
        custom=json.loads(row["custom"]),
        quiz_id=row["quiz_id"],
        display=cast("Display", row["display"]),
    )
