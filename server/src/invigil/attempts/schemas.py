"""What this room says over the wire (wire.md §3, §5, §6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from invigil.accounts.models import Institution, Person
from invigil.accounts.schemas import RoleView
from invigil.attempts.life import State
from invigil.attempts.models import Attempt
from invigil.exams.models import Course, Exam
from invigil.exams.service import settings_of
from invigil.exams.settings import ExamSettings
from invigil.keys.schemas import RevocationView
from invigil.kit.tokens import MAX_TOKEN_CHARS
from invigil.kit.wire import (
    B64,
    NO_NUL,
    SOME_ID,
    IdText,
    InstitutionView,
    Message,
    Named,
    NoteText,
    UnixMs,
    example,
)

AN_ATTEMPT = {
    "id": SOME_ID,
    "number": 1,
    "state": "created",
    "generation": 1,
    "exam": {
        "id": SOME_ID,
        "title": "Statistics I, final",
        "course_title": "Statistics I",
        "settings": {"camera": True, "microphone": True, "screen": True, "duration_min": 90},
        "settings_version": 1,
        "frozen": False,
    },
    "scope": f"exam/{SOME_ID}",
    "nonce": "MDEyMzQ1Njc4OTAxMjM0NQ==",
    "candidate": {"name": "Ana Petrova"},
    "opened": False,
    "log_size": 0,
    "retention_days": 180,
    "contact": "Room 12",
}


class Redeem(Message, json_schema_extra=example({"token": "ilt1.…", "client_version": "0.1.0"})):
    """A launch token, to be exchanged for a sign-in."""

    token: Annotated[str, Field(max_length=MAX_TOKEN_CHARS, examples=["ilt1.…"])]
    client_version: Annotated[str, Field(max_length=64, examples=["0.1.0"]), NO_NUL]
    attempt_token: Annotated[
        str | None,
        Field(
            max_length=MAX_TOKEN_CHARS,
            description="The attempt token this device holds, if any: it shows that this is the "
            "device that records the attempt.",
        ),
    ] = None


class Candidate(Message):
    """The candidate, as staff named them."""

    name: str


class AttemptExam(Message):
    """The exam, as its candidate sees it."""

    id: IdText
    title: str
    course_title: str
    settings: ExamSettings
    settings_version: int
    frozen: bool


class AttemptView(Message, json_schema_extra=example(AN_ATTEMPT)):
    """An attempt, as its candidate sees it. `opened`: leaf 0 is stored and cosigned."""

    id: IdText
    number: int
    state: State
    generation: int
    exam: AttemptExam
    scope: Annotated[str, Field(examples=["exam/01kbsnw0000000000000000000"])]
    nonce: B64
    candidate: Candidate
    opened: bool
    log_size: int
    retention_days: int
    contact: str

    @staticmethod
    def of(
        attempt: Attempt, exam: Exam, course: Course, *, institution: Institution, person: Person
    ) -> AttemptView:
        settings = settings_of(exam)
        return AttemptView(
            id=attempt.id,
            number=attempt.number,
            state=attempt.state,
            generation=attempt.generation,
            exam=AttemptExam(
                id=exam.id,
                title=exam.title,
                course_title=course.title,
                settings=settings,
                settings_version=exam.settings_version,
                frozen=exam.frozen_ms is not None,
            ),
            scope=f"exam/{exam.id}",
            nonce=attempt.nonce,
            candidate=Candidate(name=person.name),
            opened=attempt.opened_ms is not None,
            log_size=attempt.log_size,
            retention_days=settings.retention_days,
            contact=institution.contact,
        )


class CandidateSignIn(
    Message,
    json_schema_extra=example(
        {
            "kind": "candidate",
            "server_time": 1795428000000,
            "institution": {"slug": "demo", "name": "Demo University"},
            "attempt": AN_ATTEMPT,
            "attempt_token": "iat1.…",
            "expires": 1798020000000,
        }
    ),
):
    """A candidate came in."""

    kind: Literal["candidate"] = "candidate"
    server_time: UnixMs
    institution: InstitutionView
    attempt: AttemptView
    attempt_token: str
    expires: UnixMs


class StaffSignIn(
    Message,
    json_schema_extra=example(
        {
            "kind": "staff",
            "server_time": 1795428000000,
            "institution": {"slug": "demo", "name": "Demo University"},
            "person": {"id": SOME_ID, "name": "Ada Lindqvist"},
            "roles": [{"role": "author", "course_id": SOME_ID}],
            "staff_token": "ist1.…",
            "expires": 1795471200000,
            "course_id": SOME_ID,
            "exam_id": SOME_ID,
        }
    ),
):
    """A member of staff came in; `course_id` and `exam_id` say where they were going."""

    kind: Literal["staff"] = "staff"
    server_time: UnixMs
    institution: InstitutionView
    person: Named
    roles: list[RoleView]
    staff_token: str
    expires: UnixMs
    course_id: IdText | None = None
    exam_id: IdText | None = None


SignIn = Annotated[CandidateSignIn | StaffSignIn, Field(discriminator="kind")]


class Transition(Message, json_schema_extra=example({"to": "checking"})):
    """What the candidate asks for."""

    to: Literal["created", "checking", "ready", "running", "ended"]


class Heartbeat(
    Message, json_schema_extra=example({"server_time": 1795428000000, "state": "running"})
):
    """The server's time and where the attempt stands."""

    server_time: UnixMs
    state: State


class QuizStart(Message):
    """Where the quiz is and how to get in. The access code is handed in, not shown."""

    launch_url: str
    access_code: str
    exam_start: str
    exam_take: str
    exam_end: str


class Started(
    Message,
    json_schema_extra=example(
        {
            "quiz": {
                "launch_url": "https://lms.example.org/mod/quiz/view.php?id=4",
                "access_code": "open sesame",
                "exam_start": "",
                "exam_take": "https://lms.example.org/mod/quiz/attempt.php*",
                "exam_end": "https://lms.example.org/mod/quiz/review.php*",
            },
            "started": 1795428000000,
        }
    ),
):
    """The exam began."""

    quiz: QuizStart
    started: UnixMs


class AttemptSummary(Message):
    """An attempt in the reviewer's list.

    `deleted`: when its recording was deleted because its time was over; what remains is this entry.
    """

    id: IdText
    number: int
    candidate: Named
    state: State
    created: UnixMs
    started: UnixMs | None
    ended: UnixMs | None
    closed: UnixMs | None
    heard: UnixMs
    log_size: int
    bytes: int
    epoch: int | None
    deleted: UnixMs | None = None

    @staticmethod
    def of(attempt: Attempt, name: str) -> AttemptSummary:
        return AttemptSummary(
            id=attempt.id,
            number=attempt.number,
            candidate=Named(id=attempt.person_id, name=name),
            state=attempt.state,
            created=attempt.created_ms,
            started=attempt.started_ms,
            ended=attempt.ended_ms,
            closed=attempt.closed_ms,
            heard=attempt.heard_ms,
            log_size=attempt.log_size,
            bytes=attempt.total_bytes,
            epoch=attempt.epoch,
            deleted=attempt.deleted_ms,
        )


class AttemptPage(Message):
    """Some attempts; `next` is the cursor of the following page, null at the end."""

    attempts: list[AttemptSummary]
    next: IdText | None


class SignerView(Message):
    """Who signed a scope epoch. `staff_key` is null when the root itself lists the person.

    `revocations` are all about that person, whenever they were made: the client weighs them.
    """

    person: IdText
    staff_key: NoteText | None
    blind: B64 | None
    revocations: list[RevocationView]


class ScopeTrust(Message):
    """To whom an exam's recordings are sealed, and who says so (sealed.md §6.6)."""

    scope: str
    epoch: int
    scope_epoch: NoteText
    signer: SignerView
