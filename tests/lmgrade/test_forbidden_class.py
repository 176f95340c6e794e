"""A use of what a task forbids, from the command that finds it to the person who decides."""

import json
import os

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbgrader.api import Gradebook
from nbgrader.apps import AutogradeApp
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from lmgrade import __main__ as cli
from lmgrade.__main__ import main
from lmgrade.judge import FORBIDDEN, PASSED, Judge
from lmgrade.judgement import judgement_of, write_into
from lmgrade.report import statistics
from lmgrade.report.collect import Graded, Submission, collect
from lmgrade.report.summary import summarise, without_names
from lmgrade.stock import grade as grade_in_stock
from lmgrade.submissions import reasons_for_a_person
from lmgrade.tasks import load

from .forbidding import SOFTMAX, make

pytestmark = pytest.mark.xdist_group("nbgrader")

USES = "import statistics\n\ndef double_all(numbers):\n    return [2 * statistics.mean([n]) for n in numbers]"
HIDES = "import statistics\n\ndef double_all(n):\n    return [2 * getattr(statistics, 'naem'[::-1])([x]) for x in n]"
WHERE = (
    "double_all may not use statistics.mean: line 4 of code cell 2, return [2 * statistics.mean([n]) for n in numbers]."
)


@pytest.fixture
def forbidding(course, monkeypatch):
    """The small course, in which one task forbids something."""
    tasks = course / "solutions/counting/tasks.py"
    text = tasks.read_text(encoding="utf-8")
    changed = text.replace('Task("double_all", ', 'Task("double_all", forbidden=("statistics.mean",), ')
    assert changed != text
    tasks.write_text(changed, encoding="utf-8")
    monkeypatch.chdir(course)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setattr(cli.console, "_width", 400)
    return course


@pytest.fixture
def submit(forbidding, filled):
    def hand_in(student, **sources):
        folder = forbidding / "submitted" / student / "counting"
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(filled(**sources), folder / "counting.ipynb")

    return hand_in


def in_gradebook(course, student, change=None):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("test-double-all", "counting", "counting", student)
        if change is not None:
            # What Formgrader does when a person gives a mark.
            grade.manual_score, grade.needs_manual_grade = change, False
            gradebook.db.commit()
        return grade.auto_score, grade.score, grade.needs_manual_grade


def report(course):
    directory = CourseDirectory(config=Config(CourseDirectory={"root": str(course)}))
    directory.db_url = f"sqlite:///{course / 'gradebook.db'}"
    return collect(directory, load("counting", course))


def test_a_use_gives_that_task_0_and_no_other_until_a_person_decides(forbidding, submit, capsys):
    submit("ada")
    submit("ben", double_all=USES)
    submit("eve", double_all=HIDES)
    assert main(["class", "counting", "--yes"]) == 0
    said = capsys.readouterr().out
    assert f"ben: {WHERE}" in said
    assert "eve: double_all may not use statistics.mean: it was called while a check ran, in <listcomp>, line 4" in said
    assert "ada:" not in said
    assert in_gradebook(forbidding, "ada") == (2, 2, False)
    assert in_gradebook(forbidding, "ben") == (0, 0, True)
    assert in_gradebook(forbidding, "eve") == (0, 0, True)
    with Gradebook(f"sqlite:///{forbidding / 'gradebook.db'}") as gradebook:
        assert gradebook.find_grade("test-letters", "counting", "counting", "ben").auto_score == 2
        assert gradebook.find_submission("counting", "ben").needs_manual_grade
        assert not gradebook.find_submission("counting", "ada").needs_manual_grade

    graded = report(forbidding)
    flags = {(flag.student, flag.kind, flag.detail) for flag in summarise(graded).flags.flags}
    assert ("ben", statistics.OPEN, "test-double-all") in flags
    assert any(one[:2] == ("ben", statistics.USED) and WHERE in one[2] for one in flags)
    assert not any(student == "ada" for student, _, _ in flags)
    assert all("mean" not in flag.detail for flag in summarise(without_names(graded)).flags.flags)

    # A person finds that it was all right: their mark stands, also when the class is graded again.
    assert in_gradebook(forbidding, "ben", change=2) == (0, 2, False)
    assert main(["class", "counting", "--force", "--yes"]) == 0
    assert in_gradebook(forbidding, "ben")[:2] == (0, 2)


def test_nbgraders_own_command_says_the_same_and_asks_a_person(forbidding, submit):
    submit("ben", double_all=USES)
    try:
        app = AutogradeApp.instance()
        app.initialize(["counting"])
        app.start()
    finally:
        AutogradeApp.clear_instance()
    assert in_gradebook(forbidding, "ben") == (0, 0, True)
    notebook = json.loads((forbidding / "autograded/ben/counting/counting.ipynb").read_text())
    assert notebook["metadata"]["lmgrade"]["forbidden"]["double_all"].startswith(WHERE)


def test_a_suspicion_takes_no_points_and_is_told_a_person(tmp_path):
    assignment = make(tmp_path, SOFTMAX)
    cell = "import torch\n\ndef softmax(x, dim):\n    if dim == 7:\n        return x.softmax(dim)\n"
    cell += "    return x.exp() / x.exp().sum(dim, keepdim=True)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    judgement = judgement_of(Judge(assignment, 5), [cell])
    write_into(notebook, judgement, assignment)
    assert [verdict["status"] for verdict in judgement["verdicts"]["softmax"]] == [PASSED]
    told = "torch.softmax (written .softmax): line 5 of code cell 1, return x.softmax(dim)"
    assert notebook.metadata.lmgrade.suspected == {"softmax": told} and notebook.metadata.lmgrade.forbidden == {}
    assert reasons_for_a_person(notebook, judgement) == [f"softmax may use {told}"]
    graded = Graded(assignment, 1, [Submission("may", suspected=[told])])
    assert [(flag.kind, flag.detail) for flag in statistics.flags(graded).flags] == [(statistics.SUSPECTED, told)]


def test_a_learner_who_tries_is_told_which_line_it_is(forbidding, filled, capsys):
    nbformat.write(filled(double_all=USES), forbidding / "counting.ipynb")
    assert main(["try", "counting.ipynb"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "forbidden" in said and WHERE in said and "2 of 4 points" in said


def test_in_a_plain_process_too_the_reference_is_refused(forbidding):
    assignment = load("counting", forbidding)
    hidden = "import importlib\n\ndef letters(text):\n    return importlib.import_module('lm' + 'core'[:]).__name__"
    report = Judge(assignment, 5).grade([hidden])
    (verdict,) = report.verdicts["letters"]
    assert verdict.status == FORBIDDEN and "may not use lmcore" in verdict.message


def test_a_stock_nbgrader_refuses_it_in_the_learners_own_process(forbidding, monkeypatch, capsys):
    monkeypatch.chdir(forbidding / "exercises/counting")
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    shell.run_cell(HIDES, store_history=True)
    assert grade_in_stock("counting", "double_all") == 0
    assert "forbidden double_all may not use statistics.mean" in capsys.readouterr().out
    shell.run_cell("def double_all(numbers):\n    return [2 * n for n in numbers]", store_history=True)
    assert grade_in_stock("counting", "double_all") == 2
    capsys.readouterr()


def test_an_answer_that_claims_a_use_in_a_form_of_its_own_is_none(counting):
    from lmgrade.answers import Unreadable, parse

    assert parse('{"forbidden": {"name": "f", "through": "", "at": null}}')
    for forged in (
        '"x"',
        '{"name": "f"}',
        '{"name": 1, "through": "", "at": null}',
        '{"name": "f", "through": "", "at": 3}',
    ):
        with pytest.raises(Unreadable):
            parse('{"forbidden": ' + forged + "}")


def test_a_task_that_forbids_nothing_is_not_watched(counting):
    judge = Judge(counting, 5, launch=lambda: None)
    assert not any(judge.watches(task) for task in counting.tasks.values())
    assert (
        Judge(counting, 5).grade(["def double_all(n):\n    return [2 * x for x in n]"]).verdicts["double_all"][0].status
        == PASSED
    )
