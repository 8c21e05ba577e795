"""The two commands, as a shell runs them."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

TOOL = {
    "client_id": "from-a-shell",
    "name": "Tool",
    "login_url": "/login",
    "launch_url": "/launch",
    "jwks_url": "/keys",
    "redirect_uris": ["/launch"],
}
TOOL_ORIGIN = ("--tool-origin", "http://127.0.0.1:8400")


@pytest.fixture
def tool_file(tmp_path):
    path = tmp_path / "tool.json"
    path.write_text(json.dumps(TOOL))
    return path


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_campus_starts_on_an_empty_directory_and_ends_with_ctrl_c(tmp_path, tool_file, free_port):
    command = [sys.executable, "-m", "campus", "--data", str(tmp_path / "new" / "campus")]
    with subprocess.Popen(
        [*command, "--port", free_port, "--tool", str(tool_file), *TOOL_ORIGIN],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = next(line for line in process.stderr if "Campus is at" in line)
        with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/healthz") as answer:
            health = json.load(answer)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert free_port in said
    assert health == {"status": "ok"}
    assert "Traceback" not in rest


def test_a_taken_port_is_named_with_what_to_do(tmp_path, fresh_data):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        refused = run("campus", "--data", str(fresh_data), "--port", port)
    assert refused.returncode == 2
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "CAMPUS_PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_connecting_prints_what_the_tool_s_side_must_know(fresh_data, tool_file):
    done = run("campus.connect", "--data", str(fresh_data), "--tool", str(tool_file), *TOOL_ORIGIN)
    assert json.loads(done.stdout)["client_id"] == "from-a-shell"
    assert json.loads(done.stdout)["token_url"] == "http://127.0.0.1:8401/lti/token"


def test_a_tool_file_that_cannot_be_used_stops_the_start(fresh_data, tmp_path):
    path = tmp_path / "broken.json"
    path.write_text("{")
    for module in ("campus", "campus.connect"):
        refused = run(module, "--data", str(fresh_data), "--tool", str(path))
        assert refused.returncode == 2
        assert "broken.json cannot be used" in refused.stderr
        assert "Traceback" not in refused.stderr
