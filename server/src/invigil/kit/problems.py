"""Everything the server says when it says no: one code, one status, one sentence each (wire.md §1).

The sentence tells a person what happened, what it means for the exam and what to do. It never
holds a token, a name or what somebody sent. Declare the problems of a route::

    @router.post("/api/launches/redeem", responses=answers(LaunchUnknown, LaunchUsed))
"""

from __future__ import annotations

from invigil.kit.problem_base import MEDIA_TYPE as MEDIA_TYPE  # noqa: PLC0414  handed on
from invigil.kit.problem_base import Problem as Problem  # noqa: PLC0414  handed on
from invigil.kit.problem_base import all_problems as all_problems  # noqa: PLC0414  handed on
from invigil.kit.problem_base import answers as answers  # noqa: PLC0414  handed on

# ── Requests in general ──────────────────────────────────────────────────────────────────────────


class BadRequest(Problem):
    code, status = "bad-request", 400
    title = "The request cannot be read"
    sentence = "The server cannot read this request. Nothing was changed. Reload and try again."


class NotFound(Problem):
    code, status = "not-found", 404
    title = "Not found"
    sentence = "Nothing here is yours to see. Check the address, or open it from your course."


class MethodNotAllowed(Problem):
    code, status = "method-not-allowed", 405
    title = "Method not allowed"
    sentence = "This address does not take that kind of request."


class ChangedMeanwhile(Problem):
    code, status = "changed-meanwhile", 409
    title = "Changed meanwhile"
    sentence = "Somebody changed this at the same moment. Nothing was lost. Reload and try again."


class LengthRequired(Problem):
    code, status = "length-required", 411
    title = "Length required"
    sentence = "An upload has to say its length first. Nothing was stored."


class TooLarge(Problem):
    code, status = "too-large", 413
    title = "Too large"
    sentence = "This is larger than the server takes. Nothing was stored."


class RangeNotSatisfiable(Problem):
    code, status = "range-not-satisfiable", 416
    title = "The file is shorter"
    sentence = "The file ends before the part that was asked for."


class RequestInvalid(Problem):
    code, status = "request-invalid", 422
    title = "The request is not valid"
    sentence = "A field of this request is missing or not valid. Nothing was changed."


class TooManyRequests(Problem):
    code, status = "too-many-requests", 429
    title = "Very many requests come from your network"
    sentence = (
        "Very many requests come from your network at this moment. Nothing is lost and your time "
        "is not running. Wait a few seconds, then try again."
    )


class Busy(Problem):
    code, status = "busy", 503
    title = "The server is busy"
    sentence = (
        "The server is busy. Nothing is lost: your device keeps the recording and tries again."
    )


class Internal(Problem):
    code, status = "internal", 500
    title = "Something went wrong on the server"
    sentence = (
        "Something went wrong on the server. Nothing you recorded is lost. Try again in a minute."
    )


# ── Tokens, roles, launches ──────────────────────────────────────────────────────────────────────


class SignInNeeded(Problem):
    code, status = "sign-in-needed", 401
    title = "Sign in first"
    sentence = "Open Invigil from your course to sign in."


class TokenInvalid(Problem):
    code, status = "token-invalid", 401
    title = "This sign-in is not valid"
    sentence = "This sign-in is not valid here. Go back to your course and open Invigil again."


class TokenExpired(Problem):
    code, status = "token-expired", 401
    title = "This sign-in is over"
    sentence = "This sign-in is over. Go back to your course and open Invigil again."


class RoleNeeded(Problem):
    code, status = "role-needed", 403
    title = "Your role does not allow this"
    sentence = "Your role in this course does not allow this. Ask the course's author."


class AdministratorNeeded(Problem):
    code, status = "administrator-needed", 403
    title = "Only an administrator can do this"
    sentence = "Only an administrator of your institution can do this. Ask one of them."


class CertificationNeeded(Problem):
    code, status = "certification-needed", 403
    title = "Your key is not certified yet"
    sentence = (
        "Your key is not certified yet. Ask an administrator of your institution to certify it."
    )


class LaunchUnknown(Problem):
    code, status = "launch-unknown", 404
    title = "This link does not work here"
    sentence = (
        "This server does not know this link. Go back to your course and open the exam again."
    )


class LaunchUsed(Problem):
    code, status = "launch-used", 410
    title = "This link was used already"
    sentence = "This link was used already. Go back to your course and open the exam again."


class LaunchExpired(Problem):
    code, status = "launch-expired", 410
    title = "This link is too old"
    sentence = "This link is too old. Go back to your course and open the exam again."


# ── Attempts and evidence ────────────────────────────────────────────────────────────────────────


class AttemptElsewhere(Problem):
    code, status = "attempt-elsewhere", 409
    title = "This exam is open somewhere else"
    sentence = (
        "You opened this exam again in another place. Go on there, or open it here once more."
    )


class AttemptOnAnotherDevice(Problem):
    code, status = "attempt-on-another-device", 409
    title = "This exam is being recorded on another device"
    sentence = (
        "This exam is being recorded on another device. Go on there. "
        "If that device is broken, wait a minute and open the exam from your course again."
    )


class TransitionRefused(Problem):
    code, status = "transition-refused", 409
    title = "The exam is not at that point"
    sentence = "The exam is not at the point where this can happen. Reload the page."


class RecordingNotOpened(Problem):
    code, status = "recording-not-opened", 409
    title = "The recording has not begun"
    sentence = (
        "The recording has not begun yet, so the exam cannot start. Your time is not running."
    )


class ExamNotReady(Problem):
    code, status = "exam-not-ready", 409
    title = "The exam is not ready"
    sentence = "The exam is not ready to be recorded. Tell your teacher; your time is not running."


class WrapDiffers(Problem):
    code, status = "wrap-differs", 409
    title = "Another key file is stored already"
    sentence = "Another key file is already stored for this attempt. The stored one is kept."


class SegmentDiffers(Problem):
    code, status = "segment-differs", 409
    title = "Another segment is stored at this position"
    sentence = "A different segment is already stored at this position. The stored one is kept."


class SegmentMissing(Problem):
    code, status = "segment-missing", 409
    title = "A segment is not there yet"
    sentence = "The log names a segment that is not stored yet. Send it first, then the log again."


class DigestMismatch(Problem):
    code, status = "digest-mismatch", 400
    title = "The upload arrived damaged"
    sentence = (
        "The upload does not match its length or checksum. Nothing was stored. Send it again."
    )


class AttemptClosed(Problem):
    code, status = "attempt-closed", 409
    title = "The recording is complete"
    sentence = "The recording of this attempt is complete and takes nothing more."


class RecordingDeleted(Problem):
    code, status = "recording-deleted", 410
    title = "The recording was deleted"
    sentence = (
        "The time for which this recording was kept is over, so it was deleted. "
        "The attempt stays in the list."
    )


class UploadRefused(Problem):
    code, status = "upload-refused", 409
    title = "This attempt takes no uploads now"
    sentence = "This attempt does not take uploads at this point. Your device keeps what it has."


class UploadTooSlow(Problem):
    code, status = "upload-too-slow", 408
    title = "The upload took too long"
    sentence = "The upload took too long. Nothing of it was stored; your device sends it again."


class Quota(Problem):
    code, status = "quota", 429
    title = "The attempt's space is used up"
    sentence = (
        "The recording has used the space that this exam may take. "
        "Your exam goes on; tell your teacher."
    )


class DiskFull(Problem):
    code, status = "disk-full", 503
    title = "The server's disk is full"
    sentence = "The server's disk is full. Your device keeps the recording and tries again later."


class LogForked(Problem):
    code, status = "log-forked", 409
    title = "The log has another history"
    sentence = "The server holds another history of this attempt. The stored one is kept."


class LogBehind(Problem):
    code, status = "log-behind", 409
    title = "The server has fewer entries"
    sentence = (
        "The server holds fewer entries of this log than your device sent before. "
        "Your device sends the missing ones again."
    )


class LeafRefused(Problem):
    code, status = "leaf-refused", 422
    title = "The log breaks a rule"
    sentence = "The log has an entry that is not valid at its place. Nothing of it was stored."


class CheckpointRefused(Problem):
    code, status = "checkpoint-refused", 422
    title = "The checkpoint does not fit"
    sentence = "The checkpoint does not fit the log, or its signature is wrong. Nothing was stored."


# ── Exams ────────────────────────────────────────────────────────────────────────────────────────


class SettingsFrozen(Problem):
    code, status = "settings-frozen", 409
    title = "The settings are fixed"
    sentence = (
        "A candidate has started this exam, so its recording settings are fixed. "
        "Everybody sits it under the same conditions."
    )


class AccessCodeUnreadable(Problem):
    code, status = "access-code-unreadable", 409
    title = "The exam's access code cannot be read"
    sentence = (
        "The server cannot read this exam's access code. Nothing that was recorded is lost. "
        "Tell your teacher; whoever runs the server can put it right."
    )


# ── LMS connections ──────────────────────────────────────────────────────────────────────────────


class LmsKnown(Problem):
    code, status = "lms-known", 409
    title = "This LMS is connected already"
    sentence = "This issuer and client id are connected already. Approve or remove that connection."


class RosterMissing(Problem):
    code, status = "roster-missing", 409
    title = "The LMS offers no roster"
    sentence = (
        "The LMS did not say where the list of participants is. "
        "Ask its administrator to switch it on, then open the exam from the course once."
    )


class LmsRefused(Problem):
    code, status = "lms-refused", 502
    title = "The LMS does not let us read the roster"
    sentence = (
        "The LMS does not let Invigil read the list of participants. Ask its administrator. "
        "Exams work without it."
    )


class LmsSilent(Problem):
    code, status = "lms-silent", 502
    title = "The LMS does not answer"
    sentence = "The LMS does not answer as it should. Exams work without it. Try again later."


# ── Keys and statements (sealed.md §6) ───────────────────────────────────────────────────────────


class StatementMalformed(Problem):
    code, status = "statement-malformed", 422
    title = "The statement is not well formed"
    sentence = "The statement has not the form of the specification. Nothing was stored."


class StatementUnsupported(Problem):
    code, status = "unsupported-version", 422
    title = "The statement is of an unknown kind"
    sentence = (
        "This server does not know this kind of statement. Update the server or the extension."
    )


class StatementForged(Problem):
    code, status = "statement-forged", 422
    title = "A signature does not verify"
    sentence = "A signature of this statement does not verify. Nothing was stored."


class StatementUntrusted(Problem):
    code, status = "statement-untrusted", 422
    title = "The statement is not backed by the institution's root"
    sentence = (
        "The chain from the institution's root to this statement does not hold. Nothing was stored."
    )


class ChainBroken(Problem):
    code, status = "chain-broken", 409
    title = "The statement does not follow the last one"
    sentence = (
        "This does not follow what is stored now. Reload to see what changed, then try again."
    )


class LastReader(Problem):
    code, status = "last-reader", 409
    title = "Nobody else could open these recordings"
    sentence = (
        "Without this person nobody who works on the exam could open these recordings. "
        "Nothing was changed. Add another reader first."
    )


class KeyFileRefused(Problem):
    code, status = "key-file-refused", 422
    title = "The key file is weaker than the rules allow"
    sentence = "The key file is not an age file of the kind that belongs here. Nothing was stored."


class KeysCertified(Problem):
    code, status = "keys-certified", 409
    title = "Your keys are certified already"
    sentence = "Your certified keys cannot be replaced. Ask an administrator to revoke them first."
