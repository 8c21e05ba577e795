"""The other end of `environments.PlatformProcess`, in a platform's own environment."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def answer(actions: dict[str, Callable[..., Any]]) -> None:
    """Read one JSON object a line, do it, write one back."""
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            done = actions[asked.pop("do")](**asked)
            written = json.dumps({"done": done})
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall read it
            written = json.dumps({"error": f"{type(error).__name__}: {error}"})
        sys.stdout.write(written + "\n")
        sys.stdout.flush()
