"""Every question of this folder, one after the other: `make bench`.

Answers go to bench/results/ as JSON lines, one file for each question, with the command that asked
and the machine's cores and load; `--quick` asks everything small, to see that it can be asked.
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Question:
    """A command that prints JSON lines; `quick` are the arguments that make it small."""

    name: str
    asks: str
    command: tuple[str, ...]
    quick: tuple[str, ...] | None

    def words(self, *, is_quick: bool) -> list[str]:
        """The command as it is run."""
        return [*self.command, *((self.quick or ()) if is_quick else ())]


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return ("python", "-m", module, *arguments)


HTTP = "bench.ingest.http_level"
QUESTIONS = (
    Question(
        "store",
        "The store alone against a file, an fsync and a rename for each segment",
        _python("bench.ingest.store_level"),
        ("--seconds", "0.5", "--rounds", "1"),
    ),
    Question(
        "ingest-closed", "CPU of an upload against nginx's PUT", _python(HTTP, "closed"), None
    ),
    Question("ingest-open", "2,000 candidates on one process", _python(HTTP, "open"), None),
    Question(
        "ingest-overload", "Twice that: refused, and nothing lost", _python(HTTP, "overload"), None
    ),
    Question("ingest-memory", "Memory with 500 attempts uploading", _python(HTTP, "memory"), None),
    Question(
        "ingest-idle",
        "Memory of a connection that waits",
        _python(HTTP, "idle"),
        ("--candidates", "50"),
    ),
    Question("log", "What a signed checkpoint costs", _python("bench.ingest.log_level"), None),
    Question(
        "sealed",
        "The format in Node: sealing, and verifying three hours",
        ("node", "packages/sealed/bench/sealed.ts"),
        None,
    ),
    Question(
        "verifier",
        "invigil-verify on an export of three hours",
        _python("bench.verification"),
        ("--minutes", "2"),
    ),
    Question(
        "attempts",
        "The server's list of 1,000 attempts",
        _python("bench.attempts_list"),
        ("--attempts", "50", "--requests", "5"),
    ),
    Question(
        "candidate",
        "The candidate's processor and line, with a quiet and a busy screen",
        _python("bench.candidate"),
        None,
    ),
    Question(
        "review",
        "The reviewer's waits in Chromium: verified, first picture, a jump elsewhere",
        _python("bench.review"),
        None,
    ),
)


def main() -> int:
    """Ask all questions, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="question", help="all, if none is named")
    parser.add_argument("--quick", action="store_true", help="only what can be asked in seconds")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    if unknown := set(options.names) - {question.name for question in QUESTIONS}:
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    options.out.mkdir(parents=True, exist_ok=True)
    asked = [
        question
        for question in QUESTIONS
        if (not options.names or question.name in options.names)
        and (not options.quick or question.quick is not None)
    ]
    failed = [
        question.name
        for question in asked
        if not _ask(question, options.out, is_quick=options.quick)
    ]
    print("\n".join(f"No answer to: {name}" for name in failed))
    return 1 if failed else 0


def _ask(question: Question, out: Path, *, is_quick: bool) -> bool:
    words = question.words(is_quick=is_quick)
    print(f"\n{question.name}: {question.asks}\n  {' '.join(words)}", flush=True)
    program = [sys.executable, *words[1:]] if words[0] == "python" else words
    done = subprocess.run(program, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        return False
    (out / f"{question.name}.jsonl").write_text(done.stdout, encoding="utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main())
