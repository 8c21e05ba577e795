"""From the root to the scope epoch, as of the attempt's opening (sealed.md §6.5, §6.6)."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from invigil_verify.notes import Checkpoint, Note, Vkey
from invigil_verify.problems import Refused
from invigil_verify.statements import Root, ScopeEpoch, StaffKey, StaffRevoke
from invigil_verify.text import NOTE_CAP, Lines, b64
from invigil_verify.tree import leaf_hash, root

_COMMIT, _ROOT, _SCOPE_EPOCH = (f"invigil/v1/{kind}" for kind in ("commit", "root", "scope-epoch"))


@dataclass(frozen=True)
class TrustFiles:
    """What an export carries for the walk: raw notes, the key log, and blinds.

    `revocations`: staff-revoke notes about the signer, each with its blind.
    """

    roots: Sequence[bytes]
    keylog_leaves: Sequence[bytes]
    keylog_checkpoint: bytes
    scope_epoch: bytes
    staff_key: bytes | None
    blind: bytes | None
    revocations: Sequence[tuple[bytes, bytes]] = ()


@dataclass(frozen=True)
class Seen:
    """When the candidate opened the attempt (Unix ms), and the key log seen then (leaf 0)."""

    at_ms: int
    size: int
    root: bytes


@dataclass(frozen=True)
class Trust:
    """The outcome: the first root, the one in force at the opening, and the certified epoch."""

    first: Root
    current: Root
    scope_epoch: ScopeEpoch
    servers: tuple[Vkey, ...]


def walk(files: TrustFiles, seen: Seen, *, fingerprint: bytes | None) -> Trust:
    """Follow the chain as of the opening; raise `Refused` where it breaks."""
    roots = chain(_logged_roots(files.keylog_leaves))
    for raw in files.roots:
        _require_logged(raw, set(files.keylog_leaves))
    if fingerprint is not None and roots[0].fingerprint != fingerprint:
        raise Refused("untrusted", "The root is not the one with that fingerprint.", "wrong-root")
    _check_keylog(files, roots[0].institution, roots[-1].servers)
    logged = _seen_leaves(files.keylog_leaves, seen)
    current = _root_then(roots, logged)
    _unexpired("The root", current.expires, seen.at_ms)
    epoch = ScopeEpoch.parse(files.scope_epoch)
    if epoch.institution != current.institution:
        sentence = "The scope's statement is another institution's."
        raise Refused("untrusted", sentence, "wrong-scope")
    if not epoch.note.is_signed_by_any(current.administrators.values()):
        staff = _certified_signer(files, current, logged, at_ms=seen.at_ms)
        for note, blind in files.revocations:
            at = _place(commitment(blind, note), files.keylog_leaves)
            # One that was not yet said at the opening does not count.
            if at < seen.size:
                _check_unrevoked(staff, note, _root_then(roots, set(files.keylog_leaves[:at])))
        epoch.note.require(staff.vkey)
    _require_logged(epoch.note.raw, logged)
    _unexpired("The scope's statement", epoch.expires, seen.at_ms)
    servers = dict.fromkeys((*current.servers, *roots[-1].servers))
    return Trust(roots[0], current, epoch, tuple(servers))


def _logged_roots(leaves: Sequence[bytes]) -> list[bytes]:
    """The roots are those in the log, in its order; every other leaf must be of a known kind."""
    roots = []
    for leaf in leaves:
        label, lines = Lines.of(leaf, cap=NOTE_CAP, first=(_COMMIT, _ROOT, _SCOPE_EPOCH))
        if label == _COMMIT:
            b64(lines.take(), 32)
            lines.end()
        if label == _ROOT:
            roots.append(leaf)
    return roots


def chain(notes: Sequence[bytes]) -> list[Root]:
    """Each root signed by its own keys and by those of the one before, from serial 1."""
    if not notes:
        raise Refused("untrusted", "The key log holds no root.", "not-logged")
    roots: list[Root] = []
    for serial, raw in enumerate(notes, start=1):
        link = Root.parse(raw)
        if link.serial != serial:
            sentence = f"A root has serial {link.serial} where {serial} is due."
            raise Refused("untrusted", sentence, "wrong-root")
        _meets_threshold(link, link.note)
        if roots:
            _follows(link, roots[-1])
        roots.append(link)
    return roots


def _meets_threshold(judge: Root, note: Note) -> None:
    if judge.count_signatures(note) < judge.threshold:
        raise Refused("forged", f"A root lacks signatures of root {judge.serial}'s keys.")


def _follows(link: Root, before: Root) -> None:
    if link.previous != before.fingerprint or link.institution != before.institution:
        raise Refused("untrusted", "A root does not name the one before it.", "wrong-root")
    _meets_threshold(before, link.note)


def _unexpired(what: str, expires: int, at_ms: int) -> None:
    if at_ms >= expires:
        sentence = f"{what} had expired when the attempt opened."
        raise Refused("untrusted", sentence, "expired")


def _check_keylog(files: TrustFiles, institution: str, servers: Sequence[Vkey]) -> None:
    checkpoint = Checkpoint.parse(files.keylog_checkpoint, f"invigil/{institution}/keys")
    if not checkpoint.note.is_signed_by_any(servers):
        raise Refused("forged", "The key log is not signed by a server of the newest root.")
    if checkpoint.size > len(files.keylog_leaves):
        raise Refused("truncated", "The key log has fewer leaves than its checkpoint counts.")
    if checkpoint.size < len(files.keylog_leaves) or checkpoint.root != _root(files.keylog_leaves):
        raise Refused("forked", "The key log is not the one that its checkpoint signs.")


def _root(leaves: Sequence[bytes]) -> bytes:
    return root([leaf_hash(leaf) for leaf in leaves])


def _seen_leaves(leaves: Sequence[bytes], seen: Seen) -> set[bytes]:
    """The log as the candidate saw it must be a beginning of the log at hand."""
    if seen.size > len(leaves) or _root(leaves[: seen.size]) != seen.root:
        sentence = "The candidate saw another key log than this one."
        raise Refused("untrusted", sentence, "rolled-back")
    return set(leaves[: seen.size])


def _root_then(roots: Sequence[Root], logged: set[bytes]) -> Root:
    """The newest root that the candidate saw."""
    then = [link for link in roots if link.note.raw in logged]
    if not then:
        raise Refused("untrusted", "The candidate saw no root in the key log.", "not-logged")
    return then[-1]


def _require_logged(leaf: bytes, logged: set[bytes]) -> None:
    if leaf not in logged:
        raise Refused("untrusted", "A statement is not in the key log.", "not-logged")


def commitment(blind: bytes, note: bytes) -> bytes:
    """The log leaf that stands for a statement about a person."""
    digest = base64.b64encode(hashlib.sha256(blind + note).digest())
    return b"invigil/v1/commit\n" + digest + b"\n"


def _certified_signer(
    files: TrustFiles, current: Root, logged: set[bytes], *, at_ms: int
) -> StaffKey:
    """The staff key that an administrator certified."""
    if files.staff_key is None or files.blind is None:
        raise Refused("forged", "Nobody who is certified signed the scope's statement.")
    staff = StaffKey.parse(files.staff_key)
    if staff.institution != current.institution:
        sentence = "The signer's certificate is another institution's."
        raise Refused("untrusted", sentence, "wrong-scope")
    _require_logged(commitment(files.blind, files.staff_key), logged)
    if not staff.note.is_signed_by_any(current.administrators.values()):
        raise Refused("forged", "The signer's key is not certified by an administrator.")
    _unexpired("The signer's key", staff.expires, at_ms)
    return staff


def _place(leaf: bytes, leaves: Sequence[bytes]) -> int:
    _require_logged(leaf, set(leaves))
    return leaves.index(leaf)


def _check_unrevoked(staff: StaffKey, note: bytes, then: Root) -> None:
    """`then`: the root when the revocation was logged."""
    revoked = StaffRevoke.parse(note)
    if not revoked.note.is_signed_by_any(then.administrators.values()):
        raise Refused("forged", "A revocation is not by an administrator.")
    named = (revoked.institution, revoked.person)
    if named == (staff.institution, staff.person) and revoked.issued >= staff.issued:
        sentence = "The signer's key had been revoked when the attempt opened."
        raise Refused("untrusted", sentence, "revoked")
