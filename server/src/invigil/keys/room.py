"""The room, as the app plugs it in."""

from __future__ import annotations

from invigil.keys import public, routes
from invigil.kit.rooms import Room


def room() -> Room:
    """Return the room for the app."""
    return Room("keys", (public.router, routes.router))
