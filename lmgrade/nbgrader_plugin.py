"""The way from nbgrader to the gate and the judge; ``nbgrader_config.py`` names what is here.

* `IntakeExporter` is ``Autograde.exporter_class``: what nbgrader reads from ``submitted/`` comes through the gate.
* `RestoreCells` stands in ``Autograde.sanitize_preprocessors`` where nbgrader's ``OverwriteCells`` stood.
* `Judged` stands in ``Autograde.autograde_preprocessors`` where nbgrader's ``Execute`` stood.
* `SaveMarks` stands there where nbgrader's ``SaveAutoGrades`` stood.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from weakref import WeakKeyDictionary

import nbformat
import nbgrader
from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import Execute, OverwriteCells, SaveAutoGrades
from traitlets import Bool, Dict, Float, Integer

from lmgrade.exchange import SECRET, is_secret
from lmgrade.gradecells import task_of
from lmgrade.handed_in import folders_of
from lmgrade.intake import admit
from lmgrade.isolation import why_not
from lmgrade.judge import PASSED, Judge
from lmgrade.judgement import given, judgement_of, write_into
from lmgrade.kernels import Launcher, launch_local
from lmgrade.sandbox import Limits, for_folder
from lmgrade.tasks import load_folder, tasks_file

NOTES_ID = "lmgrade-notes"
# Stands for the released ones until `lmgrade.intake.expect_notebooks` names them.
ANY_NOTEBOOK = "none.ipynb"
# Where pages are made from: nbgrader's own templates, but for what stands here.
TEMPLATES = [
    str(Path(__file__).parent / "templates"),
    str(Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"),
]

# One judge a grading run and assignment, so that a class meets the same inputs and shares the expected answers.
_judges: WeakKeyDictionary = WeakKeyDictionary()
_sandboxes: WeakKeyDictionary = WeakKeyDictionary()

UNPROTECTED = "GRADING WITHOUT A SANDBOX: learners' code can read, change and send whatever you can."
WITHOUT = "To grade without a sandbox, for notebooks of people you trust, add --Judged.sandbox=False."


class IntakeExporter(NotebookExporter):
    """Writes notebooks as nbgrader's exporter does; reads those of ``submitted/`` through the gate.

    nbgrader makes one before it grades anything, so this is where a run without a possible sandbox is refused, and
    where what was handed in is made fit for nbgrader. What `lmgrade.class_run` writes has been judged before, perhaps
    on other machines.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not Judged(parent=self).sandbox:
            self.log.warning(UNPROTECTED)
        elif not hasattr(self.parent, "judgements") and (why := why_not()):
            self.log.error("Nothing was graded: %s %s", why, WITHOUT)
            raise NbGraderException("no sandbox for learners' code on this machine")
        # nbgrader skips a folder without any notebook, whose student would keep an older mark.
        for folder in folders_of(self.parent.coursedir):
            self.parent.assignments.setdefault(folder, [str(Path(folder, ANY_NOTEBOOK))])

    def from_filename(self, filename, resources=None, **kwargs):
        converter = self.parent
        if not converter._sanitizing:
            return super().from_filename(filename, resources, **kwargs)
        coursedir = converter.coursedir
        folder = coursedir.format_path(coursedir.release_directory, ".", resources["nbgrader"]["assignment"])
        release = Path(folder) / Path(filename).name
        if not release.is_file():
            raise NbGraderException(f"{release} is not there: run `nbgrader generate_assignment` first")
        self._leave_other_files(converter, resources["nbgrader"]["assignment"], resources["nbgrader"]["student"])
        admitted = admit(Path(filename), nbformat.read(release, as_version=4))
        for note in admitted.notes:
            self.log.warning("%s: %s", filename, note)
        if admitted.notes:
            text = "**From the grader**\n\n" + "\n".join(f"* {note}" for note in admitted.notes)
            admitted.notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id=NOTES_ID))
        resources.setdefault("metadata", {})["name"] = Path(filename).stem
        return self.from_notebook_node(admitted.notebook, resources, **kwargs)

    def _leave_other_files(self, converter, assignment: str, student: str) -> None:
        """Of a submission the notebook alone is taken. nbgrader has copied what lay beside it, links followed, and
        would return it with the feedback.
        """
        coursedir = converter.coursedir
        taken = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
        given = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
        for path in sorted(taken.rglob("*")):
            relative = path.relative_to(taken)
            kept = path.suffix == ".ipynb" or relative == Path("timestamp.txt") or (given / relative).is_file()
            # Under which the exchange keeps this learner's feedback.
            kept = kept or (relative == Path(SECRET) and is_secret(path))
            if path.is_file() and not kept:
                path.unlink()


class RestoreCells(OverwriteCells):
    """nbgrader's own step, which gives grade cells back their hidden lines, without its warnings.

    It warns for each of them, since the released cell never has the source's checksum. The gate has already said what
    a learner really changed.
    """

    def report_change(self, name, attr, old, new):
        self.log.debug("Attribute %r of cell %s restored", attr, name)


class SaveMarks(SaveAutoGrades):
    """nbgrader's own step, which also has Formgrader ask a person where a task was answered with what is forbidden.

    The 0 points are the machine's; whatever mark a person gives stands, as after any other cell marked by hand.
    """

    def preprocess(self, nb, resources):
        self.forbidden = nb.metadata.get("lmgrade", {}).get("forbidden", {})
        return super().preprocess(nb, resources)

    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        if task_of(cell) in self.forbidden:
            names = cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id
            self.gradebook.find_grade(*names).needs_manual_grade = True
            self.gradebook.db.commit()


class Judged(Execute):
    """Runs a submission and has its grade cells judged.

    A grade cell whose hidden line names a task gets the judge's verdict as its output, which nbgrader's own steps then
    read. Grade cells without such a line are graded by their asserts, as nbgrader does. An assignment without a tasks
    file is left to nbgrader's ``Execute``.
    """

    seed = Integer(None, allow_none=True, help="Draws the checks' inputs; a fresh one for each run by default.").tag(
        config=True
    )
    cell_seconds = Float(30, help="Time for one of the learner's cells.").tag(config=True)
    notebook_seconds = Float(300, help="Time for a whole notebook, checks included.").tag(config=True)
    limits = Dict(
        help="What a learner's processes may use, where it differs from lmgrade.sandbox.Limits: {'memory': 8 * 2**30}."
    ).tag(config=True)
    sandbox = Bool(
        True, help="Run learners' code in a sandbox. Without one it can do whatever the grader's user can."
    ).tag(config=True)

    def preprocess(self, nb, resources):
        converter = self.parent.parent
        name = resources["nbgrader"]["assignment"]
        coursedir = converter.coursedir
        folder = Path(coursedir.format_path(coursedir.source_directory, ".", name))
        if not tasks_file(folder):
            with self._launcher(converter, folder)() as manager:
                try:
                    return super().preprocess(nb, resources, manager)
                finally:
                    if self.kc is not None:
                        self.kc.stop_channels()
        stored = getattr(converter, "judgements", None)
        found = stored and stored.find(resources["nbgrader"]["student"], resources["nbgrader"]["notebook"], nb)
        if found:
            judgement, assignment = found, stored.assignment
        else:
            judge = self._judge(converter, folder)
            refused = "refused" in nb.metadata.get("lmgrade", {})
            judgement = {"seed": judge.seed} if refused else judgement_of(judge, given(nb))
            assignment = judge.assignment
        nb.metadata.setdefault("lmgrade", nbformat.NotebookNode()).seed = judgement["seed"]
        try:
            verdicts = write_into(nb, judgement, assignment)
        except ValueError as error:
            raise NbGraderException(str(error)) from error
        for task, of_task in verdicts.items():
            for verdict in of_task:
                if verdict.status != PASSED:
                    self.log.info("%s, %s: %s. %s", task, verdict.check.title, verdict.status, verdict.message)
        return nb, resources

    def _judge(self, converter, folder: Path) -> Judge:
        judges = _judges.setdefault(converter, {})
        if folder not in judges:
            assignment = load_folder(folder)
            launch = self._launcher(converter, folder, assignment.allowed)
            judges[folder] = Judge(assignment, self.seed, launch, self.cell_seconds, self.notebook_seconds)
            self.log.info("Seed of this grading run: %d", judges[folder].seed)
        return judges[folder]

    def _launcher(self, converter, folder: Path, allowed: Iterable[str] = ()) -> Launcher:
        """What starts an assignment's kernels: one sandbox for all, which ends with the run."""
        if not self.sandbox:
            return launch_local
        sandboxes = _sandboxes.setdefault(converter, {})
        if folder not in sandboxes:
            sandboxes[folder] = for_folder(folder, allowed, Limits(**self.limits))
        return sandboxes[folder].launch
