"""`invigil-verify export.zip`: the command line."""

import argparse
import getpass
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from invigil_verify.archive import open_export
from invigil_verify.attempt import Report, verify
from invigil_verify.extract import Extractor
from invigil_verify.problems import NotAnExportError

_SENTENCES = {
    "complete": "Complete and unaltered.",
    "open": "Unaltered so far; the attempt was still running when this was exported.",
    "open-ended": "Unaltered as far as it goes, but never closed: the end may be missing.",
    "damaged": "Not as it was recorded. Each problem is named below.",
}


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: complete and unaltered; 1: any other verdict; 2: no export."""
    options = _parser().parse_args(arguments)
    extractor = Extractor(options.extract) if options.extract else None
    try:
        report = verify(
            open_export(options.export),
            fingerprint=options.fingerprint,
            ask_phrase=_ask_phrase if options.phrase is None else lambda: options.phrase,
            sink=extractor,
            progress=_progress if sys.stderr.isatty() else None,
        )
    except (NotAnExportError, OSError) as error:
        print(f"invigil-verify: {error}", file=sys.stderr)
        return 2
    finally:
        if extractor is not None:
            extractor.close()
    print(_as_json(report, extractor) if options.json else _as_text(report, extractor))
    return 0 if report.verdict == "complete" else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="invigil-verify",
        description="Check that the export of an attempt is complete and unaltered, offline.",
        epilog="Exit status: 0 complete and unaltered, 1 any other verdict, 2 not an export.",
    )
    parser.add_argument("export", type=Path, help="the export's ZIP")
    parser.add_argument("--extract", type=Path, metavar="DIR", help="write what verified to DIR")
    parser.add_argument(
        "--fingerprint",
        type=_fingerprint,
        metavar="HEX",
        help="the institution's fingerprint, from a source you trust",
    )
    parser.add_argument(
        "--passphrase-file",
        type=_phrase_in,
        dest="phrase",
        metavar="F",
        help="the file with the phrase that opens identities.txt.age",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _fingerprint(text: str) -> bytes:
    try:
        value = bytes.fromhex(text.replace(":", ""))
    except ValueError:
        raise argparse.ArgumentTypeError("the fingerprint is 64 hexadecimal digits") from None
    if len(value) != 32:
        raise argparse.ArgumentTypeError("the fingerprint is 64 hexadecimal digits")
    return value


def _phrase_in(file: str) -> str:
    try:
        return " ".join(Path(file).read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError):
        raise argparse.ArgumentTypeError(f"{file} cannot be read as text") from None


def _ask_phrase() -> str | None:
    if not sys.stdin.isatty():
        return None
    return getpass.getpass("Phrase that opens this export (empty: check hashes only): ") or None


def _progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\r{done} of {total} files checked", end=end, file=sys.stderr, flush=True)


def _clock(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _as_text(report: Report, extractor: Extractor | None) -> str:
    lines = [_SENTENCES[report.verdict]]
    if report.trust is not None:
        root = report.trust.first
        lines.append(f"Institution: {root.display_name} ({root.institution})")
        lines.append(
            f"Fingerprint: {root.fingerprint.hex()}  (compare it with the institution's own)"
        )
    if report.history is not None:
        files, gaps = len(report.history.segments), len(report.history.gaps)
        until = _clock(report.checked_to_ms)
        lines.append(f"Files in the log: {files}; declared gaps: {gaps}; recorded to {until}")
    if report.receipt_at is not None:
        moment = datetime.fromtimestamp(report.receipt_at, UTC)
        lines.append(f"Last receipt of the server: {moment:%Y-%m-%d %H:%M:%S} UTC")
    if report.history is not None and report.opened_files is None:
        lines.append("The keys are sealed and no phrase was given: hashes checked, nothing opened.")
    if report.waiting > 0 and report.covered > 0:
        waiting = f"Entries that wait for a checkpoint: {report.waiting}"
        lines.append(f"{waiting}; their files were not opened.")
    lines += [
        f"PROBLEM {problem.kind}{' ' + problem.where if problem.where else ''}: {problem.sentence}"
        for problem in report.problems
    ]
    if extractor is not None:
        lines += [f"Left out {name}: it is no film." for name in _left_out(extractor)]
        lines += [f"Wrote {path}" for path in extractor.paths]
    return "\n".join(lines)


def _left_out(extractor: Extractor) -> list[str]:
    return [f"{segment.stream}-{segment.index}" for segment in extractor.left_out]


def _as_json(report: Report, extractor: Extractor | None) -> str:
    return json.dumps(
        {
            "verdict": report.verdict,
            "problems": [asdict(p) for p in report.problems],
            "fingerprint": report.trust.first.fingerprint.hex() if report.trust else None,
            "files": len(report.history.segments) if report.history else 0,
            "opened_files": report.opened_files,
            "checked_to_ms": report.checked_to_ms,
            "receipt_at": report.receipt_at,
            "written": [str(path) for path in extractor.paths] if extractor else [],
            "left_out": _left_out(extractor) if extractor else [],
        },
        indent=2,
    )


if __name__ == "__main__":
    sys.exit(main())
