"""What is graded: tasks, their checks, the mistakes learners make, and other right answers."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lmgrade.allowed import with_what_they_import
from lmgrade.forbidden import resolve

SOLUTIONS = "solutions"


@dataclass(frozen=True)
class Check:
    """One hidden test: a probe, the points it gives, and what to say when it fails.

    Args:
        name: the probe's name, unique in its file.
        title: what must hold, as the learner reads it in the feedback.
        points: points for passing, more than 0.
        probe: a function from an implementation to data. It draws its inputs from ``random`` or torch,
            both seeded, calls the implementation and returns numbers, strings, tensors, lists, dicts.
        hint: said when the answer is wrong and no misconception explains it.
        tolerance: largest accepted distance between floats, relative to ``max(1, |expected|)``.
        seconds: time the learner's implementation may take.
    """

    name: str
    title: str
    points: float
    probe: Callable[[Any], Any] = field(repr=False)
    hint: str = ""
    tolerance: float = 1e-6
    seconds: float = 10.0


@dataclass(frozen=True)
class Misconception:
    """A plausible wrong implementation and the hint for whoever has it."""

    name: str
    hint: str
    implementation: Any = field(repr=False)


class Task:
    """One function or class that the learner writes.

    Args:
        name: the name the learner's notebook defines.
        reference: the implementation whose answers are right.
        forbidden: dotted names of what the learner's function may not use, as the learner knows them:
            ``("torch.softmax", "sacrebleu")``. A function or class of torch's stands for all that lead to it: a method
            of tensors, a module, an operator, a function that calls it; a package, for all that is in it. The reference
            is always forbidden, and so is what the assignment does not allow of ``lmcore``.

    Raises:
        ValueError: a name that no function can have, or something forbidden that is not there or cannot be refused.
    """

    def __init__(self, name: str, reference: Any, forbidden: Iterable[str] = ()) -> None:
        if not name.isidentifier():
            raise ValueError(f"a task is named as the learner's function is, so {name!r} cannot be one")
        if isinstance(forbidden, str):
            raise ValueError(f"task {name!r}: forbidden is a tuple of names, not the text {forbidden!r}")
        self.name = name
        self.reference = reference
        self.forbidden = tuple(forbidden)
        for one in self.forbidden:
            resolve(one)
        self.checks: list[Check] = []
        self.misconceptions: list[Misconception] = []
        self.alternatives: list[Any] = []
        self.equivalents: dict[str, str] = {}
        self.unasked_parts: dict[str, str] = {}

    @property
    def points(self) -> float:
        """The sum of the checks' points."""
        return sum(check.points for check in self.checks)

    def check(self, *, points: float, title: str, hint: str = "", tolerance: float = 1e-6, seconds: float = 10.0):
        """Decorator: make a probe a check of this task (arguments as in `Check`)."""
        if points <= 0:
            raise ValueError(f"a check gives more than 0 points; {title!r} gives {points}")
        if any(title == other.title for other in self.checks):
            raise ValueError(f"task {self.name!r} has two checks titled {title!r}")

        def add(probe):
            if any(probe.__name__ == other.name for other in self.checks):
                raise ValueError(f"task {self.name!r} has two checks named {probe.__name__!r}")
            self.checks.append(Check(probe.__name__, title, points, probe, hint, tolerance, seconds))
            return probe

        return add

    def misconception(self, hint: str):
        """Decorator: a wrong implementation that some check must catch, with its hint.

        It must end by itself: the grader runs it to recognise learners who share it.
        """
        if any(hint == other.hint for other in self.misconceptions):
            raise ValueError(f"task {self.name!r} has two misconceptions with the hint {hint!r}")

        def add(implementation):
            self.misconceptions.append(Misconception(implementation.__name__, hint, implementation))
            return implementation

        return add

    def alternative(self, implementation):
        """Decorator: a right implementation written another way, which every check must accept."""
        self.alternatives.append(implementation)
        return implementation

    def equivalent(self, change: str, *, reason: str) -> None:
        """Say that a change to the reference made by `lmgrade.mutations` is as right as the reference.

        Args:
            change: its name, as ``audit --mutations`` prints it.
            reason: why no check can, or should, notice it.

        Raises:
            ValueError: it is listed already, or there is no reason.
        """
        self._list(self.equivalents, change, reason)

    def unasked(self, part: str, *, reason: str) -> None:
        """Say that a part of the reference is more than learners are asked for: `lmgrade.mutations` leaves it out.

        Args:
            part: a function, ``"_grouped"``, or the first line of a statement in one, ``"attention: if group > 1:"``.
            reason: why it is there, or who asks for it.

        Raises:
            ValueError: it is listed already, or there is no reason.
        """
        self._list(self.unasked_parts, part, reason)

    def _list(self, where: dict[str, str], what: str, reason: str) -> None:
        if what in where:
            raise ValueError(f"task {self.name!r} lists {what!r} twice")
        if not reason:
            raise ValueError(f"task {self.name!r} lists {what!r} without a reason")
        where[what] = reason

    def __repr__(self) -> str:
        return f"Task({self.name!r}, {len(self.checks)} checks, {self.points:g} points)"


@dataclass(frozen=True)
class Assignment:
    """The tasks of one folder of ``solutions/``.

    Args:
        name: the folder's name.
        folder: where it is.
        tasks: by name, in the order in which they are defined or imported.
        allowed: the modules of ``lmcore`` that learners may import, beside what those import themselves: earlier
            pieces, never a task's own reference. The tasks file says ``ALLOWED = ("lmcore.attention",)``; without
            that line there are none.
    """

    name: str
    folder: Path
    tasks: dict[str, Task]
    allowed: tuple[str, ...] = ()


def course_root(start: Path | str = ".") -> Path:
    """The nearest folder at or above ``start`` that holds ``solutions/``.

    Raises:
        FileNotFoundError: there is none.
    """
    start = Path(start).resolve()
    for folder in (start, *start.parents):
        if (folder / SOLUTIONS).is_dir():
            return folder
    raise FileNotFoundError(
        f"no folder {SOLUTIONS}/ in {start} or above it; run this inside the course (a handout holds no checks)"
    )


def tasks_file(folder: Path) -> Path | None:
    """An assignment's ``tasks.py``, or ``tasks/__init__.py`` where each task has a file; None when there is neither."""
    candidates = (folder / "tasks.py", folder / "tasks" / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def assignments_in(folder: Path) -> list[str]:
    """The names of the folders in this one that are assignments, sorted; none if it is not there."""
    return sorted(path.name for path in folder.glob("*") if tasks_file(path))


def assignment_names(root: Path | str = ".") -> list[str]:
    """The assignments under ``solutions/``, sorted."""
    return assignments_in(course_root(root) / SOLUTIONS)


def load(name: str, root: Path | str = ".") -> Assignment:
    """Read the tasks of ``solutions/<name>/`` of the course at or above ``root``.

    Raises:
        FileNotFoundError: no such assignment; the message lists those there are.
        ValueError: the file defines no task, two of one name, one without a check, or it allows a module that is
            not there or holds a task's reference.
    """
    return load_folder(folder_of(name, root))


def folder_of(name: str, root: Path | str = ".") -> Path:
    """The folder ``solutions/<name>`` of the course at or above ``root``.

    Raises:
        FileNotFoundError: no such assignment; the message lists those there are.
    """
    folder = course_root(root) / SOLUTIONS / name
    if not tasks_file(folder):
        raise FileNotFoundError(f"no assignment {name!r}; there are: {', '.join(assignment_names(root))}")
    return folder


def allowed_in(folder: Path) -> tuple[str, ...]:
    """What an assignment allows (`Assignment.allowed`), read off its tasks file without running it.

    Raises:
        ValueError: it is not written as a tuple of names.
    """
    path = tasks_file(folder)
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and "ALLOWED" in map(ast.unparse, statement.targets):
            written = ast.unparse(statement.value)
            try:
                allowed = ast.literal_eval(statement.value)
            except ValueError:
                allowed = None
            if not isinstance(allowed, (tuple, list)) or not all(isinstance(name, str) for name in allowed):
                raise ValueError(f"{path}: ALLOWED is a tuple of names of modules, not {written}")
            return tuple(allowed)
    return ()


def load_folder(folder: Path) -> Assignment:
    """Read the tasks in an assignment's folder (`load` says what is raised)."""
    path = tasks_file(folder)
    package = f"lmgrade_tasks_{folder.name}"
    for loaded in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[loaded]
    spec = importlib.util.spec_from_file_location(
        package, path, submodule_search_locations=[str(path.parent)] if path.name == "__init__.py" else None
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    spec.loader.exec_module(module)
    tasks = [value for value in vars(module).values() if isinstance(value, Task)]
    if not tasks:
        raise ValueError(f"{path} defines no Task")
    by_name = {task.name: task for task in tasks}
    if len(by_name) < len(tasks):
        raise ValueError(f"{path} defines two tasks of one name: {[task.name for task in tasks]}")
    if idle := [task.name for task in tasks if not task.checks]:
        raise ValueError(f"{path} defines tasks without a check: {', '.join(idle)}")
    allowed = allowed_in(folder)
    _refuse_references(path, by_name, with_what_they_import(allowed))
    return Assignment(folder.name, folder, by_name, allowed)


def _refuse_references(path: Path, tasks: dict[str, Task], allowed: set[str]) -> None:
    for task in tasks.values():
        home = getattr(task.reference, "__module__", None)
        if home in allowed:
            raise ValueError(
                f"{path} allows {home}, directly or through an import, which holds {task.name}'s reference"
            )
