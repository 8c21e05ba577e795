"""How long encoding and sealing take in the student's browser, watched from outside."""

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_WATCH = Path(__file__).with_name("stopwatch.js").read_text(encoding="utf-8")
_ANSWER = 1
_PATIENCE_MS = 10_000
_PAUSE_MS = 20


class Stopwatch:
    """Watches the extension's offscreen document; to be started before recording begins."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.on("Target.receivedMessageFromTarget", self._hear)
        self._answers: list[dict[str, Any]] = []
        found = self._devtools.send("Target.getTargets")["targetInfos"]
        (document,) = (each for each in found if each["url"].endswith("/offscreen.html"))
        # Playwright knows no offscreen documents: it is spoken to through the page's own line.
        attached = {"targetId": document["targetId"], "flatten": False}
        self._attachment = self._devtools.send("Target.attachToTarget", attached)["sessionId"]
        self._evaluate(_WATCH)

    def times_ms(self) -> dict[str, dict[str, dict[str, float]]]:
        """`encode` (a picture, a stretch of sound) and `seal` (a file), by stream."""
        taken = json.loads(self._evaluate("JSON.stringify(stopwatch)"))
        return {step: _by_stream(streams) for step, streams in taken.items()}

    def _hear(self, event: dict[str, str]) -> None:
        message = json.loads(event["message"])
        if message.get("id") == _ANSWER:
            self._answers.append(message["result"])

    def _evaluate(self, expression: str) -> str:
        order = {
            "id": _ANSWER,
            "method": "Runtime.evaluate",
            "params": {"expression": expression},
        }
        self._devtools.send(
            "Target.sendMessageToTarget",
            {"sessionId": self._attachment, "message": json.dumps(order)},
        )
        for _ in range(_PATIENCE_MS // _PAUSE_MS):
            if self._answers:
                answer = self._answers.pop()
                if "exceptionDetails" in answer:
                    raise RuntimeError(answer["exceptionDetails"]["text"])
                return str(answer["result"].get("value", ""))
            self._page.wait_for_timeout(_PAUSE_MS)
        raise TimeoutError("the offscreen document does not answer")


def _by_stream(streams: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    return {
        stream: {
            "count": len(values),
            "median": round(statistics.median(values), 2),
            "max": round(max(values), 2),
        }
        for stream, values in sorted(streams.items())
    }
