"""The key log, what it holds, and the sealed key files."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invigil.kit.db import Base, Bytes, Id, Ms

SCOPE = String(40)


class KeyLog(Base):
    """Where an institution's key log stands: its size, right edge and signed checkpoint."""

    __tablename__ = "key_log"

    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    size: Mapped[int]
    frontier: Mapped[Bytes]
    checkpoint: Mapped[str] = mapped_column(Text)


class KeyLogLeaf(Base):
    """One leaf of a key log (sealed.md §6.5)."""

    __tablename__ = "key_log_leaf"

    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    index: Mapped[int] = mapped_column("leaf_index", primary_key=True)
    data: Mapped[Bytes]


class Root(Base):
    """A root note that was accepted. The highest serial is the current one."""

    __tablename__ = "root"

    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    serial: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(Text)
    expires_ms: Mapped[Ms]
    log_index: Mapped[int]


class Statement(Base):
    """A statement that was accepted. Its place in the log is for ever; note and blind may go."""

    __tablename__ = "statement"
    __table_args__ = (
        Index("ix_statement_institution_id_person_id", "institution_id", "person_id"),
        UniqueConstraint("institution_id", "log_index"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[Id | None]
    """Whom it names; None for a scope epoch."""
    signer_id: Mapped[Id]
    note: Mapped[str] = mapped_column(Text)
    blind: Mapped[bytes | None] = mapped_column(LargeBinary)
    log_index: Mapped[int]
    accepted_ms: Mapped[Ms]


class PersonKeys(Base):
    """The keys a person asked to have certified, or has certified."""

    __tablename__ = "person_keys"

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"), index=True)
    vkey: Mapped[str] = mapped_column(String(300))
    recipient: Mapped[str] = mapped_column(Text)
    asked_ms: Mapped[Ms]
    staff_key_id: Mapped[Id | None] = mapped_column(ForeignKey("statement.id"))
    """The staff-key statement that certifies them; None when pending, or when a root does."""
    certified_until_ms: Mapped[Ms | None]
    """When that statement expires."""
    revoked_ms: Mapped[Ms | None]


class RevokedKeys(Base):
    """Keys that a revocation was about: never named again, whoever asks."""

    __tablename__ = "revoked_keys"

    statement_id: Mapped[Id] = mapped_column(ForeignKey("statement.id"), primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), index=True)
    vkey: Mapped[str] = mapped_column(String(300))
    recipient: Mapped[str] = mapped_column(Text)


class KeyFile(Base):
    """A person's keyring for one unlock method, or the root's backup: age files."""

    __tablename__ = "key_file"

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), primary_key=True)
    method: Mapped[str] = mapped_column(String(400), primary_key=True)
    body: Mapped[Bytes]
    changed_ms: Mapped[Ms]


class EarlierKeyFile(Base):
    """A key file that was replaced or removed: kept for a while, handed to nobody."""

    __tablename__ = "earlier_key_file"

    id: Mapped[Id] = mapped_column(primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), index=True)
    method: Mapped[str] = mapped_column(String(400))
    body: Mapped[Bytes]
    ended_ms: Mapped[Ms]


class ScopeEpoch(Base):
    """A scope key that attempts are sealed to, as certified."""

    __tablename__ = "scope_epoch"
    __table_args__ = (UniqueConstraint("scope", "epoch"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    scope: Mapped[str] = mapped_column(SCOPE)
    epoch: Mapped[int]
    recipient: Mapped[str] = mapped_column(Text)
    expires_ms: Mapped[Ms]
    statement_id: Mapped[Id] = mapped_column(ForeignKey("statement.id"))


class Member(Base):
    """Who can open a scope key: the wrap to that person and the statement that says so."""

    __tablename__ = "member"

    scope_epoch_id: Mapped[Id] = mapped_column(ForeignKey("scope_epoch.id"), primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    wrap: Mapped[Bytes]
    statement_id: Mapped[Id] = mapped_column(ForeignKey("statement.id"))


class EarlierWrap(Base):
    """A wrap that was taken back or replaced: kept, handed to nobody."""

    __tablename__ = "earlier_wrap"

    id: Mapped[Id] = mapped_column(primary_key=True)
    scope_epoch_id: Mapped[Id] = mapped_column(ForeignKey("scope_epoch.id"), index=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    wrap: Mapped[Bytes]
    statement_id: Mapped[Id] = mapped_column(ForeignKey("statement.id"))
    ended_ms: Mapped[Ms]


class AttemptWrap(Base):
    """`attempt.age`: the attempt's secret, sealed to the scope key (sealed.md §7)."""

    __tablename__ = "attempt_wrap"

    attempt_id: Mapped[Id] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    body: Mapped[Bytes]
    sha256: Mapped[Bytes]
    stored_ms: Mapped[Ms]
