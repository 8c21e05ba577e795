"""A tool's columns in the grade book, and the scores in them (AGS 2.0)."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from campus.course import COURSE


@dataclass(frozen=True)
class LineItem:
    """`id` is 0 until it is kept."""

    id: int
    client_id: str
    link_id: str | None
    label: str
    score_maximum: float
    resource_id: str
    tag: str


@dataclass(frozen=True)
class Score:
    """`timestamp` as the tool wrote it, `reported_at` the same in epoch seconds.

    `given` is None when the tool reports progress without a grade.
    """

    person_id: str
    given: float | None
    maximum: float | None
    comment: str
    timestamp: str
    reported_at: float
    activity_progress: str
    grading_progress: str


def url_of(item: LineItem, issuer: str) -> str:
    return f"{issuer}/lti/courses/{COURSE.id}/line-items/{item.id}"


def on_the_wire(item: LineItem, issuer: str) -> dict[str, Any]:
    wire = {
        "id": url_of(item, issuer),
        "label": item.label,
        "scoreMaximum": item.score_maximum,
        "resourceLinkId": item.link_id,
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    return {name: value for name, value in wire.items() if value not in (None, "")}


def add_line_item(db: sqlite3.Connection, item: LineItem) -> LineItem:
    row = db.execute(
        "INSERT INTO line_items"
        " (client_id, course_id, link_id, label, score_maximum, resource_id, tag)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (
            item.client_id,
            COURSE.id,
            item.link_id,
            item.label,
            item.score_maximum,
            item.resource_id,
            item.tag,
        ),
    ).fetchone()
    return _line_item_from(row)


def change_line_item(db: sqlite3.Connection, item: LineItem) -> None:
    """What it belongs to stays."""
    db.execute(
        "UPDATE line_items SET label = ?, score_maximum = ?, resource_id = ?, tag = ? WHERE id = ?",
        (item.label, item.score_maximum, item.resource_id, item.tag, item.id),
    )


def remove_line_item(db: sqlite3.Connection, item: LineItem) -> None:
    db.execute("DELETE FROM line_items WHERE id = ?", (item.id,))


def find_line_item(db: sqlite3.Connection, item_id: int, client_id: str) -> LineItem | None:
    """None for another tool's column too."""
    row = db.execute(
        "SELECT * FROM line_items WHERE id = ? AND client_id = ?", (item_id, client_id)
    ).fetchone()
    return _line_item_from(row) if row else None


def line_item_of(db: sqlite3.Connection, link: Any) -> LineItem | None:
    """The link's own column if it has exactly one; with several, none is *the* one."""
    rows = db.execute("SELECT * FROM line_items WHERE link_id = ?", (link.id,)).fetchall()
    return _line_item_from(rows[0]) if len(rows) == 1 else None


def line_items(db: sqlite3.Connection, client_id: str | None = None) -> list[LineItem]:
    rows = db.execute(
        "SELECT * FROM line_items WHERE client_id = coalesce(?, client_id) ORDER BY id",
        (client_id,),
    )
    return [_line_item_from(row) for row in rows]


def keep_score(db: sqlite3.Connection, item: LineItem, score: Score) -> bool:
    """False, and nothing kept, unless it is newer than the one that is there."""
    changed = db.execute(
        "INSERT INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " (score_given, score_maximum, comment, reported_at, timestamp, activity_progress,"
        " grading_progress) = (excluded.score_given, excluded.score_maximum, excluded.comment,"
        " excluded.reported_at, excluded.timestamp, excluded.activity_progress,"
        " excluded.grading_progress)"
        " WHERE excluded.reported_at > scores.reported_at",
        (
            item.id,
            score.person_id,
            score.given,
            score.maximum,
            score.comment,
            score.reported_at,
            score.timestamp,
            score.activity_progress,
            score.grading_progress,
        ),
    )
    return changed.rowcount == 1


def scores_in(db: sqlite3.Connection, item: LineItem) -> list[Score]:
    rows = db.execute("SELECT * FROM scores WHERE line_item_id = ? ORDER BY person_id", (item.id,))
    return [
        Score(
            person_id=row["person_id"],
            given=row["score_given"],
            maximum=row["score_maximum"],
            comment=row["comment"],
            timestamp=row["timestamp"],
            reported_at=row["reported_at"],
            activity_progress=row["activity_progress"],
            grading_progress=row["grading_progress"],
        )
        for row in rows
    ]


def _line_item_from(row: sqlite3.Row) -> LineItem:
    return LineItem(
        id=row["id"],
        client_id=row["client_id"],
        link_id=row["link_id"],
        label=row["label"],
        score_maximum=row["score_maximum"],
        resource_id=row["resource_id"],
        tag=row["tag"],
    )
