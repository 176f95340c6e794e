"""A class graded from an empty gradebook, killed in the middle, graded on: is every mark the known one?

``python -m tests.journeys.killed_class --students 300`` does it with a large class and prints a table by kind of
submission. Returns 1 when a mark or a message is not as known.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from rich.console import Console
from rich.table import Table

from lmgrade.release import nbgrader
from lmgrade.sample_class import hand_in, make
from lmgrade.sample_class.book import Student, as_bytes
from lmgrade.tasks import load

ROOT = Path(__file__).resolve().parents[2]
NAME = "tokenization"
# What a learner's process may use in this class. Some try to use up whatever they get.
LIMITS = '\nc.Judged.limits = {"memory": 2 * 2**30, "scratch": 64 * 2**20}\n'
START, END = 300.0, 30.0


@dataclass
class Outcome:
    """What was seen.

    Args:
        students: the class.
        marks: of every student in the end, by task.
        killed_after: how many had their marks when the run was killed.
        left: command lines of processes that outlived the one that was killed.
        halved: students who had some of their marks at that moment, and not all as known.
        integrity: what SQLite says of the gradebook, after the kill and in the end.
        seconds: of each of the two runs.
    """

    students: list[Student]
    marks: dict[str, dict[str, float]] = field(default_factory=dict)
    killed_after: int = 0
    left: list[str] = field(default_factory=list)
    halved: list[str] = field(default_factory=list)
    integrity: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def as_known(self, student: Student) -> bool:
        return self.marks.get(student.name) == student.expected


def attackers(folder: Path, how_many: int) -> list[Student]:
    """Submissions in which nothing is written but the cells of attacks from ``tests/attacks/``, spread evenly."""
    released = folder / "exercises" / NAME / f"{NAME}.ipynb"
    files = sorted((ROOT / "tests" / "attacks" / "cells").glob("*.py"))
    nothing = dict.fromkeys(load(NAME, ROOT).tasks, 0.0)
    found = []
    for path in files[:: max(1, len(files) // max(1, how_many))][:how_many]:
        text = path.read_text(encoding="utf-8").replace("@COURSE@", str(folder)).replace("@PORT@", "9")
        text = text.replace("@SITE@", sysconfig.get_path("purelib"))
        cells = re.split(r"^# %%.*\n", text, flags=re.MULTILINE)[1:]
        notebook = nbformat.read(released, as_version=4)
        notebook.cells[1:1] = [nbformat.v4.new_code_cell(re.sub(r"^# (?=[%!])", "", cell)) for cell in cells]
        name = path.stem.replace("_", "-")
        found.append(Student(name, "of tests/attacks", path.stem, nothing, as_bytes(notebook), f"{NAME}.ipynb"))
    return found


def graded_with_a_kill(folder: Path, how_many: int, rng: random.Random, attacks: int = 0) -> Outcome:
    """Make a class, grade it, kill that at a random moment, look, and grade on.

    Whoever hands in twice does so in between.
    """
    outcome = Outcome(make(ROOT, folder, NAME, how_many - attacks))
    outcome.students += attackers(folder, attacks)
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    first = {student.name: student for student in outcome.students}
    for student in outcome.students:
        hand_in(folder, NAME, student, student.earlier)
    at = rng.randint(len(first) // 4, 3 * len(first) // 4)
    began = time.monotonic()
    process = _start(folder)
    _wait_until_graded(process, folder, at)
    time.sleep(rng.random())
    others = _descendants(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    outcome.seconds.append(time.monotonic() - began)
    outcome.left = _still_there(others)
    outcome.integrity.append(_integrity(folder))
    found = marks(folder)
    outcome.killed_after = len(found)
    # Whoever hands in twice had something else to expect at that moment.
    outcome.halved = [
        name for name, given in found.items() if not first[name].earlier and given != first[name].expected
    ]
    for student in outcome.students:
        hand_in(folder, NAME, student)
    began = time.monotonic()
    said = _start(folder)
    output, _ = said.communicate()
    outcome.seconds.append(time.monotonic() - began)
    if said.returncode:
        raise RuntimeError(f"the second run ended with {said.returncode}:\n{output}")
    outcome.integrity.append(_integrity(folder))
    outcome.marks = marks(folder)
    return outcome


def _start(folder: Path) -> subprocess.Popen:
    path = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
    command = [sys.executable, "-m", "lmgrade", "class", NAME, "--yes"]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_until_graded(process: subprocess.Popen, folder: Path, at: int) -> None:
    records, last, count = folder / "judgements" / NAME / "graded", time.monotonic(), 0
    while (found := len(list(records.glob("*/record.json")))) < at:
        if process.poll() is not None:
            raise RuntimeError(f"the run ended with {process.returncode} before it was killed: {process.stdout.read()}")
        if found > count:
            last, count = time.monotonic(), found
        if time.monotonic() - last > START:
            process.kill()
            raise RuntimeError(f"nobody graded for {START:.0f} seconds, {found} before that")
        time.sleep(0.05)


def _descendants(pid: int) -> dict[tuple[int, str], str]:
    """The command lines of all processes below one, by number and time of start."""
    parents, found = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in brackets, may hold anything.
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            parents[int(path.name)] = int(fields[1]), fields[19], (path / "cmdline").read_text().replace("\0", " ")
        except (OSError, IndexError):
            continue
    below = {pid}
    while more := {child for child, (parent, *_) in parents.items() if parent in below} - below:
        below |= more
    for child in below - {pid}:
        found[child, parents[child][1]] = parents[child][2]
    return found


def _still_there(processes: dict[tuple[int, str], str]) -> list[str]:
    """Those that are running after a while."""
    deadline = time.monotonic() + END
    while (left := [command for key, command in processes.items() if _runs(*key)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _runs(pid: int, started: str) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[19] == started and fields[0] != "Z"


def _integrity(folder: Path) -> str:
    with sqlite3.connect(folder / "gradebook.db") as database:
        return database.execute("PRAGMA integrity_check").fetchone()[0]


def marks(folder: Path) -> dict[str, dict[str, float]]:
    """Points by student and task, of those who have any marks by machine."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        given = {
            submission.student.id: {
                # A grade cell is named after its task, with hyphens.
                grade.name.removeprefix("test-").replace("-", "_"): grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.cell.cell_type == "code"
            }
            for submission in gradebook.assignment_submissions(NAME)
        }
    return {name: points for name, points in given.items() if any(point is not None for point in points.values())}


def says(page: str, text: str) -> bool:
    """Does a reader of a feedback page find this text, however it is broken into lines?"""
    return " ".join(text.split()) in " ".join(unescape(re.sub(r"<[^>]*>", "", page)).replace("\xa0", " ").split())


def unsaid(folder: Path, student: Student) -> list[str]:
    """What a student's feedback ought to say and does not."""
    page = (folder / "feedback" / student.name / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    return [text for text in student.says if not says(page, text)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--attacks", type=int, default=30, help="of these, from tests/attacks/ (default 30)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the kill")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "killed_class")
    options = parser.parse_args()
    if (options.folder / "gradebook.db").exists():
        parser.error(f"{options.folder} holds a class already; name another folder or delete it")
    console = Console()
    outcome = graded_with_a_kill(options.folder, options.students, random.Random(options.seed), options.attacks)
    began = time.monotonic()
    nbgrader("generate_feedback", NAME, course=options.folder)
    feedback = time.monotonic() - began
    missing = {student.name: unsaid(options.folder, student) for student in outcome.students}
    table = Table(title=f"A class of {len(outcome.students)}, killed (seed {options.seed})", title_justify="left")
    for heading in ("kind of submission", "how many", "marks as known", "marks not as known", "feedback as known"):
        table.add_column(heading, justify="left" if heading.startswith("kind") else "right")
    for kind, count in Counter(student.kind for student in outcome.students).most_common():
        of_kind = [student for student in outcome.students if student.kind == kind]
        right = sum(map(outcome.as_known, of_kind))
        said = sum(not missing[student.name] for student in of_kind)
        table.add_row(kind, str(count), str(right), str(count - right), str(said))
    right, said = sum(map(outcome.as_known, outcome.students)), sum(not texts for texts in missing.values())
    table.add_section()
    table.add_row("all", str(len(missing)), str(right), str(len(missing) - right), str(said))
    console.print(table)
    console.print(
        f"killed when {outcome.killed_after} had their marks, after {outcome.seconds[0]:.0f} s; "
        f"the rest took {outcome.seconds[1]:.0f} s, feedback {feedback:.0f} s"
    )
    console.print(
        f"left running after the kill: {len(outcome.left)}; wrong or half of their marks then: {len(outcome.halved)}; "
        f"the gradebook's integrity: {', '.join(outcome.integrity)}"
    )
    for student in outcome.students:
        if not outcome.as_known(student) or missing[student.name]:
            given = outcome.marks.get(student.name, {})
            differ = {task: given.get(task) for task in student.expected if given.get(task) != student.expected[task]}
            console.print(f"{student.name} ({student.story}): marks {differ}, unsaid {missing[student.name]}")
    sound = not outcome.left and not outcome.halved and set(outcome.integrity) == {"ok"}
    return 0 if sound and right == said == len(missing) else 1


if __name__ == "__main__":
    sys.exit(main())
