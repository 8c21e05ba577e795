"""Ports that nobody listens on."""

import socket
from contextlib import ExitStack

from ops.demo.installation import HOST


def free_ports(count: int) -> list[int]:
    """Ask the system for ports; all are held until all are known, so that they differ."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in held]
