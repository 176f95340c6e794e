"""The modules of ``lmcore`` that an assignment lets learners import, copied out of it without the others."""

from __future__ import annotations

import ast
import importlib.util
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

LMCORE = "lmcore"


def _root() -> Path:
    return Path(importlib.util.find_spec(LMCORE).origin).parent


def file_of(module: str) -> Path:
    """The file of a module of lmcore, without importing it.

    Raises:
        ValueError: there is no such module.
    """
    first, *rest = module.split(".")
    path = _root().joinpath(*rest)
    found = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
    if first != LMCORE or not found:
        raise ValueError(f"{module!r} is no module of {LMCORE}")
    return found[0]


def _imported(module: str) -> Iterator[str]:
    """The modules of lmcore that a module names in its imports, in functions too."""
    file = file_of(module)
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == LMCORE)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                source = ".".join(package.split(".")[: len(package.split(".")) + 1 - node.level] + source.split("."))
                source = source.rstrip(".")
            if source.split(".")[0] == LMCORE:
                for alias in node.names:
                    try:
                        file_of(f"{source}.{alias.name}")
                        yield f"{source}.{alias.name}"
                    except ValueError:
                        yield source


def with_what_they_import(modules: Iterable[str]) -> set[str]:
    """Modules of lmcore and all modules of lmcore that these import, in turn.

    A package is its ``__init__.py`` and what that imports; to name a module does not name the packages around it.

    Raises:
        ValueError: there is no such module.
    """
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += _imported(module)
    return found


def copy_allowed(modules: Iterable[str], folder: Path) -> None:
    """Write ``folder/lmcore`` with the modules named, what they import, and no others.

    The ``__init__.py`` of a package that is not itself allowed is empty, since it would import its modules. Data files
    come along with the first module of their package.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = _root()
    for module in sorted(with_what_they_import(modules)):
        file = file_of(module)
        target = folder / LMCORE / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        for package in target.relative_to(folder).parents:
            if package.name:
                (folder / package / "__init__.py").touch()
        shutil.copy(file, target)
        _copy_data(file.parent, target.parent)
    # Whoever runs the kernel reads it, whatever this process's umask is.
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _copy_data(source: Path, target: Path) -> None:
    for path in source.iterdir():
        if path.is_dir() and path.name != "__pycache__" and not any(path.rglob("*.py")):
            shutil.copytree(path, target / path.name, dirs_exist_ok=True)
        elif path.is_file() and path.suffix not in (".py", ".pyc"):
            shutil.copy(path, target)
