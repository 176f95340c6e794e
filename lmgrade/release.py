"""From text sources to the notebooks that learners get.

``solutions/<name>/notebook.py`` is a notebook as text (jupytext's percent format). It is written beside itself as
``<name>.ipynb``, the source that nbgrader knows, and released into ``exercises/<name>/`` by nbgrader.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from lmgrade.tasks import SOLUTIONS

SOURCE = "notebook.py"


def read_source(path: Path) -> NotebookNode:
    """Read a notebook's text source; the same text gives the same notebook, byte for byte.

    jupytext draws cell ids at random, so a cell gets its ``grade_id`` as its id, or else its number.
    """
    notebook = jupytext.read(path, fmt="py:percent")
    for number, cell in enumerate(notebook.cells):
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell-{number:02d}"
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def write_sources(root: Path, names: list[str]) -> None:
    """Write ``solutions/<name>/<name>.ipynb`` for each assignment."""
    for name in names:
        folder = root / SOLUTIONS / name
        nbformat.write(read_source(folder / SOURCE), folder / f"{name}.ipynb")


def nbgrader(*arguments: str, course: Path, quiet: bool = True) -> None:
    """Run one of nbgrader's own commands in a course folder.

    Raises:
        subprocess.CalledProcessError: it failed; what it said has been printed.
    """
    command = [sys.executable, "-m", "nbgrader", *arguments]
    # nbgrader calls alembic by its bare name, which is found without an activated environment only like this.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    result = subprocess.run(command, cwd=course, text=True, capture_output=quiet, env=os.environ | {"PATH": path})
    if result.returncode:
        print(result.stdout or "", result.stderr or "", file=sys.stderr)
        result.check_returncode()


def release(root: Path, names: list[str]) -> list[Path]:
    """Make ``exercises/`` from ``solutions/`` and return the released notebooks.

    nbgrader's gradebook learns the assignments on the way, so that submissions can be graded.
    """
    write_sources(root, names)
    released = []
    for name in names:
        nbgrader("generate_assignment", name, "--force", course=root)
        released.append(root / "exercises" / name / f"{name}.ipynb")
    return released


HANDOUT_GUIDE = """\
# Language models from scratch: your exercises

You need Python 3.11 or newer. In this folder:

    python -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/jupyter lab exercises

(On Windows: `.venv\\Scripts\\pip` and `.venv\\Scripts\\jupyter`.)

Open a notebook, write your code where it says `YOUR CODE HERE`, and run the cells below it: their tests are for your
eyes and cost nothing. Before you hand in, choose *Restart Kernel and Run All Cells*. Hand in the notebook under the
name it has. The checks that give the marks stay with your instructor; they look at what your functions return, on
inputs drawn afresh, and the feedback you get back says for each one what was wrong.
"""


def handout(root: Path, to: Path) -> list[Path]:
    """Pack what the learners of a class get when the checks stay with the instructor.

    Args:
        root: the course.
        to: a folder; an older handout in it is replaced.

    Returns:
        The files, relative to ``to``.

    Raises:
        FileNotFoundError: nothing has been released.
        ValueError: the folder holds something else.
    """
    if not any((root / "exercises").glob("*/*.ipynb")):
        raise FileNotFoundError(f"{root / 'exercises'} holds no notebook: run `make exercises` first")
    if to.exists():
        guide, title = to / "README.md", HANDOUT_GUIDE.splitlines()[0]
        if any(to.iterdir()) and not (guide.is_file() and guide.read_text(encoding="utf-8").startswith(title)):
            raise ValueError(f"{to} holds something else than a handout and would be lost; name another folder")
        shutil.rmtree(to)
    unwanted = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.pyc")
    for folder in ("exercises", "lmcore"):
        shutil.copytree(root / folder, to / folder, ignore=unwanted)
    for file in ("pyproject.toml", "requirements.txt", "constraints.txt", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(root / file, to / file)
    (to / "README.md").write_text(HANDOUT_GUIDE, encoding="utf-8")
    return sorted(path.relative_to(to) for path in to.rglob("*") if path.is_file())
