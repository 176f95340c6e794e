"""Grade a class: a pool judges submissions side by side, and nbgrader's own Autograde writes one student at a time."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import determine_grade, is_locked

from lmgrade import gradebook, gradecells
from lmgrade.intake import LARGEST_FILE, admit
from lmgrade.judge import DEAD, TIMEOUT, fresh_seed
from lmgrade.judgement import Conditions, given, write_into
from lmgrade.nbgrader_plugin import Judged
from lmgrade.pool import Lost, Pool
from lmgrade.records import FOLDER, Record, Records
from lmgrade.tasks import Assignment, load_folder, tasks_file

# By notebook and cell; None where a person gives the points.
Marks = dict[tuple[str, str], float | None]


@dataclass
class Submission:
    """What a student handed in, and what became of it.

    Args:
        student: who.
        folder: where.
        made_from: a digest of all that its marks depend on but the seed.
        marks: what it earned, as far as machines say.
        person: why a person should look at it.
        seconds: that judging took.
        lost: it broke the process that judged it, twice.
    """

    student: str
    folder: str
    made_from: str = ""
    marks: Marks = field(default_factory=dict)
    person: list[str] = field(default_factory=list)
    seconds: float = 0.0
    lost: bool = False


@dataclass(frozen=True)
class Change:
    """A mark that regrading would change."""

    student: str
    notebook: str
    cell: str
    before: float | None
    after: float | None


class Watcher:
    """Is told how a run gets on; this one keeps silent and agrees to everything."""

    def begins(self, seed: int, total: int, skipped: int, workers: int) -> None: ...

    def judged(self, submission: Submission) -> None: ...

    def agrees(self, regraded: int, changes: list[Change]) -> bool:
        """Asked before marks of students who have some already are saved."""
        return True


@dataclass
class Judgements:
    """What the pool said, as `lmgrade.nbgrader_plugin.Judged` asks for it."""

    assignment: Assignment
    conditions: Conditions
    records: Records
    # Of notebooks that nothing ran of: refused at the gate, or lost by the pool.
    unjudged: dict[tuple[str, str], dict] = field(default_factory=dict)

    def find(self, student: str, notebook: str, cells: NotebookNode) -> dict | None:
        """The judgement of just these cells; None where there is none."""
        if found := self.unjudged.get((student, notebook)):
            return found
        return self.records.judgement(student, notebook, self.conditions.key(given(cells)))


class ClassRun(Autograde):
    """nbgrader's Autograde for a class, whose marks it writes as the judgements arrive.

    Args:
        workers: processes that judge.
        seed: asked for; None for a fresh one, or that of the run that was not finished.
        again: also what is graded already and has not changed.
        watcher: is told of everything.
    """

    def __init__(
        self, *, workers: int, seed: int | None = None, again: bool = False, watcher: Watcher | None = None, **nbgrader
    ) -> None:
        super().__init__(**nbgrader)
        self.workers = workers
        self.again = again
        self.watcher = watcher or Watcher()
        # Which submissions are graded is said by the records, not by the folders that are there.
        self.force = True
        name = self.coursedir.assignment_id
        folder = Path(self._folder_of(self.coursedir.source_directory))
        if not tasks_file(folder):
            raise FileNotFoundError(f"{folder} has no tasks file: grade it with `nbgrader autograde {name}`")
        self.released = {
            path.stem: nbformat.read(path, as_version=4)
            for path in sorted(Path(self._folder_of(self.coursedir.release_directory)).glob("*.ipynb"))
        }
        if not self.released:
            where = self._folder_of(self.coursedir.release_directory)
            raise FileNotFoundError(f"{where} holds no notebook: run `nbgrader generate_assignment {name}` first")
        settings = Judged(parent=self)
        self.records = Records(Path(self.coursedir.root, FOLDER, name))
        self.run_record = self.records.begin(settings.seed if seed is None else seed, fresh_seed(), again)
        conditions = Conditions(
            str(folder),
            self.run_record.seed,
            settings.cell_seconds,
            settings.notebook_seconds,
            dict(settings.limits),
            settings.sandbox,
        )
        self.judgements = Judgements(load_folder(folder), conditions, self.records)
        self.done: list[Submission] = []
        self.skipped: list[str] = []
        self.declined = False

    def _folder_of(self, step: str) -> str:
        return self.coursedir.format_path(step, ".", self.coursedir.assignment_id)

    def init_notebooks(self) -> None:
        """As nbgrader's; a folder without any notebook counts too, and gets its 0."""
        pattern = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        excluded = self.coursedir.student_id_exclude.split(",")
        self.assignments = {
            folder: [os.path.join(folder, f"{name}.ipynb") for name in self.released]
            for folder in sorted(glob.glob(pattern))
            if os.path.isdir(folder) and self._student(folder) not in excluded
        }
        if not self.assignments:
            raise NbGraderException(f"there are no submissions: no folder matches {pattern}")

    def _student(self, folder: str) -> str:
        pattern = self._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
        return re.match(pattern, folder)["student_id"]

    def convert_notebooks(self) -> None:
        """nbgrader's own step, once for each student."""
        found = self.assignments
        with gradebook.opened_once(self.coursedir.db_url, self.coursedir.course_id) as self.book:
            self.sources = self._sources()
            common = self._common()
            submissions = [Submission(self._student(folder), folder, _digest_of(common, folder)) for folder in found]
            todo = [submission for submission in submissions if not self._is_done(submission)]
            self.skipped = sorted({s.student for s in submissions} - {s.student for s in todo})
            self.watcher.begins(self.run_record.seed, len(todo), len(self.skipped), self.workers)
            before = gradebook.marks(self.book, self.coursedir.assignment_id)
            held = []
            with contextlib.closing(self._judge_all(todo)) as judged:
                for submission in judged:
                    if submission.student in before:
                        held.append(submission)
                    else:
                        self._save(submission, found[submission.folder])
                    self.watcher.judged(submission)
            changes = [change for s in held for change in _changes(s, before[s.student])]
            self.declined = bool(held) and not self.watcher.agrees(len(held), changes)
            for submission in () if self.declined else held:
                self._save(submission, found[submission.folder])
            if not self.declined:
                self.records.finish(self.run_record)
            self.totals = gradebook.totals(self.book, self.coursedir.assignment_id)

    def _sources(self) -> dict[str, dict[str, str]]:
        """By notebook, the locked cells' text, hidden tests and all, which nbgrader puts back before it grades."""
        name = self.coursedir.assignment_id
        try:
            sources = {
                notebook: {cell.name: cell.source for cell in self.book.find_notebook(notebook, name).source_cells}
                for notebook in self.released
            }
        except MissingEntry as error:
            raise NbGraderException(
                f"the gradebook does not know {name}: run `nbgrader generate_assignment {name}` first"
            ) from error
        tasks = self.judgements.assignment.tasks
        for cells in sources.values():
            for cell, source in cells.items():
                if (task := gradecells.named_task(source)) and task not in tasks:
                    raise NbGraderException(f"cell {cell} names the task {task!r}, which {name} lacks")
        return sources

    def _common(self) -> str:
        """A digest of all that every student's marks depend on but the seed."""
        parts = [self.judgements.conditions.unseeded, self.released, self.sources]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "replace")).hexdigest()

    def _is_done(self, submission: Submission) -> bool:
        record = self.records.record(submission.student)
        if record is None or record.made_from != submission.made_from:
            return False
        dest = Path(self._format_dest(self.coursedir.assignment_id, submission.student))
        if not all((dest / f"{name}.ipynb").is_file() for name in self.released):
            return False
        return not self.again or record.run == self.run_record.name

    def _judge_all(self, todo: list[Submission]) -> Iterator[Submission]:
        """The submissions as they are judged, the pool's workers side by side."""
        if not todo:
            return
        workers = min(self.workers, len(todo))
        with Pool(self.judgements.conditions, workers) as pool:
            threads = ThreadPoolExecutor(workers)
            try:
                futures = [threads.submit(self._judge, submission, pool.judge) for submission in todo]
                for future in as_completed(futures):
                    yield future.result()
            finally:
                threads.shutdown(wait=False, cancel_futures=True)

    def _judge(self, submission: Submission, judge: Callable[[list[str]], dict]) -> Submission:
        """Fill in what a submission came to. Runs in a thread of its own, and writes nothing but judgements."""
        for name, released in self.released.items():
            admitted = admit(Path(submission.folder, f"{name}.ipynb"), released)
            notebook = admitted.notebook
            for cell in notebook.cells:
                if is_locked(cell):
                    cell.source = self.sources[name].get(cell.metadata.nbgrader.grade_id, cell.source)
            judgement = self._judgement(submission, name, notebook, judge)
            write_into(notebook, judgement, self.judgements.assignment)
            for cell in filter(gradecells.is_grade, notebook.cells):
                submission.marks[name, cell.metadata.nbgrader.grade_id] = determine_grade(cell, self.log)[0]
            submission.person += _reasons(notebook, judgement)
        return submission

    def _judgement(self, submission: Submission, name: str, notebook: NotebookNode, judge) -> dict:
        conditions, where = self.judgements.conditions, (submission.student, name)
        if "refused" in notebook.metadata.get("lmgrade", {}):
            self.judgements.unjudged[where] = {"seed": conditions.seed}
            return self.judgements.unjudged[where]
        cells = given(notebook)
        key = conditions.key(cells)
        if found := self.records.judgement(*where, key):
            return found
        began = time.monotonic()
        try:
            judgement = {"key": key, **judge(cells)}
        except Lost as error:
            submission.lost = True
            self.judgements.unjudged[where] = {"failed": str(error), "seed": conditions.seed}
            return self.judgements.unjudged[where]
        submission.seconds += time.monotonic() - began
        self.records.keep(*where, judgement)
        return judgement

    def _save(self, submission: Submission, notebooks: list[str]) -> None:
        """Have nbgrader write one student's notebooks and marks: all of the marks, or none."""
        self.records.forget(submission.student)
        self.assignments = {submission.folder: notebooks}
        try:
            with gradebook.one_transaction(self.book):
                super().convert_notebooks()
        except NbGraderException:
            # An older mark must not stay either.
            gradebook.give_nothing(self.book, self.coursedir.assignment_id, submission.student)
            submission.person.append("nbgrader could not grade it, see nbgrader.log")
        else:
            if not submission.lost:  # those are tried again by the next run
                run = self.run_record
                person = "; ".join(submission.person)
                record = Record(submission.made_from, run.name, run.seed, submission.seconds, person)
                self.records.remember(submission.student, record)
        self.done.append(submission)


def _digest_of(common: str, folder: str) -> str:
    """Of a submission and of what it shares with the others."""
    digest = hashlib.sha256(common.encode())
    for path in [*sorted(Path(folder).glob("*.ipynb")), Path(folder, "timestamp.txt")]:
        digest.update(f"\n{path.name} {_content(path)}".encode("utf-8", "replace"))
    return digest.hexdigest()


def _content(path: Path) -> str:
    """A digest of a regular file; of anything else, what it is."""
    try:
        status = path.lstat()
    except OSError:
        return ""
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
        return f"{status.st_mode} {status.st_size} {status.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _changes(submission: Submission, before: Marks) -> Iterable[Change]:
    for (notebook, cell), after in submission.marks.items():
        old = before.get((notebook, cell))
        if old != after and (old is None or after is None or abs(old - after) > 1e-9):
            yield Change(submission.student, notebook, cell, old, after)


def _reasons(notebook: NotebookNode, judgement: dict) -> list[str]:
    """Why a person should look at a notebook: what the learner may not be to blame for, and what nobody saw."""
    if why := notebook.metadata.lmgrade.get("refused"):
        return [f"refused: {why}"]
    reasons = []
    for what, status in (("ended the process", "dead"), ("did not end", "timeout")):
        count = sum(cell["status"] == status for cell in judgement["cells"])
        if count:
            reasons.append(f"{count} cell{'s' * (count > 1)} {what}")
    for task, verdicts in judgement["verdicts"].items():
        for status in (DEAD, TIMEOUT):
            if any(verdict["status"] == status for verdict in verdicts):
                reasons.append(f"{task}: {status}")
    return reasons
