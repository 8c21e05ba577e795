"""The room, as the app plugs it in."""

from __future__ import annotations

from invigil.exams import readership_routes, routes, scope_routes
from invigil.kit.rooms import Room


def room() -> Room:
    """Return the room for the app."""
    return Room("exams", (routes.router, scope_routes.router, readership_routes.router))
