"""Logs: one JSON object a line, without tokens, bodies or query strings."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Protocol

import structlog

# A second wall: no call passes a token to a log, and if one does, it does not get out.
_TOKEN = re.compile(r"\bi[als]t1\.[A-Za-z0-9_.-]+|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+")
_QUERY = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']*")

# What PostgreSQL's driver and the server quote of what they refuse: names, codes, whole rows.
_REFUSED_VALUE = re.compile(r"(invalid input for query argument \$\d+: |DETAIL: ).*")


def redact(text: str) -> str:
    """Replace tokens, query strings and values that a database refused in a text."""
    return _REFUSED_VALUE.sub(r"\1[value]", _QUERY.sub(r"\1?…", _TOKEN.sub("[token]", text)))


def _redact_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event


class Sink(Protocol):
    """Where log lines go."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


def set_up_logs(stream: Sink = sys.stderr, level: int = logging.INFO) -> None:
    """Send structlog and the standard library's logs to one stream, as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact_event,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # httpx logs whole URLs at INFO; an LMS puts things into query strings.
    logging.getLogger("httpx").setLevel(logging.WARNING)
