"""Cut a probe out of its tasks file: the learner's kernel gets what the probe names and nothing else.

A tasks file holds references, misconceptions and alternatives beside its probes. Sending it whole would put right
answers within reach of learner code, so only the probe and the imports, constants and helpers it uses are sent. What
several tasks draw their inputs from may stand in a file ``inputs.py`` beside them; what several assignments share
stands in `lmgrade.inputs` and `lmgrade.tensor_inputs`.
"""

from __future__ import annotations

import ast
import inspect
import symtable
from collections.abc import Callable, Mapping
from pathlib import Path

INPUTS = "inputs"
SHARED = ("lmgrade.inputs", "lmgrade.tensor_inputs")


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


def probe_source(source: str, probe_name: str, siblings: Mapping[str, str] | None = None) -> str:
    """The text that defines ``probe_name`` and everything it uses, in the order in which it stands in its files.

    Args:
        source: text of the file the probe stands in.
        probe_name: a function in it; its decorators are left behind.
        siblings: text, by module name, of the files that the probe may import from: of those beside it, as in
            ``from .inputs import random_text``, and of `SHARED`.

    Returns:
        Python text that runs by itself.

    Raises:
        ProbeLeak: the probe reaches a task, a misconception, an alternative, another check, or a file beside its own
            that is not in ``siblings``.
        KeyError: there is no such function.
    """
    texts = {"": source, **(siblings or {})}
    defined = {
        module: {name: statement for statement in ast.parse(text).body for name in _bound_names(statement)}
        for module, text in texts.items()
    }
    if probe_name not in defined[""]:
        raise KeyError(f"no function {probe_name!r} in the tasks file")
    kept: dict[str, dict[int, ast.stmt]] = {module: {} for module in texts}
    wanted = [("", probe_name)]
    while wanted:
        module, name = wanted.pop()
        statement = defined[module].get(name)
        if statement is None or id(statement) in kept[module]:
            continue
        if isinstance(statement, ast.ImportFrom) and (statement.level or statement.module in SHARED):
            if statement.module not in texts:
                raise ProbeLeak(f"the probe {probe_name!r} uses {name!r} of {statement.module}.py, which is not sent")
            wanted.append((statement.module, name))
            continue
        if (module, name) == ("", probe_name):
            statement.decorator_list = []
        elif getattr(statement, "decorator_list", None):
            raise ProbeLeak(f"the probe {probe_name!r} uses {name!r}, which is decorated: it must stay with the grader")
        elif "Task" in _global_names(ast.unparse(statement)):
            raise ProbeLeak(f"the probe {probe_name!r} uses the task {name!r}, which must stay with the grader")
        kept[module][id(statement)] = statement
        wanted += [(module, used) for used in _global_names(ast.unparse(statement))]
    # What is imported from comes before what imports it.
    body = [
        statement
        for module in reversed(texts)
        for statement in sorted(kept[module].values(), key=lambda statement: statement.lineno)
    ]
    return ast.unparse(ast.Module(body=body, type_ignores=[]))


def probe_text(probe: Callable) -> str:
    """A probe's text, cut out of its file, of ``inputs.py`` beside it and of `SHARED` (`probe_source`)."""
    return probe_source(*_files_of(probe, lambda path: path.stem == INPUTS))


def implementation_text(implementation: Callable) -> str:
    """The text of a misconception or an alternative, with what it uses of its file and of all files beside it."""
    return probe_source(*_files_of(implementation, lambda path: True))


def _files_of(function: Callable, may_use: Callable[[Path], bool]) -> tuple[str, str, dict[str, str]]:
    path = Path(inspect.getfile(function))
    beside = [other for other in sorted(path.parent.glob("*.py")) if other != path and may_use(other)]
    shared = {module: Path(__file__).with_name(f"{module.rpartition('.')[2]}.py") for module in SHARED}
    files = {other.stem: other for other in beside} | shared
    texts = {module: file.read_text(encoding="utf-8") for module, file in files.items()}
    return path.read_text(encoding="utf-8"), function.__name__, texts


def load_probe(text: str, name: str) -> Callable:
    """Define a cut probe in a namespace of its own and return the function."""
    namespace = {"__name__": "lmgrade_probe"}
    exec(compile(text, "<probe>", "exec"), namespace)
    return namespace[name]
