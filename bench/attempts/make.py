"""Seals and uploads a long attempt to a real server."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.attempts.clip import SCREEN_GROUP_S, make_clips
from tests.extension.stand import Stand

HERE = Path(__file__).parent


@dataclass(frozen=True)
class LongAttempt:
    """What was sealed: `bytes` are those of all sealed files."""

    attempt: str
    leaves: int
    bytes: int


def make_attempt(stand: Stand, folder: Path, *, minutes: int, closes: bool = True) -> LongAttempt:
    """Have the stand's candidate sit `minutes` of camera and screen at once."""
    clips = {name: str(path) for name, path in make_clips(folder).items()}
    request = {
        "server": stand.server,
        "institution": stand.institution,
        "token": stand.launch_token(),
        "minutes": minutes,
        "closes": closes,
        "clips": clips,
        "screen_group_s": SCREEN_GROUP_S,
    }
    done = subprocess.run(
        ["node", "--no-warnings", str(HERE / "seal.ts")],
        input=json.dumps(request).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return LongAttempt(**json.loads(done.stdout))
