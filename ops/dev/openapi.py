"""`make generate`: the server's OpenAPI document and the TypeScript types made from it.

Both are committed, so that a change of the wire shows in review. `--check` fails if they are stale.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from invigil.app import create_app
from invigil.settings import Settings
from ops.dev.stamps import ROOT

PROTOCOL = ROOT / "packages" / "protocol"
DOCUMENT = PROTOCOL / "openapi.json"
TYPES = PROTOCOL / "src" / "openapi.ts"


def main() -> None:
    """Write both files, or compare them with what the server's code would give."""
    with tempfile.TemporaryDirectory() as folder:
        document, types = Path(folder) / DOCUMENT.name, Path(folder) / TYPES.name
        app = create_app(Settings(data_dir=Path(folder) / "data"))
        document.write_text(json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n")
        _write_types(document, types)
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


def _write_types(document: Path, types: Path) -> None:
    generator = ROOT / "node_modules" / ".bin" / "openapi-typescript"
    command = [str(generator), str(document), "--output", str(types), "--immutable"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{result.stdout}{result.stderr}\ngenerate: openapi-typescript failed, see above")


if __name__ == "__main__":
    main()
