"""What was graded, as plain data: marks from nbgrader's gradebook, verdicts from the autograded notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.api import SubmittedAssignment as Row
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from lmgrade.gradebook import opened
from lmgrade.nbgrader_plugin import NOTES_ID
from lmgrade.records import FOLDER, Records
from lmgrade.tasks import Assignment


@dataclass(frozen=True)
class Result:
    """What one check came to in one submission.

    Args:
        task: its task's name.
        check: its name.
        status: "passed", or one of the other words of `lmgrade.judge`.
        points: earned with it.
        misconception: the name of the mistake that was recognised, if one was.
    """

    task: str
    check: str
    status: str
    points: float
    misconception: str | None = None


@dataclass
class Submission:
    """One student's work.

    Args:
        student: the id, as nbgrader has it.
        name: "Last, First", where the gradebook knows it.
        mark: points so far, after the penalty for being late.
        by_machine: of these, the points of cells that nobody has to look at, before the penalty.
        penalty: points taken off for being late.
        seconds_late: by how much.
        open_cells: names of the cells that wait for a person.
        results: of the checks, in order; none where the notebook was refused.
        refused: why nothing could be graded; empty otherwise.
        notes: what the intake gate mended.
        stopped: of each cell that was stopped or ended its process, what the grader wrote there.
        forbidden: what was used that the task does not allow, a sentence for each task.
        suspected: what may be such a use and took no points.
        answers: the text of each cell that the learner was to write, by the cell's id.
        seeds: that the checks' inputs were drawn with.
        seconds: that grading took, where it was recorded.
        missing: notebooks that the gradebook has marks for and that are not among the autograded ones.
    """

    student: str
    name: str = ""
    mark: float = 0.0
    by_machine: float = 0.0
    penalty: float = 0.0
    seconds_late: float = 0.0
    open_cells: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    refused: str = ""
    notes: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    suspected: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    seeds: set[int] = field(default_factory=set)
    seconds: float | None = None
    missing: list[str] = field(default_factory=list)


@dataclass
class Graded:
    """An assignment and all that was handed in for it.

    Args:
        assignment: its tasks.
        max_mark: the most points that can be had.
        submissions: those that are graded, by student.
        ungraded: students whose submission waits to be graded.
        absent: students of the gradebook who have handed in nothing.
    """

    assignment: Assignment
    max_mark: float
    submissions: list[Submission]
    ungraded: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def collect(course: CourseDirectory, assignment: Assignment) -> Graded:
    """Read all that is known of an assignment.

    Args:
        course: nbgrader's view of the course: where its folders and its gradebook are.
        assignment: its tasks, as `lmgrade.tasks.load_folder` reads them.

    Raises:
        FileNotFoundError: there is no gradebook, the gradebook does not know the assignment, nobody has handed in
            anything, or nothing of it is graded. The message says which command comes first.
    """
    name = assignment.name
    _need_gradebook(course, name)
    with opened(course.db_url, course.course_id) as gradebook:
        try:
            max_mark = gradebook.find_assignment(name).max_score
        except MissingEntry:
            known = ", ".join(sorted(known.name for known in gradebook.assignments)) or "none"
            raise FileNotFoundError(
                f"the gradebook has no assignment {name!r}; it has: {known}. "
                f"Run `nbgrader generate_assignment {name}` first."
            ) from None
        rows = sorted(gradebook.assignment_submissions(name), key=lambda row: row.student.id)
        submissions = [_submission(course, name, row) for row in rows]
        students = {student.id for student in gradebook.students}
    handed_in = set(_handed_in(course, name))
    graded = {submission.student for submission in submissions}
    if not submissions:
        raise FileNotFoundError(_nothing_graded(course, name, len(handed_in)))
    return Graded(assignment, max_mark, submissions, sorted(handed_in - graded), sorted(students - handed_in - graded))


def _need_gradebook(course: CourseDirectory, name: str) -> None:
    # SQLite would make an empty gradebook where there is none.
    try:
        url = make_url(course.db_url)
    except ArgumentError:
        return  # as `opened` will say
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
        raise FileNotFoundError(
            f"there is no gradebook {url.database}, so nothing of {name!r} is graded. Run "
            f"`nbgrader generate_assignment {name}`, collect, then `nbgrader autograde {name}`."
        )


def _nothing_graded(course: CourseDirectory, name: str, handed_in: int) -> str:
    if handed_in:
        return f"none of the {handed_in} submissions of {name!r} is graded: run `nbgrader autograde {name}` first"
    where = course.format_path(course.submitted_directory, "<student>", name)
    return f"nobody has handed in {name!r}: put the notebooks into {where}, then run `nbgrader autograde {name}`"


def _handed_in(course: CourseDirectory, name: str) -> Iterator[str]:
    """The students with a folder for this assignment under ``submitted/``."""
    pattern = Path(course.format_path(course.submitted_directory, "*", name))
    for folder in Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))):
        if folder.is_dir():
            # The folder's depth in the path is the place of the asterisk.
            yield folder.parts[pattern.parts.index("*")]


def _submission(course: CourseDirectory, name: str, row: Row) -> Submission:
    student = row.student
    penalty = row.late_submission_penalty or 0.0
    submission = Submission(
        student.id,
        name=", ".join(filter(None, (student.last_name, student.first_name))),
        mark=max(0.0, row.score - penalty),
        penalty=penalty,
        seconds_late=row.total_seconds_late,
    )
    for notebook in row.notebooks:
        for grade in notebook.grades:
            if grade.needs_manual_grade:
                submission.open_cells.append(grade.name)
            if grade.manual_score is None and grade.auto_score is not None:
                submission.by_machine += grade.auto_score
        path = Path(course.format_path(course.autograded_directory, student.id, name)) / f"{notebook.name}.ipynb"
        try:
            _read_notebook(submission, json.loads(path.read_bytes()))
        except (OSError, ValueError):
            submission.missing.append(path.name)
    if submission.seconds is None:
        record = Records(Path(course.root, FOLDER, name)).record(student.id)
        # A judgement that was there already took none, which says nothing.
        submission.seconds = record.seconds if record and record.seconds > 0 else None
    return submission


def _read_notebook(submission: Submission, notebook: dict) -> None:
    record = notebook["metadata"].get("lmgrade", {})
    submission.refused = record.get("refused", submission.refused)
    if "seed" in record:
        submission.seeds.add(record["seed"])
    if "seconds" in record:
        submission.seconds = (submission.seconds or 0.0) + record["seconds"]
    submission.forbidden += record.get("forbidden", {}).values()
    submission.suspected += [f"{task}: {what}" for task, what in record.get("suspected", {}).items()]
    for task, verdicts in record.get("verdicts", {}).items():
        submission.results += [
            Result(task, each["check"], each["status"], each["points"], each["misconception"]) for each in verdicts
        ]
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        graded = cell["metadata"].get("nbgrader", {})
        if cell.get("id") == NOTES_ID:
            submission.notes += [line[2:] for line in source.splitlines() if line.startswith("* ")]
        elif cell["cell_type"] == "code" and graded.get("solution"):
            submission.answers[graded["grade_id"]] = source
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and output["ename"] == "Stopped":
                submission.stopped.append(output["evalue"])
