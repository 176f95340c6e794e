"""Cut a probe out of its tasks file: the learner's kernel gets what the probe names and nothing else.

A tasks file holds references, misconceptions and alternatives beside its probes. Sending it whole would put right
answers within reach of learner code, so only the probe and the imports, constants and helpers it uses are sent.
"""

from __future__ import annotations

import ast
import symtable


class ProbeLeak(ValueError):
    """A probe names something that must not enter the learner's process."""


def _bound_names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).split(".")[0] for alias in statement.names]
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    return []


def _global_names(source: str) -> set[str]:
    """The module-level names that the statements of ``source`` use, at once or inside functions."""
    top = symtable.symtable(source, "<probe>", "exec")
    names = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    tables = list(top.get_children())
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return names


def probe_source(source: str, probe_name: str) -> str:
    """The text that defines ``probe_name`` and everything of ``source`` it uses, in the order of ``source``.

    Args:
        source: text of a tasks file.
        probe_name: a function in it decorated with ``@<task>.check(...)``.

    Returns:
        Python text that runs by itself; the probe's decorators are gone.

    Raises:
        ProbeLeak: the probe reaches a task, a misconception, an alternative or another check.
        KeyError: there is no such function.
    """
    defined = {name: statement for statement in ast.parse(source).body for name in _bound_names(statement)}
    if probe_name not in defined:
        raise KeyError(f"no function {probe_name!r} in the tasks file")
    kept: dict[int, ast.stmt] = {}
    wanted = [probe_name]
    while wanted:
        name = wanted.pop()
        statement = defined.get(name)
        if statement is None or id(statement) in kept:
            continue
        if name == probe_name:
            statement.decorator_list = []
        elif getattr(statement, "decorator_list", None):
            raise ProbeLeak(f"the probe {probe_name!r} uses {name!r}, which is decorated: it must stay with the grader")
        elif "Task" in _global_names(ast.unparse(statement)):
            raise ProbeLeak(f"the probe {probe_name!r} uses the task {name!r}, which must stay with the grader")
        kept[id(statement)] = statement
        wanted += _global_names(ast.unparse(statement))
    body = sorted(kept.values(), key=lambda statement: statement.lineno)
    return ast.unparse(ast.Module(body=body, type_ignores=[]))


def load_probe(source: str, probe_name: str):
    """Define a cut probe in a namespace of its own and return the function."""
    namespace = {"__name__": "lmgrade_probe"}
    exec(compile(probe_source(source, probe_name), "<probe>", "exec"), namespace)
    return namespace[probe_name]
