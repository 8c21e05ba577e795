"""A server that is not honest: its data are changed behind its back, and put right again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ops.demo.services import start_server
from ops.sit.sitting import Hall

Deed = Callable[[Path], None]
"""Changes the files in a server's data directory."""


@contextmanager
def dishonest(place: Hall, deed: Deed) -> Iterator[None]:
    """Run the server on changed data until the block ends, then on the true ones again."""
    data = place.installation.server_data
    truth = data.with_name("truth")
    place.server.stop()
    shutil.copytree(data, truth)
    try:
        deed(data)
        _start(place)
        yield
    finally:
        place.server.stop()
        shutil.rmtree(data)
        truth.rename(data)
        _start(place)


def _start(place: Hall) -> None:
    place.server = start_server(place.installation)
    place.server.wait_until_ready()


def drop_a_segment(stream: str, place: int, *, attempts: int = 1) -> Deed:
    """Forget where a segment of each of the server's attempts stands."""

    def deed(data: Path) -> None:
        with closing(sqlite3.connect(data / "packs" / "index.db")) as index, index:
            gone = index.execute(
                "DELETE FROM segment WHERE position = ? AND stream_id IN "
                "(SELECT stream_id FROM stream WHERE name = ?)",
                (place, stream),
            )
            assert gone.rowcount == attempts

    return deed


def cut_the_end(data: Path) -> None:
    """Say that the log is three entries shorter than the receipt says."""
    with closing(sqlite3.connect(data / "meta.db")) as database, database:
        for attempt, size in database.execute(
            "SELECT attempt_id, size FROM attempt_log"
        ).fetchall():
            # A server that lies keeps its own books in order: a hash for each bit of the size.
            frontier = bytes(32 * (size - 3).bit_count())
            database.execute(
                "UPDATE attempt_log SET size = ?, frontier = ? WHERE attempt_id = ?",
                (size - 3, frontier, attempt),
            )


def swap_the_exam_key(data: Path) -> None:
    """Put another recipient, as good as the right one, into the exam key's certificate."""
    with closing(sqlite3.connect(data / "meta.db")) as database, database:
        (other,) = database.execute("SELECT recipient FROM person_keys LIMIT 1").fetchone()
        epochs = database.execute(
            "SELECT scope_epoch.recipient, statement.id, note FROM scope_epoch "
            "JOIN statement ON statement.id = statement_id"
        ).fetchall()
        for own, statement, note in epochs:
            assert own in note
            assert other not in note
            database.execute(
                "UPDATE statement SET note = ? WHERE id = ?", (note.replace(own, other), statement)
            )
        database.execute("UPDATE scope_epoch SET recipient = ?", (other,))
    assert epochs
