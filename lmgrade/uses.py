"""Look through the text of a learner's cells for uses of what a task forbids. Nothing of it is run.

What counts is what the task's own function reaches: its definition, the functions, classes and values it names, what
those name, and so on. Whoever compares with torch in a cell of their own uses nothing. Names are followed as Python
follows them: through imports, assignments, ``getattr`` and ``import_module`` with a constant text, ``eval`` of one; at
the top of a cell to what they stood for at that point, inside of a function to what they stand for at the end.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lmgrade.forbidden import Rules

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
IMPORTS = ("builtins.__import__", "importlib.import_module", "importlib.__import__")
RUN_TEXT = ("builtins.eval", "builtins.exec")
# Magics that run the code behind them.
MAGICS = ("time", "timeit", "capture", "prun")
# Aliases of aliases of aliases: where they go round in a circle, this is the end.
DEEPEST = 40
# Looked-up names and expressions: the whole course takes a few thousand.
MOST_STEPS = 500_000


@dataclass(frozen=True, order=True)
class Use:
    """A place where something forbidden is named.

    Args:
        cell: the number of the code cell, from 1.
        line: in it, from 1.
        text: that line.
        name: what is forbidden, as the task's author calls it.
        written: what the learner calls it, names followed.
        certain: False where only the name of a method is known, not whose method it is.
    """

    cell: int
    line: int
    text: str
    name: str
    written: str
    certain: bool = True


@dataclass
class _Statement:
    """A statement at the top of a cell, or in a loop or a condition there: then it may not have been run."""

    number: int
    cell: int
    node: ast.stmt
    lines: list[str]
    offset: int


# What a name stands for: nothing that is known, a dotted name that was imported, an expression; that of a default
# value is worked out around the function.
@dataclass(frozen=True)
class _Default:
    value: ast.expr


_Known = dict[str, str | ast.expr | _Default | None]


class LearnersText:
    """The code cells of a notebook, taken apart.

    Args:
        cells: in order. One that cannot be read as Python cannot be run either, and is left out.
    """

    def __init__(self, cells: Iterable[str]) -> None:
        self.stars: list[str] = []
        self.attributes: set[str] = set()
        # By name: the statements, and whether each of them surely makes the name something new.
        self._bindings: dict[str, list[tuple[_Statement, bool]]] = {}
        count = 0
        for cell, source in enumerate(cells, start=1):
            lines = source.splitlines()
            for node, offset, surely in _statements(source):
                self._add(_Statement(count, cell, node, lines, offset), surely)
                count += 1

    def _add(self, statement: _Statement, surely: bool) -> None:
        binds, changes = _bound(statement.node)
        for name in binds | changes:
            self._bindings.setdefault(name, []).append((statement, surely and name in binds))
        for node in ast.walk(statement.node):
            if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == "*" for alias in node.names):
                self.stars.append(node.module)
            elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                self.attributes.add(node.attr)
            elif isinstance(node, ast.keyword) and node.arg:
                self.attributes.add(node.arg)
            elif isinstance(node, ast.ClassDef):
                self.attributes |= set(_known(node.body))

    def bindings(self, name: str, before: int | None) -> Iterator[_Statement]:
        """The statements that made a name what it is, the last one first."""
        for statement, surely in reversed(self._bindings.get(name, [])):
            if before is None or statement.number < before:
                yield statement
                if surely:
                    return

    def uses(self, name: str, rules: Rules) -> list[Use]:
        """What the function or class ``name`` reaches of what is forbidden, in the order of the notebook."""
        look = _Look(self, rules)
        waiting, reached = list(self.bindings(name, None)), set()
        if waiting:
            look.at_name(name, waiting[0])
        while waiting and look.steps < MOST_STEPS:
            statement = waiting.pop()
            if statement.number not in reached:
                reached.add(statement.number)
                waiting += look.at(statement)
        return sorted(look.found)


class _Look:
    def __init__(self, text: LearnersText, rules: Rules) -> None:
        self.text = text
        self.rules = rules
        self.found: set[Use] = set()
        self.steps = 0

    def at_name(self, name: str, statement: _Statement) -> None:
        """Look at what a name stands for, bound by a statement: an import alone may be the whole answer."""
        self.statement = statement
        dotted = self._named(name, (), None, 0)
        if dotted and (forbidden := self.rules.find(dotted)):
            self._note(statement.node, forbidden, dotted)

    def at(self, statement: _Statement) -> list[_Statement]:
        """Look at one statement; returns those that what it names comes from."""
        self.statement = statement
        self.reached: list[_Statement] = []
        with contextlib.suppress(RecursionError):  # nested deeper than people nest
            self._visit(statement.node, (), statement.number)
        return self.reached

    def _visit(self, node: ast.AST, scopes: tuple[_Known, ...], before: int | None) -> None:
        """Args: node; scopes: those around it, without the notebook's; before: the statement that it is run in, or None
        where it is run later.
        """
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return
        if isinstance(node, FUNCTIONS):
            self._visit_function(node, scopes, before)
        elif isinstance(node, ast.ClassDef):
            self._visit_class(node, scopes, before)
        elif isinstance(node, ast.AnnAssign):
            for part in filter(None, (node.target, node.value)):
                self._visit(part, scopes, before)
        elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
            self._meet(node, scopes, before)
        else:
            if isinstance(node, COMPREHENSIONS):
                scopes = (*scopes, dict.fromkeys(_stored(part.target for part in node.generators)))
            for part in ast.iter_child_nodes(node):
                self._visit(part, scopes, before)

    def _visit_function(self, node, scopes: tuple[_Known, ...], before: int | None) -> None:
        arguments = node.args
        for part in (*getattr(node, "decorator_list", ()), *arguments.defaults, *filter(None, arguments.kw_defaults)):
            self._visit(part, scopes, before)
        body = node.body if isinstance(node.body, list) else [node.body]
        inner = (*scopes, _parameters(arguments) | _known(body))
        for part in body:
            self._visit(part, inner, None)

    def _visit_class(self, node: ast.ClassDef, scopes: tuple[_Known, ...], before: int | None) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self._visit(part, scopes, before)
        for part in node.body:
            # What a class binds is seen by its own statements, not inside of its methods.
            inner = scopes if isinstance(part, FUNCTIONS) else (*scopes, _known(node.body))
            self._visit(part, inner, before)

    def _meet(self, node: ast.expr, scopes: tuple[_Known, ...], before: int | None) -> None:
        """A name, or what may stand for one."""
        dotted = self._dotted(node, scopes, before)
        if dotted and (name := self.rules.find(dotted)):
            self._note(node, name, dotted)
            return
        if isinstance(node, ast.Name):
            if not any(node.id in scope for scope in scopes):
                self.reached += self.text.bindings(node.id, before)
            return
        if (method := _method(node)) in self.rules.methods and method not in self.text.attributes:
            of = node.value if isinstance(node, ast.Attribute) else node.args[0]
            if self._dotted(of, scopes, before) is None:
                self._note(node, self.rules.methods[method], f".{method}", certain=False)
        parts = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Call):
            called = self._dotted(node.func, scopes, before)
            if called in ("builtins.isinstance", "builtins.issubclass"):
                parts = node.args[:1]
            if called in RUN_TEXT and node.args and (text := _text(node.args[0])) is not None:
                run = [statement for statement, _, _ in _statements(text)]
                for statement in run:
                    for inner in ast.walk(statement):
                        if hasattr(inner, "lineno"):
                            inner.lineno = node.lineno
                    self._visit(statement, (*scopes, _known(run)), before)
        for part in parts:
            self._visit(part, scopes, before)

    def _note(self, node: ast.expr | ast.stmt, name: str, written: str, certain: bool = True) -> None:
        line = node.lineno + self.statement.offset
        text = self.statement.lines[line - 1].strip() if 0 < line <= len(self.statement.lines) else ""
        self.found.add(Use(self.statement.cell, line, text, name, written, certain))

    def _dotted(self, node, scopes: tuple[_Known, ...], before: int | None, depth: int = 0) -> str | None:
        """The dotted name, from a package on, of what an expression stands for; None where that is not known."""
        self.steps += 1
        depth += 1
        if depth > DEEPEST or self.steps > MOST_STEPS:
            return None

        def dotted(other):
            return self._dotted(other, scopes, before, depth)

        if isinstance(node, ast.Name):
            return self._named(node.id, scopes, before, depth)
        if isinstance(node, ast.NamedExpr):
            return dotted(node.value)
        if isinstance(node, ast.Attribute):
            return _joined(dotted(node.value), node.attr)
        if isinstance(node, ast.Subscript):
            key, held = _text(node.slice), node.value
            if key is None:
                return None
            if isinstance(held, ast.Attribute) and held.attr == "__dict__":
                return _joined(dotted(held.value), key)
            if isinstance(held, ast.Call) and held.args and dotted(held.func) == "builtins.vars":
                return _joined(dotted(held.args[0]), key)
            return key if dotted(held) == "sys.modules" else None
        if isinstance(node, ast.Call) and node.args:
            called = dotted(node.func)
            if called == "builtins.getattr" and len(node.args) > 1:
                return _joined(dotted(node.args[0]), _text(node.args[1]))
            if called in IMPORTS:
                return _text(node.args[0])
        return None

    def _named(self, name: str, scopes: tuple[_Known, ...], before: int | None, depth: int) -> str | None:
        for place in range(len(scopes) - 1, -1, -1):
            if name in scopes[place]:
                known = scopes[place][name]
                if isinstance(known, _Default):
                    return self._dotted(known.value, scopes[:place], before, depth)
                if isinstance(known, ast.expr):
                    return self._dotted(known, scopes[: place + 1], before, depth)
                return known
        bound = False
        for statement in self.text.bindings(name, before):
            bound = True
            known = _known([statement.node]).get(name)
            if isinstance(known, ast.expr):
                known = self._dotted(known, (), statement.number, depth)
            if known:
                return known
        if bound:
            return None
        if hasattr(builtins, name):
            return f"builtins.{name}"
        return next((f"{star}.{name}" for star in self.text.stars if self.rules.find(f"{star}.{name}")), None)


def _statements(source: str, offset: int = 0) -> Iterator[tuple[ast.stmt, int, bool]]:
    """The statements of a cell, the lines that are missing above them, and whether they are surely run.

    Loops, conditions and the like are their head and then each of the statements in them.
    """
    text = source.lstrip("\n")
    offset += len(source) - len(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = _parsed(text) or _parsed(_without_magics(text))
    if tree is None:
        return
    for statement in tree.body:
        if (magic := _magic(statement)) is not None:
            yield from _statements(magic, offset + statement.lineno - (magic.count("\n") == 0))
        else:
            yield from _flat(statement, offset, True)


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _without_magics(text: str) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return TransformerManager().transform_cell(text)
    except Exception:  # it is made for what people write
        return text


def _flat(statement: ast.stmt, offset: int, surely: bool) -> Iterator[tuple[ast.stmt, int, bool]]:
    if not isinstance(statement, COMPOUND):
        yield statement, offset, surely
        return
    inner: list[ast.stmt] = []
    for part in [statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]:
        for name in ("body", "orelse", "finalbody"):
            inner += getattr(part, name, ())
            if hasattr(part, name):
                setattr(part, name, [])
    yield statement, offset, False
    for part in inner:
        yield from _flat(part, offset, surely and isinstance(statement, (ast.With, ast.AsyncWith)))


def _magic(statement: ast.stmt) -> str | None:
    """The code that a magic runs, as IPython writes it: ``get_ipython().run_cell_magic('time', '', code)``."""
    call = getattr(statement, "value", None)
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        texts = [_text(argument) for argument in call.args]
        if call.func.attr == "run_cell_magic" and len(texts) == 3 and texts[0] in MAGICS:
            return texts[2]
        if call.func.attr == "run_line_magic" and len(texts) == 2 and texts[0] in MAGICS:
            return texts[1]
    return None


def _bound(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement makes something new, and those that it changes."""
    binds, changes = set(_known([statement])), set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Global):
            changes.update(node.names)
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            while isinstance(node, (ast.Attribute, ast.Subscript)):
                node = node.value
            if isinstance(node, ast.Name):
                changes.add(node.id)
    if isinstance(statement, ast.AugAssign):
        changes |= binds
        binds = set()
    if isinstance(statement, ast.Expr) and isinstance(call := statement.value, ast.Call) and call.args:
        if isinstance(call.func, ast.Name) and call.func.id == "setattr" and isinstance(call.args[0], ast.Name):
            changes.add(call.args[0].id)
        if isinstance(call.func, ast.Name) and call.func.id == "exec" and (text := _text(call.args[0])) is not None:
            binds |= {name for inner, _, _ in _statements(text) for name in _known([inner])}
    return binds, changes


def _known(body: list[ast.AST]) -> _Known:
    """The names that some statements bind in their own scope, and what each stands for, where it is simple."""
    known: _Known = {}
    waiting: list[ast.AST] = list(reversed(body))
    outside: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            known[node.name] = None
            continue
        if isinstance(node, (ast.Lambda, *COMPREHENSIONS)):
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = _joined(node.module, alias.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            outside.update(node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            known.setdefault(node.id, None)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            known[node.name] = None
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))
        for target, value in _assigned(node):
            known[target] = value
    return {name: value for name, value in known.items() if name not in outside and name != "*"}


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and the expressions that they are assigned, also ``a, b = x, y``."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, (ast.Tuple, ast.List)) and isinstance(node.value, (ast.Tuple, ast.List)):
                pairs = list(zip(target.elts, node.value.elts, strict=False))
            yield from ((name.id, value) for name, value in pairs if isinstance(name, ast.Name))
    elif isinstance(node, (ast.NamedExpr, ast.AnnAssign)) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value


def _parameters(arguments: ast.arguments) -> _Known:
    positional = [*arguments.posonlyargs, *arguments.args]
    every = [*positional, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
    known: _Known = {argument.arg: None for argument in every}
    defaults = list(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    defaults += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
    return known | {argument.arg: _Default(default) for argument, default in defaults}


def _stored(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for target in nodes for node in ast.walk(target) if isinstance(node, ast.Name)}


def _method(node: ast.expr) -> str | None:
    """The method that is asked for, as in ``x.softmax`` or ``getattr(x, "softmax")``."""
    if isinstance(node, ast.Attribute):
        return node.attr if isinstance(node.ctx, ast.Load) else None
    asks = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr"
    return _text(node.args[1]) if asks and len(node.args) > 1 else None


def _joined(dotted: str | None, attribute: str | None) -> str | None:
    return f"{dotted}.{attribute}" if dotted and attribute else None


def _text(node: ast.AST) -> str | None:
    """A text that stands there in full, also in pieces: ``"soft" + "max"``."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    pieces: list[ast.AST] = []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        pieces = [node.left, node.right]
    elif isinstance(node, ast.JoinedStr):
        pieces = node.values
    elif isinstance(node, ast.FormattedValue):
        pieces = [node.value]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        between, parts = _text(node.func.value), node.args[0] if node.args else None
        if between is not None and isinstance(parts, (ast.List, ast.Tuple)):
            texts = [_text(part) for part in parts.elts]
            return None if None in texts else between.join(texts)
    if not pieces:
        return None
    texts = [_text(piece) for piece in pieces]
    return None if None in texts else "".join(texts)
