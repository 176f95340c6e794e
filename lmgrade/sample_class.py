"""A class of submissions whose marks are known from how they were made.

Each student's notebook is built from the released one: answer cells get the reference solution, an alternative or a
misconception, and some notebooks are then broken or made hostile. What each should get is worked out here, without
the judge, and written beside them as ``expected.json``.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import shutil
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lmgrade.answers import ask
from lmgrade.gradecells import named_task
from lmgrade.isolation import why_not
from lmgrade.oracle import Oracle
from lmgrade.probes import implementation_text
from lmgrade.release import SOURCE, nbgrader, read_source, write_sources
from lmgrade.tasks import SOLUTIONS, Assignment, Task, load

CONFIG = '''\
"""The sample class: the course's own settings in a folder of its own."""

from pathlib import Path

from lmgrade.intake import expect_notebooks

c = get_config()  # noqa: F821 - given by nbgrader
load_subconfig("nbgrader_config.py", path={course!r})  # noqa: F821
HERE = Path(__file__).resolve().parent
c.CourseDirectory.root = str(HERE)
c.CourseDirectory.source_directory = str(Path({course!r}) / "solutions")
c.CourseDirectory.db_url = f"sqlite:///{{HERE / 'gradebook.db'}}?timeout=60"
c.Autograde.pre_convert_hook = expect_notebooks(HERE / "exercises")
# One of the students has an endless cell, on which nobody wants to wait.
c.Judged.cell_seconds = 8
# Some mistakes are caught by fewer or more checks, as the inputs happen to be drawn: known marks need a known seed.
c.Judged.seed = {seed}
# False where none can be had when the class is made: these notebooks are the course's own.
c.Judged.sandbox = {sandbox}
'''

SEED = 2026

MARKERS = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
SUBMITTED_AT = "2026-01-15 18:00:00.000000 UTC"


@dataclass
class Student:
    """One submission: what the file holds, under which name, and what each task should earn."""

    name: str
    story: str
    expected: dict[str, float]
    content: bytes
    filename: str
    refused: bool = False


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


def source_as(implementation, name: str) -> str:
    """The text of an implementation of a tasks file with all it uses, under the task's name."""
    text, own = implementation_text(implementation), implementation.__name__
    return f"{text}\n\n{name} = {own}" if own != name else text


def known_points(assignment: Assignment, task: Task, implementation) -> float:
    """What an implementation earns with the class's seed, worked out in this process."""
    oracle = Oracle(assignment, SEED)
    return sum(
        check.points for check in task.checks if oracle.passes(task, check, ask(check, implementation, SEED, task.name))
    )


def students(book: Notebook) -> list[Student]:
    """The class, in the order in which it is graded."""
    assignment = book.assignment
    tasks = assignment.tasks
    full = {name: task.points for name, task in tasks.items()}
    nothing = dict.fromkeys(tasks, 0.0)
    names = list(tasks)
    # The learner's later tasks may call the earlier ones: what is broken alone is the last.
    first, last = names[0], names[-1]
    filename = f"{assignment.name}.ipynb"
    made: list[Student] = []

    def add(name: str, story: str, expected: dict[str, float], notebook: NotebookNode | bytes, **other) -> None:
        content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode("utf-8")
        made.append(Student(name, story, expected, content, other.pop("filename", filename), **other))

    def edited(change: Callable[[NotebookNode], None]) -> NotebookNode:
        notebook = book.solved()
        change(notebook)
        return notebook

    add("reference", "the reference solutions", full, book.solved())
    for number in range(2):
        answers = {
            task.name: source_as(task.alternatives[number % len(task.alternatives)], task.name)
            for task in tasks.values()
        }
        add(f"alternative-{number + 1}", f"alternative {number + 1} of every task", full, book.solved(answers))
    for number in range(5):
        answers, expected = _mistaken(book, number)
        add(f"misconception-{number + 1}", f"misconception {number + 1} of every task", expected, book.solved(answers))

    blank = copy.deepcopy(book.released)
    add("blank", "nothing written", nothing, blank)
    half = names[: len(names) // 2]
    unwritten = {name: "raise NotImplementedError" for name in names if name not in half}
    add(
        "first-half",
        "the first half written",
        {n: full[n] if n in half else 0.0 for n in tasks},
        book.solved(unwritten),
    )

    add("own-exception", "an exception in a cell of one's own", full, edited(lambda nb: _insert(nb, 2, "1 / 0")))
    add("endless-function", "an endless loop in one function", full | {last: 0.0}, book.solved({last: _endless(last)}))
    add(
        "endless-cell", "an endless cell of one's own", full, edited(lambda nb: _insert(nb, 2, "while True:\n    pass"))
    )
    add(
        "ends-the-process",
        "a function that ends the process",
        full | {last: 0.0},
        book.solved({last: _deadly(last)}),
    )
    add("deleted-test", "a deleted test cell", full, edited(lambda nb: _delete(nb, _test_cell(book, first))))
    add(
        "deleted-answer",
        "a deleted answer cell",
        full | {last: 0.0},
        edited(lambda nb: _delete(nb, book.answer_cell[last])),
    )
    add(
        "pasted-test",
        "a test cell copied and pasted",
        full,
        edited(lambda nb: _double(nb, _test_cell(book, first))),
    )
    add(
        "warning",
        "a warning on stderr",
        full,
        edited(lambda nb: _insert(nb, 1, "import sys\nsys.stderr.write('careful!\\n')")),
    )
    add(
        "cut-off",
        "a file cut off in the middle: not JSON",
        nothing,
        nbformat.writes(blank).encode()[:2000],
        refused=True,
    )
    add("empty-file", "an empty file", nothing, b"", refused=True)
    add("other-name", "a notebook of another name", nothing, book.solved(), filename="Untitled1.ipynb", refused=True)

    add("input-transformer", "later cells switched off by an input transformer", nothing, _switched_off(blank))
    add("skip-execution", "test cells tagged skip-execution, points raised", nothing, _tagged(blank))
    return made


def _mistaken(book: Notebook, number: int) -> tuple[dict[str, str], dict[str, float]]:
    """Misconception ``number`` of each task, and its points."""
    answers, expected = {}, {}
    for task in book.assignment.tasks.values():
        misconception = task.misconceptions[number % len(task.misconceptions)]
        answers[task.name] = source_as(misconception.implementation, task.name)
        expected[task.name] = known_points(book.assignment, task, misconception.implementation)
    return answers, expected


def _endless(name: str) -> str:
    return f"def {name}(*args, **kwargs):\n    while True:\n        pass"


def _deadly(name: str) -> str:
    return f"def {name}(*args, **kwargs):\n    import os\n    os._exit(1)"


def _insert(notebook: NotebookNode, at: int, source: str) -> None:
    notebook.cells.insert(at, nbformat.v4.new_code_cell(source, id=f"extra-{at}"))


def _index(notebook: NotebookNode, cell_id: str) -> int:
    return [cell.id for cell in notebook.cells].index(cell_id)


def _delete(notebook: NotebookNode, cell_id: str) -> None:
    del notebook.cells[_index(notebook, cell_id)]


def _double(notebook: NotebookNode, cell_id: str) -> None:
    at = _index(notebook, cell_id)
    copied = copy.deepcopy(notebook.cells[at])
    copied.id = "pasted"
    notebook.cells.insert(at, copied)


def _test_cell(book: Notebook, task: str) -> str:
    return next(cell.id for cell in book.source.cells if named_task(cell.source) == task)


def _switched_off(blank: NotebookNode) -> NotebookNode:
    notebook = copy.deepcopy(blank)
    attack = """\
        def nothing(lines):
            return ["pass\\n"]

        get_ipython().input_transformers_cleanup.append(nothing)
        get_ipython().ast_transformers.clear()
    """
    _insert(notebook, 0, textwrap.dedent(attack))
    return notebook


def _tagged(blank: NotebookNode) -> NotebookNode:
    notebook = copy.deepcopy(blank)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.metadata["tags"] = ["skip-execution"]
            cell.metadata["nbgrader"]["points"] = 100
    return notebook


def make(course: Path, folder: Path, name: str = "tokenization") -> list[Student]:
    """Make a course folder with the class's submissions, ready for ``nbgrader autograde`` in it.

    Where no sandbox can be had, its configuration does without: these notebooks are the course's own.

    Submissions that are there already and would be the same are left alone, so that nbgrader grades only what changed.

    Args:
        course: the course whose assignment is done.
        folder: where; made if it is not there.
        name: the assignment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder, course = folder.resolve(), course.resolve()
    config = CONFIG.format(course=str(course), seed=SEED, sandbox=why_not() is None)
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
    write_sources(course, [name])
    nbgrader("generate_assignment", name, "--force", course=folder)

    source = read_source(course / SOLUTIONS / name / SOURCE)
    released = nbformat.read(folder / "exercises" / name / f"{name}.ipynb", as_version=4)
    made = students(Notebook(load(name, course), source, released))
    if _is_stale(course, folder, name):
        shutil.rmtree(folder / "autograded", ignore_errors=True)
    for student in made:
        target = folder / "submitted" / student.name / name
        file = target / student.filename
        if file.is_file() and file.read_bytes() == student.content:
            continue
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(folder / "autograded" / student.name / name, ignore_errors=True)
        target.mkdir(parents=True)
        file.write_bytes(student.content)
        (target / "timestamp.txt").write_text(SUBMITTED_AT)
    expected = {
        student.name: {"story": student.story, "points": student.expected, "refused": student.refused}
        for student in made
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1), encoding="utf-8")
    return made


def _is_stale(course: Path, folder: Path, name: str) -> bool:
    """Has anything changed that marks depend on, other than the submissions, since the class was last made?"""
    parts = [course / SOLUTIONS / name, course / "lmcore", course / "lmgrade"]
    digest = hashlib.sha256()
    for path in sorted(path for part in parts for path in part.rglob("*.py")):
        digest.update(path.read_bytes())
    record = folder / "made_with.txt"
    stale = not record.is_file() or record.read_text() != digest.hexdigest()
    record.write_text(digest.hexdigest())
    return stale


def marks(folder: Path, name: str = "tokenization") -> dict[str, float | None]:
    """What the gradebook of a sample class says: points for the tasks judged by machine, by student."""
    from nbgrader.api import Gradebook, MissingEntry

    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    found: dict[str, float | None] = {}
    with Gradebook(f"sqlite:///{(folder / 'gradebook.db').resolve()}") as gradebook:
        for student in expected:
            try:
                submission = gradebook.find_submission(name, student)
            except MissingEntry:
                found[student] = None
                continue
            found[student] = sum(
                grade.auto_score or 0.0
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.cell.cell_type == "code"
            )
    return found
