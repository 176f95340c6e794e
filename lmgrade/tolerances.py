"""Are the checks' tolerances wide enough for every right answer, and far too narrow for any mistake? Measured."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lmgrade.answers import agrees, ask
from lmgrade.oracle import Oracle
from lmgrade.tasks import Assignment, Check, Task

# A tolerance is at least so many times the distance between right answers; a mistake's is so many times the tolerance.
ABOVE_SPREAD, BELOW_MISTAKES = 10.0, 10.0
# Distances are looked for between these, to within a few hundredths.
SMALLEST, LARGEST, STEPS = 1e-18, 1e18, 14
THREADS = (1, 2)


@dataclass(frozen=True)
class Measured:
    """One check's tolerance beside the distances it lies between.

    Args:
        task: whose.
        check: which.
        spread: the largest distance of an alternative's answer, or the reference's on another number of threads or in
            float64 instead of float32, from the reference's; 0 where all are equal to the last digit.
        nearest: the smallest distance of a mistake that the check catches; infinity where none is a matter of digits.
    """

    task: Task
    check: Check
    spread: float
    nearest: float

    @property
    def faults(self) -> list[str]:
        """What is wrong with the tolerance, in sentences."""
        found, tolerance = [], self.check.tolerance
        if tolerance < ABOVE_SPREAD * self.spread:
            found.append(
                f"the tolerance {tolerance:.2g} is less than {ABOVE_SPREAD:g} times {self.spread:.2g}, the distance "
                "between right answers"
            )
        if self.nearest < BELOW_MISTAKES * tolerance:
            found.append(
                f"a mistake is only {self.nearest:.2g} away, less than {BELOW_MISTAKES:g} times the tolerance, "
                f"{tolerance:.2g}"
            )
        return found


def measure(
    assignment: Assignment, seeds: Iterable[int] = (1, 2, 3), progress: Callable[[str], None] = lambda doing: None
) -> list[Measured]:
    """Measure every check of an assignment whose answers hold floats.

    Args:
        assignment: whose checks.
        seeds: grading runs to try.
        progress: told what is being measured.
    """
    oracles, found = [Oracle(assignment, seed) for seed in seeds], []
    for task in assignment.tasks.values():
        progress(task.name)
        for check in task.checks:
            if not _holds_floats(oracles[0].expected(task, check)):
                continue
            right = [distance for oracle in oracles for distance in _right(task, check, oracle)]
            wrong = [distance for oracle in oracles for distance in _wrong(task, check, oracle)]
            found.append(Measured(task, check, max(right), min(wrong, default=math.inf)))
    return found


def _holds_floats(data: object) -> bool:
    """Does a piece of plain data (`lmgrade.inside`) hold numbers that a tolerance is for?"""
    if isinstance(data, list):
        return any(map(_holds_floats, data))
    if isinstance(data, dict):
        return "tensor" in data or any(map(_holds_floats, data.values()))
    return isinstance(data, float)


def distance(expected: dict, got: dict) -> float:
    """The smallest tolerance with which two answers agree (`lmgrade.answers.agrees`); infinity where none is enough."""
    if agrees(expected, got, 0.0):
        return 0.0
    if not agrees(expected, got, LARGEST):
        return math.inf
    low, high = math.log(SMALLEST), math.log(LARGEST)
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if agrees(expected, got, math.exp(middle)) else (middle, high)
    return math.exp(high)


def _right(task: Task, check: Check, oracle: Oracle) -> Iterator[float]:
    expected = oracle.expected(task, check)
    for threads in THREADS:
        with _threads(threads):
            for right in (task.reference, *task.alternatives):
                yield distance(expected, ask(check, right, oracle.seed, task.name))
    if "torch" in sys.modules:  # which lmgrade.doubles would load
        from lmgrade.doubles import in_doubles

        rounded_less = distance(expected, ask(check, in_doubles(task.reference), oracle.seed, task.name))
        # Other draws, or a type that is part of the answer: then the two differ in more than rounding.
        yield 0.0 if math.isinf(rounded_less) else rounded_less


def _wrong(task: Task, check: Check, oracle: Oracle) -> Iterator[float]:
    for misconception in task.misconceptions:
        answer = oracle.mistaken(task, check, misconception)
        if not oracle.passes(task, check, answer):
            yield distance(oracle.expected(task, check), answer)


@contextlib.contextmanager
def _threads(number: int) -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
