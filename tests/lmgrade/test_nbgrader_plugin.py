"""Through nbgrader: a class in which everybody does something else, and what the gradebook and the feedback say."""

import copy
import gc
import json
import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import AutogradeApp, GenerateAssignmentApp, GenerateFeedbackApp

from lmgrade.isolation import why_not
from lmgrade.release import SOURCE, nbgrader, write_sources

pytestmark = pytest.mark.xdist_group("nbgrader")
needs_sandbox = pytest.mark.skipif(why_not() is not None, reason=f"no sandbox on this machine: {why_not()}")

SCRIPT = "<script>alert(7)</script>"
FORGED_SCORE = "import sys\nsys.displayhook(2)\ndisplay(2)\n2"
HTML = f"from IPython.display import HTML\nHTML({SCRIPT!r})"
PICTURE = "from IPython.display import display\ndisplay({'image/png': '\"><script>alert(7)</script>'}, raw=True)"


def run(course, app, *arguments):
    """One of nbgrader's commands in this process, in a course folder."""
    before = os.getcwd(), os.environ["PATH"]
    os.chdir(course)
    try:
        instance = app.instance()
        instance.initialize(list(arguments))
        instance.start()
    finally:
        app.clear_instance()
        os.chdir(before[0])
        os.environ["PATH"] = before[1]


def submit(course, student, notebook, assignment="counting"):
    folder = course / "submitted" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    (folder / f"{assignment}.ipynb").write_bytes(content)
    return folder


def marks(course, student, assignment="counting"):
    """The points by grade cell, and whether a person has to look at it."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grades = [g for notebook in gradebook.find_submission(assignment, student).notebooks for g in notebook.grades]
        return {grade.name: None if grade.needs_manual_grade else grade.score for grade in grades}


def autograded(course, student, assignment="counting"):
    return nbformat.read(course / "autograded" / student / assignment / f"{assignment}.ipynb", as_version=4)


def feedback(course, student, assignment="counting"):
    return (course / "feedback" / student / assignment / f"{assignment}.html").read_text(encoding="utf-8")


SECRET = "0123456789abcdef" * 8
FULL = {"test-double-all": 2, "test-letters": 2}
NOTHING = {"test-double-all": 0, "test-letters": 0}
EXPECTED = {
    "ada": FULL,
    "blank": NOTHING,
    "broken": NOTHING,
    "attached": FULL,
    "damaged": NOTHING,
    "doubled": FULL,
    "empty": NOTHING,
    "extra": FULL,
    "folder": NOTHING,
    "half": {"test-double-all": 1, "test-letters": 0},
    "html": FULL,
    "linked": NOTHING,
    "misnamed": NOTHING,
    "noisy": FULL,
    "raised": NOTHING,
    "smuggler": FULL,
    "surrogate": {"test-double-all": 0, "test-letters": 2},
}


@pytest.fixture(scope="module")
def graded(once, released_course, filled, released, tmp_path_factory):
    """A class after `nbgrader autograde` and `nbgrader generate_feedback`, run as an instructor runs them."""

    def make(course):
        shutil.copytree(released_course, course)
        submit_all(course, filled, released)
        nbgrader("autograde", "counting", course=course)
        nbgrader("generate_feedback", "counting", course=course)

    course = tmp_path_factory.mktemp("class") / "course"
    return shutil.copytree(once("graded", make), course, symlinks=True)


def submit_all(course, filled, released):

    def plain(*own, **sources):
        return json.loads(nbformat.writes(filled(*own, **sources)))

    submit(course, "ada", plain("import sys; print('careful', file=sys.stderr)", question="Seven."))
    submit(course, "blank", json.loads(nbformat.writes(released)))
    submit(course, "broken", b'{"cells": [')
    submit(course, "empty", b"")
    submit(course, "damaged", {"nbformat": 4, "cells": [None, 7, {"cell_type": ["code"]}]})
    double = plain()
    double["cells"].append(copy.deepcopy(next(cell for cell in double["cells"] if cell["id"] == "test-letters")))
    submit(course, "doubled", double)
    extra = submit(course, "extra", plain())
    shutil.copy(extra / "counting.ipynb", extra / "other.ipynb")
    (course / "submitted/folder/counting/counting.ipynb").mkdir(parents=True)
    submit(course, "half", plain(double_all="def double_all(n):\n    return [x + 2 for x in n]", letters=FORGED_SCORE))
    attached = plain(question=f"![x](attachment:lost.png)\n\n{SCRIPT}")
    attached["cells"][-1]["attachments"] = {"lost.png": {"image/svg+xml": SCRIPT}}
    attached["cells"].append({"cell_type": "raw", "metadata": {}, "source": SCRIPT})
    submit(course, "attached", attached)
    submit(course, "html", plain(HTML, PICTURE, f"raise ValueError({SCRIPT!r})", f"print({SCRIPT!r})"))
    (course / "submitted/linked/counting").mkdir(parents=True)
    (course / "submitted/linked/counting/counting.ipynb").symlink_to(extra / "counting.ipynb")
    (submit(course, "misnamed", plain()) / "counting.ipynb").rename(
        course / "submitted/misnamed/counting/<img src=x onerror=alert(7)>.ipynb"
    )
    # Marks like the instructor's in a cell of the learner's own hide nothing and stop nobody.
    own = '### BEGIN HIDDEN TESTS\nmine = 7\n### END HIDDEN TESTS\nmine  # lmgrade.grade("counting", "letters")'
    submit(course, "noisy", plain(own, "print('x' * 3 * 10**6)", "1 / 0", "for n in range(200): display(n)"))
    tagged = json.loads(nbformat.writes(released))
    for cell in tagged["cells"]:
        cell["metadata"]["tags"] = ["skip-execution"]
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"points": 100, "schema_version": 99}
    submit(course, "raised", tagged)
    smuggled = submit(course, "smuggler", plain())
    (smuggled / "marks.txt").symlink_to(course / "gradebook.db")
    (smuggled / "zero.txt").symlink_to("/dev/zero")
    (smuggled / "nbgrader_config.py").write_text("1 / 0")
    (smuggled / "notes.txt").write_text("mine")
    (smuggled / "timestamp.txt").write_text("2026-01-15 18:00:00 UTC")
    (smuggled / "submission_secret.txt").write_text("<script>")
    (course / "submitted/ada/counting/submission_secret.txt").write_text(SECRET)
    submit(course, "surrogate", plain(double_all="def double_all(n):\n    raise ValueError('\\ud800<b>')"))


def test_everybody_gets_the_marks_they_deserve_whatever_the_others_did(graded):
    students = sorted(path.name for path in (graded / "submitted").iterdir())
    assert students == sorted(EXPECTED)
    found = {student: marks(graded, student) for student in students}
    assert {s: {name: points for name, points in m.items() if name != "question"} for s, m in found.items()} == EXPECTED


def test_a_question_waits_for_a_person_when_something_was_written_and_is_0_otherwise(graded):
    found = {student: marks(graded, student)["question"] for student in EXPECTED}
    assert {student for student, points in found.items() if points is None} == {"ada", "attached"}
    assert {points for student, points in found.items() if student not in ("ada", "attached")} == {0}


@pytest.mark.parametrize(
    ("student", "said"),
    [
        ("ada", "2 of 2 points"),
        ("blank", "Not written yet."),
        ("broken", "Nothing could be graded: counting.ipynb is not JSON"),
        ("damaged", "The cell <code>double-all</code> was missing: it was put back."),
        ("doubled", "stood there twice"),
        ("empty", "Nothing could be graded: counting.ipynb is empty"),
        ("folder", "is not a regular file"),
        ("half", "Yours adds two; doubling multiplies."),
        ("half", "Nothing called `letters` is defined"),
        ("linked", "is not a regular file"),
        ("misnamed", "there is no file counting.ipynb; the folder holds"),
        ("surrogate", "Raised ValueError"),
    ],
)
def test_the_feedback_says_what_was_wrong(graded, student, said):
    assert said in feedback(graded, student)


def test_the_feedback_names_the_points_of_each_check_and_hides_what_is_hidden(graded):
    for student in EXPECTED:
        # Code is coloured word by word: only without the tags can it be searched.
        page = re.sub("<[^>]*>", "", feedback(graded, student))
        for secret in ("import lmgrade", "HIDDEN TESTS", "misconception", "some_numbers", str(graded)):
            assert secret not in page, (student, secret)
        assert "assert double_all([1]) == [2]" in page
    assert "doubles every number" in feedback(graded, "half") and "1 of 1" in feedback(graded, "half")


def test_no_html_of_a_learner_is_in_the_feedback(graded):
    for student in EXPECTED:
        page = feedback(graded, student)
        assert SCRIPT not in page and "<img src=x" not in page and '"><script>alert' not in page, student


def test_of_a_submission_the_notebook_alone_is_taken(graded):
    for kind, suffix in (("autograded", ".ipynb"), ("feedback", ".html")):
        for student in EXPECTED:
            files = {path.name for path in (graded / kind / student / "counting").rglob("*")}
            # And what the exchange finds its way by.
            kept = {"submission_secret.txt"} if student == "ada" else set()
            assert files - {"timestamp.txt"} == {f"counting{suffix}"} | kept, (kind, student)
    assert (graded / "submitted/smuggler/counting/notes.txt").read_text() == "mine"


def test_a_class_is_asked_the_same_questions_and_its_verdicts_are_recorded(graded):
    records = {student: autograded(graded, student).metadata.lmgrade for student in EXPECTED}
    assert len({record.seed for record in records.values()}) == 1
    refused = {student for student, record in records.items() if "refused" in record}
    assert refused == {"broken", "empty", "folder", "linked", "misnamed"}
    doubles, leaves_argument = records["half"].verdicts.double_all
    assert doubles == {"check": "doubles", "status": "wrong", "points": 0, "misconception": "adds_two"}
    assert (leaves_argument.status, leaves_argument.points) == ("passed", 1)


def test_what_is_stored_is_a_valid_notebook_of_bearable_size(graded):
    for student in EXPECTED:
        path = graded / "autograded" / student / "counting" / "counting.ipynb"
        nbformat.validate(nbformat.read(path, as_version=4))
        assert path.stat().st_size < 2**20


def test_a_cell_of_the_learners_own_is_run_as_it_is_whatever_it_names(graded):
    own = next(cell for cell in autograded(graded, "noisy").cells if "mine = 7" in cell.source)
    assert [output.data["text/plain"] for output in own.outputs] == ["7"]


def test_marks_and_comments_given_by_hand_survive_a_regrade_and_a_new_seed_is_drawn(graded):
    seed = autograded(graded, "ada").metadata.lmgrade.seed

    def by_hand(change):
        with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
            question = gradebook.find_grade("question", "counting", "counting", "ada")
            letters = gradebook.find_grade("test-letters", "counting", "counting", "ada")
            comment = gradebook.find_comment("double-all", "counting", "counting", "ada")
            if change:
                question.manual_score, letters.manual_score, comment.manual_comment = 2.5, 1.5, "Well done."
                gradebook.db.commit()
            return question.manual_score, letters.manual_score, letters.auto_score, comment.comment

    expected = (2.5, 1.5, 2.0, "Well done.")
    assert by_hand(change=True) == expected
    run(graded, AutogradeApp, "counting", "--student", "ada", "--force")
    assert by_hand(change=False) == expected
    assert autograded(graded, "ada").metadata.lmgrade.seed != seed


def test_a_mark_can_be_reproduced_from_its_seed(graded):
    run(graded, AutogradeApp, "counting", "--student", "half", "--force", "--Judged.seed=77")
    assert autograded(graded, "half").metadata.lmgrade.seed == 77
    assert marks(graded, "half")["test-double-all"] == 1


def test_a_bad_resubmission_replaces_the_marks_of_the_good_one(graded, filled):
    submit(graded, "late", json.loads(nbformat.writes(filled())))
    run(graded, AutogradeApp, "counting", "--student", "late")
    assert marks(graded, "late") == {**FULL, "question": 0}
    submit(graded, "late", b"nonsense")
    run(graded, AutogradeApp, "counting", "--student", "late", "--force")
    assert marks(graded, "late") == {**NOTHING, "question": 0}


# Grade cells and assignments that the judge does not know

SOLUTION = '"grade": false, "locked": false, "schema_version": 3, "solution": true, "task": false'
GRADE = '"grade": true, "locked": true, "points": {points}, "schema_version": 3, "solution": false, "task": false'
MIXED = f"""
# %% nbgrader={{"grade_id": "one", {SOLUTION}}}
def one(number):
    ### BEGIN SOLUTION
    return number + 1
    ### END SOLUTION


def plain(number):
    ### BEGIN SOLUTION
    return number
    ### END SOLUTION

# %% nbgrader={{"grade_id": "test-one", {GRADE.format(points=4)}}}
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("mixed", "one")
### END HIDDEN TESTS

# %% nbgrader={{"grade_id": "test-plain", {GRADE.format(points=3)}}}
assert plain(1) == 1
### BEGIN HIDDEN TESTS
assert plain(2) == 2
### END HIDDEN TESTS

# %% nbgrader={{"grade_id": "free", {GRADE.format(points=2).replace('"solution": false', '"solution": true')}}}
# Write a program of your own.
"""
STOCK = MIXED.replace('import lmgrade; lmgrade.grade("mixed", "one")', "assert one(7) == 8").replace("mixed", "stock")


@pytest.fixture(scope="module")
def two_more(released_course, tmp_path_factory):
    """The course with an assignment in which some grade cells name no task, and one without any tasks."""
    course = tmp_path_factory.mktemp("more") / "course"
    shutil.copytree(released_course, course)
    for name, text in (("mixed", MIXED), ("stock", STOCK)):
        (course / "solutions" / name).mkdir()
        (course / "solutions" / name / SOURCE).write_text(text)
        if name == "mixed":
            task = 'import random\nfrom lmgrade import Task\none = Task("one", reference=lambda n: n + 1)\n'
            check = '\n\n@one.check(points=1, title="t", seconds=2)\ndef check(one):\n    return one(random.random())\n'
            (course / "solutions/mixed/tasks.py").write_text(task + check)
        write_sources(course, [name])
        run(course, GenerateAssignmentApp, name)
    return course


def answered(course, name, *own, **sources):
    notebook = nbformat.read(course / "exercises" / name / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = sources.get(cell.id, cell.source)
    notebook.cells[:0] = [nbformat.v4.new_code_cell(source) for source in own]
    return json.loads(nbformat.writes(notebook))


RIGHT = "def one(number):\n    return number + 1\n\n\ndef plain(number):\n    return number"


def test_resubmissions_that_nbgrader_stumbles_over_do_not_keep_the_old_mark(course, filled):
    for student in ("emptied", "linked", "piped"):
        (submit(course, student, filled()) / "timestamp.txt").write_text("2026-01-15 18:00:00 UTC")
    run(course, AutogradeApp, "counting", "--log-level=ERROR")
    submitted = course / "submitted"
    (submitted / "emptied/counting/counting.ipynb").unlink()
    (submitted / "linked/counting").rename(submitted / "kept")
    (submitted / "linked/counting").symlink_to(submitted / "kept")
    # Opened by nbgrader before it has asked anybody; it would wait for ever.
    (submitted / "piped/counting/timestamp.txt").unlink()
    os.mkfifo(submitted / "piped/counting/timestamp.txt")
    (submitted / "piped/counting/counting.ipynb").write_text("{}")
    run(course, AutogradeApp, "counting", "--force", "--log-level=ERROR")
    for student in ("emptied", "linked", "piped"):
        assert set(marks(course, student).values()) == {0}, student
    assert "a link or a file where a folder belongs" in str(autograded(course, "linked"))


def test_a_grade_cell_that_names_no_task_is_graded_by_its_asserts(two_more):
    course = two_more
    submit(course, "ada", answered(course, "mixed", one=RIGHT), "mixed")
    submit(course, "bob", answered(course, "mixed", one=RIGHT.replace("number + 1", "0")), "mixed")
    submit(course, "cy", answered(course, "mixed", one=RIGHT.rsplit("return", 1)[0] + "return 1"), "mixed")
    # What a learner writes into a cell that is graded by hand names no task, not even one that is not there.
    free = 'import lmgrade; lmgrade.grade("mixed", "nothing")'
    submit(course, "dan", answered(course, "mixed", one=RIGHT, free=free), "mixed")
    run(course, AutogradeApp, "mixed")
    assert marks(course, "ada", "mixed") == {"test-one": 4, "test-plain": 3, "free": 0}
    assert marks(course, "bob", "mixed") == {"test-one": 0, "test-plain": 3, "free": 0}
    assert marks(course, "cy", "mixed") == {"test-one": 4, "test-plain": 0, "free": 0}
    assert marks(course, "dan", "mixed") == {"test-one": 4, "test-plain": 3, "free": None}


def test_a_cell_that_hangs_is_stopped_in_the_asserts_too(two_more):
    hangs = RIGHT.rsplit("return", 1)[0] + "while True: pass"
    submit(two_more, "eve", answered(two_more, "mixed", one=hangs), "mixed")
    run(two_more, AutogradeApp, "mixed", "--student", "eve", "--Judged.cell_seconds=1")
    assert marks(two_more, "eve", "mixed") == {"test-one": 4, "test-plain": 0, "free": 0}


def test_an_assignment_without_tasks_is_left_to_nbgrader(two_more, monkeypatch):
    monkeypatch.setattr("lmgrade.nbgrader_plugin.Judge", None)
    submit(two_more, "ada", answered(two_more, "stock", one=RIGHT), "stock")
    submit(two_more, "bob", answered(two_more, "stock", one=RIGHT.replace("number + 1", "0")), "stock")
    run(two_more, AutogradeApp, "stock")
    assert marks(two_more, "ada", "stock") == {"test-one": 4, "test-plain": 3, "free": 0}
    assert marks(two_more, "bob", "stock") == {"test-one": 0, "test-plain": 3, "free": 0}
    run(two_more, GenerateFeedbackApp, "stock")
    assert "HIDDEN TESTS" not in feedback(two_more, "ada", "stock")


def test_a_grade_cell_that_names_an_unknown_task_stops_the_run_and_says_which(course, filled, caplog):
    path = course / "solutions/counting/tasks.py"
    path.write_text(path.read_text().replace('Task("letters"', 'Task("other_letters"'))
    submit(course, "ada", json.loads(nbformat.writes(filled())))
    with pytest.raises(SystemExit):
        run(course, AutogradeApp, "counting")
    assert not (course / "autograded/ada/counting").exists()


def test_without_a_release_nothing_is_graded_and_nothing_marked(course, filled):
    submit(course, "ada", json.loads(nbformat.writes(filled())))
    (course / "exercises/counting/counting.ipynb").unlink()
    with pytest.raises(SystemExit):
        run(course, AutogradeApp, "counting")
    assert not (course / "autograded/ada/counting").exists()


def test_the_gate_and_the_judge_are_reached_by_the_configuration_alone(released_course):
    text = Path(released_course / "nbgrader_config.py").read_text()
    for name in ("IntakeExporter", "RestoreCells", "Judged", "expect_notebooks"):
        assert name in text


LOOKS = f"""
import os
def double_all(numbers):
    seen = os.path.exists({__file__!r})
    return [2 * number for number in numbers] if not seen else "it is there"
"""


@needs_sandbox
def test_learners_code_runs_in_a_sandbox_unless_told_otherwise_loudly(course, filled, capfd):
    submit(course, "ada", json.loads(nbformat.writes(filled(double_all=LOOKS))))
    run(course, AutogradeApp, "counting")
    assert marks(course, "ada")["test-double-all"] == 2
    assert "WITHOUT A SANDBOX" not in capfd.readouterr().err
    run(course, AutogradeApp, "counting", "--force", "--Judged.sandbox=False")
    assert marks(course, "ada")["test-double-all"] < 2
    assert "GRADING WITHOUT A SANDBOX" in capfd.readouterr().err


def test_where_there_is_no_sandbox_nothing_is_graded_and_it_is_said_once(course, filled, capfd, monkeypatch):
    monkeypatch.setattr("lmgrade.nbgrader_plugin.why_not", lambda: "bubblewrap is not installed.")
    for student in ("ada", "bob"):
        submit(course, student, json.loads(nbformat.writes(filled())))
    with pytest.raises(SystemExit):
        run(course, AutogradeApp, "counting", "--Judged.sandbox=True")
    assert not (course / "autograded").exists()
    said = capfd.readouterr().err
    assert said.count("bubblewrap is not installed.") == 1 and "--Judged.sandbox=False" in said
    run(course, AutogradeApp, "counting", "--Judged.sandbox=False")
    assert marks(course, "ada")["test-double-all"] == 2


@needs_sandbox
def test_no_sandbox_is_left_when_a_run_has_ended(course, filled):
    before = sandboxes()  # of other tests of this process
    submit(course, "ada", json.loads(nbformat.writes(filled())))
    run(course, AutogradeApp, "counting")
    gc.collect()
    assert not sandboxes() - before


def sandboxes():
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return {pid for pid in children if "bwrap" in Path(f"/proc/{pid}/comm").read_text()}


@needs_sandbox
def test_asserts_without_tasks_run_in_the_sandbox_too(two_more):
    plain = RIGHT + f"\nimport os\nassert not os.path.exists({__file__!r})"
    submit(two_more, "zoe", answered(two_more, "stock", one=plain), "stock")
    run(two_more, AutogradeApp, "stock", "--student", "zoe")
    assert marks(two_more, "zoe", "stock") == {"test-one": 4, "test-plain": 3, "free": 0}
    outputs = [o for cell in autograded(two_more, "zoe", "stock").cells for o in cell.get("outputs", [])]
    assert [o.ename for o in outputs if o.output_type == "error"] in ([], ["NotImplementedError"])
