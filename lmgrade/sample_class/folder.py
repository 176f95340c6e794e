"""A sample class as a course folder of its own, ready to be graded."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.api import Student as Enrolled

from lmgrade.isolation import why_not
from lmgrade.release import SOURCE, nbgrader, read_source, write_sources
from lmgrade.sample_class.book import Notebook, Student
from lmgrade.sample_class.crowd import crowd
from lmgrade.sample_class.stories import students
from lmgrade.tasks import SOLUTIONS, load

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
c.Exchange.root = str(HERE / "exchange")
# One of the students has an endless cell, on which nobody wants to wait; an assignment's own may train for 10 seconds.
c.Judged.cell_seconds = 20
# False where none can be had when the class is made: these notebooks are the course's own.
c.Judged.sandbox = {sandbox}
'''

DUE = datetime(2026, 1, 16)
EXPECTED = "expected.json"


def make(course: Path, folder: Path, name: str, how_many: int = 0) -> list[Student]:
    """Make a course folder with the class's submissions, ready for ``nbgrader autograde`` in it.

    Where no sandbox can be had, its configuration does without: these notebooks are the course's own.

    Submissions that are there already and would be the same are left alone, so that nbgrader grades only what changed.
    Called again for another assignment, it has the same class do that one too.

    Args:
        course: the course whose assignment is done.
        folder: where; made if it is not there.
        name: the assignment.
        how_many: students; at least those of the small class, one for each thing that happens.
    """
    (folder / "exchange").mkdir(parents=True, exist_ok=True)
    folder, course = folder.resolve(), course.resolve()
    config = CONFIG.format(course=str(course), sandbox=why_not() is None)
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
    write_sources(course, [name])
    nbgrader("generate_assignment", name, "--force", course=folder)

    source = read_source(course / SOLUTIONS / name / SOURCE)
    released = nbformat.read(folder / "exercises" / name / f"{name}.ipynb", as_version=4)
    book = Notebook(load(name, course), source, released)
    made = students(book)
    made += crowd(book, how_many - len(made))
    if _is_stale(course, folder, name):
        for graded in folder.glob(f"autograded/*/{name}"):
            shutil.rmtree(graded)
    for student in made:
        hand_in(folder, name, student)
    _enrol(folder, name, made)
    expected = expected_of(folder) if (folder / EXPECTED).is_file() else {}
    expected[name] = {
        student.name: {
            "kind": student.kind,
            "story": student.story,
            "points": student.expected,
            "refused": student.refused,
            "says": student.says,
        }
        for student in made
    }
    (folder / EXPECTED).write_text(json.dumps(expected, indent=1), encoding="utf-8")
    return made


def expected_of(folder: Path) -> dict[str, dict[str, dict]]:
    """What a sample class's submissions are and should earn, by assignment and student."""
    return json.loads((folder / EXPECTED).read_text(encoding="utf-8"))


def hand_in(folder: Path, name: str, student: Student, content: bytes | None = None) -> None:
    """Put a student's notebook where it is graded, and take away what became of another one.

    Args:
        folder: of the class.
        name: of the assignment.
        student: who.
        content: of the file; the student's own by default.
    """
    content = student.content if content is None else content
    target = folder / "submitted" / student.name / name
    file, stamp = target / student.filename, target / "timestamp.txt"
    if file.is_file() and file.read_bytes() == content and stamp.read_text() == student.handed_in:
        return
    shutil.rmtree(target, ignore_errors=True)
    shutil.rmtree(folder / "autograded" / student.name / name, ignore_errors=True)
    target.mkdir(parents=True)
    file.write_bytes(content)
    stamp.write_text(student.handed_in)


def _enrol(folder: Path, name: str, made: list[Student]) -> None:
    """Tell the gradebook who they are, as `nbgrader db student import` does, and when the work was due."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_assignment(name, duedate=DUE)
        known = {student.id for student in gradebook.students}
        for number, student in enumerate(made, start=1):
            if student.name not in known:
                names = {"last_name": student.kind.capitalize(), "first_name": f"No. {number}"}
                gradebook.db.add(Enrolled(id=student.name, **names))
        gradebook.db.commit()


def _is_stale(course: Path, folder: Path, name: str) -> bool:
    """Has anything changed that marks depend on, other than the submissions, since the class was last made?"""
    parts = [course / SOLUTIONS / name, course / "lmcore", course / "lmgrade"]
    digest = hashlib.sha256()
    for path in sorted(path for part in parts for path in part.rglob("*.py")):
        digest.update(path.read_bytes())
    record = folder / f"{name}_made_with.txt"
    stale = not record.is_file() or record.read_text() != digest.hexdigest()
    record.write_text(digest.hexdigest())
    return stale


def marks(folder: Path, name: str) -> dict[str, float | None]:
    """What the gradebook of a sample class says: points for an assignment's tasks judged by machine, by student."""
    found: dict[str, float | None] = {}
    with Gradebook(f"sqlite:///{(folder / 'gradebook.db').resolve()}") as gradebook:
        for student in expected_of(folder)[name]:
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
