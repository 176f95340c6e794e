"""A report's content, whatever it is shown on."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.coursedir import CourseDirectory

from lmgrade.gradecells import code_cells
from lmgrade.probes import implementation_text
from lmgrade.release import SOURCE, read_source
from lmgrade.report import statistics
from lmgrade.report.collect import Graded
from lmgrade.report.likeness import Likeness, find_likeness
from lmgrade.report.statistics import CheckRow, Flags, MistakeRow, Spread
from lmgrade.tasks import Assignment

NOT_SHOWN = "(not shown)"


@dataclass
class Summary:
    """All that a report says.

    Args:
        graded: what it is about.
        marks: how the marks lie.
        histogram: edges and counts, as `lmgrade.report.statistics.histogram` gives them.
        checks: a row for each check.
        mistakes: a row for each misconception that was recognised.
        flags: what a person should look at.
        likeness: answers that are nearly the same.
        seconds: how the seconds that grading took lie; None where none were recorded.
    """

    graded: Graded
    marks: Spread
    histogram: tuple[list[float], list[int]]
    checks: list[CheckRow]
    mistakes: list[MistakeRow]
    flags: Flags
    likeness: Likeness
    seconds: Spread | None

    @property
    def seeds(self) -> list[int]:
        """The seeds that submissions were graded with: one, where all were graded in one run."""
        return sorted({seed for submission in self.graded.submissions for seed in submission.seeds})

    @property
    def open(self) -> int:
        """How many submissions wait for a mark by hand, so that their marks may still rise."""
        return sum(bool(submission.open_cells) for submission in self.graded.submissions)


def summarise(graded: Graded, given: Iterable[str] = (), solutions: Iterable[str] = ()) -> Summary:
    """Count what was graded.

    Args:
        graded: at least one submission.
        given: code that learners were given (`given_texts`).
        solutions: the course's own solutions (`solution_texts`).
    """
    marks = [submission.mark for submission in graded.submissions]
    answers = {submission.student: submission.answers for submission in graded.submissions}
    seconds = [submission.seconds for submission in graded.submissions if submission.seconds is not None]
    return Summary(
        graded,
        statistics.spread(marks),
        statistics.histogram(marks, graded.max_mark),
        statistics.check_rows(graded),
        statistics.mistake_rows(graded),
        statistics.flags(graded),
        find_likeness(answers, given, solutions),
        statistics.spread(seconds),
    )


def without_names(graded: Graded) -> Graded:
    """The same class with a number for each student, so that a report on it can be shown.

    The numbers are drawn afresh each time: their order says nothing. What a learner may have written (a file's name, a
    message) is left out, since it may hold a name. The answers stay, for they are compared and never shown.
    """
    students = [*(submission.student for submission in graded.submissions), *graded.ungraded, *graded.absent]
    numbers = list(range(1, len(students) + 1))
    random.SystemRandom().shuffle(numbers)
    width = len(str(len(students)))
    shown = {student: f"student {number:0{width}d}" for student, number in zip(students, numbers, strict=True)}

    def hidden(texts: list[str]) -> list[str]:
        return [NOT_SHOWN] if texts else []

    submissions = [
        dataclasses.replace(
            submission,
            student=shown[submission.student],
            name="",
            refused=NOT_SHOWN if submission.refused else "",
            notes=hidden(submission.notes),
            stopped=hidden(submission.stopped),
            forbidden=hidden(submission.forbidden),
            suspected=hidden(submission.suspected),
        )
        for submission in graded.submissions
    ]
    return dataclasses.replace(
        graded,
        submissions=sorted(submissions, key=lambda submission: submission.student),
        ungraded=sorted(shown[student] for student in graded.ungraded),
        absent=sorted(shown[student] for student in graded.absent),
    )


def given_texts(course: CourseDirectory, assignment: Assignment) -> Iterator[str]:
    """The code of the released notebooks."""
    yield from _cells(Path(course.format_path(course.release_directory, ".", assignment.name)))


def solution_texts(course: CourseDirectory, assignment: Assignment) -> Iterator[str]:
    """The course's own solutions: the source notebook, the references and the alternatives."""
    folder = Path(course.format_path(course.source_directory, ".", assignment.name))
    if (folder / SOURCE).is_file():
        yield from (cell.source for cell in code_cells(read_source(folder / SOURCE)))
    else:
        yield from _cells(folder)
    for task in assignment.tasks.values():
        for implementation in (task.reference, *task.alternatives):
            # What was not written in a file, such as a method of a library, has no text.
            with contextlib.suppress(OSError, TypeError):
                yield inspect.getsource(implementation)
        yield from map(implementation_text, task.alternatives)


def _cells(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.ipynb")):
        yield from (cell.source for cell in code_cells(nbformat.read(path, as_version=4)))
