"""Everything campus can refuse: code, HTTP status, and what a person can do about it."""


class Problem(Exception):
    """A refusal shown to a person as a page."""

    code = "bad-request"
    status = 400
    title = "This request cannot be used"
    advice = "Go back to the course and try again."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.advice)
        self.detail = detail or self.advice


class NotSignedInError(Problem):
    code, status = "not-signed-in", 401
    title = "Say who you are first"
    advice = "Sign in, then open this page again."


class StaleFormError(Problem):
    code, status = "stale-form", 403
    title = "This form is out of date"
    advice = "You may have signed in again in another tab. Go back, reload and send the form again."


class NotAllowedError(Problem):
    code, status = "not-allowed", 403
    title = "This page is for the course's staff"
    advice = "Ask the instructor of the course if you need it."


class NotFoundError(Problem):
    code, status = "not-found", 404
    title = "There is nothing here"
    advice = "The page may have been removed. Go back to the course."


class AccessCodeNeededError(Problem):
    code, status = "access-code-needed", 403
    title = "The access code is asked for first"
    advice = (
        "Open the quiz and enter the access code in this browser. Saved answers are still there."
    )


class AttemptOverError(Problem):
    code, status = "attempt-over", 409
    title = "This attempt is over"
    advice = "Your saved answers are handed in. Nothing more can be changed."


class FormRejectedError(Problem):
    """What was typed cannot be used; `detail` says which field and why."""

    code, status = "form-rejected", 422
    title = "Something in the form needs another look"


class LaunchRefusedError(Problem):
    code, status = "launch-refused", 400
    title = "The tool could not be opened"
    advice = "Go back to the course and open it again. If it happens again, tell your instructor."


class ToolAnswerRefusedError(Problem):
    code, status = "tool-answer-refused", 400
    title = "The tool's answer was not accepted"
    advice = "Nothing was added. Go back to the course and try again."


class ServiceProblem(Exception):
    """A refusal sent to a tool as problem+json."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


class OAuthProblem(Exception):
    """A refusal of the token or registration endpoint."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


class BadTokenError(Exception):
    """A JWT that is not acceptable; the message says why, without quoting it."""
