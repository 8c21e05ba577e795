"""An attempt that is being sat: a device, its token and a way to the server."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from invigil.attempts.models import Attempt
from server.tests.evidence.sealing import Device, Segment, b64


@dataclass
class Sitting:
    """Sends what a candidate's browser sends. Every method returns the server's answer."""

    client: httpx.AsyncClient
    attempt: Attempt
    device: Device
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return f"/api/attempts/{self.attempt.id}"

    async def put(self, segment: Segment, **headers: str) -> httpx.Response:
        """Upload a segment; `headers` replace what the device would have sent."""
        own = self.headers | {"Content-Digest": segment.digest_field}
        replaced = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.path}/segments/{segment.stream}/{segment.index}"
        return await self.client.put(url, content=segment.file, headers=own | replaced)

    async def put_wrap(self, wrap: bytes | None = None) -> httpx.Response:
        body = self.device.wrap if wrap is None else wrap
        return await self.client.put(f"{self.path}/wrap", content=body, headers=self.headers)

    async def append(
        self, start: int, leaves: list[bytes] | None = None, *, checkpoint: str | None = None
    ) -> httpx.Response:
        """Send leaves from `start` on: by default all that the device has, and its checkpoint."""
        leaves = self.device.log[start:] if leaves is None else leaves
        body = {
            "from": start,
            "leaves": [b64(leaf) for leaf in leaves],
            "checkpoint": self.device.checkpoint() if checkpoint is None else checkpoint,
        }
        return await self.client.post(f"{self.path}/log", json=body, headers=self.headers)

    async def log(self) -> dict[str, object]:
        answer = await self.client.get(f"{self.path}/log", headers=self.headers)
        assert answer.status_code == 200, answer.text
        state: dict[str, object] = answer.json()
        return state

    async def open(self) -> httpx.Response:
        """Store the key file and leaf 0."""
        stored = await self.put_wrap()
        assert stored.status_code == 200, stored.text
        self.device.open()
        return await self.append(0)

    async def record(self, stream: str = "camera", file: bytes | None = None) -> Segment:
        """Seal and upload one file; its leaf waits for the next append."""
        segment = self.device.seal(stream, file)
        answer = await self.put(segment)
        assert answer.status_code == 200, answer.text
        return segment


def says(answer: httpx.Response) -> tuple[int, str | None]:
    """What an answer says: its status, and the problem's code if it is one."""
    is_problem = answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"] if is_problem else None
