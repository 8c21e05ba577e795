"""What one campus is started with; read once, by the command line."""

import re
from dataclasses import dataclass
from pathlib import Path

# Strict on purpose: what matches goes into the frame-src of a Content-Security-Policy.
_ABSOLUTE_URL = re.compile(
    r"(https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?)(?:[/?#]\S*)?"
)


@dataclass(frozen=True)
class Settings:
    """`origin` is the public origin and the LTI issuer, without a trailing slash."""

    data_dir: Path
    origin: str
    tool_origin: str = ""
    extra_students: int = 0
    offers_platform_storage: bool = False

    @property
    def is_https(self) -> bool:
        return self.origin.startswith("https://")


def origin_of(url: str) -> str:
    """Scheme, host and port of an absolute http(s) URL; ValueError for anything else."""
    match = _ABSOLUTE_URL.fullmatch(url)
    if match is None:
        raise ValueError(f"not an absolute http(s) address: {url!r}")
    return match[1].lower()
