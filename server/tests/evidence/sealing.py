"""A candidate's device as the server sees it: leaves, sealed bytes and signed checkpoints.

Written from docs/spec/sealed.md alone, without the server's own tree and note code, so that the
two check each other. The "sealed" bytes are random: the server cannot tell, and must not.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.tests.factories.keys import make_age_file


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def lines(*fields: object) -> bytes:
    return "".join(f"{line}\n" for line in fields).encode()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162 §2.1.1, straight from the text: slow and plain."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + tree_root(leaves[:split]) + tree_root(leaves[split:])).digest()


@dataclass
class Signer:
    """A named Ed25519 key that signs notes."""

    name: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n\x01" + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+" + b64(b"\x01" + self.public)

    def note(self, text: str) -> str:
        signature = b64(self.key_id + self.key.sign(text.encode()))
        return f"{text}\n— {self.name} {signature}\n"


@dataclass(frozen=True)
class Segment:
    """One sealed file and the leaf that names it."""

    stream: str
    index: int
    file: bytes
    leaf: bytes

    @property
    def digest_field(self) -> str:
        return f"sha-256=:{b64(hashlib.sha256(self.file).digest())}:"


@dataclass
class Device:
    """Keeps what a candidate's browser keeps: keys, log and counters."""

    institution: str
    attempt: str
    scope: str
    nonce: bytes
    epoch: int = 1
    wrap: bytes = field(default_factory=make_age_file)
    log: list[bytes] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.signer = Signer(f"invigil/{self.institution}/attempt/{self.attempt}")
        self.device = Signer(f"invigil/{self.institution}/device/{self.attempt}")

    def open_leaf(self, **changed: object) -> bytes:
        """Leaf 0; `changed` replaces single lines by name, for leaves that lie."""
        spelled = {
            "label": "invigil/v1/open",
            "institution": self.institution,
            "attempt": self.attempt,
            "scope": f"{self.scope} {self.epoch}",
            "wrap": b64(hashlib.sha256(self.wrap).digest()),
            "attempt_vkey": self.signer.vkey,
            "device_vkey": self.device.vkey,
            "opened": 1_790_000_000_000,
            "keylog": f"3 {b64(bytes(32))}",
            "nonce": b64(self.nonce),
            "client": "0.1.0",
        }
        return lines(*(spelled | changed).values())

    def open(self, **changed: object) -> bytes:
        return self.record(self.open_leaf(**changed))

    def seal(
        self, stream: str = "camera", file: bytes | None = None, *, kind: str = "whole"
    ) -> Segment:
        """Make the next file of a stream and put its leaf into the log."""
        index = self.counts.get(stream, 0)
        self.counts[stream] = index + 1
        file = os.urandom(700) if file is None else file
        leaf = segment_leaf(self.attempt, stream, index, file, kind=kind)
        return Segment(stream, index, file, self.record(leaf))

    def gap(self, cause: str = "paused") -> bytes:
        return self.record(lines("invigil/v1/gap", self.attempt, f"1000 2000 {cause}"))

    def close_leaf(self) -> bytes:
        counts = " ".join(f"{stream}={count}" for stream, count in sorted(self.counts.items()))
        return lines("invigil/v1/close", self.attempt, 60_000, counts)

    def close(self) -> bytes:
        return self.record(self.close_leaf())

    def record(self, leaf: bytes) -> bytes:
        self.log.append(leaf)
        return leaf

    def checkpoint(self, size: int | None = None, *, signer: Signer | None = None) -> str:
        """The signed checkpoint of the first `size` leaves (all of them by default)."""
        size = len(self.log) if size is None else size
        text = f"{self.signer.name}\n{size}\n{b64(tree_root(self.log[:size]))}\n"
        return (signer or self.signer).note(text)


def segment_leaf(
    attempt: str,
    stream: str,
    index: int,
    file: bytes,
    *,
    kind: str = "whole",
    t0_ms: int | None = None,
) -> bytes:
    t0_ms = index * 5000 if t0_ms is None else t0_ms
    times = f"{t0_ms} {t0_ms + 5000} {kind}"
    digest = b64(hashlib.sha256(file).digest())
    return lines("invigil/v1/segment", attempt, stream, index, times, len(file), digest)
