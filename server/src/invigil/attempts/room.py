"""The room, as the app plugs it in."""

from __future__ import annotations

from invigil.attempts import jobs, launches, routes
from invigil.kit.rooms import Room


def room() -> Room:
    """Return the room for the app."""
    return Room("attempts", (launches.router, routes.router), lifespan=jobs.watch)
