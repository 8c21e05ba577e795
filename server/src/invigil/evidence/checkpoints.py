"""When the server extends a log and cosigns its checkpoint: the rules of sealed.md §8.

Pure decisions about one request: no database, no disk. What cannot be decided here, whether each
file is stored, is handed back in :class:`Extension` for the caller to check before it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from invigil.evidence.leaves import Leaf, LeafInvalidError, OpenLeaf, SegmentLeaf, parse_leaf
from invigil.evidence.progress import Progress
from invigil.kit.checkpoints import Checkpoint, cosign, open_checkpoint
from invigil.kit.problems import AttemptClosed, CheckpointRefused, LeafRefused
from invigil.kit.signing import NoteError, SignedNote, SigningKey, VerifierKey, key_id, line
from invigil.kit.tree import Frontier, leaf_hash

MAX_EPOCH = 2**31 - 1
"""What the tables hold; a scope that gets a new epoch every minute is far from it."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What leaf 0 has to say. `wrap_sha256` is None while no `attempt.age` is stored."""

    institution: str
    attempt: str
    scope: str
    nonce: bytes
    wrap_sha256: bytes | None


@dataclass(frozen=True, slots=True)
class AttemptLog:
    """A log as the server holds it between two requests: everything stored is cosigned.

    `attempt_key` comes from leaf 0; `receipt` is the last checkpoint with both signature lines.
    """

    progress: Progress
    frontier: Frontier = field(default_factory=Frontier)
    attempt_key: VerifierKey | None = None
    receipt: str | None = None

    @property
    def size(self) -> int:
        """Number of leaves stored."""
        return self.progress.size

    @property
    def is_closed(self) -> bool:
        """The close is stored and cosigned."""
        return self.progress.closed_ms is not None


@dataclass(frozen=True, slots=True)
class Extension:
    """A log that may become the stored one as soon as the files of `segments` are there.

    `leaves` are the new ones; `epoch` and `wrap_sha256` are leaf 0's, if it is among them. `signed`
    is the candidate's checkpoint, not yet cosigned.
    """

    log: AttemptLog
    leaves: tuple[bytes, ...]
    segments: tuple[SegmentLeaf, ...]
    epoch: int | None
    wrap_sha256: bytes | None
    signed: SignedNote


def server_key_name(institution: str) -> str:
    """Return the name under which the server cosigns (sealed.md §4)."""
    return f"invigil/{institution}/server"


def extend(log: AttemptLog, leaves: Sequence[bytes], note: str, opening: Opening) -> Extension:
    """Return the log after `leaves`, with `note` as its checkpoint, if the rules allow it.

    Raises:
        AttemptClosed: there are new leaves though the close is cosigned.
        LeafRefused: a leaf breaks a rule; `index` names it.
        CheckpointRefused: form, signature, size or root is wrong; nothing is logged yet.
    """
    if leaves and log.is_closed:
        raise AttemptClosed
    parsed = tuple(_parse(raw, log.size + place) for place, raw in enumerate(leaves))
    if log.size == 0 and parsed:
        log = replace(log, attempt_key=_check_opening(parsed[0], opening))
    if log.attempt_key is None:
        raise CheckpointRefused("The log is empty: there is nothing to sign yet.")
    grown = replace(
        log,
        progress=_progress(log.progress, parsed),
        frontier=log.frontier.extend(map(leaf_hash, leaves)),
    )
    segments = tuple(leaf for leaf in parsed if isinstance(leaf, SegmentLeaf))
    first = parsed[0] if parsed and isinstance(parsed[0], OpenLeaf) else None
    return Extension(
        grown,
        tuple(leaves),
        segments,
        epoch=None if first is None else first.epoch,
        wrap_sha256=None if first is None else first.wrap_sha256,
        signed=_check_checkpoint(grown, note),
    )


def receipt_for(
    signed: SignedNote, attempt_key: VerifierKey, server_key: SigningKey, *, institution: str,
    unix_s: int,
) -> str:  # fmt: skip
    """Return the receipt: the checkpoint, the candidate's signature line and the server's.

    Lines of unknown keys are left out: the server stores nothing that it has not checked.
    """
    identifier = key_id(attempt_key.name, attempt_key.public_key)
    signature = next(
        each.signature
        for each in signed.signatures
        if (each.name, each.key_id) == (attempt_key.name, identifier)
    )
    theirs = line(attempt_key.name, identifier, signature)
    ours = cosign(signed.text, server_key, server_key_name(institution), unix_s=unix_s)
    return f"{signed.text}\n{theirs}{ours}"


def _parse(raw: bytes, index: int) -> Leaf:
    try:
        return parse_leaf(raw)
    except LeafInvalidError as error:
        raise LeafRefused(f"Entry {index} is not valid: {error}.", index=index) from error


def _progress(progress: Progress, leaves: Sequence[Leaf]) -> Progress:
    for leaf in leaves:
        try:
            progress = progress.after(leaf)
        except LeafInvalidError as error:
            index = progress.size
            raise LeafRefused(
                f"Entry {index} may not stand there: {error}.", index=index
            ) from error
    return progress


def _check_opening(leaf: Leaf, opening: Opening) -> VerifierKey:
    """Compare leaf 0 with what the server knows of the attempt; return the attempt's key."""
    if not isinstance(leaf, OpenLeaf):
        raise LeafRefused("A log begins with its opening.", index=0)
    if (leaf.institution, leaf.attempt) != (opening.institution, opening.attempt):
        raise LeafRefused("The opening names another attempt.", index=0)
    if leaf.scope != opening.scope:
        raise LeafRefused("The opening names another scope than this exam's.", index=0)
    if leaf.epoch > MAX_EPOCH:
        raise LeafRefused("The opening names an epoch that no exam has.", index=0)
    if leaf.nonce != opening.nonce:
        raise LeafRefused("The opening has another nonce than this attempt.", index=0)
    if opening.wrap_sha256 is None:
        raise LeafRefused("The key file of this attempt is not stored yet. Send it first.", index=0)
    if leaf.wrap_sha256 != opening.wrap_sha256:
        raise LeafRefused("The opening names another key file than the stored one.", index=0)
    return leaf.attempt_key


def _check_checkpoint(log: AttemptLog, note: str) -> SignedNote:
    """Read the checkpoint and compare it with the log that it is to stand for."""
    assert log.attempt_key is not None
    try:
        checkpoint, signed = open_checkpoint(note, log.attempt_key)
    except NoteError as error:
        raise CheckpointRefused(str(error)) from error
    if checkpoint.origin != log.attempt_key.name:
        raise CheckpointRefused("The checkpoint is of another log.")
    if checkpoint.size != log.size:
        raise CheckpointRefused(
            f"The checkpoint is for {checkpoint.size} entries; the log has {log.size}.",
            size=log.size,
        )
    if checkpoint != Checkpoint(log.attempt_key.name, log.size, log.frontier.root):
        raise CheckpointRefused("The checkpoint's root is not the root of the log.")
    return signed
