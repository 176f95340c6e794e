"""What lies in ``submitted/``, made fit for nbgrader to walk through.

nbgrader follows links, opens pipes, and gives up at a time stamp that is none, at some of these before it has asked
anybody. So this comes first, for all of an assignment's folders.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

LONGEST_TIME_STAMP = 100
# Left in a folder that has taken the place of something else: the gate reads it as the reason.
NOTE = "was-no-folder.txt"


def folders_of(course: CourseDirectory) -> list[str]:
    """The folders handed in for the assignment that is graded, by the student or students asked for; whatever has the
    place of one counts, so that its student gets a 0 and a reason.
    """
    excluded = course.student_id_exclude.split(",")
    pattern = course.format_path(course.submitted_directory, course.student_id, course.assignment_id)
    depth = _depth(course)
    found = []
    for folder in sorted(glob.glob(pattern)):
        student = Path(folder).parts[-depth:][0]
        if student not in excluded:
            tidy(Path(folder), depth)
            found.append(folder)
    return found


def _depth(course: CourseDirectory) -> int:
    """How many of the last parts of a submission's path are its student's: what is around them is the instructor's."""
    parts = Path(course.directory_structure).parts
    (first,) = (number for number, part in enumerate(parts) if "{student_id}" in part)
    return len(parts) - first


def tidy(folder: Path, depth: int = 1) -> None:
    """Leave a real folder with regular files in it.

    A link or anything else in the place of the folder gives way to a folder with a `NOTE` in it, into which a file is
    moved; nothing behind a link is looked at. Links and other special files inside are deleted, except notebooks, which
    are refused at the gate, and so is a time stamp that is none.

    Args:
        folder: one student's, for one assignment.
        depth: how many parts at the end of its path must be real.
    """
    replaced = [what for path in reversed([folder, *folder.parents][:depth]) if (what := _replace(path))]
    if replaced:
        folder.mkdir(exist_ok=True)
        (folder / NOTE).write_text("".join(f"{what}\n" for what in replaced), encoding="utf-8", errors="replace")
    for path in list(_special(folder)):
        path.unlink()
    stamp = folder / "timestamp.txt"
    if stamp.is_file() and not _is_time_stamp(stamp):
        stamp.unlink()


def _replace(path: Path) -> str:
    """Have a folder where something else may be; what that was."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return ""
    if stat.S_ISDIR(mode):
        return ""
    if stat.S_ISREG(mode):
        aside = path.with_name(f".{path.name}")
        path.rename(aside)
        path.mkdir()
        aside.rename(path / path.name)
        return f"{path} was a file"
    what = f"a link to {os.readlink(path)}" if stat.S_ISLNK(mode) else "no folder"
    path.unlink()
    path.mkdir()
    return f"{path} was {what}"


def _special(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        for path in (Path(top, name) for name in [*folders, *names]):
            mode = path.lstat().st_mode
            notebook = path.suffix == ".ipynb" and path.parent == folder
            if not notebook and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                yield path


def _is_time_stamp(path: Path) -> bool:
    # Not above: it takes most of a second, and a learner's verdict needs none of it.
    from nbgrader.utils import parse_utc

    try:
        return path.stat().st_size <= LONGEST_TIME_STAMP and bool(parse_utc(path.read_text(encoding="utf-8").strip()))
    except (ValueError, OverflowError):
        return False
