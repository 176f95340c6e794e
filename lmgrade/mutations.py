"""Would the hidden tests notice any small change to the reference? A program tries the mistakes nobody thought of."""

from __future__ import annotations

import ast
import contextlib
import inspect
import signal
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lmgrade.allowed import with_what_they_import
from lmgrade.answers import ask
from lmgrade.mutants import Mutant, definition, mutants
from lmgrade.oracle import Oracle
from lmgrade.tasks import Assignment, Check, Task

# Of the mutants that are not equivalent to the reference, at least this share must be caught.
ENOUGH = 0.97
# A changed loop may have no end. Its time is many times the reference's, and never too short for a busy machine.
SECONDS, TIMES = 1.0, 20


@dataclass
class TaskMutations:
    """What became of the changes to one task's reference.

    Args:
        task: which task.
        caught: the changes that some check notices.
        survived: those that none does, though nobody has said that they are equivalent.
        equivalent: those that none can notice, as the tasks file says (`Task.equivalent`).
        unasked: those in what the learner is not asked for: in parts that the tasks file names (`Task.unasked`), and
            refusals of bad input that no check provokes, of which the refusal as a whole stands here alone.
        faults: sentences that say what is wrong.
        seconds: how long it took.
    """

    task: Task
    caught: list[Mutant] = field(default_factory=list)
    survived: list[Mutant] = field(default_factory=list)
    equivalent: list[Mutant] = field(default_factory=list)
    unasked: list[Mutant] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def mutate(
    assignment: Assignment, seed: int = 1, progress: Callable[[str], None] = lambda doing: None
) -> list[TaskMutations]:
    """Change every task's reference in every small way (`lmgrade.mutants`) and ask its checks.

    Changed is the reference itself and what it calls: of its own file, and of ``lmcore`` where the reference stands in
    the tasks file and wraps it; neither another task's reference nor what learners may import.

    A fault is: a change listed as equivalent that some check catches, or that is not there; an unasked part that is not
    there; a reference without a text.

    Args:
        assignment: whose tasks.
        seed: draws the checks' inputs.
        progress: told what is being tried.
    """
    oracle, results = Oracle(assignment, seed), []
    for task in assignment.tasks.values():
        started, result = time.perf_counter(), TaskMutations(task)
        _try_task(task, oracle, result, progress)
        result.seconds = time.perf_counter() - started
        results.append(result)
    return results


def counted(results: list[TaskMutations]) -> tuple[int, int]:
    """How many changes are caught, and how many could be: caught and survived."""
    caught = sum(len(result.caught) for result in results)
    return caught, caught + sum(len(result.survived) for result in results)


def share(results: list[TaskMutations]) -> float:
    """Of the changes that could be noticed, the share that is."""
    caught, all_of_them = counted(results)
    return caught / all_of_them if all_of_them else 1.0


def _try_task(task: Task, oracle: Oracle, result: TaskMutations, progress: Callable[[str], None]) -> None:
    limits = {check: _limit(task, check, oracle) for check in task.checks}
    unmet = {*task.equivalents, *task.unasked_parts}
    guard_noticed: dict[tuple, bool] = {}
    for number, mutant in enumerate(_mutants_of(task, oracle.assignment, result), start=1):
        progress(f"{task.name}: change {number}")
        unmet -= {mutant.name, *mutant.parts}
        if not mutant.parts.isdisjoint(task.unasked_parts):
            result.unasked.append(mutant)
            continue
        guard = (mutant.function, mutant.guard)
        if not mutant.drops_guard and guard_noticed.get(guard) is False:
            continue
        catching = _caught_by(mutant, task, oracle, limits)
        if mutant.drops_guard:
            guard_noticed[guard] = catching is not None
        if mutant.name in task.equivalents:
            result.equivalent.append(mutant)
            if catching:
                result.faults.append(f"listed as equivalent, but {catching} catches it: {mutant.name}")
        elif catching:
            result.caught.append(mutant)
        else:
            (result.unasked if mutant.drops_guard else result.survived).append(mutant)
    result.faults += [f"listed, but no such change or part is there: {name}" for name in sorted(unmet)]


def _limit(task: Task, check: Check, oracle: Oracle) -> float:
    """Ask for the expected answer, which also makes it before anything is changed, and allow many times its time."""
    started = time.perf_counter()
    oracle.expected(task, check)
    return max(SECONDS, TIMES * (time.perf_counter() - started))


def _caught_by(mutant: Mutant, task: Task, oracle: Oracle, limits: dict[Check, float]) -> str | None:
    """The first check that notices a change, or what else does."""
    try:
        with mutant.in_place():
            for check in task.checks:
                with _at_most(limits[check]):
                    answer = ask(check, task.reference, oracle.seed, task.name)
                    if not oracle.passes(task, check, answer):
                        return check.name
    except (SyntaxError, NameError):  # Python itself refuses the text, or cannot define it
        return "Python"
    except _TooLong:
        return "the clock"
    return None


class _TooLong(BaseException):
    """No ``except Exception`` of a changed function may catch it."""


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(number, frame):
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _mutants_of(task: Task, assignment: Assignment, result: TaskMutations) -> Iterator[Mutant]:
    for function in functions_of(task, assignment):
        try:
            yield from mutants(function)
        except ValueError as error:
            result.faults.append(str(error))


def functions_of(task: Task, assignment: Assignment) -> list[types.FunctionType]:
    """The functions whose changes are changes of a task's reference (`mutate`), the reference first."""
    given = with_what_they_import(assignment.allowed)
    others = {id(other.reference) for other in assignment.tasks.values() if other is not task}
    home = task.reference.__module__
    found: list[types.FunctionType] = []
    waiting = [task.reference]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, type):
            waiting += [inspect.unwrap(held) for held in vars(value).values() if isinstance(held, types.FunctionType)]
            continue
        function = inspect.unwrap(value)
        if function in found:
            continue
        found.append(function)
        for used in _used_by(function):
            module = getattr(used, "__module__", None) or ""
            wrapped = function.__module__ == home and not home.startswith("lmcore") and module.startswith("lmcore.")
            if id(used) not in others and (module == function.__module__ or (wrapped and module not in given)):
                waiting.append(used)
    return found


def _used_by(function: types.FunctionType) -> Iterator[Callable]:
    """The functions and classes that a function's text names."""
    with contextlib.suppress(ValueError):
        for node in ast.walk(definition(function)):
            value = _value(node, function.__globals__)
            if isinstance(value, (types.FunctionType, type)):
                yield value


def _value(node: ast.AST, known: dict) -> object:
    """What a name, or a name in a module, stands for."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, known)
        return getattr(owner, node.attr, None) if isinstance(owner, types.ModuleType) else None
    return None
