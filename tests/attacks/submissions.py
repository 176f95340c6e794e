"""Reads the submissions of this folder and hands them in.

A file in ``cells/`` or ``honest/`` is a notebook as text. A cell called ``# %% softmax`` is the answer to that task;
others are the learner's own: those before the first answer come first, after ``import torch``, the rest where they
stand. A task without a cell is left as it was released. A file in ``files/`` has a function
``submit(notebook, folder)`` instead, for what no notebook's text can do.

The docstring says what is tried and what must happen. Its line ``Earns:`` names the points that are deserved all the
same, its lines ``Says:`` what the feedback must say. The attackers know the machine by heart: ``@COURSE@``, ``@SITE@``
(the folder of packages) and ``@PORT@`` (of a listener on this machine) in a file are filled in before it is handed in.
"""

from __future__ import annotations

import ast
import copy
import json
import re
import runpy
from dataclasses import dataclass
from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
NAME = "small"
TASKS = {"softmax": 2.0, "letters": 1.0, "mean": 1.0}


@dataclass(frozen=True)
class Submission:
    """One file, and what its docstring says of it."""

    path: Path
    tries: str
    must_happen: str
    earns: dict[str, float]
    says: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem


def read(path: Path) -> Submission:
    """Read a file's docstring."""
    tries, _, rest = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).partition("\n\n")
    said = re.findall(r"^(Must happen|Earns|Says): (.*(?:\n    .*)*)", rest, re.MULTILINE)
    told = [(what, re.sub(r"\s+", " ", text)) for what, text in said]
    (must_happen,) = [text for what, text in told if what == "Must happen"]
    earns = dict.fromkeys(TASKS, 0.0)
    for text in (text for what, text in told if what == "Earns"):
        earned = [part.split() for part in text.split(", ")]
        earns |= TASKS if text == "everything" else {task: float(points) for task, points in earned}
    assert set(earns) == set(TASKS), f"{path}: no such task"
    says = tuple(text for what, text in told if what == "Says")
    return Submission(path, re.sub(r"\s+", " ", tries), must_happen, earns, says)


def read_all(kind: str) -> list[Submission]:
    return [read(path) for path in sorted((HERE / kind).glob("*.py"))]


def hand_in(submission: Submission, folder: Path, released, places: dict[str, str]) -> None:
    """Write the submission's files into its folder in ``submitted/``."""
    folder.mkdir(parents=True)
    notebook = copy.deepcopy(released)
    if submission.path.parent.name == "files":
        # It runs here, and it is ours: what it writes is not run here.
        content = runpy.run_path(str(submission.path))["submit"](notebook, folder)
    else:
        _write_cells(notebook, submission.path.read_text(encoding="utf-8"), places)
        content = notebook
    if content is not None:
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        (folder / f"{NAME}.ipynb").write_bytes(text)


def _write_cells(notebook, text: str, places: dict[str, str]) -> None:
    for name, place in places.items():
        text = text.replace(f"@{name}@", place)
    own, after = [], notebook.cells[0].id
    for part in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]:
        title, _, source = part.partition("\n")
        # Magics would not be Python: they are written behind a comment.
        source = re.sub(r"^# (?=[%!])", "", source.strip(), flags=re.MULTILINE)
        if title.strip() not in TASKS:
            own.append(nbformat.v4.new_code_cell(source))
            continue
        _insert(notebook, own, after)
        after, own = title.strip(), []
        next(cell for cell in notebook.cells if cell.id == after).source = source
    _insert(notebook, own, after)


def _insert(notebook, own: list, after: str) -> None:
    at = next(number for number, cell in enumerate(notebook.cells, start=1) if cell.id == after)
    notebook.cells[at:at] = own
