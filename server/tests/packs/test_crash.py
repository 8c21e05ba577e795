"""Real processes, killed without warning under load."""

import hashlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from invigil.kit.packs.ports import SegmentKey
from server.tests.packs.making import forget_index, opened

REPOSITORY = Path(__file__).parents[3]


def start(root, worker, seed):
    command = [sys.executable, "-m", "server.tests.packs.crash_writer", str(root), worker, seed]
    return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY)


def kill_after(process, lines):
    """Read that many acknowledgements, kill, and read those that were given until then."""
    acknowledged = [process.stdout.readline() for _ in range(lines)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += process.stdout.readlines()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    return [line.decode().split() for line in acknowledged if line.endswith(b"\n")]


async def expect_all(root, acknowledged):
    async with opened(root, worker="w9") as store:
        for attempt, index, sha256 in acknowledged:
            content = await store.read(SegmentKey(attempt, "screen", int(index)))
            assert hashlib.sha256(content).hexdigest() == sha256


@pytest.mark.parametrize("lost", ["nothing", "index.db-wal", "index.db*"])
async def test_every_acknowledged_segment_survives_sigkill(tmp_path, lost):
    randomness = random.Random(lost)
    acknowledged = []
    for round_number in range(3):
        process = start(tmp_path, f"w{round_number}", lost)
        acknowledged += kill_after(process, randomness.randrange(50, 1500))
        for path in tmp_path.glob(lost):
            path.unlink()

    await expect_all(tmp_path, acknowledged)

    assert len(acknowledged) >= 150


async def test_two_processes_share_a_directory_and_both_may_be_killed(tmp_path):
    first, second = start(tmp_path, "w0", "a"), start(tmp_path, "w1", "b")
    acknowledged = kill_after(first, 400)
    acknowledged += kill_after(second, 400)

    await expect_all(tmp_path, acknowledged)
    forget_index(tmp_path)
    await expect_all(tmp_path, acknowledged)
