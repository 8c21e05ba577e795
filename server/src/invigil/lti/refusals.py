"""Every reason for which a launch or a registration is refused: a code, a status, and words.

The words are what a student or a teacher reads: what happened, what it means, what to do. They name
no claim and quote nothing that was sent to us. ``Refused.detail`` is for the log of the operator:
it names the rule that was broken and never holds a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_AGAIN = "Go back to your course and open the exam again."
_ADMINISTRATOR = "Tell the person who looks after your LMS: the connection to Invigil needs a look."


@dataclass(frozen=True)
class Words:
    """What the error page says. ``code`` is stable and shown small, for support."""

    code: str
    status: int
    title: str
    what_to_do: str


class Refusal(Enum):
    """The vocabulary. Tests check that each one can happen."""

    LOGIN_INCOMPLETE = Words(
        "lti-login-incomplete", 400, "Your LMS left something out", _ADMINISTRATOR
    )
    UNKNOWN_PLATFORM = Words(
        "lti-platform-unknown", 404, "This LMS is not connected to Invigil", _ADMINISTRATOR
    )
    PLATFORM_PENDING = Words(
        "lti-platform-pending",
        403,
        "The connection to this LMS waits for approval",
        "An administrator of Invigil has to approve it. Then open the exam again.",
    )
    DEPLOYMENT_PENDING = Words(
        "lti-deployment-pending",
        403,
        "This part of your LMS waits for approval",
        "An administrator of Invigil has to approve it. Then open the exam again.",
    )
    TARGET_ELSEWHERE = Words(
        "lti-target-elsewhere", 400, "The link in the course points somewhere else", _ADMINISTRATOR
    )
    PLATFORM_REFUSED = Words(
        "lti-platform-refused",
        403,
        "Your LMS did not let you through",
        "Sign in to your LMS again, then open the exam from your course.",
    )
    STATE_UNKNOWN = Words(
        "lti-state-unknown", 404, "This page did not start in your course", _AGAIN
    )
    STATE_EXPIRED = Words("lti-state-expired", 410, "Opening the exam took too long", _AGAIN)
    STATE_USED = Words("lti-state-used", 410, "This page was already opened once", _AGAIN)
    OTHER_BROWSER = Words(
        "lti-other-browser", 403, "The exam was opened in another browser", _AGAIN
    )
    COOKIES_BLOCKED = Words(
        "lti-cookies-blocked",
        403,
        "Your browser keeps no cookies for this page",
        "Allow cookies for this address, go back to your course and open the exam again.",
    )
    TOKEN_MALFORMED = Words(
        "lti-token-malformed", 400, "What your LMS sent cannot be read", _ADMINISTRATOR
    )
    TOKEN_TOO_LARGE = Words(
        "lti-token-too-large", 413, "What your LMS sent is too long", _ADMINISTRATOR
    )
    ALGORITHM_REFUSED = Words(
        "lti-algorithm-refused", 400, "Your LMS signs in a way that is not safe", _ADMINISTRATOR
    )
    KEY_UNKNOWN = Words(
        "lti-key-unknown", 403, "Your LMS signed with a key that it does not publish", _AGAIN
    )
    KEYS_UNREACHABLE = Words(
        "lti-keys-unreachable",
        502,
        "The keys of your LMS cannot be reached",
        "Wait a minute, go back to your course and open the exam again.",
    )
    SIGNATURE_WRONG = Words(
        "lti-signature-wrong", 403, "The signature of your LMS is wrong", _ADMINISTRATOR
    )
    CLAIM_MISSING = Words("lti-claim-missing", 400, "Your LMS left something out", _ADMINISTRATOR)
    ISSUER_WRONG = Words("lti-issuer-wrong", 403, "Another LMS signed this", _ADMINISTRATOR)
    AUDIENCE_WRONG = Words(
        "lti-audience-wrong", 403, "This was meant for another program", _ADMINISTRATOR
    )
    TOKEN_EXPIRED = Words("lti-token-expired", 410, "Opening the exam took too long", _AGAIN)
    TOKEN_FROM_THE_FUTURE = Words(
        "lti-token-from-the-future",
        400,
        "The clocks of your LMS and Invigil differ",
        _ADMINISTRATOR,
    )
    NONCE_WRONG = Words("lti-nonce-wrong", 403, "This page did not start in your course", _AGAIN)
    TARGET_CHANGED = Words(
        "lti-target-changed", 403, "The link changed while the exam was opening", _AGAIN
    )
    MESSAGE_UNSUPPORTED = Words(
        "lti-message-unsupported", 400, "Invigil does not know this kind of link", _ADMINISTRATOR
    )
    COURSE_MISSING = Words(
        "lti-course-missing", 400, "Your LMS did not say which course this is", _ADMINISTRATOR
    )
    RETURN_ELSEWHERE = Words(
        "lti-return-elsewhere", 403, "The way back leads to another address", _ADMINISTRATOR
    )
    NOT_STAFF = Words(
        "lti-not-staff",
        403,
        "Only teachers of the course can choose an exam",
        "Ask a teacher of your course.",
    )
    NOT_IN_COURSE = Words(
        "lti-not-in-course",
        403,
        "Your LMS did not say that you take part in this course",
        "Ask a teacher of your course.",
    )
    EXAM_UNKNOWN = Words(
        "lti-exam-unknown",
        404,
        "The exam is not set up yet",
        "Your teacher opens this link once and sets it up. Then you can start.",
    )
    EXAM_ELSEWHERE = Words(
        "lti-exam-elsewhere",
        404,
        "The exam belongs to another course",
        "Ask your teacher: the link must be made again in this course.",
    )
    FORM_USED = Words("lti-form-used", 410, "This page was already used or is too old", _AGAIN)
    FORM_FROM_ELSEWHERE = Words(
        "lti-form-from-elsewhere", 403, "This did not come from our own page", _AGAIN
    )
    REGISTRATION_MALFORMED = Words(
        "lti-registration-malformed",
        400,
        "The LMS described itself in a way we cannot read",
        "Check the address of the registration, or enter the connection by hand.",
    )
    REGISTRATION_BLOCKED = Words(
        "lti-registration-blocked",
        403,
        "That address may not be reached from here",
        "It must be https and public, or be listed in INVIGIL_LTI_TRUSTED_HOSTS.",
    )
    REGISTRATION_UNREACHABLE = Words(
        "lti-registration-unreachable",
        502,
        "The LMS did not answer as it should",
        "Try again. If it stays, enter the connection by hand.",
    )
    REGISTRATION_EXISTS = Words(
        "lti-registration-exists",
        409,
        "This LMS is connected already",
        "Remove the old connection first, or approve it.",
    )
    REGISTRATION_FULL = Words(
        "lti-registration-full",
        429,
        "Too many connections wait for approval",
        "An administrator has to approve or remove some of them first.",
    )
    INSTITUTION_UNCLEAR = Words(
        "lti-institution-unclear",
        400,
        "Several institutions use this server",
        "Use the registration address of your institution: invigil lti urls prints it.",
    )

    @property
    def words(self) -> Words:
        """The words, with the type that an enum's ``value`` does not carry."""
        return self.value

    @property
    def is_about_an_exam(self) -> bool:
        """Whether a candidate may read it and should hear that their exam is as it was."""
        return not self.value.code.startswith("lti-registration")


class Refused(Exception):
    """Raised when a launch, a form or a registration is refused; becomes an error page."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(f"{refusal.words.code}: {detail}" if detail else refusal.words.code)
        self.refusal = refusal
        self.detail = detail
