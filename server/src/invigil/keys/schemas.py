"""What this room says over the wire (wire.md §4 and §6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from invigil.accounts.schemas import RoleView
from invigil.keys.agefile import MAX_FILE_BYTES
from invigil.keys.models import KeyFile, Statement
from invigil.keys.standing import Certification, Standing
from invigil.kit.wire import (
    B64,
    NO_NUL,
    SOME_AGE_FILE,
    SOME_ID,
    IdText,
    InstitutionView,
    Message,
    Named,
    NoteText,
    UnixMs,
    example,
)

VkeyText = Annotated[str, Field(max_length=300, description="C2SP vkey"), NO_NUL]
RecipientText = Annotated[str, Field(max_length=4000, description="`age1pq1…`"), NO_NUL]
FileBytes = Annotated[B64, Field(max_length=MAX_FILE_BYTES * 2)]
Blind = Annotated[B64, Field(description="32 random bytes (sealed.md §6.5)")]


class KeyLogHead(Message):
    """Where the key log stands."""

    size: int
    checkpoint: NoteText


class Trust(Message):
    """Where trust in an institution begins. `roots` start with serial 1."""

    roots: list[NoteText]
    keylog: KeyLogHead
    server_vkey: VkeyText
    root_present: bool


class KeyLogPage(Message):
    """Leaves of the key log from index `from`, at most 1000, and the signed checkpoint."""

    start: Annotated[int, Field(alias="from")]
    leaves: list[B64]
    checkpoint: NoteText


class PublicKeys(
    Message,
    json_schema_extra=example(
        {"vkey": f"invigil/demo/staff/{SOME_ID}+1a2b3c4d+AQID…", "recipient": "age1pq1…"}
    ),
):
    """A person's public keys."""

    vkey: VkeyText
    recipient: RecipientText


class RevocationView(Message):
    """A staff-revoke statement, with the blind that finds it in the key log."""

    note: NoteText
    blind: B64

    @staticmethod
    def all_of(statements: Sequence[Statement]) -> list[RevocationView]:
        """Return the revocations that can be found in the log."""
        found = [(each.note, each.blind) for each in statements]
        return [RevocationView(note=note, blind=blind) for note, blind in found if blind]


class MyInstitution(InstitutionView):
    """The institution, and whether its root exists yet."""

    root_present: bool


class StandingView(Message):
    """A person's keys and whether the institution stands behind them.

    `staff_key` is null when the root itself lists the person; `revoked` is when an administrator
    ended the keys.
    """

    certification: Certification
    revoked: UnixMs | None
    keys: PublicKeys | None
    staff_key: NoteText | None
    staff_key_blind: B64 | None

    @staticmethod
    def members_of(standing: Standing) -> dict[str, Any]:
        """Return the members, for an answer that has more."""
        return dict(iter(StandingView.of(standing)))

    @staticmethod
    def of(standing: Standing) -> StandingView:
        keys, statement = standing.keys, standing.staff_key
        return StandingView(
            certification=standing.certification,
            revoked=standing.revoked_ms,
            keys=None if keys is None else PublicKeys(vkey=keys.key.vkey, recipient=keys.recipient),
            staff_key=None if statement is None else statement.note,
            staff_key_blind=None if statement is None else statement.blind,
        )


class Me(
    StandingView,
    json_schema_extra=example(
        {
            "person": {"id": SOME_ID, "name": "Ada Lindqvist"},
            "institution": {"slug": "demo", "name": "Demo University", "root_present": True},
            "roles": [{"role": "author", "course_id": SOME_ID}],
            "certification": "pending",
            "revoked": None,
            "keys": {
                "vkey": f"invigil/demo/staff/{SOME_ID}+1a2b3c4d+AQID…",
                "recipient": "age1pq1…",
            },
            "staff_key": None,
            "staff_key_blind": None,
        }
    ),
):
    """The caller."""

    person: Named
    institution: MyInstitution
    roles: list[RoleView]


class PersonView(StandingView):
    """A member of staff, as administrators see them."""

    person: Named
    roles: list[RoleView]


class People(Message):
    """The institution's staff."""

    people: list[PersonView]


class KeyringFile(Message):
    """A keyring for one unlock method: an age file."""

    method: Annotated[str, Field(examples=["phrase"])]
    file: B64

    @staticmethod
    def of(row: KeyFile) -> KeyringFile:
        return KeyringFile(method=row.method, file=row.body)


class Keyrings(Message):
    """All keyring files of the caller."""

    keyrings: list[KeyringFile]


class SealedFile(Message, json_schema_extra=example({"file": SOME_AGE_FILE})):
    """An age file, at most 64 KiB."""

    file: FileBytes


class NewRoot(
    Message,
    json_schema_extra=example({"note": "invigil/v1/root\ndemo\n…\n\n— invigil/demo/root/1 …\n"}),
):
    """A root note."""

    note: NoteText


class RootAccepted(Message):
    """The root is in force and logged."""

    serial: int


class NewStatement(
    Message,
    json_schema_extra=example(
        {
            "note": f"invigil/v1/staff-key\ndemo\n{SOME_ID}\n…\n\n— invigil/demo/staff/… …\n",
            "blind": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        }
    ),
):
    """A statement; with a blind when it names a person."""

    note: NoteText
    blind: Blind | None = None


class StatementAccepted(
    Message, json_schema_extra=example({"kind": "staff-key", "id": SOME_ID, "log_index": 3})
):
    """The statement is in force and logged at this index of the key log."""

    kind: Annotated[str, Field(examples=["staff-key"])]
    id: IdText
    log_index: int
