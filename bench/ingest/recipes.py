"""Who the load generator is: attempt and headers for each candidate's number.

A recipe is any function ``(number) -> Candidate``; name it ``module:function``. Its configuration
comes from the environment, so that no token stands on a command line.
"""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass
from pathlib import Path

from invigil.kit.datadir import DataDir
from invigil.kit.tokens import AttemptToken, AttemptTokens

CANDIDATES_FILE = "candidates.txt"
DATA_DIR_VARIABLE = "BENCH_DATA_DIR"
_A_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Candidate:
    """An attempt and the headers that all its uploads carry."""

    attempt: str
    headers: dict[str, str]


def with_attempt_token(number: int) -> Candidate:
    """For our server and a seeded data directory: the token that a launch would have given."""
    attempts, tokens = _seeded()
    expires_ms = int(time.time() * 1000) + _A_DAY_MS
    token = tokens.issue(AttemptToken(attempts[number], 1, expires_ms))
    return Candidate(attempts[number], {"Authorization": f"Bearer {token}"})


def with_idle_token(number: int) -> Candidate:
    """For nginx: the same bytes on the wire, though nobody checks them."""
    token = "iat1." + "x" * 70 + "." + "x" * 43
    return Candidate(f"{number:026d}", {"Authorization": f"Bearer {token}"})


@functools.cache
def _seeded() -> tuple[list[str], AttemptTokens]:
    directory = Path(os.environ[DATA_DIR_VARIABLE])
    secret = DataDir(directory, may_create_secrets=False).attempt_token_secret()
    return (directory / CANDIDATES_FILE).read_text().split(), AttemptTokens(secret)
