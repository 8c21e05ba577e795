"""A candidate, an institution and its server in Python: makes exports for the tests.

Written from docs/spec like the verifier. Files are sealed by a few lines of age v1 (C2SP `age.md`),
since pyrage adds a grease stanza that segment files may not have. attempt.age is opaque to the
verifier (it holds no scope key), so any bytes stand for it here; real ones come with vectors/.
"""

import base64
import hashlib
import hmac
import json
import os
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from invigil_verify.sealing import _bech32, derive, segment_identity, stream_secret
from invigil_verify.tree import leaf_hash, root
from invigil_verify.trust import commitment

INSTITUTION = "demo"
ATTEMPT, EXAM = "01hattempt0000000000000000", "01hexam0000000000000000000"
ADMIN, AUTHOR = "01hadmin000000000000000000", "01hauthor00000000000000000"
NOW = 1_790_000_000_000
RECIPIENT = _bech32("age1pq", b"\x00" * 1216)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class Key:
    """A named Ed25519 signing key."""

    def __init__(self, name: str) -> None:
        self.name, self.private = name, Ed25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes_raw()

    def key_id(self, kind: int) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        key = b64(bytes([1]) + self.public)
        return f"{self.name}+{self.key_id(1).hex()}+{key}"

    def line(self, text: bytes) -> bytes:
        return f"— {self.name} {b64(self.key_id(1) + self.private.sign(text))}\n".encode()

    def cosign(self, text: bytes, seconds: int) -> bytes:
        signature = self.private.sign(f"cosignature/v1\ntime {seconds}\n".encode() + text)
        payload = self.key_id(4) + struct.pack(">Q", seconds) + signature
        return f"— {self.name} {b64(payload)}\n".encode()


def note(text: str, *keys: Key) -> bytes:
    raw = text.encode()
    return raw + b"\n" + b"".join(key.line(raw) for key in keys)


def checkpoint(origin: str, leaves: list[bytes], key: Key, *, size: int | None = None) -> bytes:
    counted = leaves if size is None else leaves[:size]
    text = f"{origin}\n{len(counted)}\n{b64(root([leaf_hash(leaf) for leaf in counted]))}\n"
    return note(text, key)


@dataclass
class Institution:
    """Keys and statements; `author_signs` lets a certified author sign the scope epoch."""

    author_signs: bool = False
    issued: int = NOW - 1000
    root_key: Key = field(default_factory=lambda: Key(f"invigil/{INSTITUTION}/root/1"))
    admin: Key = field(default_factory=lambda: Key(f"invigil/{INSTITUTION}/staff/{ADMIN}"))
    author: Key = field(default_factory=lambda: Key(f"invigil/{INSTITUTION}/staff/{AUTHOR}"))
    server: Key = field(default_factory=lambda: Key(f"invigil/{INSTITUTION}/server"))
    blind: bytes = b"\x07" * 32

    def root_note(self) -> bytes:
        return note(
            f"invigil/v1/root\n{INSTITUTION}\nDemo University\n1\n{self.issued} {NOW * 2}\n"
            "age-v1 mlkem768x25519 x25519 ed25519 sha256\n0.1.0\n-\n"
            f"roots 1 1\n{self.root_key.vkey}\n"
            f"administrators 1\n{ADMIN} {self.admin.vkey} {RECIPIENT}\n"
            f"servers 1\n{self.server.vkey}\nrecovery 0\n",
            self.root_key,
        )

    def staff_note(self) -> bytes:
        return note(
            f"invigil/v1/staff-key\n{INSTITUTION}\n{AUTHOR}\n{self.author.vkey}\n{RECIPIENT}\n"
            f"{self.issued} {NOW * 2}\n",
            self.admin,
        )

    def epoch_note(self) -> bytes:
        return note(
            f"invigil/v1/scope-epoch\n{INSTITUTION}\nexam/{EXAM}\n1\n{RECIPIENT}\n"
            f"{self.issued} {NOW * 2}\n",
            self.author if self.author_signs else self.admin,
        )


@dataclass
class Attempt:
    """One attempt's leaves and files, and the members of its export."""

    home: Institution = field(default_factory=Institution)
    secret: bytes = b"\x2a" * 32
    key: Key = field(default_factory=lambda: Key(f"invigil/{INSTITUTION}/attempt/{ATTEMPT}"))
    device: Key = field(default_factory=lambda: Key(f"invigil/{INSTITUTION}/device/{ATTEMPT}"))
    wrap: bytes = b"an age file that only a scope key opens"
    leaves: list[bytes] = field(default_factory=list)
    files: dict[tuple[str, int], bytes] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    members: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        staff = [self.home.staff_note()] if self.home.author_signs else []
        epoch = self.home.epoch_note()
        root_note = self.home.root_note()
        log = [root_note, *(commitment(self.home.blind, raw) for raw in staff), epoch]
        self.members |= {
            "README.txt": b"age -d -i identities.txt\n",
            "trust/root-1.note": root_note,
            "trust/scope-epoch.note": epoch,
            "trust/keylog.leaves": listed(log),
            "trust/keylog.checkpoint": checkpoint(
                f"invigil/{INSTITUTION}/keys", log, self.home.server
            ),
            "attempt/attempt.age": self.wrap,
        }
        if staff:
            blind = b64(self.home.blind).encode()
            self.members |= {"trust/staff-key.note": staff[0], "trust/staff-key.blind": blind}
        self.leaves.append(self.opening(log))

    def opening(self, log: list[bytes]) -> bytes:
        seen = b64(root([leaf_hash(leaf) for leaf in log]))
        return (
            f"invigil/v1/open\n{INSTITUTION}\n{ATTEMPT}\nexam/{EXAM} 1\n"
            f"{b64(hashlib.sha256(self.wrap).digest())}\n{self.key.vkey}\n{self.device.vkey}\n"
            f"{NOW}\n{len(log)} {seen}\n{b64(b'n' * 16)}\n0.1.0\n"
        ).encode()

    def seal(self, stream: str, plain: bytes, *, form: str = "whole") -> None:
        index = self.counts.get(stream, 0)
        scalar = derive(stream_secret(self.secret, ATTEMPT, stream), f"segment\n{index}\n")
        file = age(plain, scalar)
        self.files[stream, index] = file
        self.counts[stream] = index + 1
        self.leaves.append(segment_leaf(stream, index, file, form=form))

    def close(self) -> None:
        counts = " ".join(f"{stream}={count}" for stream, count in sorted(self.counts.items()))
        self.leaves.append(f"invigil/v1/close\n{ATTEMPT}\n99000\n{counts}\n".encode())

    def sign(self, *, size: int | None = None) -> None:
        """Checkpoint and receipt over the leaves as they stand."""
        signed = checkpoint(self.key.name, self.leaves, self.key, size=size)
        text = signed[: signed.rfind(b"\n\n") + 1]
        self.members["attempt/checkpoint"] = signed + self.home.server.cosign(text, NOW // 1000)

    def identities(self) -> bytes:
        lines = []
        for stream in sorted(self.counts):
            secret = stream_secret(self.secret, ATTEMPT, stream)
            lines.append(f"# stream {stream} {b64(secret)}")
            for index in range(self.counts[stream]):
                lines += [f"# {stream}-{index}", segment_identity(secret, index)]
        return ("\n".join(lines) + "\n").encode()

    def export(self, path: Path, *, state: str = "ended") -> Path:
        described = {"format": "invigil/v1/export", "attempt": ATTEMPT, "attempt_state": state}
        members = {
            "export.json": json.dumps(described).encode(),
            "attempt/leaves": listed(self.leaves),
            "identities.txt": self.identities(),
            **{f"segments/{s}-{i}.age": file for (s, i), file in self.files.items()},
            **self.members,
        }
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path


def segment_leaf(
    stream: str, index: int, file: bytes, *, form: str = "whole", t0: int | None = None
) -> bytes:
    start = index * 5000 if t0 is None else t0
    return (
        f"invigil/v1/segment\n{ATTEMPT}\n{stream}\n{index}\n{start} {start + 5000} {form}\n"
        f"{len(file)}\n{b64(hashlib.sha256(file).digest())}\n"
    ).encode()


def age(plain: bytes, *scalars: bytes) -> bytes:
    """An age file of one chunk (at most 64 KiB), with one X25519 stanza for each scalar."""
    assert len(plain) <= 64 * 1024
    file_key, nonce = os.urandom(16), os.urandom(16)
    header = b"age-encryption.org/v1\n"
    for scalar in scalars:
        header += x25519_stanza(file_key, scalar)
    header += b"---"
    mac_key = hkdf(file_key, b"", b"header")
    mac = hmac.digest(mac_key, header, "sha256")
    sealed = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload"))
    body = sealed.encrypt(b"\x00" * 11 + b"\x01", plain, None)
    return header + b" " + unpadded(mac) + b"\n" + nonce + body


def x25519_stanza(file_key: bytes, scalar: bytes) -> bytes:
    recipient = X25519PrivateKey.from_private_bytes(scalar).public_key()
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    salt = share + recipient.public_bytes_raw()
    wrap = hkdf(ephemeral.exchange(recipient), salt, b"age-encryption.org/v1/X25519")
    body = ChaCha20Poly1305(wrap).encrypt(b"\x00" * 12, file_key, None)
    return b"-> X25519 " + unpadded(share) + b"\n" + unpadded(body) + b"\n"


def hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, info).derive(secret)


def unpadded(raw: bytes) -> bytes:
    return base64.b64encode(raw).rstrip(b"=")


def listed(leaves: list[bytes]) -> bytes:
    return b"".join(b64(leaf).encode() + b"\n" for leaf in leaves)


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload) + 8) + kind + payload


def media(init: bytes, fragment: bytes) -> bytes:
    return (
        box(b"ftyp", b"iso6")
        + box(b"moov", init)
        + box(b"moof", fragment)
        + box(b"mdat", fragment * 9)
    )


def whole(home: Institution | None = None) -> Attempt:
    """A closed, signed attempt: three camera files, two of the screen, one of events."""
    attempt = Attempt(home or Institution())
    for number in range(3):
        attempt.seal("camera", media(b"camera", b"c%d" % number))
    attempt.seal("screen", media(b"screen", b"s0"))
    attempt.seal("screen", media(b"screen", b"s1"), form="delta")
    attempt.seal("events", b'{"event":"started"}\n'.ljust(4096, b"\n"))
    attempt.close()
    attempt.sign()
    return attempt
