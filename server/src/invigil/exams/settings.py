"""What an exam records and where its quiz is: `Settings` of wire.md §3."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from invigil.kit.wire import NO_NUL

MINUTE_BYTES = 6 * 1024 * 1024
"""More than a busy camera and a busy screen take in a minute, with room for a bad encoder."""
LONGEST_MIN = 24 * 60
MINUTE_LEAVES = 120
"""A camera and a screen have 24 in a minute, everything else fewer: with room for repetition."""
UNLIMITED_AS_MIN = 6 * 60
SPARE_MIN = 60

DEFAULT_AGREEMENT = (
    "I have read what is recorded, who can see it and for how long. "
    "I take this exam myself and by its rules."
)

UrlPattern = Annotated[str, Field(max_length=2000), NO_NUL]


class QuizSettings(BaseModel):
    """Where the quiz is. The patterns are URLPattern strings; an empty one is not used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    launch_url: Annotated[str, Field(max_length=2000, pattern=r"^(https?://\S+)?$"), NO_NUL] = ""
    exam_start: UrlPattern = ""
    exam_take: UrlPattern = ""
    exam_end: UrlPattern = ""
    end_button: bool = True


class ExamSettings(BaseModel):
    """The recording settings of an exam. They freeze when the first candidate starts."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"camera": True, "microphone": True, "screen": True}]},
    )

    camera: bool = True
    microphone: bool = True
    screen: bool = True
    verify_camera: bool = True
    verify_microphone: bool = True
    verify_screen: bool = True
    one_screen: bool = False
    sign_agreement: bool = True
    agreement_text: Annotated[str, Field(max_length=3000), NO_NUL] = DEFAULT_AGREEMENT
    duration_min: Annotated[int, Field(ge=1, le=LONGEST_MIN)] | None = None
    quiz: QuizSettings = QuizSettings()
    ai: Literal[False] = False
    retention_days: Annotated[int, Field(ge=1, le=3650)] = 180


def quota_bytes(settings: ExamSettings) -> int:
    """Return how much one attempt may store: its length and an hour, at 6 MiB a minute."""
    return _recorded_min(settings) * MINUTE_BYTES


def most_leaves(settings: ExamSettings) -> int:
    """Return how many leaves one attempt's log may have, and how many files it may store."""
    return _recorded_min(settings) * MINUTE_LEAVES


def _recorded_min(settings: ExamSettings) -> int:
    return (settings.duration_min or UNLIMITED_AS_MIN) + SPARE_MIN
