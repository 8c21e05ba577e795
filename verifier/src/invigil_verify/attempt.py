"""The whole check of one attempt, in the order of sealed.md §9."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from invigil_verify.archive import Export
from invigil_verify.leaves import History, Open, Segment, parse
from invigil_verify.notes import Checkpoint, Vkey
from invigil_verify.problems import Problem, Refused
from invigil_verify.sealing import Identities, open_segment
from invigil_verify.tree import leaf_hash, root
from invigil_verify.trust import Seen, Trust, walk

Verdict = Literal["complete", "open", "open-ended", "damaged"]
_RUNNING = ("created", "checking", "ready", "running", "paused", "interrupted")


@dataclass
class Report:
    """What was found."""

    verdict: Verdict
    problems: list[Problem] = field(default_factory=list)
    trust: Trust | None = None
    opening: Open | None = None
    history: History | None = None
    receipt_at: int | None = None
    covered: int = 0
    """Leaves under the checkpoint; what stands beyond it waits for the next one (sealed.md §9)."""
    opened_files: int | None = None

    @property
    def checked_to_ms(self) -> int:
        """The latest end under the checkpoint, ms since the opening."""
        due = self.history.under(self.covered) if self.history else []
        return max((segment.t1 for segment in due), default=0)

    @property
    def waiting(self) -> int:
        """Leaves that no checkpoint covers."""
        return self.history.size - self.covered if self.history else 0


Sink = Callable[[Segment, bytes], None]


def verify(
    export: Export,
    *,
    fingerprint: bytes | None,
    ask_phrase: Callable[[], str | None],
    sink: Sink | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Verify an export; `sink` is given each file that verified and opened, in log order.

    A broken chain of trust or a broken log stops the reading of contents: what cannot be
    trusted is not decrypted.
    """
    report = Report("damaged")
    try:
        raw_leaves = export.listed("attempt/leaves")
        report.opening = opening = _opening(raw_leaves)
        seen = Seen(opening.opened, opening.keylog_size, opening.keylog_root)
        report.trust = walk(export.trust_files(), seen, fingerprint=fingerprint)
        _bind(report.opening, report.trust, export)
        report.history = _history(raw_leaves, report.opening)
        report.problems += report.history.problems
        _check_checkpoint(report, raw_leaves, export)
        identities = export.identities(ask_phrase)
    except Refused as refused:
        report.problems.append(refused.at())
        return report
    _check_files(report, export, identities, sink=sink, progress=progress)
    report.verdict = _verdict(report, export)
    return report


def _opening(raw_leaves: list[bytes]) -> Open:
    if not raw_leaves:
        raise Refused("truncated", "No leaf is left of the log.")
    leaf = parse(raw_leaves[0])
    if not isinstance(leaf, Open):
        raise Refused("reordered", "The log does not begin with the opening.")
    return leaf


def _bind(opening: Open, trust: Trust, export: Export) -> None:
    epoch = trust.scope_epoch
    if opening.attempt != export.description.get("attempt"):
        raise Refused("replayed", "The log is another attempt's than export.json says.")
    named = (opening.institution, opening.scope, opening.epoch)
    if named != (epoch.institution, epoch.scope, epoch.epoch):
        sentence = "The opening names another scope than the certified one."
        raise Refused("untrusted", sentence, "wrong-scope")
    if hashlib.sha256(export.read("attempt/attempt.age")).digest() != opening.wrap_sha256:
        raise Refused("tampered", "attempt.age is not the file that the opening names.")


def _history(raw_leaves: list[bytes], opening: Open) -> History:
    history = History(opening.attempt)
    for raw in raw_leaves[1:]:
        try:
            history.append(parse(raw))
        except Refused as refused:
            history.skip(refused)
    return history


def _check_checkpoint(report: Report, raw_leaves: list[bytes], export: Export) -> None:
    assert report.opening is not None
    assert report.trust is not None
    key: Vkey = report.opening.attempt_key
    if "attempt/checkpoint" not in export.names:
        raise Refused("forged", "No checkpoint signs the log.")
    checkpoint = Checkpoint.parse(export.read("attempt/checkpoint"), key.name)
    checkpoint.note.require(key)
    receipts = [checkpoint.cosigned_at(server) for server in report.trust.servers]
    report.receipt_at = max((at for at in receipts if at is not None), default=None)
    if report.receipt_at is None:
        raise Refused("forged", "The server's receipt is absent.")
    hashes = [leaf_hash(raw) for raw in raw_leaves]
    if checkpoint.size > len(hashes):
        text = f"The checkpoint counts {checkpoint.size} leaves, {len(hashes)} are here."
        report.problems.append(Problem("truncated", text))
    elif checkpoint.root != root(hashes[: checkpoint.size]):
        report.problems.append(Problem("forked", "The leaves are not those of the checkpoint."))
    else:
        report.covered = checkpoint.size
        if report.waiting > 0 and not _is_running(export):
            text = f"{report.waiting} leaves stand outside the last receipt."
            report.problems.append(Problem("forked", text))


def _check_files(
    report: Report,
    export: Export,
    identities: Identities | None,
    *,
    sink: Sink | None,
    progress: Callable[[int, int], None] | None,
) -> None:
    assert report.history is not None
    due = report.history.segments
    covered = len(report.history.under(report.covered))
    report.opened_files = None if identities is None else 0
    for done, segment in enumerate(due, start=1):
        try:
            file = _intact(export, segment)
            if identities is not None and done <= covered:
                plain = open_segment(file, identities.of(segment.stream, segment.index))
                report.opened_files = (report.opened_files or 0) + 1
                if sink is not None:
                    sink(segment, plain)
        except Refused as refused:
            report.problems.append(refused.at(segment.stream, segment.index))
        if progress is not None:
            progress(done, len(due))
    report.problems += _strangers(export, due)


def _intact(export: Export, segment: Segment) -> bytes:
    file = export.segment(segment.stream, segment.index)
    if len(file) != segment.length:
        raise Refused("tampered", f"The file has {len(file)} bytes, {segment.length} are due.")
    if hashlib.sha256(file).digest() != segment.sha256:
        raise Refused("tampered", "The file's hash is not the one in the log.")
    return file


def _strangers(export: Export, due: list[Segment]) -> Iterator[Problem]:
    known = {(segment.stream, segment.index) for segment in due}
    for stream, index in sorted(export.segments - known):
        yield Problem("forked", "The file is not in the log.", stream, index)


def _verdict(report: Report, export: Export) -> Verdict:
    assert report.history is not None
    if report.problems:
        return "damaged"
    # A close that no checkpoint covers is anybody's word.
    if report.history.close is not None and report.waiting == 0:
        return "complete"
    return "open" if _is_running(export) else "open-ended"


def _is_running(export: Export) -> bool:
    return export.description.get("attempt_state") in _RUNNING
