"""Everything that can go wrong in a segment store, in one place.

Each error has a ``code`` (stable, for machines), an HTTP ``status`` (a number only: this room
speaks no HTTP) and a message that tells a person what happened and what to do. None of them
holds a token, a name or a byte of a segment.
"""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """Base of all errors of this room."""

    code: ClassVar[str] = "store-error"
    status: ClassVar[int] = 500


class SegmentInvalid(StoreError, ValueError):
    """A key, group, length or digest is not of the form that :mod:`.ports` asks for."""

    code = "segment-invalid"
    status = 422


class SegmentConflict(StoreError):
    """Another segment is already kept under this key. The first one stays; nothing is lost."""

    code = "segment-differs"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "A different segment is already stored at this position. "
            "The stored one is kept. Send this one under the next index."
        )


class SegmentMissing(StoreError, LookupError):
    """No segment is kept under this key (never stored, or erased)."""

    code = "segment-not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__("There is no segment at this position.")


class AttemptErased(StoreError):
    """The attempt was erased for good; its identifier is never accepted again."""

    code = "attempt-erased"
    status = 410

    def __init__(self) -> None:
        super().__init__("The recording of this attempt was erased. It takes no more segments.")


class StoreBusy(StoreError):
    """More segments are on their way than the disk takes. Come back after ``retry_after_s``."""

    code = "busy"
    status = 503

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"The server is busy. Keep the segment and send it again in {retry_after_s} seconds."
        )
        self.retry_after_s = retry_after_s


class StoreFull(StoreError):
    """The disk is below its low-water mark; what is stored stays readable."""

    code = "disk-full"
    status = 503
    retry_after_s: ClassVar[int] = 30

    def __init__(self, free_bytes: int) -> None:
        super().__init__(
            "The server's disk is full. Keep the segment and send it again later; "
            "the operator has to free space."
        )
        self.free_bytes = free_bytes


class StoreFailed(StoreError):
    """The disk refused a write or a flush: the segment is NOT stored. The cause is chained."""

    code = "store-failed"
    status = 503
    retry_after_s: ClassVar[int] = 5

    def __init__(self) -> None:
        super().__init__(
            "The server could not write the segment to its disk. "
            "Keep the segment and send it again in a few seconds."
        )


class StoreClosed(StoreError):
    """The store is closing or closed (the server stops or restarts)."""

    code = "store-closed"
    status = 503
    retry_after_s: ClassVar[int] = 5

    def __init__(self) -> None:
        super().__init__("The server is restarting. Keep the segment and send it again shortly.")


class StoreLocked(StoreError):
    """Another process already writes under this worker name in this data directory."""

    code = "store-locked"

    def __init__(self, worker: str) -> None:
        super().__init__(
            f"Another server process already writes as worker '{worker}' in this data directory. "
            "Stop it, or give this process another worker name."
        )
