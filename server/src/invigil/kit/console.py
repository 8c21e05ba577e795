"""What the rooms' own commands get from the command line's root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar, cast

import typer

from invigil.kit.rooms import Ports

T = TypeVar("T")


class WithPorts(Protocol):
    """Opens the ports, checks that the tables are current, runs the work, closes the ports."""

    def __call__(self, work: Callable[[Ports], Awaitable[T]]) -> T: ...


class CommandRefusedError(Exception):
    """A command cannot do what was asked; the message says what to do. Nothing was changed."""


def ports_of(context: typer.Context) -> WithPorts:
    """Return how a command runs work with ports: `ports_of(context)(work)`."""
    return cast("WithPorts", context.obj)
