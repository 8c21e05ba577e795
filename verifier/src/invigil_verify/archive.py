"""The export's ZIP: which members may be there, how large, and what they hold (export.md)."""

import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from invigil_verify.problems import NotAnExportError, Refused
from invigil_verify.sealing import Identities, open_phrase
from invigil_verify.text import NOTE_CAP, SEGMENT_CAP, STREAM, WRAP_CAP, b64, integer, matching
from invigil_verify.trust import TrustFiles

_LIST_CAP = 512 * 1024 * 1024
_SEGMENT = re.compile(r"segments/([a-z][a-z0-9-]{0,23})-(0|[1-9][0-9]{0,9})\.age")
_REVOCATION = re.compile(r"trust/staff-revoke-[1-9][0-9]{0,2}\.note")
_CAPS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"README\.txt|export\.json"), 1024 * 1024),
    (
        re.compile(
            r"trust/(?:root-[1-9][0-9]{0,5}|scope-epoch|staff-key|staff-revoke-[1-9][0-9]{0,2})\.note"
        ),
        NOTE_CAP,
    ),
    (re.compile(r"trust/keylog\.checkpoint|attempt/checkpoint"), NOTE_CAP),
    (re.compile(r"trust/staff-(?:key|revoke-[1-9][0-9]{0,2})\.blind"), 64),
    (re.compile(r"trust/keylog\.leaves|attempt/leaves|identities\.txt(?:\.age)?"), _LIST_CAP),
    (re.compile(r"attempt/attempt\.age"), WRAP_CAP),
    (_SEGMENT, SEGMENT_CAP),
)


@dataclass(frozen=True)
class Export:
    """An opened export: small files read, segment files read one at a time."""

    zip: zipfile.ZipFile
    description: dict[str, Any]

    @property
    def names(self) -> set[str]:
        """All members."""
        return set(self.zip.namelist())

    @property
    def segments(self) -> set[tuple[str, int]]:
        """Which segment files are there."""
        found = (_SEGMENT.fullmatch(name) for name in self.names)
        return {(m[1], int(m[2])) for m in found if m}

    def read(self, name: str) -> bytes:
        """One member; `missing` when it is not there, `tampered` when the ZIP's own check fails."""
        try:
            return self.zip.read(name)
        except KeyError:
            raise Refused("missing", f"{name} is not in the export.") from None
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise Refused("tampered", f"{name} cannot be read from the ZIP: {error}.") from None
        except Exception as error:  # zlib raises its own error class
            raise Refused("tampered", f"{name} does not unpack.") from error

    def segment(self, stream: str, index: int) -> bytes:
        """One sealed file."""
        return self.read(f"segments/{stream}-{index}.age")

    def listed(self, name: str) -> list[bytes]:
        """The decoded lines of a file with one base64 value a line."""
        text = self.read(name)
        if text and not text.endswith(b"\n"):
            raise Refused("malformed", f"{name} does not end in a line feed.")
        return [b64(line.decode("ascii", "replace")) for line in text.split(b"\n")[:-1]]

    def trust_files(self) -> TrustFiles:
        """What the trust walk needs."""
        serials = sorted(int(n[11:-5]) for n in self.names if n.startswith("trust/root-"))
        staff = "trust/staff-key.note" in self.names
        return TrustFiles(
            roots=[self.read(f"trust/root-{serial}.note") for serial in serials],
            keylog_leaves=self.listed("trust/keylog.leaves"),
            keylog_checkpoint=self.read("trust/keylog.checkpoint"),
            scope_epoch=self.read("trust/scope-epoch.note"),
            staff_key=self.read("trust/staff-key.note") if staff else None,
            blind=self._blind("trust/staff-key.blind") if staff else None,
            revocations=[
                (self.read(f"trust/{name}.note"), self._blind(f"trust/{name}.blind"))
                for name in sorted(n[6:-5] for n in self.names if _REVOCATION.fullmatch(n))
            ],
        )

    def _blind(self, name: str) -> bytes:
        return b64(self.read(name).decode("ascii", "replace").strip(), 32)

    def identities(self, ask_phrase: Callable[[], str | None]) -> Identities | None:
        """The keys to the files; None when they are sealed and no phrase is given."""
        if "identities.txt" in self.names:
            return parse_identities(self.read("identities.txt"))
        sealed = self.read("identities.txt.age")
        phrase = ask_phrase()
        return None if phrase is None else parse_identities(open_phrase(sealed, phrase))


def open_export(path: Path) -> Export:
    """Open the ZIP and check its members; `NotAnExportError` says why it is no export."""
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise NotAnExportError(f"{path} cannot be opened as a ZIP: {error}.") from None
    seen: set[str] = set()
    for member in archive.infolist():
        _admit(member, seen)
    if "export.json" not in seen:
        raise NotAnExportError("The ZIP has no export.json: it is not an Invigil export.")
    try:
        description = json.loads(archive.read("export.json"))
    except (ValueError, zipfile.BadZipFile):
        raise NotAnExportError("export.json is not JSON.") from None
    if not isinstance(description, dict) or description.get("format") != "invigil/v1/export":
        raise NotAnExportError("export.json does not name the format invigil/v1/export.")
    return Export(archive, description)


def _admit(member: zipfile.ZipInfo, seen: set[str]) -> None:
    name = member.filename
    if name in seen:
        raise NotAnExportError(f"The ZIP holds {name!r} twice.")
    cap = next((cap for pattern, cap in _CAPS if pattern.fullmatch(name)), None)
    if cap is None:
        raise NotAnExportError(f"The ZIP holds {name!r}, which an export has not.")
    if member.file_size > cap or member.flag_bits & 0x1:
        raise NotAnExportError(f"{name!r} is over its cap of {cap} bytes, or encrypted by the ZIP.")
    seen.add(name)


def parse_identities(raw: bytes) -> Identities:
    """Stream secrets and identities from the comments and lines of `identities.txt`."""
    secrets: dict[str, bytes] = {}
    by_file: dict[tuple[str, int], str] = {}
    place: tuple[str, int] | None = None
    for line in raw.decode("utf-8", "replace").splitlines():
        if line.startswith("# stream "):
            _, _, stream, secret = (line.split(" ") + [""] * 4)[:4]
            secrets[matching(STREAM, stream)] = b64(secret, 32)
        elif match := re.fullmatch(r"# ([a-z][a-z0-9-]{0,23})-([0-9]+)", line):
            place = (match[1], integer(match[2]))
        elif line and not line.startswith("#"):
            if place is None or place in by_file:
                raise Refused("malformed", "An identity has no place, or a place has two.")
            by_file[place], place = line, None
    return Identities(secrets, by_file)
