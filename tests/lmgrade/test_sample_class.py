"""A class whose marks are known from how it was made."""

import contextlib
import json
import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from lmgrade.intake import Refused, read_submission, rebuild
from lmgrade.judge import Judge
from lmgrade.release import SOURCE, read_source
from lmgrade.sample_class import Notebook, expected_of, hand_in, make, marks, source_as
from lmgrade.sample_class.book import known_points
from lmgrade.sample_class.crowd import KINDS, crowd
from lmgrade.sample_class.stories import students
from lmgrade.sample_class.summary import compared
from lmgrade.tasks import load


@pytest.fixture
def book(course):
    source = read_source(course / "solutions" / "counting" / SOURCE)
    released = nbformat.read(course / "exercises" / "counting" / "counting.ipynb", as_version=4)
    return Notebook(load("counting", course), source, released)


@pytest.fixture
def folder(course, tmp_path, monkeypatch):
    """Where the class goes, with a release that is there already."""

    def generate(*arguments, course):
        shutil.copytree(tmp_path / "course" / "exercises", course / "exercises", dirs_exist_ok=True)

    monkeypatch.setattr("lmgrade.sample_class.folder.nbgrader", generate)
    return tmp_path / "class"


def earned(assignment, notebook):
    """What a notebook's functions earn when they are called here."""
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and "nbgrader" in cell.metadata and cell.metadata.nbgrader.solution:
            with contextlib.suppress(NotImplementedError):
                exec(cell.source, names)
    judge = Judge(assignment)
    return {
        task.name: sum(verdict.points for verdict in judge.grade_here(task, names))
        for task in assignment.tasks.values()
    }


def test_each_tasks_answer_cell_is_the_one_before_its_grade_cell(book):
    assert book.answer_cell == {"double_all": "double-all", "letters": "letters"}


def test_a_solved_notebook_is_the_released_one_with_the_solutions_and_without_their_marks(book):
    solved = book.solved()
    assert earned(book.assignment, solved) == {"double_all": 2, "letters": 2}
    assert "SOLUTION" not in json.dumps(solved) and "lmgrade" not in json.dumps(solved)
    assert [cell.id for cell in solved.cells] == [cell.id for cell in book.released.cells]
    assert book.solved({"letters": "my own"}).cells[4].source == "my own"


def test_the_marks_of_the_class_are_those_its_answers_earn(book):
    made = {student.name: student for student in students(book)}
    for name in ("reference", "alternative-1", "misconception-1", "misconception-5", "blank", "first-half", "warning"):
        notebook = nbformat.reads(made[name].content.decode(), as_version=4)
        assert earned(book.assignment, notebook) == made[name].expected, made[name].story
    assert 0 < sum(made["misconception-1"].expected.values()) < 4


def test_no_two_students_share_a_name_and_each_has_a_story(book):
    made = students(book)
    assert len({student.name for student in made}) == len({student.story for student in made}) == len(made) >= 20


def test_only_those_meant_to_be_refused_are_refused_at_the_gate(book, tmp_path):
    for student in [*students(book), *crowd(book, 60)]:
        folder = tmp_path / student.name
        folder.mkdir()
        (folder / student.filename).write_bytes(student.content)
        try:
            rebuild(read_submission(folder / "counting.ipynb"), book.released)
        except Refused:
            assert student.refused, student.story
        else:
            assert not student.refused, student.story


def test_the_marks_of_a_large_class_are_those_its_answers_earn(book):
    made = crowd(book, 60)
    for student in made:
        if not student.refused and student.kind != "hostile":
            notebook = nbformat.reads(student.content.decode(), as_version=4)
            assert earned(book.assignment, notebook) == student.expected, student.story


def test_a_large_class_has_every_kind_and_every_misconception_and_begins_with_the_smaller_one(book):
    made = crowd(book, 100)
    counts = {kind: sum(student.kind == kind for student in made) for kind in KINDS}
    assert counts == KINDS and sum(KINDS.values()) == 100
    names = [m.name for task in book.assignment.tasks.values() for m in task.misconceptions]
    assert all(any(name in student.story for student in made) for name in names)
    assert made[:30] == crowd(book, 30)
    assert len({student.content for student in made if not student.refused}) == 100 - counts["broken file"]


def test_who_hands_in_twice_had_a_mistake_before(book):
    for student in (student for student in crowd(book, 60) if student.earlier):
        before = nbformat.reads(student.earlier.decode(), as_version=4)
        assert earned(book.assignment, before) != student.expected == {"double_all": 2, "letters": 2}


def test_an_implementations_text_defines_the_tasks_name(counting):
    task = counting.tasks["letters"]
    names = {}
    exec(source_as(task.alternatives[0], "letters"), names)
    assert names["letters"]("aab") == {"a": 2, "b": 1}


def test_known_points_are_those_of_the_checks_that_pass(counting):
    task = counting.tasks["double_all"]
    assert known_points(counting, task, task.reference) == 2
    assert known_points(counting, task, lambda numbers: [n + 2 for n in numbers]) == 1
    assert known_points(counting, task, lambda numbers: None) == 1


def test_the_class_is_written_with_what_it_should_earn(course, folder):
    made = make(course, folder, "counting")
    expected = expected_of(folder)["counting"]
    assert list(expected) == [student.name for student in made]
    for student in made:
        target = folder / "submitted" / student.name / "counting"
        assert (target / student.filename).read_bytes() == student.content
        assert (target / "timestamp.txt").is_file()
        assert expected[student.name]["points"] == student.expected
    assert str(course) in (folder / "nbgrader_config.py").read_text()


def graded(folder, *names):
    for name in names:
        path = folder / "autograded" / name / "counting"
        path.mkdir(parents=True, exist_ok=True)


def test_as_many_as_are_asked_for_have_names_in_the_gradebook(course, folder):
    made = make(course, folder, "counting", 30)
    assert len(made) == 30 == len(expected_of(folder)["counting"])
    assert make(course, folder, "counting", 30) == made
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        assert {student.id for student in gradebook.students} == {student.name for student in made}
        assert all(student.first_name and student.last_name for student in gradebook.students)
        assert gradebook.find_assignment("counting").duedate.year == 2026


def test_what_is_handed_in_again_takes_the_place_of_the_other(course, folder):
    late = next(student for student in make(course, folder, "counting", 123) if student.kind == "late")
    graded(folder, late.name)
    hand_in(folder, "counting", late)
    assert (folder / "autograded" / late.name / "counting").is_dir()
    hand_in(folder, "counting", late, b"another one")
    submitted = folder / "submitted" / late.name / "counting"
    assert (submitted / "counting.ipynb").read_bytes() == b"another one"
    assert (submitted / "timestamp.txt").read_text() == late.handed_in > "2026-01-16"
    assert not (folder / "autograded" / late.name / "counting").exists()


def test_only_what_changed_is_graded_again(course, folder):
    make(course, folder, "counting")
    graded(folder, "reference", "blank", "cut-off")
    (folder / "submitted" / "reference" / "counting" / "counting.ipynb").write_text("changed")
    shutil.rmtree(folder / "submitted" / "cut-off")
    make(course, folder, "counting")
    left = sorted(path.parent.name for path in (folder / "autograded").glob("*/counting"))
    assert left == ["blank"]
    assert (folder / "submitted" / "cut-off" / "counting" / "counting.ipynb").is_file()


def test_all_is_graded_again_when_the_checks_changed(course, folder):
    make(course, folder, "counting")
    graded(folder, "reference", "blank")
    tasks = course / "solutions" / "counting" / "tasks.py"
    tasks.write_text(tasks.read_text() + "\n# A remark.\n")
    make(course, folder, "counting")
    assert not list((folder / "autograded").glob("*/counting"))


def test_the_same_class_does_another_assignment_too(course, folder):
    make(course, folder, "counting")
    graded(folder, "reference")
    for part in ("solutions", "exercises"):
        shutil.copytree(course / part / "counting", course / part / "again")
    (course / "exercises" / "again" / "counting.ipynb").rename(course / "exercises" / "again" / "again.ipynb")
    made = make(course, folder, "again", 30)
    assert (
        set(expected_of(folder)["counting"]) < set(expected_of(folder)["again"]) == {student.name for student in made}
    )
    assert (folder / "submitted" / "reference" / "again" / "again.ipynb").is_file()
    assert (folder / "autograded" / "reference" / "counting").is_dir()
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        assert {assignment.name for assignment in gradebook.assignments} == {"counting", "again"}
        assert len(gradebook.students) == 30


def test_a_large_class_is_told_by_kinds_and_by_name_only_where_a_mark_differs():
    expected = {f"s{n}": {"kind": "right", "story": f"story {n} [b]", "points": {"a": 2.0}} for n in range(50)}
    expected["t"] = {"kind": "blank", "story": "nothing", "points": {"a": 0.0}}
    earned = {student: sum(told["points"].values()) for student, told in expected.items()}
    table, wrong = compared("counting", expected, earned)
    assert (table.row_count, wrong) == (2, 0)
    table, wrong = compared("counting", expected, earned | {"s7": None, "t": 0.5})
    assert (table.row_count, wrong) == (4, 2)
    assert [*table.columns[1].cells] == [r"story 7 \[b]", "nothing", "right", "blank"]


def test_the_marks_in_the_gradebook_are_those_of_the_machine_and_none_where_there_are_none(course, folder):
    make(course, folder, "counting")
    shutil.copy(course / "gradebook.db", folder)
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        gradebook.add_student("reference")
        gradebook.add_submission("counting", "reference")
        for name, points in (("test-double-all", 2.0), ("test-letters", 1.0), ("question", None)):
            grade = gradebook.find_grade(name, "counting", "counting", "reference")
            grade.auto_score, grade.manual_score = points, 3.0
        gradebook.db.commit()
    found = marks(folder, "counting")
    assert found["reference"] == 3.0
    assert set(found) == set(expected_of(folder)["counting"])
    assert all(mark is None for name, mark in found.items() if name != "reference")
