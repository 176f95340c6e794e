"""The small class: a submission for each thing that happens, each with its story."""

from __future__ import annotations

import copy
from collections.abc import Callable

from nbformat import NotebookNode

from lmgrade.gradecells import named_task
from lmgrade.sample_class.book import Notebook, Student, as_bytes, index, insert, known_points, source_as

UNWRITTEN = "Not written yet."
SWITCHED_OFF = """\
def nothing(lines):
    return ["pass\\n"]

get_ipython().input_transformers_cleanup.append(nothing)
get_ipython().ast_transformers.clear()
"""


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

    def add(
        name: str, kind: str, story: str, expected: dict[str, float], notebook: NotebookNode | bytes, **other
    ) -> None:
        content = notebook if isinstance(notebook, bytes) else as_bytes(notebook)
        made.append(Student(name, kind, story, expected, content, other.pop("filename", filename), **other))

    def edited(change: Callable[[NotebookNode], object]) -> NotebookNode:
        notebook = book.solved()
        change(notebook)
        return notebook

    add("reference", "right", "the reference solutions", full, book.solved())
    for number in range(2):
        answers = {
            task.name: source_as(task.alternatives[number % len(task.alternatives)], task.name)
            for task in tasks.values()
        }
        add(f"alternative-{number + 1}", "right", f"alternative {number + 1} of every task", full, book.solved(answers))
    for number in range(5):
        answers, expected, hints = _mistaken(book, number)
        story = f"misconception {number + 1} of every task"
        add(f"misconception-{number + 1}", "mistakes", story, expected, book.solved(answers), says=hints)

    blank = copy.deepcopy(book.released)
    add("blank", "blank", "nothing written", nothing, blank, says=(UNWRITTEN,))
    half = names[: len(names) // 2]
    unwritten = {name: book.unwritten(name) for name in names if name not in half}
    halved = {name: full[name] if name in half else 0.0 for name in tasks}
    add("first-half", "half done", "the first half written", halved, book.solved(unwritten), says=(UNWRITTEN,))

    own = edited(lambda notebook: insert(notebook, 2, "1 / 0"))
    add("own-exception", "careless", "an exception in a cell of one's own", full, own, says=("ZeroDivisionError",))
    endless, deadly = book.solved({last: _endless(last)}), book.solved({last: _deadly(last)})
    without_last = full | {last: 0.0}
    add("endless-function", "stopped", "an endless loop in one function", without_last, endless, says=("too slow",))
    own = edited(lambda notebook: insert(notebook, 2, "while True:\n    pass"))
    add("endless-cell", "stopped", "an endless cell of one's own", full, own, says=("this cell was stopped",))
    add("ends-the-process", "stopped", "a function that ends the process", without_last, deadly, says=("kernel died",))
    deleted = edited(lambda notebook: _delete(notebook, _test_cell(book, first)))
    add("deleted-test", "careless", "a deleted test cell", full, deleted, says=("was missing: it was put back",))
    deleted = edited(lambda notebook: _delete(notebook, book.answer_cell[last]))
    add("deleted-answer", "careless", "a deleted answer cell", without_last, deleted, says=("was missing",))
    pasted = edited(lambda notebook: _double(notebook, _test_cell(book, first)))
    add("pasted-test", "careless", "a test cell copied and pasted", full, pasted, says=("stood there twice",))
    loud = edited(lambda notebook: insert(notebook, 1, "import sys\nsys.stderr.write('careful!\\n')"))
    add("warning", "careless", "a warning on stderr", full, loud)

    broken = {"refused": True, "kind": "broken file", "expected": nothing}
    story = "a file cut off in the middle: not JSON"
    add("cut-off", story=story, notebook=as_bytes(blank)[:2000], says=("is not JSON",), **broken)
    add("empty-file", story="an empty file", notebook=b"", **broken)
    story = "a notebook of another name"
    says = ("the folder holds Untitled1.ipynb",)
    add("other-name", story=story, notebook=book.solved(), filename="Untitled1.ipynb", says=says, **broken)

    story = "later cells switched off by an input transformer"
    add("input-transformer", "hostile", story, nothing, insert(copy.deepcopy(blank), 0, SWITCHED_OFF))
    story = "test cells tagged skip-execution, points raised"
    add("skip-execution", "hostile", story, nothing, _tagged(blank))
    return made


def _mistaken(book: Notebook, number: int) -> tuple[dict[str, str], dict[str, float], tuple[str, ...]]:
    """Misconception ``number`` of each task, its points and its hint."""
    answers, expected, hints = {}, {}, []
    for task in book.assignment.tasks.values():
        misconception = task.misconceptions[number % len(task.misconceptions)]
        answers[task.name] = source_as(misconception.implementation, task.name)
        expected[task.name] = known_points(book.assignment, task, misconception.implementation)
        hints.append(misconception.hint)
    return answers, expected, tuple(hints)


def _endless(name: str) -> str:
    return f"def {name}(*args, **kwargs):\n    while True:\n        pass"


def _deadly(name: str) -> str:
    return f"def {name}(*args, **kwargs):\n    import os\n    os._exit(1)"


def _delete(notebook: NotebookNode, cell_id: str) -> None:
    del notebook.cells[index(notebook, cell_id)]


def _double(notebook: NotebookNode, cell_id: str) -> None:
    at = index(notebook, cell_id)
    copied = copy.deepcopy(notebook.cells[at])
    copied.id = "pasted"
    notebook.cells.insert(at, copied)


def _test_cell(book: Notebook, task: str) -> str:
    return next(cell.id for cell in book.source.cells if named_task(cell.source) == task)


def _tagged(blank: NotebookNode) -> NotebookNode:
    notebook = copy.deepcopy(blank)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.metadata["tags"] = ["skip-execution"]
            cell.metadata["nbgrader"]["points"] = 100
    return notebook
