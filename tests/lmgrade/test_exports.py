"""Marks as Canvas and Moodle take them."""

import csv

import pytest
from nbgrader.api import Gradebook
from traitlets import TraitError
from traitlets.config import Config

from lmgrade.exports import Canvas, Moodle
from lmgrade.release import nbgrader

# nbgrader 0.9.6 makes SQLAlchemy 2.1 warn at every new submission, to no effect on what is stored.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")
COURSE = "language_models_from_scratch"


@pytest.fixture
def gradebook(course):
    """A gradebook with three students; one has handed in nothing."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", COURSE) as gradebook:
        gradebook.add_student("ada", first_name="Ada", last_name="Lovelace, Countess", email="a@x", lms_user_id="77")
        gradebook.add_student("bob")
        gradebook.add_student("hal", first_name="Hal")
        for student, points in (("ada", 2.0), ("bob", 1 / 3)):
            gradebook.add_submission("counting", student)
            for name in ("test-double-all", "test-letters", "question"):
                grade = gradebook.find_grade(name, "counting", "counting", student)
                grade.auto_score, grade.needs_manual_grade = points, name == "question" and student == "bob"
        gradebook.find_submission("counting", "ada").notebooks[0].late_submission_penalty = 1.5
        gradebook.db.commit()
        yield gradebook


@pytest.fixture
def exported(gradebook, tmp_path):
    """A function that exports with some settings and reads the file."""

    def export(exporter, **settings):
        path = tmp_path / "marks.csv"
        config = Config({exporter.__name__: settings | {"to": str(path)}})
        exporter(config=config).export(gradebook)
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    return export


def test_canvas_gets_its_headings_the_points_possible_and_a_row_for_each_who_handed_in(exported):
    assert exported(Canvas) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "counting"],
        ["    Points Possible", "", "", "", "", "7"],
        ["bob", "", "", "bob", "", "1"],
        ["Lovelace, Countess, Ada", "77", "", "ada", "", "4.5"],
    ]


def test_canvas_is_told_its_own_numbers_of_assignments_and_what_the_ids_are(exported):
    rows = exported(Canvas, assignment_ids={"counting": 4711}, student_id_is="SIS User ID", section="A")
    assert rows[0][-1] == "counting (4711)"
    assert rows[2] == ["bob", "", "bob", "", "A", "1"]


def test_canvas_finds_its_own_columns_in_the_file(exported):
    """The conditions of Canvas's importer, as its source has them."""
    header, points, *students = exported(Canvas)
    assert len(header) > 3 and "Student" in header[0] and "ID" in header[1]
    assert header[2] == "SIS User ID" and header[3] == "SIS Login ID" and "Section" in header[4]
    assert "Points Possible" in points[0]
    assert all(row[0] for row in students)


@pytest.mark.parametrize("exporter", [Canvas, Moodle])
def test_no_name_is_a_formula_and_ids_stay_as_they_are(exported, gradebook, exporter):
    ada = gradebook.find_student("ada")
    ada.first_name, ada.last_name, ada.email = '=HYPERLINK("http://x")', "+1+cmd|' /C calc'!A0", "@SUM(1+1)"
    gradebook.add_student("-7@ada")
    gradebook.add_submission("counting", "-7@ada")
    gradebook.db.commit()
    rows = exported(exporter)
    fields = [field for row in rows for field in row]
    assert not [field for field in fields if field.startswith(("=", "+", "@"))]
    assert sum(field.startswith("'") for field in fields) == {Canvas: 1, Moodle: 3}[exporter]
    assert "-7@ada" in fields


def test_moodle_gets_a_column_to_know_students_by_and_one_for_each_assignment(exported):
    assert exported(Moodle) == [
        ["Username", "First name", "Last name", "Email address", "counting"],
        ["bob", "", "", "", "1"],
        ["ada", "Ada", "Lovelace, Countess", "a@x", "4.5"],
    ]


def test_moodle_may_know_students_by_their_email_address(exported):
    rows = exported(Moodle, student_id_is="Email address")
    assert [rows[0], rows[-1]] == [
        ["Email address", "First name", "Last name", "counting"],
        ["ada", "Ada", "Lovelace, Countess", "4.5"],
    ]


@pytest.mark.parametrize("exporter", [Canvas, Moodle])
def test_who_handed_in_nothing_gets_what_was_asked_for(exported, exporter):
    assert not [row for row in exported(exporter) if "hal" in row]
    (hal,) = [row for row in exported(exporter, missing="0") if "hal" in row]
    assert hal[-1] == "0"


@pytest.mark.parametrize("exporter", [Canvas, Moodle])
def test_students_and_assignments_can_be_chosen(exported, gradebook, exporter):
    gradebook.add_assignment("other")
    assert exported(exporter)[0][-2:] == ["counting", "other"]
    rows = exported(exporter, assignment=["counting"], student=["bob"])
    assert rows[0][-1] == "counting"
    assert any("bob" in row for row in rows) and not any("ada" in row for row in rows)


@pytest.mark.parametrize("exporter", [Canvas, Moodle])
def test_what_the_gradebook_does_not_have_is_named(exported, exporter):
    with pytest.raises(ValueError, match="no assignment nope; it has: counting"):
        exported(exporter, assignment=["nope"])
    with pytest.raises(ValueError, match="no student nope; it has: ada, bob, hal"):
        exported(exporter, student=["nope"])
    with pytest.raises(TraitError, match="Passport"):
        exported(exporter, student_id_is="Passport")


def test_marks_that_may_still_rise_are_warned_of(exported, caplog):
    exported(Moodle)
    assert "wait for marks by hand, which count as 0 so far: 1" in caplog.text


@pytest.mark.parametrize(("exporter", "first"), [("Canvas", "Student"), ("Moodle", "Username")])
def test_nbgraders_own_command_finds_the_exporters(gradebook, course, exporter, first):
    nbgrader("export", f"--exporter=lmgrade.exports.{exporter}", course=course)
    assert (course / f"{exporter.lower()}.csv").read_text().startswith(first)


def test_canvas_numbers_can_be_given_on_the_command_line(gradebook, course):
    options = ("--Canvas.assignment_ids", "counting=4711", "--Canvas.student_id_is=SIS User ID")
    nbgrader("export", "--exporter=lmgrade.exports.Canvas", *options, "--to", "to.csv", course=course)
    assert "counting (4711)" in (course / "to.csv").read_text()
