"""The numbers of a report: marks, checks, mistakes, and what a person should look at."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from lmgrade.judge import DEAD, PASSED, TIMEOUT
from lmgrade.report.collect import Graded, Submission
from lmgrade.tasks import Check, Misconception, Task

# Bars of a histogram: as many as can be told apart on a phone.
MOST_BARS = 16
# The kinds of flags, in the order in which they are told.
KINDS = REFUSED, MISSING, USED, SUSPECTED, ENDED, SLOW, STOPPED, MENDED, LATE, OLD, OPEN = (
    "refused",
    "autograded notebook missing",
    "uses what is forbidden",
    "may use what is forbidden",
    "process ended",
    "too slow",
    "cell stopped",
    "notebook mended",
    "late",
    "graded with other checks",
    "waits for a mark by hand",
)


@dataclass(frozen=True)
class Spread:
    """How some numbers lie: their count, mean, standard deviation, and the five numbers of a box plot.

    The standard deviation is that of these numbers themselves (divided by n). Quartiles are interpolated linearly, as
    numpy and spreadsheets do (definition 7 of Hyndman and Fan, 1996, The American Statistician 50).
    """

    count: int
    mean: float
    deviation: float
    least: float
    quartile1: float
    median: float
    quartile3: float
    most: float


def spread(numbers: Sequence[float]) -> Spread | None:
    """The spread of some numbers; None where there are none."""
    if not numbers:
        return None
    # One number has no quartiles in Python's eyes; it is all of them.
    low, middle, high = statistics.quantiles(numbers, n=4, method="inclusive") if len(numbers) > 1 else [numbers[0]] * 3
    return Spread(
        len(numbers),
        statistics.fmean(numbers),
        statistics.pstdev(numbers),
        min(numbers),
        low,
        middle,
        high,
        max(numbers),
    )


def histogram(marks: Sequence[float], max_mark: float) -> tuple[list[float], list[int]]:
    """Marks by bars that begin and end at round numbers.

    Args:
        marks: at least 0 each.
        max_mark: the most that can be had; a bonus may lie above it.

    Returns:
        The bars' edges, from 0 on, and the number of marks in each bar. A bar holds its lower edge; the last one holds
        both.
    """
    top = max([max_mark, *marks, 1])
    widths = (step * 10**power for power in range(-1, 9) for step in (1, 2, 5))
    width = next(width for width in widths if top / width <= MOST_BARS)
    bars = math.ceil(top / width)
    edges = [number * width for number in range(bars + 1)]
    counts = [0] * bars
    for mark in marks:
        counts[min(bisect_right(edges, mark), bars) - 1] += 1
    return edges, counts


def discrimination(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    r"""Does a check tell strong submissions from weak ones?

    The point-biserial correlation of passing the check with the points on all other checks:

    .. math:: r = \frac{\bar{x}_1 - \bar{x}_0}{s} \sqrt{p (1 - p)}

    with the mean points on the rest of those who passed and of those who failed, the standard deviation (divided by n)
    of the points on the rest, and the share p of those who passed. It is Pearson's correlation with passing written as
    0 and 1. The check's own points are left out, since they would raise it.

    Args:
        passed: for each submission, whether it passed the check.
        rest: for each submission, its points on the other checks.

    Returns:
        From -1 to 1; None where all passed, none did, or all have the same points on the rest. A check below 0 is
        passed by the weaker submissions: look at the check.

    Raises:
        ValueError: the two are not of the same length.

    Source: Henrysson (1963), Correction of item-total correlations in item analysis, Psychometrika 28.
    """
    if len(passed) != len(rest):
        raise ValueError(f"{len(passed)} submissions answered the check and {len(rest)} have points on the rest")
    if len(set(passed)) < 2 or len(set(rest)) < 2:
        return None
    try:
        return statistics.correlation([float(each) for each in passed], rest)
    except statistics.StatisticsError:  # numbers so close that their squared distance is 0
        return None


@dataclass(frozen=True)
class CheckRow:
    """One check over all submissions that were asked it."""

    task: Task
    check: Check
    asked: int
    statuses: dict[str, int]
    discrimination: float | None

    @property
    def passed(self) -> int:
        return self.statuses.get(PASSED, 0)

    @property
    def rate(self) -> float | None:
        """The share that passed; None where nobody was asked."""
        return self.passed / self.asked if self.asked else None


def check_rows(graded: Graded) -> list[CheckRow]:
    """A row for each check, in the order of the tasks. A refused notebook was asked nothing and does not count."""
    rows = []
    judged = [submission for submission in graded.submissions if submission.results]
    totals = {submission.student: math.fsum(each.points for each in submission.results) for submission in judged}
    for task in graded.assignment.tasks.values():
        for check in task.checks:
            passed, rest, statuses = [], [], Counter()
            for submission in judged:
                for result in submission.results:
                    if (result.task, result.check) == (task.name, check.name):
                        statuses[result.status] += 1
                        passed.append(result.status == PASSED)
                        # Rounded, so that the same points added in another order stay the same.
                        rest.append(round(totals[submission.student] - result.points, 9))
            rows.append(CheckRow(task, check, len(passed), dict(statuses), discrimination(passed, rest)))
    return rows


@dataclass(frozen=True)
class MistakeRow:
    """One misconception, and who has it. Without a hint when the tasks file no longer knows it."""

    task: str
    misconception: str
    hint: str
    students: list[str]


def mistake_rows(graded: Graded) -> list[MistakeRow]:
    """The misconceptions that were recognised, most frequent first. A student who shows one twice counts once."""
    students: dict[tuple[str, str], set[str]] = {}
    for submission in graded.submissions:
        for result in submission.results:
            if result.misconception:
                students.setdefault((result.task, result.misconception), set()).add(submission.student)
    known: dict[tuple[str, str], Misconception] = {
        (task.name, mistake.name): mistake
        for task in graded.assignment.tasks.values()
        for mistake in task.misconceptions
    }
    rows = [MistakeRow(*key, known[key].hint if key in known else "", sorted(who)) for key, who in students.items()]
    return sorted(rows, key=lambda row: (-len(row.students), row.task, row.misconception))


@dataclass(frozen=True)
class Flag:
    """Something that a person should look at. ``detail`` may hold the learner's own words, such as a file's name."""

    student: str
    kind: str
    detail: str = ""


@dataclass
class Flags:
    """All flags, student by student."""

    flags: list[Flag] = field(default_factory=list)

    def of(self, student: str) -> list[Flag]:
        return [flag for flag in self.flags if flag.student == student]

    def students(self) -> set[str]:
        return {flag.student for flag in self.flags}

    def grouped(self) -> list[tuple[str, str, list[str]]]:
        """Kind, detail, and the students who have just that: a class that waits for one mark is one row."""
        groups: dict[tuple[str, str], list[str]] = {}
        for flag in self.flags:
            groups.setdefault((flag.kind, flag.detail), []).append(flag.student)
        ordered = sorted(groups.items(), key=lambda group: KINDS.index(group[0][0]))
        return [(kind, detail, students) for (kind, detail), students in ordered]


def flags(graded: Graded) -> Flags:
    """What a person should look at, student by student."""
    known = {(task.name, check.name) for task in graded.assignment.tasks.values() for check in task.checks}
    return Flags([flag for submission in graded.submissions for flag in _flags(submission, known)])


def _flags(submission: Submission, known: set[tuple[str, str]]) -> list[Flag]:
    def tasks(status: str) -> str:
        return ", ".join(dict.fromkeys(each.task for each in submission.results if each.status == status))

    found = {
        REFUSED: submission.refused,
        MISSING: ", ".join(submission.missing),
        USED: " ".join(submission.forbidden),
        SUSPECTED: "; ".join(submission.suspected),
        ENDED: tasks(DEAD),
        SLOW: tasks(TIMEOUT),
        STOPPED: "; ".join(dict.fromkeys(submission.stopped)),
        MENDED: "" if submission.refused else " ".join(submission.notes),
        OPEN: ", ".join(submission.open_cells),
        LATE: _duration(submission.seconds_late) if submission.seconds_late else "",
    }
    if submission.results and {(each.task, each.check) for each in submission.results} != known:
        found[OLD] = "the checks have changed since; grade again"
    return [Flag(submission.student, kind, detail) for kind, detail in found.items() if detail]


def _duration(seconds: float) -> str:
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= length:
            number = int(seconds // length)
            return f"by {number} {unit}{'s' if number > 1 else ''}"
    return "by less than a second"
