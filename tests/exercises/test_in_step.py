"""exercises/ is made from solutions/ and committed: the two must be in step."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from lmgrade.gradecells import named_task
from lmgrade.release import SOURCE, read_source, release
from lmgrade.tasks import assignment_names, load

ROOT = Path(__file__).resolve().parents[2]
NAMES = assignment_names(ROOT)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A course folder in which everything has just been released."""
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "solutions", course / "solutions", ignore=shutil.ignore_patterns("*.ipynb", "__pycache__"))
    shutil.copy(ROOT / "nbgrader_config.py", course)
    release(course, NAMES)
    return course


def test_every_released_file_is_the_committed_one(fresh):
    made = {path.relative_to(fresh) for path in (fresh / "exercises").rglob("*") if path.is_file()}
    committed = {
        path.relative_to(ROOT)
        for path in (ROOT / "exercises").rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }
    assert made == committed
    for path in sorted(made):
        assert (fresh / path).read_bytes() == (ROOT / path).read_bytes(), f"{path} is out of step: run `make exercises`"


@pytest.mark.parametrize("name", NAMES)
def test_a_released_notebook_holds_no_solution_and_no_hidden_line(name):
    released = nbformat.read(ROOT / "exercises" / name / f"{name}.ipynb", as_version=4)
    nbformat.validate(released)
    text = json.dumps(released)
    for secret in ("BEGIN SOLUTION", "HIDDEN TESTS", "lmgrade.grade(", "misconception"):
        assert secret not in text
    assert not any(cell.get("outputs") for cell in released.cells)


@pytest.mark.parametrize("name", NAMES)
def test_every_task_has_one_grade_cell_with_its_points(name):
    source = read_source(ROOT / "solutions" / name / SOURCE)
    points = {
        task: cell.metadata.nbgrader.points for cell in source.cells if (task := named_task(cell.source)) is not None
    }
    assert points == {task.name: task.points for task in load(name, ROOT).tasks.values()}
    assert len(points) == sum(named_task(cell.source) is not None for cell in source.cells)


@pytest.mark.parametrize("name", NAMES)
def test_every_assignment_has_a_question_graded_by_hand(name):
    source = read_source(ROOT / "solutions" / name / SOURCE)
    assert any(
        cell.metadata.get("nbgrader", {}).get("grade") and cell.metadata.nbgrader.solution for cell in source.cells
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_two_hints_are_alike_and_each_task_has_enough_mistakes_and_alternatives(name):
    tasks = load(name, ROOT).tasks.values()
    hints = [misconception.hint for task in tasks for misconception in task.misconceptions]
    assert len(set(hints)) == len(hints)
    for task in tasks:
        assert len(task.checks) >= 2 and len(task.misconceptions) >= 5 and len(task.alternatives) >= 2, task
