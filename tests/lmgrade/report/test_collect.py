"""What was graded, as plain data."""

import json
import shutil

import pytest
from nbgrader.api import Gradebook

from lmgrade.report.collect import collect
from lmgrade.tasks import load_folder


@pytest.fixture
def collected(course_directory):
    def collect_from(folder):
        course = course_directory(folder)
        return collect(course, load_folder(folder / "solutions" / "counting"))

    return collect_from


def test_a_graded_class_is_read_with_its_known_marks_and_verdicts(graded_course, collected):
    graded = collected(graded_course)
    assert graded.max_mark == 7
    assert {each.student: each.mark for each in graded.submissions} == {
        "ada": 4,
        "bob": 3,
        "cyd": 2,
        "dan": 0,
        "eve": 2,
        "fay": 4,
        "ian": 4,
        "joe": 4,
    }
    assert (graded.ungraded, graded.absent) == (["gil"], ["hal"])
    by_student = {each.student: each for each in graded.submissions}
    assert by_student["ada"].name == "Lovelace, Ada"
    assert by_student["ada"].open_cells == ["question"] and not by_student["bob"].open_cells
    assert by_student["fay"].seconds_late == 49 * 3600 and by_student["ada"].seconds_late == 0
    assert by_student["dan"].refused.startswith("counting.ipynb is not JSON") and not by_student["dan"].results
    assert all(each.seeds == {5} for each in graded.submissions)
    (wrong,) = [each for each in by_student["bob"].results if each.status != "passed"]
    assert (wrong.task, wrong.check, wrong.points, wrong.misconception) == ("double_all", "doubles", 0, "adds_two")
    assert [each.status for each in by_student["eve"].results] == ["passed", "passed", "kernel died"]
    assert "Mine, all mine." in by_student["ian"].answers["letters"]
    assert all(each.by_machine == each.mark for each in graded.submissions)


def test_marks_by_hand_and_penalties_count(graded_copy, collected):
    with Gradebook(f"sqlite:///{graded_copy / 'gradebook.db'}", "language_models_from_scratch") as gradebook:
        grade = gradebook.find_grade("question", "counting", "counting", "ada")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.find_submission("counting", "ada").notebooks[0].late_submission_penalty = 1.0
        gradebook.db.commit()
    ada = collected(graded_copy).submissions[0]
    assert (ada.mark, ada.penalty, ada.by_machine, ada.open_cells) == (5.5, 1.0, 4.0, [])


def test_seconds_are_read_where_a_run_has_recorded_them(graded_copy, collected):
    record = '{{"made_from": "", "run": "", "seed": 1, "seconds": {}}}'
    records = {"ada": record.format(2.5), "bob": record.format(0.0), "cyd": "nonsense", "eve": "[]"}
    for student, text in records.items():
        folder = graded_copy / "judgements" / "counting" / "graded" / student
        folder.mkdir(parents=True)
        (folder / "record.json").write_text(text)
    path = graded_copy / "autograded" / "fay" / "counting" / "counting.ipynb"
    notebook = json.loads(path.read_text())
    notebook["metadata"]["lmgrade"]["seconds"] = 1.25
    path.write_text(json.dumps(notebook))
    found = {each.student: each.seconds for each in collected(graded_copy).submissions}
    assert found == dict.fromkeys(found) | {"ada": 2.5, "fay": 1.25}


def test_an_autograded_notebook_that_is_gone_or_broken_is_named(graded_copy, collected):
    shutil.rmtree(graded_copy / "autograded" / "ada")
    (graded_copy / "autograded" / "bob" / "counting" / "counting.ipynb").write_text("{")
    graded = collected(graded_copy)
    assert [each.missing for each in graded.submissions[:3]] == [["counting.ipynb"], ["counting.ipynb"], []]


def test_what_the_gate_mended_and_which_cells_were_stopped_is_read(graded_copy, collected):
    path = graded_copy / "autograded" / "ada" / "counting" / "counting.ipynb"
    notebook = json.loads(path.read_text())
    notes = {"cell_type": "markdown", "id": "lmgrade-notes", "metadata": {}, "source": ["**From**\n", "\n", "* One."]}
    stopped = {"output_type": "error", "ename": "Stopped", "evalue": "after 8 seconds", "traceback": []}
    notebook["cells"].insert(0, notes)
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["outputs"] = [stopped]
    path.write_text(json.dumps(notebook))
    ada = collected(graded_copy).submissions[0]
    assert (ada.notes, ada.stopped) == (["One."], ["after 8 seconds"])


def test_without_a_gradebook_it_is_said_what_comes_first_and_none_is_made(course, collected):
    (course / "gradebook.db").unlink()
    with pytest.raises(FileNotFoundError, match=r"'counting' is graded. Run `nbgrader generate_assignment counting`"):
        collected(course)
    assert not (course / "gradebook.db").exists()


def test_an_assignment_that_the_gradebook_does_not_know_is_named_with_those_it_knows(course, course_directory):
    shutil.copytree(course / "solutions" / "counting", course / "solutions" / "other")
    with pytest.raises(FileNotFoundError, match=r"no assignment 'other'; it has: counting. Run `nbgrader generate"):
        collect(course_directory(course), load_folder(course / "solutions" / "other"))


def test_an_empty_class_is_told_where_submissions_go(course, collected):
    with pytest.raises(FileNotFoundError, match=r"nobody has handed in 'counting'.*submitted/<student>/counting"):
        collected(course)


def test_an_ungraded_class_is_told_to_be_graded(course, collected):
    for student in ("ada", "bob"):
        (course / "submitted" / student / "counting").mkdir(parents=True)
    with pytest.raises(
        FileNotFoundError, match=r"none of the 2 submissions of 'counting' is graded: run `nbgrader auto"
    ):
        collected(course)
