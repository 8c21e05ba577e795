"""The operator's guide installs a server on a machine that has only Python."""

import os
import shutil
import subprocess
import sys

from tests.house import prose
from tests.house.tree import ROOT, tracked

PAGE = "docs/guides/operator.md"


def test_the_guides_install_lines_bring_a_server_that_runs(tmp_path):
    checkout = tmp_path / "checkout"
    for path in tracked():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, checkout / path)
    (block,) = [each for each in prose.blocks(PAGE, "sh") if "-m venv" in each]
    python3 = tmp_path / "bin" / "python3"
    python3.parent.mkdir()
    # The guide's python3 is the machine's own, not that of this test's environment.
    python3.symlink_to(f"{sys.base_prefix}/bin/python3")

    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=checkout,
        env=os.environ | {"PATH": f"{python3.parent}{os.pathsep}{os.environ['PATH']}"},
        check=True,
    )
    told = subprocess.run(
        [checkout / ".venv/bin/invigil", "--help"], capture_output=True, text=True, check=True
    )

    assert "serve" in told.stdout
    installed = {path.name for path in (checkout / ".venv/bin").iterdir()}
    assert not installed & {"pytest", "mypy", "campus", "node"}
