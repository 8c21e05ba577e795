"""Makes keys and statements the way a staff browser does, from the text of sealed.md §6."""

from __future__ import annotations

import hashlib
import os
import random
from dataclasses import dataclass, field

from invigil.kit.signing import SigningKey, encode_base64

SUITE = "age-v1 mlkem768x25519 x25519 ed25519 sha256"
DAY_MS = 86_400_000
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def make_recipient() -> str:
    """Something of a hybrid recipient's form; nobody can open what is sealed to it."""
    return "age1pq1" + "".join(random.choices(_BECH32, k=1952))


def make_key() -> SigningKey:
    return SigningKey(os.urandom(32))


@dataclass
class StaffKeyring:
    """What one member of staff holds."""

    slug: str
    person: str
    key: SigningKey = field(default_factory=make_key)
    recipient: str = field(default_factory=make_recipient)

    @property
    def name(self) -> str:
        return f"invigil/{self.slug}/staff/{self.person}"

    @property
    def vkey(self) -> str:
        return self.key.verifier(self.name).vkey

    def sign(self, text: str) -> str:
        return self.key.sign_note(text, self.name)


@dataclass
class RootPlan:
    """Everything a root says; a test changes what it is about."""

    slug: str
    server_vkey: str
    administrators: list[StaffKeyring]
    issued_ms: int
    keys: list[SigningKey] = field(default_factory=lambda: [make_key()])
    threshold: int = 1
    serial: int = 1
    previous: str = "-"
    suite: str = SUITE
    life_ms: int = 365 * DAY_MS

    def text(self) -> str:
        admins = sorted(self.administrators, key=lambda each: each.person)
        lines = [
            "invigil/v1/root",
            self.slug,
            "Demo University",
            f"{self.serial}",
            f"{self.issued_ms} {self.issued_ms + self.life_ms}",
            self.suite,
            "0.1.0",
            self.previous,
            f"roots {self.threshold} {len(self.keys)}",
            *(key.verifier(self._name(i)).vkey for i, key in enumerate(self.keys, start=1)),
            f"administrators {len(admins)}",
            *(f"{each.person} {each.vkey} {each.recipient}" for each in admins),
            "servers 1",
            self.server_vkey,
            "recovery 0",
        ]
        return "\n".join(lines) + "\n"

    def _name(self, number: int) -> str:
        return f"invigil/{self.slug}/root/{number}"

    def note(self, *more: tuple[SigningKey, int]) -> str:
        """Sign with all own keys, and with others (a previous root's, by number)."""
        text = self.text()
        own = [(key, number) for number, key in enumerate(self.keys, start=1)]
        lines = [key.signature_line(text, self._name(number)) for key, number in [*own, *more]]
        return text + "\n" + "".join(lines)

    def next(self, **changes: object) -> RootPlan:
        """The plan of the root that follows this one."""
        digest = hashlib.sha256(self.text().encode()).digest()
        fields = self.__dict__ | {
            "serial": self.serial + 1,
            "previous": encode_base64(digest),
            "keys": [make_key()],
        }
        return RootPlan(**fields | changes)


def staff_key_text(keyring: StaffKeyring, issued_ms: int, life_ms: int = 100 * DAY_MS) -> str:
    return (
        f"invigil/v1/staff-key\n{keyring.slug}\n{keyring.person}\n{keyring.vkey}\n"
        f"{keyring.recipient}\n{issued_ms} {issued_ms + life_ms}\n"
    )


def staff_revoke_text(keyring: StaffKeyring, issued_ms: int) -> str:
    return f"invigil/v1/staff-revoke\n{keyring.slug}\n{keyring.person}\n{issued_ms}\n"


def scope_epoch_text(slug: str, scope: str, epoch: int, issued_ms: int) -> str:
    return (
        f"invigil/v1/scope-epoch\n{slug}\n{scope}\n{epoch}\n{make_recipient()}\n"
        f"{issued_ms} {issued_ms + 100 * DAY_MS}\n"
    )


def member_text(slug: str, scope: str, epoch: int, *, person: str, wrap: bytes, at_ms: int) -> str:
    digest = encode_base64(hashlib.sha256(wrap).digest())
    return f"invigil/v1/member-add\n{slug}\n{scope}\n{epoch}\n{person}\n{digest}\n{at_ms}\n"


def member_remove_text(slug: str, scope: str, epoch: int, *, person: str, at_ms: int) -> str:
    return f"invigil/v1/member-remove\n{slug}\n{scope}\n{epoch}\n{person}\n{at_ms}\n"


def make_age_file(*stanzas: str) -> bytes:
    """A file with an age header; what follows is noise."""
    lines = ["age-encryption.org/v1"]
    for each in stanzas or ("mlkem768x25519 c29tZXRoaW5n",):
        lines += [f"-> {each}", encode_base64(os.urandom(32)).rstrip("=")]
    lines.append("--- " + encode_base64(os.urandom(32)).rstrip("="))
    return "\n".join(lines).encode() + b"\n" + os.urandom(64)


def make_blind() -> str:
    return encode_base64(os.urandom(32))
