"""A real `invigil serve` in a process of its own, and candidates that upload to it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Serving:
    """One data directory, served at one port: started, killed and started again."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start and wait until it is ready."""
        environment = {"INVIGIL_DATA_DIR": str(self.data_dir), "INVIGIL_PORT": str(self.port)}
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "invigil", "serve"),
            env=os.environ | environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(120), httpx.AsyncClient() as client:
            while not await self._is_ready(client):
                assert self.process.returncode is None, "the server ended while it started"
                await asyncio.sleep(0.1)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/healthz")).status_code == 200
        except httpx.HTTPError:
            return False

    async def end(self, how: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
        await self.process.wait()


@asynccontextmanager
async def serving(data_dir: Path) -> AsyncIterator[Serving]:
    """Serve a directory; at the end of the block the process is gone."""
    served = Serving(data_dir)
    await served.start()
    try:
        yield served
    finally:
        await served.end(signal.SIGKILL)
