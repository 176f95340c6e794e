"""Classes to report on: one made by hand, and one graded by nbgrader from end to end."""

import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGrader

from lmgrade.release import nbgrader
from lmgrade.report.collect import Graded, Result, Submission

# Long enough to be told from what everybody writes, and written by nobody by chance.
ODD = """\
def letters(text):
    # Mine, all mine.
    counted = {}
    position = len(text) - 1
    while position >= 0:
        sign = text[position]
        if sign in counted:
            counted[sign] = counted[sign] + 1
        elif sign not in counted:
            counted[sign] = 0 + 1
        else:
            raise ValueError("never", sign, position, len(counted))
        position = position - 1
    return {key: counted[key] for key in sorted(counted, reverse=True)}
"""
DISGUISED = '''\
def letters(string):
    """Counts letters, and nobody helped me."""

    tally = {}
    i = len(string) - 1
    while i >= 0:   # backwards
        c = string[i]
        if c in tally:
            tally[c] = tally[c] + 1
        elif c not in tally:
            tally[c] = 0 + 1
        else:
            raise ValueError('what', c, i, len(tally))

        i = i - 1
    return {k: tally[k] for k in sorted(tally, reverse=True)}
'''
ADDS_TWO = "def double_all(numbers):\n    return [number + 2 for number in numbers]"
ONCE = "def letters(text):\n    return dict.fromkeys(text, 1)"
DEADLY = "def letters(text):\n    import os\n    os._exit(3)"

CHECKS = [("double_all", "doubles", 1), ("double_all", "leaves_argument", 1), ("letters", "counts", 2)]


@pytest.fixture
def submission():
    """A function that makes a submission: ``passed`` has a sign for each of the three checks, + or -."""

    def make(student, passed="", mistakes=(), **other):
        results = [
            Result(task, check, *(("passed", points) if sign == "+" else ("wrong", 0.0)))
            for (task, check, points), sign in zip(CHECKS, passed, strict=bool(passed))
        ]
        mistakes = dict(mistakes)
        results = [
            Result(each.task, each.check, each.status, each.points, mistakes.get(each.check)) for each in results
        ]
        mark = sum(each.points for each in results)
        return Submission(student, **({"mark": mark, "by_machine": mark, "results": results} | other))

    return make


@pytest.fixture
def graded_of(counting):
    """A function that makes a class of some submissions."""
    return lambda *submissions, **other: Graded(counting, 7.0, list(submissions), **other)


@pytest.fixture(scope="session")
def graded_course(once, released_course, filled):
    """A course whose class is graded. Not to be written to: tests that do take `graded_copy`."""
    notebooks = {
        "ada": filled(question="Seven, I think."),
        "bob": filled(double_all=ADDS_TWO),
        "cyd": filled(letters=ONCE),
        "dan": None,
        "eve": filled(letters=DEADLY),
        "fay": filled(),
        "ian": filled(letters=ODD),
        "joe": filled(letters=DISGUISED),
    }

    def submit(folder, student, notebook, at="2026-01-15 18:00:00 UTC"):
        target = folder / "submitted" / student / "counting"
        target.mkdir(parents=True)
        if notebook is None:
            (target / "counting.ipynb").write_text("{")
        else:
            nbformat.write(notebook, target / "counting.ipynb")
        (target / "timestamp.txt").write_text(at)

    def make(folder):
        shutil.copytree(released_course, folder)
        for student, notebook in notebooks.items():
            submit(folder, student, notebook, *(["2026-01-18 19:00:00 UTC"] if student == "fay" else []))
        with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "language_models_from_scratch") as gradebook:
            gradebook.update_or_create_assignment("counting", duedate="2026-01-16 18:00:00 UTC")
            gradebook.add_student("ada", first_name="Ada", last_name="Lovelace", lms_user_id="77", email="ada@x.org")
            gradebook.add_student("hal")
        nbgrader("autograde", "counting", "--Judged.seed=5", course=folder)
        # After grading: handed in, and not graded yet.
        submit(folder, "gil", filled())

    return once("reported", make)


@pytest.fixture
def graded_copy(graded_course, tmp_path):
    folder = tmp_path / "graded"
    shutil.copytree(graded_course, folder)
    return folder


@pytest.fixture
def course_directory(monkeypatch):
    """A function that gives nbgrader's view of a course folder."""

    def load(folder):
        monkeypatch.chdir(folder)
        app = NbGrader()
        app.initialize(["--log-level=ERROR"])
        return app.coursedir

    return load
