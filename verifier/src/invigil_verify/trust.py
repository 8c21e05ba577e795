"""From the root to the scope epoch, as of the attempt's opening (sealed.md §6.5, §6.6)."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from invigil_verify.notes import Checkpoint, Note, Vkey
from invigil_verify.problems import Refused
from invigil_verify.statements import Root, ScopeEpoch, StaffKey
from invigil_verify.tree import leaf_hash, root


@dataclass(frozen=True)
class TrustFiles:
    """What an export carries for the walk: raw notes, the key log, and a blind."""

    roots: Sequence[bytes]
    keylog_leaves: Sequence[bytes]
    keylog_checkpoint: bytes
    scope_epoch: bytes
    staff_key: bytes | None
    blind: bytes | None


@dataclass(frozen=True)
class Trust:
    """The outcome: the current root, the certified epoch, the log that holds them."""

    first: Root
    current: Root
    scope_epoch: ScopeEpoch
    keylog_hashes: tuple[bytes, ...]

    @property
    def servers(self) -> tuple[Vkey, ...]:
        """The keys that may sign receipts."""
        return self.current.servers

    def check_seen(self, size: int, seen: bytes) -> None:
        """What the candidate saw of the log (leaf 0) must be a beginning of the log at hand."""
        if size > len(self.keylog_hashes) or root(self.keylog_hashes[:size]) != seen:
            raise Refused(
                "untrusted", "rolled-back: the candidate saw another key log than this one."
            )


def walk(files: TrustFiles, *, at_ms: int, fingerprint: bytes | None) -> Trust:
    """Follow the chain as of `at_ms` (Unix ms); raise `Refused` where it breaks."""
    roots = chain(files.roots)
    if fingerprint is not None and roots[0].fingerprint != fingerprint:
        raise Refused("untrusted", "wrong-root: the root is not the one with that fingerprint.")
    current = roots[-1]
    _in_force("The root", current.issued, current.expires, at_ms)
    logged = _keylog(files, current)
    for link in roots:
        _require_logged(link.note.raw, logged)
    epoch = ScopeEpoch.parse(files.scope_epoch)
    _check_epoch(epoch, files, current, at_ms)
    _require_logged(epoch.note.raw, logged)
    return Trust(roots[0], current, epoch, tuple(leaf_hash(leaf) for leaf in files.keylog_leaves))


def chain(notes: Sequence[bytes]) -> list[Root]:
    """Each root signed by its own keys and by those of the one before, from serial 1."""
    if not notes:
        raise Refused("untrusted", "wrong-root: there is no root.")
    roots: list[Root] = []
    for serial, raw in enumerate(notes, start=1):
        link = Root.parse(raw)
        if link.serial != serial:
            raise Refused("untrusted", f"wrong-root: serial {link.serial} where {serial} is due.")
        _meets_threshold(link, link.note)
        _follows(link, roots[-1] if roots else None)
        roots.append(link)
    return roots


def _meets_threshold(judge: Root, note: Note) -> None:
    if judge.count_signatures(note) < judge.threshold:
        raise Refused("forged", f"A root lacks signatures of root {judge.serial}'s keys.")


def _follows(link: Root, before: Root | None) -> None:
    if before is None:
        if link.previous is not None:
            raise Refused("untrusted", "wrong-root: the first root names one before it.")
        return
    if link.previous != before.fingerprint or link.institution != before.institution:
        raise Refused("untrusted", "wrong-root: a root does not name the one before it.")
    _meets_threshold(before, link.note)


def _in_force(what: str, issued: int, expires: int, at_ms: int) -> None:
    if not issued <= at_ms < expires:
        raise Refused("untrusted", f"expired: {what} was not in force when the attempt opened.")


def _keylog(files: TrustFiles, current: Root) -> set[bytes]:
    checkpoint = Checkpoint.parse(files.keylog_checkpoint, f"invigil/{current.institution}/keys")
    if not checkpoint.note.is_signed_by_any(current.servers):
        raise Refused("forged", "The key log is not signed by a server of the root.")
    hashes = [leaf_hash(leaf) for leaf in files.keylog_leaves]
    if checkpoint.size != len(hashes) or checkpoint.root != root(hashes):
        raise Refused("untrusted", "rolled-back: the key log is not the one its checkpoint signs.")
    return set(files.keylog_leaves)


def _require_logged(leaf: bytes, logged: set[bytes]) -> None:
    if leaf not in logged:
        raise Refused("untrusted", "not-logged: a statement is not in the key log.")


def commitment(blind: bytes, note: bytes) -> bytes:
    """The log leaf that stands for a statement about a person."""
    digest = base64.b64encode(hashlib.sha256(blind + note).digest())
    return b"invigil/v1/commit\n" + digest + b"\n"


def _check_epoch(epoch: ScopeEpoch, files: TrustFiles, current: Root, at_ms: int) -> None:
    if epoch.institution != current.institution:
        raise Refused("replayed", "The scope's statement is another institution's.")
    _in_force("The scope's statement", epoch.issued, epoch.expires, at_ms)
    if epoch.note.is_signed_by_any(current.administrators.values()):
        return
    if files.staff_key is None or files.blind is None:
        raise Refused("untrusted", "not-logged: who signed the scope's statement is not certified.")
    staff = StaffKey.parse(files.staff_key)
    if staff.institution != current.institution:
        raise Refused("replayed", "The signer's certificate is another institution's.")
    if not staff.note.is_signed_by_any(current.administrators.values()):
        raise Refused("forged", "The signer's key is not certified by an administrator.")
    _in_force("The signer's key", staff.issued, staff.expires, epoch.issued)
    _require_logged(commitment(files.blind, files.staff_key), set(files.keylog_leaves))
    epoch.note.require(staff.vkey)
