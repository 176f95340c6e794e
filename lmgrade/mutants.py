"""Small changes to a function's text, made by a program: what the hidden tests must notice beside known mistakes.

The changes are the usual ones of mutation testing (DeMillo, Lipton and Sayward 1978): operators and comparisons
exchanged, constants moved by one, conditions turned round, terms, arguments, slice limits and statements dropped.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import textwrap
import types
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
# Of these, either side alone is a change too: a dropped term.
TERMS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.BitAnd, ast.BitOr)

_Statements = tuple[ast.stmt, ...]


@dataclass(frozen=True)
class Mutant:
    """A function with one change.

    Args:
        name: the function and the change, as in ``softmax: e / total -> e * total``.
        function: which function is changed, wherever it is used.
        line: where it stands in the function's file.
        parts: what it is a part of: the function's name, and each statement around it, as in ``softmax: if x:``.
        guard: the condition that refuses bad input, if the change is in it; empty otherwise.
        tree: the changed function's text, parsed.
    """

    name: str
    function: types.FunctionType = field(repr=False)
    line: int
    parts: frozenset[str]
    guard: str
    tree: ast.FunctionDef = field(repr=False, compare=False)

    @property
    def drops_guard(self) -> bool:
        """Is the whole refusal of some input dropped?"""
        return bool(self.guard) and _dropped(self.guard) in self.name

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Whoever calls the function calls the changed one.

        Raises:
            SyntaxError: Python does not take the change.
        """
        function, kept = self.function, (self.function.__code__, *_defaults(self.function))
        changed = _compiled(self.tree, function)
        _put(function, changed.__code__, *_defaults(changed))
        try:
            yield
        finally:
            _put(function, *kept)


def mutants(function: Callable) -> Iterator[Mutant]:
    """Every change to one function, in the order of its text.

    Args:
        function: a function with a text: no lambda, nothing written in C.

    Raises:
        ValueError: its text cannot be had.
    """
    function = inspect.unwrap(function)
    tree, names, own = definition(function), _Names(function), function.__qualname__
    seen = Counter()
    for node, around in _open_to_change(tree):
        parts = frozenset({own, *(f"{own}: {_line(statement)}" for statement in around)})
        guard = next((ast.unparse(statement.test) for statement in around if _is_guard(statement)), "")
        line = function.__code__.co_firstlineno + getattr(node, "lineno", around[-1].lineno) - 1
        for change, replacement in _replacements(node, names):
            seen[change] += 1
            which = f" ({seen[change]})" if seen[change] > 1 else ""
            yield Mutant(f"{own}: {change}{which}", function, line, parts, guard, _with(tree, node, replacement))


def definition(function: types.FunctionType) -> ast.FunctionDef:
    """A function's text, parsed: without decorators, annotations and docstring.

    Raises:
        ValueError: its text cannot be had.
    """
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, SyntaxError, ValueError) as error:
        raise ValueError(f"{function!r} has no text of its own") from error
    # The source of a lambda is the whole statement it stands in.
    if not isinstance(tree, ast.FunctionDef) or tree.name != function.__name__:
        raise ValueError(f"{function!r} is not written with def")
    tree.decorator_list, tree.returns = [], None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


class _Names:
    """What a function's global names stand for."""

    def __init__(self, function: types.FunctionType) -> None:
        self.known = function.__globals__

    def is_module(self, node: ast.AST) -> bool:
        """Is it a module, as in ``torch.exp``: nothing that a value could take the place of?"""
        return isinstance(node, ast.Name) and isinstance(self.known.get(node.id), types.ModuleType)


def _open_to_change(node: ast.AST, around: _Statements = ()) -> Iterator[tuple[ast.AST, _Statements]]:
    """The nodes whose change could show, each with the statements around it; what an exception says is not asked."""
    if isinstance(node, (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return
    if isinstance(node, ast.stmt):
        around = (*around, node)
    yield node, around
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.AnnAssign) and child is node.annotation):
            yield from _open_to_change(child, around)


def _is_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], ast.Raise)


def _dropped(guard: str) -> str:
    return f"without the refusal if {guard}"


def _replacements(node: ast.AST, names: _Names) -> Iterator[tuple[str, ast.AST | None]]:
    """What may stand in a node's place, and how the change is told; None where a statement goes."""
    if _is_guard(node):
        yield _dropped(ast.unparse(node.test)), None
    elif isinstance(node, (ast.Break, ast.Continue, ast.AugAssign)) or _is_called(node) or _is_kept_elsewhere(node):
        yield f"without {ast.unparse(node)}", None
    for replacement in _expressions(node, names):
        ast.copy_location(replacement, node)
        yield f"{_line(node)} -> {_line(replacement)}", replacement


def _is_called(node: ast.AST) -> bool:
    """Is it an expression for its own sake? Without its ``yield``, a generator is none."""
    return isinstance(node, ast.Expr) and not isinstance(node.value, (ast.Yield, ast.YieldFrom))


def _is_kept_elsewhere(node: ast.AST) -> bool:
    """Is it an assignment into something that is there already?"""
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Subscript, ast.Attribute))


def _line(node: ast.AST) -> str:
    """A node in one line: of a statement with a body, its head."""
    return ast.unparse(node).strip().splitlines()[0]


def _expressions(node: ast.AST, names: _Names) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=ops):
            for place, operator in enumerate(ops):
                yield _changed(node, ops=[*ops[:place], COMPARISONS[type(operator)](), *ops[place + 1 :]])
        case ast.BoolOp(op=operator, values=values):
            yield _changed(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
            yield from values
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator):
            if other := OPERATORS.get(type(operator)):
                yield _changed(node, op=other())
            if isinstance(node, ast.BinOp) and isinstance(operator, TERMS):
                yield node.left
                yield node.right
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.If(test=test) | ast.IfExp(test=test) if not _is_guard(node):
            yield _changed(node, test=ast.UnaryOp(op=ast.Not(), operand=test))
        case ast.comprehension(ifs=[_, *_]):
            yield _changed(node, ifs=[])
        case ast.Slice(lower=lower, upper=upper):
            if lower:
                yield _changed(node, lower=None)
            if upper:
                yield _changed(node, upper=None)
        case ast.Constant(value=value):
            yield from map(ast.Constant, _constants(value))
        case ast.Call():
            yield from _calls(node, names)


def _constants(value: object) -> list:
    match value:
        case bool():
            return [not value]
        case int():
            return [value + 1, value - 1]
        case float():
            return [2 * value if value else 1.0]
        case str() | bytes():
            return [value[:0] if value else type(value)(b"x") if isinstance(value, bytes) else "x"]
    return []


def _calls(node: ast.Call, names: _Names) -> Iterator[ast.AST]:
    for place, keyword in enumerate(node.keywords):
        if keyword.arg:
            yield _changed(node, keywords=[*node.keywords[:place], *node.keywords[place + 1 :]])
    if isinstance(node.func, ast.Attribute) and not names.is_module(node.func.value):
        yield node.func.value
    elif len(node.args) == 1 and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)):
        yield node.args[0]


def _changed(node: ast.AST, **fields) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _with(tree: ast.FunctionDef, node: ast.AST, replacement: ast.AST | None) -> ast.FunctionDef:
    """The tree with one node replaced; a statement that goes leaves ``pass`` behind."""

    class Swap(ast.NodeTransformer):
        def visit(self, other):
            if other is node:
                return ast.copy_location(ast.Pass(), node) if replacement is None else replacement
            return self.generic_visit(copy.copy(other))

        def generic_visit(self, other):
            # Lists are the only parts that are changed in place.
            for name, value in ast.iter_fields(other):
                if isinstance(value, list):
                    setattr(other, name, list(value))
            return super().generic_visit(other)

    return Swap().visit(tree)


def _compiled(tree: ast.FunctionDef, function: types.FunctionType) -> types.FunctionType:
    """Define the changed function where the original stands: a method inside its class, for ``super()``."""
    owner = function.__qualname__.rpartition(".")[0].rpartition(".")[2]
    body: list[ast.stmt] = [tree]
    if owner:
        body = [ast.ClassDef(name=owner, bases=[], keywords=[], body=body, decorator_list=[], type_params=[])]
    module = ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))
    namespace = dict(function.__globals__)
    exec(compile(module, f"<mutant of {function.__qualname__}>", "exec"), namespace)
    return vars(namespace[owner])[function.__name__] if owner else namespace[function.__name__]


def _defaults(function: types.FunctionType) -> tuple:
    return function.__defaults__, function.__kwdefaults__


def _put(function: types.FunctionType, code: types.CodeType, defaults: tuple | None, kwdefaults: dict | None) -> None:
    function.__code__, function.__defaults__, function.__kwdefaults__ = code, defaults, kwdefaults
