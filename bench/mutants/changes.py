"""Small changes to a Python module, one at a time: slips of the pen or of the mind."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True)
class Mutant:
    """One changed module: where, what, and the whole new source.

    `function_line` is the first line of the outermost function whose body was changed, None where
    the change acts while the module is imported.
    """

    line: int
    what: str
    tree: ast.Module
    function_line: int | None


@dataclass(frozen=True)
class _Change:
    node: ast.stmt | ast.expr
    field: str
    value: object
    what: str
    function_line: int | None = None

    def make(self) -> None:
        setattr(self.node, self.field, self.value)


def mutants(source: str) -> Iterator[Mutant]:
    """Every change of `source`, each in a tree of its own."""
    for number in range(len(list(_all(ast.parse(source))))):
        tree = ast.parse(source)
        change = list(_all(tree))[number]
        change.make()
        made = ast.fix_missing_locations(tree)
        yield Mutant(change.node.lineno, change.what, made, change.function_line)


def _all(node: ast.AST, function_line: int | None = None) -> Iterator[_Change]:
    if _is_form(node):
        return
    for change in _changes(node):
        yield replace(change, function_line=function_line)
    for field, child in _children(node):
        is_body = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and field == "body"
        enters = is_body and function_line is None
        yield from _all(child, _first_line(node) if enters else function_line)


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield field, child


def _first_line(node: ast.AST) -> int:
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    return min(line.lineno for line in (node, *node.decorator_list))


def _is_form(node: ast.AST) -> bool:
    """Whether no verdict depends on it: how a class is made (frozen), or words for people."""
    is_making = isinstance(node, ast.Call) and ast.unparse(node.func) == "dataclass"
    return is_making or isinstance(node, ast.JoinedStr)


def _changes(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            other = _COMPARISONS[type(operator)]()
            ops = [*node.ops[:at], other, *node.ops[at + 1 :]]
            what = f"{type(operator).__name__} becomes {type(other).__name__}"
            yield _Change(node, "ops", ops, what)
    elif isinstance(node, ast.BoolOp):
        other_operator = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _Change(node, "op", other_operator, f"{type(node.op).__name__} is swapped")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        twice = ast.UnaryOp(op=ast.Not(), operand=node.operand)
        yield _Change(node, "operand", twice, "not is dropped")
    elif isinstance(node, ast.If):
        yield _Change(node, "test", ast.Constant(value=False), "the condition never holds")
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, (ast.Expr, ast.Raise)) and _is_effect(node):
        what = "a raise is dropped" if isinstance(node, ast.Raise) else "a call is dropped"
        yield _Change(node, "__class__", ast.Pass, what)


def _constant(node: ast.Constant) -> Iterator[_Change]:
    if isinstance(node.value, bool):
        yield _Change(node, "value", not node.value, f"{node.value} is turned round")
    elif isinstance(node.value, int):
        yield _Change(node, "value", node.value + 1, f"{node.value} grows by one")


def _is_effect(node: ast.Expr | ast.Raise) -> bool:
    return isinstance(node, ast.Raise) or isinstance(node.value, ast.Call)
