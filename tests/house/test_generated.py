"""What is generated and committed is what the code would generate today."""

import subprocess
import sys

from tests.house.tree import ROOT


def test_the_generated_client_is_up_to_date() -> None:
    check = subprocess.run(
        [sys.executable, "-m", "ops.dev.openapi", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stderr
