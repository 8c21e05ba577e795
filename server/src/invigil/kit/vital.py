"""Tasks that have to run as long as the server does: `/healthz` says when one has ended.

A server whose log writer has died still answers, and keeps every candidate waiting. Whoever watches
over it (systemd, a container, a person) has to learn that from outside.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass
class Vital:
    """The tasks of one process, by name."""

    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def watch(self, name: str, task: asyncio.Task[None]) -> None:
        """Count a task as one without which the server is not well."""
        self._tasks[name] = task

    @property
    def ended(self) -> tuple[str, ...]:
        """Names of those that do not run any more."""
        return tuple(name for name, task in self._tasks.items() if task.done())
