"""`make build`: the extension, when its sources changed."""

import subprocess
import sys

from ops.dev.stamps import ROOT, files_under, run_if_stale

OUTPUT = ROOT / "extension" / ".output" / "chrome-mv3"


def main() -> None:
    """Build into extension/.output/chrome-mv3."""
    inputs = [*files_under(["extension", "packages"]), ROOT / "package-lock.json"]
    stamp = "build" if (OUTPUT / "manifest.json").exists() else "build-first"
    run_if_stale(stamp, inputs, _build)


def _build() -> None:
    print("build: the extension …", flush=True)
    result = subprocess.run(["npm", "run", "--silent", "build"], cwd=ROOT, check=False)
    if result.returncode != 0:
        sys.exit("build: the extension failed; see above")


if __name__ == "__main__":
    main()
