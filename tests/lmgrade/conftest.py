"""A small course of one assignment, ``counting``, and what learners may have written in it."""

import copy
import os
import shutil
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import nbformat
import pytest
from filelock import FileLock

from lmgrade.__main__ import main
from lmgrade.isolation import why_not
from lmgrade.release import release
from lmgrade.tasks import load, load_folder

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

DOUBLE_ALL = "def double_all(numbers):\n    return [2 * number for number in numbers]"
LETTERS = "def letters(text):\n    return {letter: text.count(letter) for letter in text}"

# Three tasks with the same short check each, so that what happens to one can be told from what happens to the others.
THREE_TASKS = """\
import random

from lmgrade import Task


def reference(number):
    return number + 1

"""
ONE_TASK = """
{name} = Task("{name}", reference=reference)


@{name}.check(points=1, title="{name} adds one", seconds=2)
def check_{name}({name}):
    return {name}(random.randrange(10**6))
"""


@pytest.fixture(scope="session")
def counting():
    return load("counting", HERE / "course")


@pytest.fixture(scope="session")
def once(tmp_path_factory, request):
    """A function that has a folder made by the first of pytest-xdist's workers that needs it, for all of them."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if hasattr(request.config, "workerinput") else base

    def folder(name, make):
        with FileLock(base / f"{name}.lock"):
            if not (base / name).exists():
                make(base / f"{name}-unfinished")
                (base / f"{name}-unfinished").rename(base / name)
        return base / name

    return folder


@pytest.fixture(scope="session")
def released_course(once):
    """The course with its assignment released. Not to be written to: tests that do take `course`."""

    def make(folder):
        shutil.copytree(HERE / "course", folder, ignore=shutil.ignore_patterns("*.ipynb", "__pycache__"))
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        if why_not():
            with (folder / "nbgrader_config.py").open("a") as config:
                config.write("c.Judged.sandbox = False\n")
        release(folder, ["counting"])

    return once("released", make)


@pytest.fixture
def course(released_course, tmp_path):
    folder = tmp_path / "course"
    shutil.copytree(released_course, folder)
    return folder


@pytest.fixture(scope="session")
def released(released_course):
    """The notebook that learners get. Not to be changed: tests that do take a copy."""
    return nbformat.read(released_course / "exercises/counting/counting.ipynb", as_version=4)


@pytest.fixture(scope="session")
def filled(released):
    """A function that makes a learner's notebook: cells by id, and cells of the learner's own at the top."""

    def fill(*own, **sources):
        notebook = copy.deepcopy(released)
        for cell in notebook.cells:
            default = {"double-all": DOUBLE_ALL, "letters": LETTERS}.get(cell.id, cell.source)
            cell.source = sources.pop(cell.id.replace("-", "_"), default)
        assert not sources, f"no such cells: {sources}"
        notebook.cells[:0] = [nbformat.v4.new_code_cell(source) for source in own]
        return notebook

    return fill


@pytest.fixture
def submit(course, filled):
    """A function that hands in: a notebook made of these sources, or bytes as they are."""

    def hand_in(student, content=None, **sources):
        folder = course / "submitted" / student / "counting"
        folder.mkdir(parents=True, exist_ok=True)
        text = nbformat.writes(filled(**sources)).encode() if content is None else content
        (folder / "counting.ipynb").write_bytes(text)
        return folder

    return hand_in


@pytest.fixture
def grade(course, capsys, monkeypatch):
    """A function that runs the command in the course; returns its status and what it showed."""

    def run(*arguments, answer=None):
        monkeypatch.chdir(course)
        monkeypatch.setenv("PATH", os.environ["PATH"])
        monkeypatch.setattr("builtins.input", lambda *prompt: answer if answer is not None else pytest.fail("asked"))
        monkeypatch.setattr("lmgrade.class_command.console.width", 200)
        capsys.readouterr()
        status = main(["class", "counting", *arguments])
        return status, capsys.readouterr().out

    return run


@pytest.fixture
def three_tasks(tmp_path):
    """An assignment of three tasks ``one``, ``two``, ``three``: each adds one, and is asked once."""
    return make_assignment(
        tmp_path, THREE_TASKS + "".join(ONE_TASK.format(name=name) for name in ("one", "two", "three"))
    )


@pytest.fixture
def assignment_of(tmp_path):
    """A function that makes an assignment from the text of a tasks file."""
    return lambda text, name="made": make_assignment(tmp_path, text, name)


def make_assignment(folder, text, name="made"):
    folder = folder / "solutions" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tasks.py").write_text(text, encoding="utf-8")
    return load_folder(folder)
