"""What this room says over the wire (wire.md §6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from invigil.accounts.roles import Grant, Role
from invigil.accounts.service import MAX_NAME_CHARS
from invigil.audit.models import AuditRecord
from invigil.kit.wire import NO_NUL, SOME_ID, IdText, Message, Named, UnixMs, example


class RoleView(Message):
    """A role and, unless it is the administrator's, its course."""

    role: Literal["administrator", "author", "reviewer"]
    course_id: IdText | None = None

    @staticmethod
    def all_of(grants: Iterable[Grant]) -> list[RoleView]:
        """Return roles in a steady order."""
        in_order = sorted(grants, key=lambda each: (each.role, each.course_id or ""))
        return [RoleView(role=each.role.value, course_id=each.course_id) for each in in_order]


class Invite(
    Message,
    json_schema_extra=example({"name": "Tomás Reyes", "roles": ["reviewer"], "course_id": SOME_ID}),
):
    """Somebody to invite, and what they may do. All roles but the administrator's need a course."""

    name: Annotated[
        str, Field(min_length=1, max_length=MAX_NAME_CHARS, examples=["Ada Lindqvist"]), NO_NUL
    ]
    roles: Annotated[list[Role], Field(min_length=1, max_length=3)]
    course_id: IdText | None = None


class Invitation(
    Message,
    json_schema_extra=example(
        {
            "person": {"id": SOME_ID, "name": "Tomás Reyes"},
            "token": "ilt1.…",
            "links": [
                f"chrome-extension://{'a' * 32}/open.html#v=1&for=staff&server=…&token=ilt1.…"
            ],
            "expires": 1795514400000,
        }
    ),
):
    """A new person and the link that lets them in, once, within 24 hours."""

    person: Named
    token: Annotated[str, Field(description="The launch token, for `open.html#…&token=`")]
    links: Annotated[list[str], Field(description="One for each extension this server knows")]
    expires: UnixMs


class AuditEntry(Message):
    """One thing that somebody did. `person` is null when the server or its command line did it."""

    id: IdText
    at: UnixMs
    person: Named | None
    action: Annotated[str, Field(examples=["exam.change"])]
    subject: Annotated[str, Field(examples=["exam/01kbsnw0000000000000000000"])]
    detail: dict[str, str | int | None]

    @staticmethod
    def of(record: AuditRecord, names: dict[str, str]) -> AuditEntry:
        person = record.person_id
        return AuditEntry(
            id=record.id,
            at=record.at_ms,
            person=None if person is None else Named(id=person, name=names.get(person, "—")),
            action=record.action,
            subject=record.subject,
            detail=record.detail,
        )


class AuditPage(Message):
    """Records, the newest first; `next` is the cursor of the following page, null at the end."""

    records: list[AuditEntry]
    next: IdText | None
