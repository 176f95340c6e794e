"""Grade a class: a pool judges submissions side by side, and nbgrader's own Autograde writes one student at a time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import determine_grade, is_locked

from lmgrade import gradebook, gradecells
from lmgrade.handed_in import folders_of
from lmgrade.intake import admit
from lmgrade.judge import fresh_seed
from lmgrade.judgement import Conditions, given, write_into
from lmgrade.nbgrader_plugin import Judged
from lmgrade.pool import Lost, NotStarted, Pool
from lmgrade.records import FOLDER, Judgements, Record, Records
from lmgrade.submissions import Change, Submission, changes_of, digest_of, reasons_for_a_person
from lmgrade.tasks import assignments_in, load_folder, tasks_file


class Watcher:
    """Is told how a run gets on; this one keeps silent and agrees to everything."""

    def begins(self, seed: int, total: int, skipped: int) -> None: ...

    def judged(self, submission: Submission) -> None: ...

    def agrees(self, regraded: int, changes: list[Change]) -> bool:
        """Asked before marks of students who have some already are saved."""
        return True


class ClassRun(Autograde):
    """nbgrader's Autograde for a class, whose marks it writes as the judgements arrive.

    Args:
        pool: makes a `lmgrade.pool.Pool`, or what has its form, of the conditions and the number of submissions.
        seed: asked for; None for a fresh one, or that of the run that was not finished.
        again: also what is graded already and has not changed.
        watcher: is told of everything.
    """

    def __init__(
        self,
        *,
        pool: Callable[[Conditions, int], Pool],
        seed: int | None = None,
        again: bool = False,
        watcher: Watcher | None = None,
        **nbgrader,
    ) -> None:
        super().__init__(**nbgrader)
        self.pool = pool
        self.again = again
        self.watcher = watcher or Watcher()
        # Which submissions are graded is said by the records, not by the folders that are there.
        self.force = True
        name = self.coursedir.assignment_id
        folder = Path(self._folder_of(self.coursedir.source_directory))
        if not folder.is_dir():
            others = ", ".join(assignments_in(folder.parent))
            raise FileNotFoundError(f"no assignment {name!r}; there are: {others}")
        if not tasks_file(folder):
            raise FileNotFoundError(f"{folder} has no tasks file: grade it with `nbgrader autograde {name}`")
        self.released = {
            path.stem: nbformat.read(path, as_version=4)
            for path in sorted(Path(self._folder_of(self.coursedir.release_directory)).glob("*.ipynb"))
        }
        if not self.released:
            where = self._folder_of(self.coursedir.release_directory)
            raise FileNotFoundError(f"{where} holds no notebook: run `nbgrader generate_assignment {name}` first")
        self.assignment = load_folder(folder)
        self.seed = seed
        self.records = Records(Path(self.coursedir.root, FOLDER, name))
        self.done: list[Submission] = []
        self.skipped: list[str] = []
        self.totals: dict[str, tuple[float, float]] = {}
        self.declined = False
        self.judged_by = ""

    def _folder_of(self, step: str) -> str:
        return self.coursedir.format_path(step, ".", self.coursedir.assignment_id)

    def start(self) -> None:
        """Grade. One run at a time: hold ``records.lock``."""
        settings = Judged(parent=self)
        asked = settings.seed if self.seed is None else self.seed
        self.run_record = self.records.begin(asked, fresh_seed(), self.again)
        conditions = Conditions(
            str(self.assignment.folder),
            self.run_record.seed,
            settings.cell_seconds,
            settings.notebook_seconds,
            dict(settings.limits),
            settings.sandbox,
        )
        self.judgements = Judgements(self.assignment, conditions, self.records)
        super().start()

    def init_notebooks(self) -> None:
        """As nbgrader's; a folder without any notebook counts too, and gets its 0."""
        self.assignments = {
            folder: [os.path.join(folder, f"{name}.ipynb") for name in self.released]
            for folder in folders_of(self.coursedir)
        }
        if not self.assignments:
            pattern = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
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
            submissions = [Submission(self._student(folder), folder, digest_of(common, folder)) for folder in found]
            todo = [submission for submission in submissions if not self._is_done(submission)]
            self.skipped = sorted({s.student for s in submissions} - {s.student for s in todo})
            self.watcher.begins(self.run_record.seed, len(todo), len(self.skipped))
            before = self.before = gradebook.marks(self.book, self.coursedir.assignment_id)
            held = []
            with contextlib.closing(self._judge_all(todo)) as judged:
                for submission in judged:
                    if submission.student in before:
                        held.append(submission)
                    else:
                        self._save(submission, found[submission.folder])
                    self.watcher.judged(submission)
            changes = [change for s in held for change in changes_of(s, before[s.student])]
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
        tasks = self.assignment.tasks
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
        with self.pool(self.judgements.conditions, len(todo)) as pool:
            threads = ThreadPoolExecutor(pool.width)
            try:
                futures = [threads.submit(self._judge, submission, pool.judge) for submission in todo]
                for future in as_completed(futures):
                    yield future.result()
            finally:
                threads.shutdown(wait=False, cancel_futures=True)
                self.judged_by = str(pool)

    def _judge(self, submission: Submission, judge: Callable[[list[str]], dict]) -> Submission:
        """Fill in what a submission came to. Runs in a thread of its own, and writes nothing but judgements."""
        try:
            self._look_at(submission, judge)
        except NotStarted:
            raise
        except Exception as error:  # whatever one submission brings about, the others go on
            self.log.exception("While %s was judged", submission.folder)
            submission.lost = True
            submission.person.append(f"{type(error).__name__}, see nbgrader.log")
        return submission

    def _look_at(self, submission: Submission, judge: Callable[[list[str]], dict]) -> None:
        for name, released in self.released.items():
            admitted = admit(Path(submission.folder, f"{name}.ipynb"), released)
            notebook = admitted.notebook
            for cell in notebook.cells:
                if is_locked(cell):
                    cell.source = self.sources[name].get(cell.metadata.nbgrader.grade_id, cell.source)
            judgement = self._judgement(submission, name, notebook, judge)
            submission.person += reasons_for_a_person(notebook, judgement)
            if submission.student in self.before:
                # What nbgrader will find, when it is asked to.
                write_into(notebook, judgement, self.assignment)
                for cell in filter(gradecells.is_grade, notebook.cells):
                    submission.marks[name, cell.metadata.nbgrader.grade_id] = determine_grade(cell, self.log)[0]

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
            with gradebook.schemas_checked_once(), gradebook.one_transaction(self.book):
                super().convert_notebooks()
        except NbGraderException:
            # An older mark must not stay either.
            try:
                gradebook.give_nothing(self.book, self.coursedir.assignment_id, submission.student)
            except Exception:  # a name that no gradebook can hold, say
                self.log.exception("While %s was given 0", submission.folder)
            submission.failed = True
            submission.person.append("nbgrader could not grade it, see nbgrader.log")
        else:
            if not submission.lost:  # those are tried again by the next run
                run = self.run_record
                person = "; ".join(submission.person)
                record = Record(submission.made_from, run.name, run.seed, submission.seconds, person)
                self.records.remember(submission.student, record)
        self.done.append(submission)
