"""The notebook that instructors keep is solved, and every cell of it runs."""

import ast
import contextlib
from pathlib import Path

import pytest

from lmgrade.gradecells import named_task, visible_part
from lmgrade.isolation import why_not
from lmgrade.judge import PASSED, Judge
from lmgrade.kernels import launch_local
from lmgrade.probes import implementation_text
from lmgrade.release import SOURCE, read_source
from lmgrade.sandbox import for_folder
from lmgrade.tasks import assignment_names, load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["plain process", "sandbox"])
def launch(request):
    """Starts kernels; the sandbox shows of lmcore what the assignment allows."""
    if request.param == "sandbox":
        if why := why_not():
            pytest.skip(why)
        with contextlib.ExitStack() as stack:
            yield lambda assignment: stack.enter_context(for_folder(assignment.folder, assignment.allowed)).launch
    else:
        yield lambda assignment: launch_local


@pytest.mark.parametrize("name", assignment_names(ROOT))
def test_the_solved_notebook_runs_without_an_error_and_earns_every_point(name, launch):
    source = read_source(ROOT / "solutions" / name / SOURCE)
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    assignment = load(name, ROOT)
    report = Judge(assignment, launch=launch(assignment), cell_seconds=120).grade(
        visible_part(cell.source) if named_task(cell.source) else cell.source for cell in cells
    )
    for cell, outcome in zip(cells, report.outcomes, strict=True):
        assert outcome.status == "ok", f"cell {cell.id}: {outcome}"
    for task, verdicts in report.verdicts.items():
        for verdict in verdicts:
            assert verdict.status == PASSED, f"{task}, {verdict.check.title}: {verdict.status} {verdict.message}"


@pytest.mark.parametrize("name", assignment_names(ROOT))
def test_implementations_of_several_tasks_can_stand_in_one_notebook(name):
    """Whatever two of them define under one name is the same, so that none changes what another one does."""
    tasks = load(name, ROOT).tasks
    implementations = [
        implementation
        for task in tasks.values()
        for implementation in [m.implementation for m in task.misconceptions] + task.alternatives
    ]
    defined = {}
    for implementation in implementations:
        for statement in ast.parse(implementation_text(implementation)).body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                names = {alias.asname or alias.name: alias.name for alias in statement.names}
            else:
                targets = getattr(statement, "targets", [statement])
                names = {
                    getattr(target, "id", getattr(target, "name", "")): ast.unparse(statement) for target in targets
                }
            for defined_name, meaning in names.items():
                assert defined.setdefault(defined_name, meaning) == meaning, f"{defined_name} means two things"
                assert defined_name not in tasks, f"{defined_name} is the name of a task"
