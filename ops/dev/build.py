"""`make build`: the extension, when its sources changed."""

import subprocess
import sys

from ops.dev.stamps import ROOT, Step, files_under

OUTPUT = ROOT / "extension" / ".output" / "chrome-mv3"


def main() -> None:
    """Build into extension/.output/chrome-mv3."""
    inputs = [*files_under(["extension", "packages"]), ROOT / "package-lock.json"]
    step = Step("build", "the extension", inputs, OUTPUT / "manifest.json", _build)
    step.run_if_stale("build")


def _build() -> None:
    command = ["npm", "run", "--silent", "build"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{result.stdout}{result.stderr}\nbuild: the extension failed, see above")


if __name__ == "__main__":
    main()
