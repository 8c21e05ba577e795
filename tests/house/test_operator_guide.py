"""The guides for operators are followed, command by command, against a real server."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.dev.system import program
from server.tests.packs.making import content_of, opened, segment
from tests.house import prose
from tests.house.tree import ROOT

PAGE = "docs/guides/operator.md"
LMS_PAGE = "docs/guides/lms-administrator.md"
PATIENCE_S = 120


@dataclass(frozen=True)
class Installation:
    """A server made by the guide's commands, running; what `invigil init` printed."""

    environment: dict[str, str]
    folder: Path
    made: str

    @property
    def port(self) -> str:
        return self.environment["INVIGIL_PORT"]

    @property
    def packs(self) -> Path:
        return self.folder / "data/packs"


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("operator")
    environment = {
        **os.environ,
        **_exports(),
        "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "INVIGIL_DATA_DIR": str(folder / "data"),
        "INVIGIL_PORT": str(_free_port()),
        "BACKUP": str(folder / "backup"),
    }
    made = _shell(_command("invigil init"), environment)
    with _Server(environment, folder / "server.log"):
        yield Installation(environment, folder, made)


def test_the_first_administrator_gets_a_link_for_the_extension(installation):
    assert "Ada Lindqvist can come in once" in installation.made
    assert installation.environment["INVIGIL_EXTENSION_IDS"] in installation.made
    assert "invigil.example.org" in installation.made


def test_more_people_are_invited_while_the_server_runs(installation):
    invited = _shell(_command("invigil invite"), installation.environment)

    assert "Tomás Reyes can come in once" in invited


def test_an_lms_is_connected_by_hand(installation):
    run = installation.environment

    added = _shell(f"{_command('invigil lti add', LMS_PAGE)} --json", run)
    listed = _shell(_command("invigil lti list", LMS_PAGE), run)
    found = json.loads(added)["id"]
    approved = _shell(_command("invigil lti approve", LMS_PAGE).replace("REGISTRATION", found), run)

    keys = _shell(_command("invigil lti rotate-keys", LMS_PAGE), run)

    assert json.loads(added)["state"] == "approved"
    assert found in listed
    assert found in approved
    assert keys


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("invigil settings", "INVIGIL_DATA_DIR"),
        ("invigil retention --dry-run", "0"),
        ("invigil migrate", ""),
    ],
)
def test_what_the_guide_names_in_passing_runs_beside_the_server(command, said, installation):
    assert f"`{command}`" in prose.pages()[PAGE]

    assert said in _shell(command, installation.environment)


def test_the_health_check_answers(installation):
    asked = _command("curl").replace("8400", installation.port)

    assert json.loads(_shell(asked, installation.environment)) == {"status": "ok"}


async def test_a_backup_of_a_running_server_brings_everything_back_but_what_was_erased(
    installation,
):
    kept, erased = segment(0, of=1), segment(0, of=2)
    async with opened(installation.packs, worker="w1") as store:
        await store.put(kept)
        await store.put(erased)
        await store.erase(erased.key.attempt)
        _shell(_block("VACUUM INTO"), installation.environment)

    restored = installation.folder / "restored"
    elsewhere = installation.environment | {"INVIGIL_DATA_DIR": str(restored)}
    _shell(_block('"$BACKUP/."'), elsewhere)

    async with opened(restored / "packs") as store:
        assert await store.read(kept.key) == content_of(kept)
        assert await store.locate(erased.key) is None
    with closing(sqlite3.connect(restored / "meta.db")) as database:
        assert database.execute("SELECT slug FROM institution").fetchall() == [("example",)]
    assert (restored / "keys").stat().st_mode & 0o77 == 0
    elsewhere["INVIGIL_PORT"] = str(_free_port())
    with _Server(elsewhere, installation.folder / "restored.log"):
        assert _status(elsewhere["INVIGIL_PORT"], "GET", "/healthz") == 200


def test_uploads_pass_the_nginx_of_the_guide_up_to_the_servers_own_limit(installation):
    place = f"/api/attempts/{'0' * 26}/segments/camera/0"
    with _Nginx(installation) as port:
        # The server answers, not nginx: it asks for a token before it reads the body.
        assert _status(port, "PUT", place, b"x" * (8 << 20)) == 401
        assert _status(port, "PUT", place, b"x" * (10 << 20)) == 413
        log = (installation.folder / "invigil.log").read_text()
        assert _status(port, "GET", "/healthz?token=canary") == 200

    assert place in log
    assert "canary" not in (installation.folder / "invigil.log").read_text()


def _exports() -> dict[str, str]:
    exports = (re.fullmatch(r"export (\w+)=(\S+)", each) for each in prose.commands(PAGE))
    return {found[1]: found[2] for found in exports if found}


def _command(start: str, page: str = PAGE) -> str:
    return next(each for each in prose.commands(page) if each.startswith(start))


def _block(part: str) -> str:
    return next(each for each in prose.blocks(PAGE, "sh") if part in each)


def _shell(command: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Process:
    """A program that is ready when `/healthz` answers on its port; it ends with the block."""

    def __init__(
        self, command: list[str], port: str, environment: dict[str, str], log: Path
    ) -> None:
        self.port = port
        with log.open("ab") as output:
            self.process = subprocess.Popen(command, env=environment, stderr=output)

    def __enter__(self) -> str:
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up and self.process.poll() is None:
            if _status(self.port, "GET", "/healthz") == 200:
                return self.port
            time.sleep(0.05)  # there is no event to await across processes
        self.__exit__()
        raise AssertionError("it did not get ready")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)


class _Server(_Process):
    def __init__(self, environment: dict[str, str], log: Path) -> None:
        super().__init__(
            _command("invigil serve").split(), environment["INVIGIL_PORT"], environment, log
        )


class _Nginx(_Process):
    """The guide's own configuration; only ports, files and TLS are this test's."""

    def __init__(self, installation: Installation) -> None:
        nginx, folder, port = program("nginx"), installation.folder, str(_free_port())
        if nginx is None and "CI" not in os.environ:
            pytest.skip("nginx is not installed")
        (folder / "nginx.conf").write_text(_nginx_conf(installation, port))
        command = [str(nginx), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        super().__init__(command, port, dict(os.environ), folder / "nginx.log")


def _nginx_conf(installation: Installation, port: str) -> str:
    (site,) = prose.blocks(PAGE, "nginx")
    folder = installation.folder
    changes = {
        "127.0.0.1:8400": f"127.0.0.1:{installation.port}",
        "listen 443 ssl": f"listen 127.0.0.1:{port}",
        "/var/log/nginx": str(folder),
    }
    for before, after in changes.items():
        assert before in site
        site = site.replace(before, after)
    site = re.sub(r"^\s*ssl_certificate.*$", "", site, flags=re.MULTILINE)
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{each}_temp_path {folder}/{each};" for each in places)
    user = "user root;" if os.geteuid() == 0 else ""
    main = f"{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
    return f"{main} events {{}} http {{ {temporary}\n{site} }}"


def _status(port: str, method: str, path: str, body: bytes | None = None) -> int:
    """The HTTP status of one request; 0 while nobody listens."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
