"""A whole class, from empty folder to marks and feedback: graded side by side, killed, graded on, then by nbgrader."""

import csv
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from lmgrade.release import nbgrader
from lmgrade.sample_class import expected_of

from .killed_class import graded_with_a_kill, says

ROOT = Path(__file__).resolve().parents[2]
NAME = "tokenization"

pytestmark = [pytest.mark.xdist_group("class"), pytest.mark.timeout(540)]


def machine_marks(folder):
    """The gradebook, whole: points by student and task's grade cell."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            submission.student.id: {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.cell.cell_type == "code"
            }
            for submission in gradebook.assignment_submissions(NAME)
        }


def hand_grade(folder, student, points):
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        (grade,) = [
            grade
            for notebook in gradebook.find_submission(NAME, student).notebooks
            for grade in notebook.grades
            if grade.cell.cell_type == "markdown"
        ]
        if points is not None:
            grade.manual_score = points
            gradebook.db.commit()
        return grade.manual_score


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    return folder, graded_with_a_kill(folder, 27, random.Random())


@pytest.fixture(scope="module")
def graded(outcome):
    return outcome[0]


@pytest.fixture(scope="module")
def expected(graded):
    return expected_of(graded)[NAME]


def test_killed_in_the_middle_nothing_is_left_running_and_nobody_has_half_of_the_marks(outcome):
    _, outcome = outcome
    assert 0 < outcome.killed_after < len(outcome.students)
    assert not outcome.left
    assert not outcome.halved
    assert outcome.integrity == ["ok", "ok"]


def test_every_student_has_the_marks_known_from_how_the_notebook_was_made(graded, expected):
    found = machine_marks(graded)
    assert set(found) == set(expected)
    assert len(found) >= 12
    for student, known in expected.items():
        # A grade cell is named after its task, with hyphens.
        marks = {name.removeprefix("test-").replace("-", "_"): score for name, score in found[student].items()}
        assert marks == known["points"], f"{student}: {known['story']}"


def test_nbgrader_autograde_gives_the_same_marks_and_keeps_those_given_by_hand(graded):
    before = machine_marks(graded)
    hand_grade(graded, "reference", 2.5)
    nbgrader("autograde", NAME, "--force", course=graded)
    assert machine_marks(graded) == before
    assert hand_grade(graded, "reference", None) == 2.5


def test_feedback_says_what_was_wrong_and_hides_what_is_hidden(graded, expected):
    nbgrader("generate_feedback", NAME, "--force", course=graded)
    pages = {
        student: (graded / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
        for student in expected
    }
    unsaid = {
        student: [text for text in known["says"] if not says(pages[student], text)]
        for student, known in expected.items()
    }
    assert not any(unsaid.values()), unsaid
    assert "no answer" in pages["input-transformer"] or "Not written yet" in pages["input-transformer"]
    for student, page in pages.items():
        # Highlighting cuts code into tags, so a line of it is looked for in the text as well.
        page += re.sub(r"<[^>]*>", "", page)
        for secret in ("lmgrade.grade(", "HIDDEN TESTS", str(graded), str(ROOT)):
            assert secret not in page, f"{student}'s feedback shows {secret}"


def test_a_misconception_is_named_in_the_feedback_of_those_who_have_it(graded):
    notebook = json.loads((graded / "autograded/misconception-1" / NAME / f"{NAME}.ipynb").read_text())
    verdicts = notebook["metadata"]["lmgrade"]["verdicts"]
    for task, checks in verdicts.items():
        assert any(check["misconception"] for check in checks), f"nothing recognised in {task}"


def test_marks_are_exported_for_every_student(graded, expected):
    nbgrader("export", "--to", "marks.csv", course=graded)
    with Path(graded / "marks.csv").open() as file:
        rows = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(file)}
    assert set(rows) == set(expected)
    for student, known in expected.items():
        assert rows[student] >= sum(known["points"].values())


def test_the_report_has_every_students_mark_and_says_who_needs_a_person(graded, expected):
    report = [sys.executable, "-m", "lmgrade", "report", NAME, "--csv", "tables", "--html", "report.html"]
    subprocess.run(report, cwd=graded, check=True, capture_output=True)
    with Path(graded / "tables" / "marks.csv").open(encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {student: float(row["by_machine"]) for student, row in rows.items()} == {
        student: sum(known["points"].values()) for student, known in expected.items()
    }
    flags = {"endless-function": "too slow", "ends-the-process": "process ended", "endless-cell": "cell stopped"}
    flags |= {student: "refused" for student, known in expected.items() if known["refused"]}
    assert all(flag in rows[student]["flags"] for student, flag in flags.items())
    with Path(graded / "tables" / "pairs.csv").open(encoding="utf-8") as file:
        pairs = [(row["first"], row["second"]) for row in csv.DictReader(file)]
    assert all("mistake" in expected[student]["kind"] for pair in pairs for student in pair)
    assert all(student in (graded / "report.html").read_text(encoding="utf-8") for student in expected)
