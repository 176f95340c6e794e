"""The released notebook, filled in, and what its answers are worth."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from functools import cache

import nbformat
from nbformat import NotebookNode

from lmgrade.answers import ask
from lmgrade.gradecells import named_task
from lmgrade.oracle import Oracle
from lmgrade.probes import implementation_text
from lmgrade.tasks import Assignment, Task

MARKERS = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
SEED = 2026
HANDED_IN = "2026-01-15 18:00:00.000000 UTC"


@dataclass
class Student:
    """One submission: what the file holds, under which name, and what each task should earn.

    Args:
        name: the student's id.
        kind: what sort of submission it is, in a word or two.
        story: what is special about it.
        expected: points by task.
        content: of the notebook's file.
        filename: under which it was handed in.
        refused: whether nothing of it can be graded.
        says: what the feedback must say.
        handed_in: when.
        earlier: what the same student had handed in before.
    """

    name: str
    kind: str
    story: str
    expected: dict[str, float]
    content: bytes
    filename: str
    refused: bool = False
    says: tuple[str, ...] = ()
    handed_in: str = HANDED_IN
    earlier: bytes | None = None


@dataclass
class Notebook:
    """The released notebook, to be filled in."""

    assignment: Assignment
    source: NotebookNode
    released: NotebookNode
    answer_cell: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A task's answer cell is the nearest one before the grade cell that names the task.
        last = None
        for cell in self.source.cells:
            nbgrader = cell.metadata.get("nbgrader", {})
            if nbgrader.get("solution") and not nbgrader.get("grade"):
                last = cell.id
            elif nbgrader.get("grade") and (task := named_task(cell.source)):
                self.answer_cell[task] = last

    def solved(self, answers: dict[str, str] | None = None) -> NotebookNode:
        """A copy with every answer cell as in the source, but for the tasks in ``answers``, which get that text."""
        solution = {cell.id: MARKERS.sub("", cell.source) for cell in self.source.cells}
        texts = {self.answer_cell[task]: text for task, text in (answers or {}).items()}
        notebook = copy.deepcopy(self.released)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = texts.get(cell.id, solution[cell.id])
        return notebook

    def unwritten(self, task: str) -> str:
        """The text of a task's answer cell as it was released."""
        return self.released.cells[index(self.released, self.answer_cell[task])].source


def as_bytes(notebook: NotebookNode) -> bytes:
    """The file of a notebook."""
    return nbformat.writes(notebook).encode("utf-8")


@cache
def source_as(implementation, name: str) -> str:
    """The text of an implementation of a tasks file with all it uses, under the task's name."""
    text, own = implementation_text(implementation), implementation.__name__
    return f"{text}\n\n{name} = {own}" if own != name else text


def known_points(assignment: Assignment, task: Task, implementation) -> float:
    """What an implementation earns, worked out in this process. The audit sees to it that this holds for any seed."""
    oracle = Oracle(assignment, SEED)
    return sum(
        check.points for check in task.checks if oracle.passes(task, check, ask(check, implementation, SEED, task.name))
    )


def insert(notebook: NotebookNode, at: int, source: str) -> NotebookNode:
    """Put a cell of the learner's own into a notebook."""
    notebook.cells.insert(at, nbformat.v4.new_code_cell(source, id=f"extra-{len(notebook.cells)}"))
    return notebook


def index(notebook: NotebookNode, cell_id: str) -> int:
    """Where a cell stands."""
    return [cell.id for cell in notebook.cells].index(cell_id)
