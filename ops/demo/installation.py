"""One server and one campus on this machine: where they listen and where they keep their data."""

import argparse
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.dev.stamps import ROOT

HOST = "127.0.0.1"
# The public half of the key in the extension's manifest fixes it (packages/protocol).
EXTENSION_ID = "anihdhmookngfjpbhagdmpdbdpgfcboh"


class PortUnusableError(Exception):
    """The message names the variable that chooses another port."""


@dataclass(frozen=True)
class Installation:
    """Two ports and a directory. Addresses are kept in both databases, so ports belong to them."""

    directory: Path
    port: int
    campus_port: int

    @property
    def server_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def campus_url(self) -> str:
        return f"http://{HOST}:{self.campus_port}"

    @property
    def server_data(self) -> Path:
        return self.directory / "server"

    @property
    def campus_data(self) -> Path:
        return self.directory / "campus"

    @property
    def environment(self) -> dict[str, str]:
        """The server's settings: the embedded default and nothing of the caller's own."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("INVIGIL_")
        }
        return inherited | {
            "INVIGIL_DATA_DIR": str(self.server_data),
            "INVIGIL_PORT": str(self.port),
            "INVIGIL_EXTENSION_IDS": EXTENSION_ID,
            "INVIGIL_LTI_TRUSTED_HOSTS": f"{HOST}:{self.campus_port}",
        }


def data_directory(program: str) -> Path:
    """Where demos keep their data: `--data` of the command line, else `.demo` of this checkout."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--data", type=Path, default=ROOT / ".demo", help="where it keeps its data")
    directory: Path = parser.parse_args().data
    return directory.resolve()


def installation_under(directory: Path, environment: Mapping[str, str]) -> Installation:
    """The installation that PORT and CAMPUS_PORT choose; other ports are another one.

    Raises PortUnusableError for what is no port.
    """
    port, campus_port = (
        _port(environment, *each) for each in (("PORT", 8400), ("CAMPUS_PORT", 8401))
    )
    if port == campus_port:
        raise PortUnusableError(
            f"PORT and CAMPUS_PORT are both {port}. Choose two different ports."
        )
    return Installation(directory / f"{port}-{campus_port}", port, campus_port)


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise PortUnusableError(f"{name}={text} is no port. Choose a number from 1 to 65535.")
    return int(text)


def refuse_taken_ports(installation: Installation) -> None:
    """Look before anything starts.

    Raises PortUnusableError if another program listens on one of the two.
    """
    for name, port in (("PORT", installation.port), ("CAMPUS_PORT", installation.campus_port)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise PortUnusableError(
                    f"Port {port} cannot be used: {error.strerror}. "
                    f"Stop the program that has it, or choose another port with {name}=."
                ) from error
