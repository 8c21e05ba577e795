"""`PUT /api/attempts/{attempt}/segments/{stream}/{index}`: the path that a whole exam runs through.

Written against ASGI itself, without queries, models or copies, because it is called hundreds of
times a second: headers, token, gate, admission, body, store, answer. Everything that can be
refused is refused before the body is read.
"""

from __future__ import annotations

from typing import NoReturn

from starlette.types import Receive, Scope, Send

from invigil.evidence.bodies import (
    Body,
    ClientGoneError,
    Declared,
    find_headers,
    let_go,
    parse_content_digest,
    receive_body,
)
from invigil.evidence.custody import Custody, custody_in
from invigil.evidence.gate import REFUSAL_AGE_S
from invigil.evidence.leaves import MAX_SEGMENT_BYTES
from invigil.evidence.policy import ANY_GENERATION, verified_token
from invigil.evidence.segment_path import bearer, segment_key
from invigil.kit.bodies import closing, longest_s
from invigil.kit.packs.errors import (
    AttemptErased,
    SegmentConflict,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreFailed,
    StoreFull,
)
from invigil.kit.packs.ports import IncomingSegment, Usage
from invigil.kit.packs.record import MOST_AROUND_BYTES, record_bytes
from invigil.kit.policy import guarded
from invigil.kit.problem_answers import problem_response
from invigil.kit.problems import (
    AttemptClosed,
    BadRequest,
    Busy,
    DigestMismatch,
    DiskFull,
    LengthRequired,
    NotFound,
    Problem,
    Quota,
    SegmentDiffers,
    TooLarge,
    UploadRefused,
    UploadTooSlow,
)

_WANTED = (b"authorization", b"content-length", b"content-digest")
_ANSWERS = {
    is_new: f'{{"stored":true,"new":{str(is_new).lower()}}}'.encode() for is_new in (True, False)
}


class PutSegment:
    """The endpoint, an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            is_new = await _take(custody_in(scope), scope, receive)
        except Problem as problem:
            await let_go(receive)
            await problem_response(problem)(scope, receive, send)
            return
        except ClientGoneError:
            return
        answer = _ANSWERS[is_new]
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


put_segment = guarded(PutSegment(), ANY_GENERATION)


async def _take(custody: Custody, scope: Scope, receive: Receive) -> bool:
    """Store what the request brings; return whether it was new. Raises a Problem if not stored."""
    key = segment_key(scope["path_params"])
    headers = find_headers(scope["headers"], _WANTED)
    # The token alone: an old generation may still upload what its device recorded.
    token = bearer(headers.get(b"authorization", b"").decode("latin-1"))
    verified_token(custody, token, key.attempt)
    declared = _declared(headers)
    try:
        # Before anything is waited for: what arrives meanwhile stands in memory too. After a
        # restart everybody comes at once, and everybody's gate has to be read.
        with custody.admission.admit(key.attempt, declared.length):
            group = await _admissible(custody, key.attempt, declared.length)
            body = await _body(custody, receive, declared)
            segment = IncomingSegment(key, group, body.sha256, body.length, body.chunks)
            stored = await custody.store.put(segment)
    except StoreError as error:
        refuse(error)
    custody.recent.note(stored)
    custody.heard.note(key.attempt)
    return stored.is_new


def _declared(headers: dict[bytes, bytes]) -> Declared:
    length = headers.get(b"content-length", b"")
    if not length.isdigit():
        raise closing(LengthRequired())
    if int(length) > MAX_SEGMENT_BYTES:
        raise closing(TooLarge("A segment has at most 8 MiB. Nothing was stored."))
    sha256 = parse_content_digest(headers.get(b"content-digest", b"").decode("latin-1"))
    if sha256 is None:
        raise BadRequest("A segment needs a Content-Digest with sha-256. Nothing was stored.")
    return Declared(int(length), sha256)


async def _admissible(custody: Custody, attempt: str, length: int) -> str:
    """Return the group whose packs take the segment, if the attempt takes one at all."""
    gate = await custody.gates.of(attempt)
    if gate is not None and not gate.takes_uploads:
        gate = await custody.gates.of(attempt, at_most_s=REFUSAL_AGE_S)
    if gate is None:
        raise NotFound
    if gate.is_closed or gate.is_deleted:
        raise AttemptClosed
    if not gate.takes_uploads:
        raise UploadRefused
    usage = await custody.store.usage(attempt)
    if (
        usage.segments >= gate.most_leaves
        or _taken(usage) + record_bytes(length) > gate.quota_bytes
    ):
        raise Quota(retry_after_s=600)
    return gate.exam_id


def _taken(usage: Usage) -> int:
    """Return what an attempt takes of the disk, padding and all: many crumbs fill it too."""
    return usage.total_bytes + usage.segments * MOST_AROUND_BYTES


async def _body(custody: Custody, receive: Receive, declared: Declared) -> Body:
    try:
        with custody.patience.watch(longest_s(declared.length)):
            body = await receive_body(receive, declared.length)
    except TimeoutError as error:
        raise closing(UploadTooSlow()) from error
    if body.length != declared.length or body.sha256 != declared.sha256:
        raise DigestMismatch
    return body


def refuse(error: StoreError) -> NoReturn:
    """Say in the vocabulary of the wire what the store said in its own."""
    match error:
        case SegmentConflict():
            raise SegmentDiffers from error
        case AttemptErased():
            raise AttemptClosed("This recording was erased. It takes nothing more.") from error
        case StoreBusy():
            raise Busy(retry_after_s=error.retry_after_s) from error
        case StoreFull():
            raise DiskFull(retry_after_s=error.retry_after_s) from error
        case StoreFailed() | StoreClosed():
            raise Busy(str(error), retry_after_s=error.retry_after_s) from error
        case _:
            raise error
