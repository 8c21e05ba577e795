"""Roots, staff keys and scope epochs (sealed.md §6)."""

import hashlib
from dataclasses import dataclass

from invigil_verify.notes import Note, Vkey
from invigil_verify.problems import Refused
from invigil_verify.sealing import is_bech32
from invigil_verify.text import (
    DISPLAY_NAME,
    INSTITUTION,
    NOTE_CAP,
    SCOPE,
    ULID,
    VERSION,
    Lines,
    b64,
    fields,
    integer,
    matching,
)

SUITE = "age-v1 mlkem768x25519 x25519 ed25519 sha256"


def staff_name(institution: str, person: str) -> str:
    """The name of a staff member's signing key."""
    return f"invigil/{institution}/staff/{person}"


def recipient(text: str) -> str:
    """A hybrid age recipient; classic ones are a downgrade."""
    if not text.startswith("age1pq1"):
        raise Refused("downgrade", "A recipient is not of the hybrid kind.")
    if not is_bech32(text):
        raise Refused("malformed", "A recipient is misspelt: its checksum does not fit.")
    return text


def previous_hash(text: str, serial: int) -> bytes | None:
    """The hash of the root before; `-` for serial 1 and for no other."""
    if (text == "-") != (serial == 1):
        raise Refused("malformed", "Only the first root has none before it.")
    return None if text == "-" else b64(text, 32)


def period(line: str) -> tuple[int, int]:
    """`<issued> <expires>`, Unix ms."""
    issued, expires = (integer(part) for part in fields(line, 2))
    if expires <= issued:
        raise Refused("malformed", "A statement expires before it begins.")
    return issued, expires


@dataclass(frozen=True)
class Root:
    """The institution's root of one serial: who may speak for it."""

    note: Note
    institution: str
    display_name: str
    serial: int
    issued: int
    expires: int
    previous: bytes | None
    threshold: int
    roots: tuple[Vkey, ...]
    administrators: dict[str, Vkey]
    servers: tuple[Vkey, ...]

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the root's text; the one of serial 1 is the institution's."""
        return hashlib.sha256(self.note.text).digest()

    @classmethod
    def parse(cls, raw: bytes) -> "Root":
        """Read a root note; signatures are the trust walk's matter."""
        note = Note.parse(raw)
        _, lines = Lines.of(note.text, cap=NOTE_CAP, first=("invigil/v1/root",))
        institution = matching(INSTITUTION, lines.take())
        name = matching(DISPLAY_NAME, lines.take())
        serial = integer(lines.take(), least=1)
        issued, expires = period(lines.take())
        if lines.take() != SUITE:
            raise Refused("unsupported-version", "The root names a suite that is not known here.")
        matching(VERSION, lines.take())  # the minimum client speaks to the extension
        previous = previous_hash(lines.take(), serial)
        threshold, roots = _root_keys(lines, institution)
        listed = [
            _administrator(lines.take(), institution) for _ in _times(lines, "administrators")
        ]
        servers = tuple(
            Vkey.parse(lines.take(), name=f"invigil/{institution}/server")
            for _ in _times(lines, "servers")
        )
        for _ in _times(lines, "recovery"):
            b64(lines.take(), 32)
        lines.end()
        administrators = dict(listed)
        if [person for person, _ in listed] != sorted(administrators):
            raise Refused("malformed", "A root's administrators are not in order.")
        return cls(
            note,
            institution,
            name,
            serial,
            issued,
            expires,
            previous,
            threshold,
            roots,
            administrators,
            servers,
        )

    def count_signatures(self, note: Note) -> int:
        """How many of this root's keys signed `note`."""
        return sum(note.is_signed_by(key) for key in self.roots)


def _times(lines: Lines, label: str) -> range:
    (count,) = lines.counted(label)
    return range(count)


def _root_keys(lines: Lines, institution: str) -> tuple[int, tuple[Vkey, ...]]:
    threshold, count = lines.counted("roots", numbers=2)
    if not 1 <= threshold <= count:
        raise Refused("malformed", "A root's threshold does not fit its keys.")
    names = (f"invigil/{institution}/root/{number}" for number in range(1, count + 1))
    keys = tuple(Vkey.parse(lines.take(), name=name) for name in names)
    if len({key.public for key in keys}) != count:
        raise Refused("malformed", "A root names the same key twice.")
    return threshold, keys


def _administrator(line: str, institution: str) -> tuple[str, Vkey]:
    person, vkey, age_recipient = fields(line, 3)
    matching(ULID, person)
    recipient(age_recipient)
    return person, Vkey.parse(vkey, name=staff_name(institution, person))


@dataclass(frozen=True)
class StaffKey:
    """An administrator's word that a key is a person's."""

    note: Note
    institution: str
    person: str
    vkey: Vkey
    issued: int
    expires: int

    @classmethod
    def parse(cls, raw: bytes) -> "StaffKey":
        """Read a staff-key statement."""
        note = Note.parse(raw)
        _, lines = Lines.of(note.text, cap=NOTE_CAP, first=("invigil/v1/staff-key",))
        institution = matching(INSTITUTION, lines.take())
        person = matching(ULID, lines.take())
        vkey = Vkey.parse(lines.take(), name=staff_name(institution, person))
        recipient(lines.take())
        issued, expires = period(lines.take())
        lines.end()
        return cls(note, institution, person, vkey, issued, expires)


@dataclass(frozen=True)
class StaffRevoke:
    """An administrator's word that every staff key of a person ends that was issued up to then."""

    note: Note
    institution: str
    person: str
    issued: int

    @classmethod
    def parse(cls, raw: bytes) -> "StaffRevoke":
        """Read a staff-revoke statement."""
        note = Note.parse(raw)
        _, lines = Lines.of(note.text, cap=NOTE_CAP, first=("invigil/v1/staff-revoke",))
        institution = matching(INSTITUTION, lines.take())
        person = matching(ULID, lines.take())
        issued = integer(lines.take())
        lines.end()
        return cls(note, institution, person, issued)


@dataclass(frozen=True)
class ScopeEpoch:
    """The certified recipient of one epoch of a course's or exam's evidence."""

    note: Note
    institution: str
    scope: str
    epoch: int
    recipient: str
    issued: int
    expires: int

    @classmethod
    def parse(cls, raw: bytes) -> "ScopeEpoch":
        """Read a scope-epoch statement."""
        note = Note.parse(raw)
        _, lines = Lines.of(note.text, cap=NOTE_CAP, first=("invigil/v1/scope-epoch",))
        institution = matching(INSTITUTION, lines.take())
        scope = matching(SCOPE, lines.take())
        epoch = integer(lines.take(), least=1)
        scope_recipient = recipient(lines.take())
        issued, expires = period(lines.take())
        lines.end()
        return cls(note, institution, scope, epoch, scope_recipient, issued, expires)
