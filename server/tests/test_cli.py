"""The command line, as an operator uses it: in a process of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from invigil.app import build_ports
from invigil.settings import Settings
from server.tests.factories.keys import make_age_file
from server.tests.factories.world import World
from server.tests.fakes import FakeClock

INIT = ["init", "--institution", "demo", "--name", "Demo University"]
ADA = ["--administrator", "Ada Lindqvist"]
LMS = ["--administrator-lti", "https://lms.example.org", "client-1", "7"]
PATIENCE_S = 60


class CommandLine:
    """Runs `invigil` with a data directory and a port of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.port = _free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "INVIGIL_DATA_DIR": str(data_dir),
            "INVIGIL_PORT": str(self.port),
            "INVIGIL_EXTENSION_IDS": "a" * 32,
        }

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "invigil", *arguments],
            env=self.environment | changes,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    @contextmanager
    def serving(self) -> Iterator[httpx.Client]:
        """A running server that is ready."""
        command = [sys.executable, "-m", "invigil", "serve"]
        process = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}") as client:
                _wait_until_ready(client, process)
                yield client
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    """`/healthz` is the event to wait for; there is no other one across processes."""
    give_up = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < give_up:
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not become ready")


@pytest.fixture
def invigil(tmp_path) -> CommandLine:
    return CommandLine(tmp_path / "data")


def test_the_first_administrator_comes_in_with_the_link_that_init_prints(invigil):
    made = json.loads(invigil.run(*INIT, *ADA, *LMS, "--json").stdout)

    link = f"chrome-extension://{'a' * 32}/open.html#v=1&for=staff&server=http%3A%2F%2F127.0.0.1%3A"
    assert made["links"][0].startswith(f"{link}{invigil.port}&token=ilt1.")
    with invigil.serving() as client:
        body = {"token": made["token"], "client_version": "0.1.0"}
        first = client.post("/api/launches/redeem", json=body)
        again = client.post("/api/launches/redeem", json=body)
    assert first.json()["roles"] == [{"role": "administrator", "course_id": None}]
    assert again.json()["code"] == "launch-used"


def test_a_taken_port_and_a_taken_directory_are_said_in_a_sentence(invigil):
    with invigil.serving():
        port_taken = invigil.run("serve")
        directory_taken = invigil.run("serve", INVIGIL_PORT=str(_free_port()))

    assert port_taken.returncode == directory_taken.returncode == 1
    assert "taken by another program" in " ".join(port_taken.stderr.split())
    assert "Another Invigil server" in " ".join(directory_taken.stderr.split())


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_the_same_institution_is_not_made_twice(invigil):
    invigil.run(*INIT, *ADA)

    again = invigil.run(*INIT, *ADA)

    assert (again.returncode, "already" in again.stderr) == (1, True)


def test_an_invitation_needs_an_institution_and_a_place_for_the_role(invigil):
    unknown = invigil.run("invite", "--institution", "x", "--name", "B", "--role", "administrator")
    placeless = invigil.run("invite", "--institution", "x", "--name", "B", "--role", "author")

    assert "no institution 'x'" in unknown.stderr
    assert "--course ID" in placeless.stderr


def test_an_operator_puts_back_a_keyring_that_was_removed(invigil):
    token = json.loads(invigil.run(*INIT, *ADA, "--json").stdout)["token"]
    sealed = {"file": base64.b64encode(make_age_file("scrypt c2FsdA 18")).decode()}
    with invigil.serving() as client:
        body = {"token": token, "client_version": "0.1.0"}
        signed_in = client.post("/api/launches/redeem", json=body).json()
        client.headers["Authorization"] = f"Bearer {signed_in['staff_token']}"
        client.put("/api/me/keyrings/phrase", json=sealed)
        client.delete("/api/me/keyrings/phrase")

        [version] = json.loads(invigil.run("keys", "earlier", "--json").stdout)
        unknown = invigil.run("keys", "restore", "0" * 26)
        restored = invigil.run("keys", "restore", version["id"])

        found = client.get("/api/me/keyrings").json()["keyrings"]
    assert (version["name"], version["what"]) == ("Ada Lindqvist", "phrase")
    assert "`invigil keys earlier` lists them" in " ".join(unknown.stderr.split())
    assert (unknown.returncode, restored.returncode) == (1, 0), restored.stderr
    assert found == [{"method": "phrase", **sealed}]
    assert "Nothing was replaced" in invigil.run("keys", "earlier").stdout


def test_openapi_is_a_document_and_touches_no_data(invigil, tmp_path):
    document = json.loads(invigil.run("openapi").stdout)

    assert "/api/launches/redeem" in document["paths"]
    assert not (tmp_path / "data").exists()


def test_recordings_whose_time_is_over_are_listed_and_deleted_beside_a_running_server(invigil):
    invigil.run(*INIT, *ADA)

    with invigil.serving():
        listed = invigil.run("retention", "--dry-run")
        deleted = invigil.run("retention")

    assert "0 recordings are due" in listed.stdout
    assert "Deleted 0 recordings, 0 segments." in deleted.stdout


def test_help_explains_where_to_begin_and_every_command(invigil):
    said = " ".join(invigil.run("--help").stdout.split())

    assert "Begin with" in said
    commands = ("serve", "init", "invite", "migrate", "openapi", "retention", "settings", "exams")
    for command in commands:
        assert command in said


def test_a_restored_database_without_its_keys_does_not_start_until_the_codes_are_discarded(
    invigil, tmp_path
):
    invigil.run(*INIT, *ADA)
    secret = tmp_path / "data" / "keys" / "tables.secret"
    asyncio.run(_exam_with_a_code(tmp_path / "data"))
    secret.unlink()

    refused = invigil.run("serve")
    discarded = invigil.run("exams", "discard-codes")

    said = " ".join(refused.stderr.split())
    assert refused.returncode == 1
    assert "keys/tables.secret" in said
    assert "Restore the keys directory" in said
    assert "its author has to enter the access code again" in discarded.stdout
    with invigil.serving():
        assert "0 access codes" in invigil.run("exams", "discard-codes").stdout


async def _exam_with_a_code(data_dir: Path) -> None:
    clock = FakeClock()
    ports = build_ports(Settings(data_dir=data_dir), clock)
    world = World(ports, clock)
    await world.exam(await world.course(await world.institution("other")))
    await ports.database.close()


def test_a_wrong_setting_is_named(invigil):
    answer = invigil.run("serve", INVIGIL_PORT="many")

    assert (answer.returncode, "INVIGIL_PORT" in answer.stderr) == (2, True)


def test_the_settings_are_listed_without_the_databases_password(invigil):
    url = "postgresql+asyncpg://invigil:canary@db/invigil"

    said = invigil.run("settings", INVIGIL_DATABASE_URL=url).stdout

    assert "INVIGIL_DATABASE_URL" in said
    assert "canary" not in said
