"""Statements, parsed strictly (sealed.md §2 and §6). Pure: no trust is decided here."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from invigil.keys.names import SUITE, root_name, server_name, staff_name
from invigil.kit.problems import StatementMalformed, StatementUnsupported
from invigil.kit.signing import NoteMalformedError, VerifierKey, decode_base64

MAX_ROOT_KEYS = 20
MAX_LISTED = 200
MAX_DISPLAY_NAME_CHARS = 200
_INSTITUTION = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PERSON = re.compile(r"[0-9a-z]{26}")
_SCOPE = re.compile(r"(exam|course)/[0-9a-z]{26}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")
_VERSION = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}")
# Bech32 of the 1216-byte hybrid encapsulation key, with its checksum (C2SP age.md).
RECIPIENT = re.compile(r"age1pq1[02-9ac-hj-np-z]{1952}")


@dataclass(frozen=True, slots=True)
class StaffKeys:
    """A person's public keys: what signs and what is sealed to."""

    person: str
    key: VerifierKey
    recipient: str


@dataclass(frozen=True, slots=True)
class RootStatement:
    """§6.1. `previous` is the SHA-256 of the previous root's text, None for serial 1."""

    institution: str
    name: str
    serial: int
    issued_ms: int
    expires_ms: int
    minimum_client: str
    previous: bytes | None
    threshold: int
    root_keys: tuple[VerifierKey, ...]
    administrators: tuple[StaffKeys, ...]
    servers: tuple[VerifierKey, ...]
    recovery: tuple[bytes, ...]

    def administrator(self, person_id: str) -> StaffKeys | None:
        """Return the keys under which a person is an administrator."""
        return next((each for each in self.administrators if each.person == person_id), None)


@dataclass(frozen=True, slots=True)
class StaffKeyStatement:
    """§6.2: these are this person's keys."""

    institution: str
    keys: StaffKeys
    issued_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class StaffRevokeStatement:
    """§6.2: this person's keys are not valid any more."""

    institution: str
    person: str
    issued_ms: int


@dataclass(frozen=True, slots=True)
class ScopeEpochStatement:
    """§6.3: recordings of this scope are sealed to this recipient."""

    institution: str
    scope: str
    epoch: int
    recipient: str
    issued_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class MemberAddStatement:
    """§6.4: this person can open the scope key, through the wrap of this hash."""

    institution: str
    scope: str
    epoch: int
    person: str
    wrap_sha256: bytes
    issued_ms: int


@dataclass(frozen=True, slots=True)
class MemberRemoveStatement:
    """§6.4: this person is not given the wrap any more."""

    institution: str
    scope: str
    epoch: int
    person: str
    issued_ms: int


AnyStatement = (
    RootStatement
    | StaffKeyStatement
    | StaffRevokeStatement
    | ScopeEpochStatement
    | MemberAddStatement
    | MemberRemoveStatement
)


class _Lines:
    """Takes a text line by line; each taker refuses what does not fit."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0

    def line(self) -> str:
        if self._at == len(self._lines):
            raise StatementMalformed("A line of the statement is missing.")
        self._at += 1
        return self._lines[self._at - 1]

    def fields(self, count: int) -> list[str]:
        fields = self.line().split(" ")
        if len(fields) != count or "" in fields:
            raise StatementMalformed("A line of the statement has another number of fields.")
        return fields

    def match(self, pattern: re.Pattern[str]) -> str:
        return matching(pattern, self.line())

    def times(self) -> tuple[int, int]:
        issued, expires = map(number, self.fields(2))
        if issued >= expires:
            raise StatementMalformed("The statement ends before it begins.")
        return issued, expires

    def counted(self, word: str) -> int:
        found, count = self.fields(2)
        if found != word or number(count) > MAX_LISTED:
            raise StatementMalformed(f"The statement does not count its {word}.")
        return number(count)

    def end(self) -> None:
        if self._at != len(self._lines):
            raise StatementMalformed("The statement has a line too many.")


def matching(pattern: re.Pattern[str], text: str) -> str:
    """Return the text if the whole of it matches; otherwise StatementMalformed."""
    if not pattern.fullmatch(text):
        raise StatementMalformed
    return text


def number(text: str) -> int:
    """Read a decimal number without sign and leading zeros; otherwise StatementMalformed."""
    return int(matching(_NUMBER, text))


def verifier(vkey: str, name: str) -> VerifierKey:
    """Read a vkey that must have this name; otherwise StatementMalformed."""
    try:
        key = VerifierKey.parse(vkey)
    except NoteMalformedError as error:
        raise StatementMalformed(str(error)) from error
    if key.name != name:
        raise StatementMalformed("A key has another name than its place asks for.")
    return key


def recipient(text: str) -> str:
    """Return a hybrid age recipient if the text has its form; otherwise StatementMalformed."""
    return matching(RECIPIENT, text)


def _hash(text: str) -> bytes:
    try:
        return decode_base64(text, length=32)
    except NoteMalformedError as error:
        raise StatementMalformed(str(error)) from error


def parse(text: str) -> AnyStatement:
    """Parse the text of a statement's note.

    Raises:
        StatementUnsupported: the first line is not known.
        StatementMalformed: anything else does not fit.
    """
    first, *rest = text.removesuffix("\n").split("\n")
    reader = _READERS.get(first)
    if reader is None:
        raise StatementUnsupported
    lines = _Lines(rest)
    parsed = reader(lines)
    lines.end()
    return parsed


def _root(lines: _Lines) -> RootStatement:
    institution = lines.match(_INSTITUTION)
    name = _display_name(lines.line())
    serial = number(lines.line())
    issued_ms, expires_ms = lines.times()
    if lines.line() != SUITE:
        raise StatementUnsupported("The root names a suite that this server does not know.")
    minimum_client = lines.match(_VERSION)
    previous = lines.line()
    threshold, root_keys = _root_keys(lines, institution)
    administrators = tuple(
        _administrator(lines, institution) for _ in range(lines.counted("administrators"))
    )
    people = [each.person for each in administrators]
    if serial < 1 or (serial == 1) != (previous == "-") or people != sorted(set(people)):
        raise StatementMalformed("The root's serial, predecessor or administrators do not fit.")
    return RootStatement(
        institution=institution,
        name=name,
        serial=serial,
        issued_ms=issued_ms,
        expires_ms=expires_ms,
        minimum_client=minimum_client,
        previous=None if previous == "-" else _hash(previous),
        threshold=threshold,
        root_keys=root_keys,
        administrators=administrators,
        servers=_servers(lines, institution),
        recovery=tuple(_hash(lines.line()) for _ in range(lines.counted("recovery"))),
    )


def _display_name(text: str) -> str:
    has_controls = any(unicodedata.category(char) == "Cc" for char in text)
    if has_controls or text != text.strip() or not 1 <= len(text) <= MAX_DISPLAY_NAME_CHARS:
        raise StatementMalformed("The institution's display name has another form.")
    return text


def _root_keys(lines: _Lines, institution: str) -> tuple[int, tuple[VerifierKey, ...]]:
    word, *counts = lines.fields(3)
    threshold, size = map(number, counts)
    if word != "roots" or not 1 <= threshold <= size <= MAX_ROOT_KEYS:
        raise StatementMalformed("The root does not say how many of its keys must sign.")
    keys = tuple(
        verifier(lines.line(), root_name(institution, place)) for place in range(1, size + 1)
    )
    if len({key.public_key for key in keys}) != size:
        raise StatementMalformed("The root lists a key twice.")
    return threshold, keys


def _administrator(lines: _Lines, institution: str) -> StaffKeys:
    person, vkey, sealed_to = lines.fields(3)
    matching(_PERSON, person)
    return StaffKeys(person, verifier(vkey, staff_name(institution, person)), recipient(sealed_to))


def _servers(lines: _Lines, institution: str) -> tuple[VerifierKey, ...]:
    count = lines.counted("servers")
    return tuple(verifier(lines.line(), server_name(institution)) for _ in range(count))


def _staff_key(lines: _Lines) -> StaffKeyStatement:
    institution, person = lines.match(_INSTITUTION), lines.match(_PERSON)
    key = verifier(lines.line(), staff_name(institution, person))
    keys = StaffKeys(person, key, recipient(lines.line()))
    return StaffKeyStatement(institution, keys, *lines.times())


def _staff_revoke(lines: _Lines) -> StaffRevokeStatement:
    return StaffRevokeStatement(
        lines.match(_INSTITUTION), lines.match(_PERSON), number(lines.line())
    )


def _scope_epoch(lines: _Lines) -> ScopeEpochStatement:
    institution, scope, epoch = _scope(lines)
    return ScopeEpochStatement(institution, scope, epoch, recipient(lines.line()), *lines.times())


def _member_add(lines: _Lines) -> MemberAddStatement:
    scope = _scope(lines)
    person, wrap, issued = lines.match(_PERSON), _hash(lines.line()), number(lines.line())
    return MemberAddStatement(*scope, person, wrap, issued)


def _member_remove(lines: _Lines) -> MemberRemoveStatement:
    return MemberRemoveStatement(*_scope(lines), lines.match(_PERSON), number(lines.line()))


def _scope(lines: _Lines) -> tuple[str, str, int]:
    institution, scope, epoch = lines.match(_INSTITUTION), lines.match(_SCOPE), number(lines.line())
    if not 1 <= epoch < 2**31:
        raise StatementMalformed("An epoch counts from 1.")
    return institution, scope, epoch


_READERS: dict[str, Callable[[_Lines], AnyStatement]] = {
    "invigil/v1/root": _root,
    "invigil/v1/staff-key": _staff_key,
    "invigil/v1/staff-revoke": _staff_revoke,
    "invigil/v1/scope-epoch": _scope_epoch,
    "invigil/v1/member-add": _member_add,
    "invigil/v1/member-remove": _member_remove,
}


def text_hash(text: str) -> bytes:
    """Return the SHA-256 of a statement's text: how the next root names this one."""
    return hashlib.sha256(text.encode()).digest()
