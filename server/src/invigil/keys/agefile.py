"""What the server checks of age files it cannot open: their recipients' kind (sealed.md §3)."""

from __future__ import annotations

from dataclasses import dataclass

from invigil.kit.problems import KeyFileRefused

MAX_FILE_BYTES = 64 * 1024
_MAGIC = b"age-encryption.org/v1"
_HYBRID = "mlkem768x25519"
_LEAST_WORK, _MOST_WORK = 18, 20


@dataclass(frozen=True, slots=True)
class Stanza:
    """The first line of a recipient stanza: its type and arguments."""

    kind: str
    arguments: tuple[str, ...]


def stanzas(file: bytes) -> list[Stanza]:
    """Read the stanzas of an age file's header.

    Raises:
        KeyFileRefused: it is no age file, is too large, or has no recipient.
    """
    if len(file) > MAX_FILE_BYTES:
        raise KeyFileRefused("The key file is larger than 64 KiB.")
    first, *lines = file.split(b"\n")
    found: list[Stanza] = []
    if first == _MAGIC:
        for line in lines:
            if line.startswith(b"--- ") and found:
                return found
            if line.startswith(b"-> "):
                kind, *arguments = line[3:].decode("ascii", "replace").split(" ")
                found.append(Stanza(kind, tuple(arguments)))
            elif len(line) > 64:
                break
    raise KeyFileRefused


def check_wrap(file: bytes) -> None:
    """Accept a wrap: every recipient is hybrid, none is classic.

    Raises:
        KeyFileRefused: it is weaker than that.
    """
    if any(each.kind != _HYBRID for each in stanzas(file)):
        raise KeyFileRefused("A wrap may only have post-quantum recipients. Nothing was stored.")


def check_phrase_file(file: bytes) -> None:
    """Accept a file sealed with a phrase: one scrypt recipient of work factor 18 to 20.

    Raises:
        KeyFileRefused: it is weaker, or too slow to open.
    """
    found = stanzas(file)
    if len(found) != 1 or found[0].kind != "scrypt" or len(found[0].arguments) != 2:
        raise KeyFileRefused
    work = found[0].arguments[1]
    if not work.isdecimal() or not _LEAST_WORK <= int(work) <= _MOST_WORK:
        raise KeyFileRefused("The phrase's work factor must be 18 to 20. Nothing was stored.")


def check_passkey_file(file: bytes) -> None:
    """Accept a file sealed with a passkey: any recipient but a phrase or a plain key.

    Raises:
        KeyFileRefused: a phrase or a plain key could open it.
    """
    if any(each.kind in {"scrypt", "X25519", "ssh-ed25519", "ssh-rsa"} for each in stanzas(file)):
        raise KeyFileRefused
