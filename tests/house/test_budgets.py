"""Budget the tail: long files and functions are missing ideas."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

from tests.house.tree import written

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
NINE_OF_TEN_FILES = 250
NINE_OF_TEN_FUNCTIONS = 25
CODE = {".py", ".ts", ".svelte", ".js", ".css"}


def test_no_code_file_is_longer_than_400_lines() -> None:
    long = {path.as_posix(): lines for path, lines in _file_lengths(CODE) if lines > MAX_FILE_LINES}

    assert long == {}


def test_no_python_function_is_longer_than_60_lines() -> None:
    long = {name: lines for name, lines in _function_lengths() if lines > MAX_FUNCTION_LINES}

    assert long == {}


def test_nine_of_ten_functions_and_files_are_short() -> None:
    functions = [lines for _, lines in _function_lengths()]
    files = [lines for _, lines in _file_lengths(CODE)]

    assert quantiles(functions, n=10)[-1] <= NINE_OF_TEN_FUNCTIONS
    assert quantiles(files, n=10)[-1] <= NINE_OF_TEN_FILES


def _file_lengths(suffixes: set[str]) -> Iterator[tuple[Path, int]]:
    for path, text in written():
        if path.suffix in suffixes and "migrations" not in path.parts:
            yield path, text.count("\n")


def _function_lengths() -> Iterator[tuple[str, int]]:
    """Every Python function with its lines from signature to end, its docstring left out."""
    for path, text in written():
        if path.suffix == ".py" and "migrations" not in path.parts:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{path}:{node.lineno} {node.name}", _length(node)


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return lines
