"""`make generate`: the server's OpenAPI document and the TypeScript types made from it.

Both are committed, so that a change of the wire shows in review. `--check` fails if they are stale.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from ops.dev.stamps import ROOT

PROTOCOL = ROOT / "packages" / "protocol"
DOCUMENT = PROTOCOL / "openapi.json"
TYPES = PROTOCOL / "src" / "openapi.ts"


def main() -> None:
    """Write both files, or compare them with what the server's code would give."""
    with tempfile.TemporaryDirectory() as folder:
        document, types = Path(folder) / DOCUMENT.name, Path(folder) / TYPES.name
        document.write_text(_run(["invigil", "openapi"]))
        _run(["openapi-typescript", str(document), "--output", str(types)])
        pairs = [(document, DOCUMENT), (types, TYPES)]
        if "--check" in sys.argv[1:]:
            _compare(pairs)
        else:
            for fresh, committed in pairs:
                committed.write_bytes(fresh.read_bytes())


def _compare(pairs: list[tuple[Path, Path]]) -> None:
    stale = [
        str(committed.relative_to(ROOT))
        for fresh, committed in pairs
        if not committed.exists() or committed.read_bytes() != fresh.read_bytes()
    ]
    if stale:
        sys.exit(f"generate: run `make generate` and commit; stale: {', '.join(stale)}")


def _run(command: list[str]) -> str:
    path = f"{ROOT / '.venv/bin'}:{ROOT / 'node_modules/.bin'}"
    result = subprocess.run(
        ["env", f"PATH={path}:/usr/bin:/bin", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        sys.exit(
            f"{result.stdout}{result.stderr}\ngenerate: `{' '.join(command)}` failed, see above"
        )
    return result.stdout


if __name__ == "__main__":
    main()
