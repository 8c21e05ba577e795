"""The room, as the app plugs it in."""

from __future__ import annotations

from invigil.kit.rooms import Room
from invigil.lti import api, routes
from invigil.lti.cli import commands
from invigil.lti.desk import ROOM, open_desk

__all__ = ["commands", "room"]


def room() -> Room:
    """Return the room for the app."""
    return Room(ROOM, (routes.router, api.router), open_desk)
