"""The evidence room with a real store on a real disk, small packs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from invigil.accounts.models import Institution
from invigil.app import create_app
from invigil.attempts.life import State
from invigil.evidence.custody import Custody
from invigil.evidence.room import EvidenceSettings, room
from invigil.exams.models import Course, Exam
from invigil.kit.packs.pack import PackSize
from invigil.kit.packs.store import PackStoreSettings
from invigil.kit.rooms import Ports
from invigil.settings import Settings
from server.tests.evidence.sealing import Device
from server.tests.evidence.sitting import Sitting
from server.tests.factories.world import World

SLUG = "uni"
MakeSitting = Callable[..., Awaitable[Sitting]]


@pytest.fixture
def evidence_settings(tmp_path: Path) -> EvidenceSettings:
    size = PackSize(pack_bytes=8 * 1024 * 1024, step_bytes=1024 * 1024)
    return EvidenceSettings(PackStoreSettings(tmp_path / "packs", size=size, low_water_bytes=0))


@pytest.fixture
def app(settings: Settings, ports: Ports, evidence_settings: EvidenceSettings) -> FastAPI:
    return create_app(settings, ports, [room(evidence_settings)])


@pytest.fixture
def custody(app: FastAPI, client: httpx.AsyncClient) -> Custody:
    """What the room holds open in the app that `client` speaks to."""
    custody: Custody = app.state.rooms["evidence"]
    return custody


@pytest.fixture
async def institution(world: World) -> Institution:
    return await world.institution(SLUG)


@pytest.fixture
async def course(world: World, institution: Institution) -> Course:
    return await world.course(institution)


@pytest.fixture
async def exam(world: World, course: Course) -> Exam:
    return await world.exam(course)


@pytest.fixture
def sit(client: httpx.AsyncClient, world: World, exam: Exam) -> MakeSitting:
    """Make another attempt of the exam, with its device."""

    async def make(state: State = State.CHECKING, **options: object) -> Sitting:
        attempt = await world.attempt(exam, state=state, **options)  # type: ignore[arg-type]  # any option
        device = Device(SLUG, attempt.id, f"exam/{exam.id}", attempt.nonce)
        return Sitting(client, attempt, device, world.attempt_headers(attempt))

    return make


@pytest.fixture
async def sitting(sit: MakeSitting) -> Sitting:
    """An attempt whose leaf 0 is cosigned."""
    sitting = await sit(State.RUNNING)
    opened = await sitting.open()
    assert opened.status_code == 200, opened.text
    return sitting
