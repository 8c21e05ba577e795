"""The logs of attempts. Segments are in the pack store, `attempt.age` is with `keys`."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from invigil.kit.db import Base, Bytes, Id


class AttemptLogRow(Base):
    """How far an attempt's log came: what is needed to extend it without reading its leaves.

    There is no row before leaf 0. The receipt is the last cosigned checkpoint: the ones before it
    say less (sealed.md §8 keeps the log append-only), so they are not kept.
    """

    __tablename__ = "attempt_log"

    attempt_id: Mapped[Id] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    size: Mapped[int]
    frontier: Mapped[Bytes]
    """The peaks of the Merkle tree (kit/tree.py)."""
    streams: Mapped[dict[str, list[int]]] = mapped_column(JSON)
    """Stream → [files, start of the last one in ms since open]."""
    total_bytes: Mapped[int] = mapped_column(BigInteger)
    attempt_vkey: Mapped[str] = mapped_column(String(300))
    receipt: Mapped[str] = mapped_column(Text)
    closed_after_ms: Mapped[int | None] = mapped_column(BigInteger)
    """What the close says: ms since open."""


class LeafChunk(Base):
    """Leaves that came in one request, from `first_index` on (chunks.py says why)."""

    __tablename__ = "leaf_chunk"

    attempt_id: Mapped[Id] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    first_index: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column("leaf_count")
    leaves: Mapped[Bytes]
