"""How many submissions a minute does a class take, beside nbgrader alone on the same notebooks?

nbgrader alone runs the notebooks with its own ``Execute``: the hidden line of a grade cell asks the same checks there,
in the learner's kernel, without a sandbox. Here everything is on: the gate, the sandbox, the judge.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .figures import Figure

COURSE = Path(__file__).resolve().parents[1]
NAME = "tokenization"
# At 20 submissions what is started once weighs more.
ASKED = {20: 4, 300: 6}
FIRST_VERDICT = 3

STOCK = """
from pathlib import Path
HERE = Path(__file__).resolve().parent
c = get_config()
c.CourseDirectory.root = str(HERE)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = ["*.py", "__pycache__", "tasks"]
c.CourseDirectory.db_url = f"sqlite:///{HERE / 'gradebook.db'}"
"""


def benchmarks(students: int = 20) -> Iterator[tuple[str, list[Figure]]]:
    """Title and figures of the table.

    Args:
        students: how many submissions; 300 take nbgrader alone twenty minutes.
    """
    with tempfile.TemporaryDirectory() as folder:
        stock, here = Path(folder, "stock"), Path(folder, "here")
        make_course(stock, STOCK, students)
        make_course(here, (COURSE / "nbgrader_config.py").read_text(encoding="utf-8"), students)
        seconds = _run(stock, "-m", "nbgrader", "autograde", NAME)
        fast = _run(here, "-m", "lmgrade", "class", NAME)
        for course in (stock, here):
            _check(course, students)
        verdicts = [_first_verdict(here) for _ in range(3)]
    yield (
        f"Grading a class of {students}, {os.cpu_count()} cores",
        [
            Figure(
                f"submissions a minute, {students} in a class",
                f"{60 * students / fast:.1f} ({fast:.0f} s)",
                f"nbgrader alone {60 * students / seconds:.1f} ({seconds:.0f} s)",
                seconds / fast,
                ASKED.get(students, max(ASKED.values()) if students > 100 else min(ASKED.values())),
            ),
            Figure(
                "seconds to the first verdict of lmgrade try",
                f"{min(verdicts):.2f} s",
                "",
                min(verdicts),
                FIRST_VERDICT,
                at_most=True,
            ),
        ],
    )


def make_course(folder: Path, config: str, students: int) -> None:
    """A course of one assignment in which this many notebooks have been handed in, each a little different."""
    import nbformat

    from lmgrade.release import SOURCE, read_source, release
    from lmgrade.sample_class import Notebook, source_as
    from lmgrade.tasks import load

    ignored = shutil.ignore_patterns("__pycache__", "*.ipynb")
    shutil.copytree(COURSE / "solutions" / NAME, folder / "solutions" / NAME, ignore=ignored)
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
    (path,) = release(folder, [NAME])
    released = nbformat.read(path, as_version=4)
    book = Notebook(load(NAME, folder), read_source(folder / "solutions" / NAME / SOURCE), released)
    for number in range(students):
        answers = {}
        if number % 5 in (2, 3):
            for task in book.assignment.tasks.values():
                mistake = task.misconceptions[number % len(task.misconceptions)]
                answers[task.name] = source_as(mistake.implementation, task.name)
        notebook = nbformat.from_dict(released) if number % 5 == 4 else book.solved(answers)
        student = f"student-{number:03d}"
        notebook.cells.insert(1, nbformat.v4.new_code_cell(f"# {student}", id="own"))
        target = folder / "submitted" / student / NAME
        target.mkdir(parents=True)
        nbformat.write(notebook, target / f"{NAME}.ipynb")


def _run(folder: Path, *arguments: str, status: tuple[int, ...] = (0,)) -> float:
    began = time.perf_counter()
    path = os.pathsep.join((str(COURSE), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
    )
    if done.returncode not in status:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return time.perf_counter() - began


def _check(course: Path, students: int) -> None:
    """A figure counts only if everybody was graded and the reference solutions earned all they can."""
    from nbgrader.api import Gradebook

    with contextlib.closing(Gradebook(f"sqlite:///{course / 'gradebook.db'}")) as gradebook:
        scores = {s.student.id: (s.code_score, s.max_code_score) for s in gradebook.assignment_submissions(NAME)}
    right = [scores[f"student-{number:03d}"] for number in range(students) if number % 5 < 2]
    if len(scores) < students or any(score < most for score, most in right):
        raise RuntimeError(f"{course.name}: {len(scores)} of {students} graded, the references earned {right}")


def _first_verdict(course: Path) -> float:
    notebook = course / "submitted/student-000" / NAME / f"{NAME}.ipynb"
    return _run(course, "-m", "lmgrade", "try", str(notebook))


if __name__ == "__main__":
    from rich import print as show

    from .figures import table

    for title, figures in benchmarks(int(sys.argv[1]) if len(sys.argv) > 1 else 20):
        show(table(title, figures))
