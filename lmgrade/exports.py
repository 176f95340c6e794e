"""Marks as Canvas and Moodle import them: exporters for nbgrader's own command.

    nbgrader export --exporter=lmgrade.exports.Canvas --to canvas.csv
    nbgrader export --exporter=lmgrade.exports.Moodle --to moodle.csv

``--assignment`` and ``--student`` choose, as in nbgrader's manual. A mark is the gradebook's: marks by hand included,
the penalty for being late taken off. A student who has handed in nothing gets an empty field, and no row at all where
every field would be empty, so that an import changes nothing for them; ``--Canvas.missing=0`` writes a 0. A name that a
spreadsheet would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin
from traitlets import Dict, Enum, Unicode

from lmgrade.harmless import field

MOST_NAMED = 20
# Begins like a formula and is none: a number with its sign, the id of somebody who is known by one.
PLAIN = re.compile(r"[+@-]?[\w.@-]+")


class MarksExporter(ExportPlugin):
    """What both exporters share: which marks go into the file."""

    default_file = ""

    missing = Unicode("", help="What stands where nothing was handed in: empty, or 0.").tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Write the file.

        Raises:
            ValueError: an assignment or a student was asked for that the gradebook does not have.
        """
        assignments = _chosen("assignment", self.assignment, {each.name: each for each in gradebook.assignments})
        students = _chosen("student", self.student, {each.id: each for each in gradebook.students})
        rows = list(self.rows(assignments, list(self._marks(gradebook, assignments, students))))
        path = Path(self.to or self.default_file)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(map(_field, row) for row in rows)
        self.log.info("Marks of %d assignments exported to %s", len(assignments), path)

    def rows(self, assignments: list[Assignment], marks: list[tuple[Student, list[str]]]) -> Iterator[list[str]]:
        """The lines of the file, headings first.

        Args:
            assignments: the columns.
            marks: each student with a text for each column.
        """
        raise NotImplementedError

    def _marks(
        self, gradebook: Gradebook, assignments: list[Assignment], students: Iterable[Student]
    ) -> Iterator[tuple[Student, list[str]]]:
        unfinished = 0
        for student in students:
            fields = []
            for assignment in assignments:
                try:
                    submission = gradebook.find_submission(assignment.name, student.id)
                except MissingEntry:
                    fields.append(self.missing)
                    continue
                unfinished += bool(submission.needs_manual_grade)
                fields.append(_number(max(0.0, submission.score - (submission.late_submission_penalty or 0.0))))
            if any(fields):
                yield student, fields
        if unfinished:
            self.log.warning("submissions that still wait for marks by hand, which count as 0 so far: %d", unfinished)


class Canvas(MarksExporter):
    """A file for *Grades, Import* in Canvas.

    Canvas finds a student by its own number in the column ``ID`` (written where the gradebook knows one, as
    ``lms_user_id``), else by the school's: nbgrader's student id is written as ``SIS Login ID``, or as ``SIS User ID``
    with ``--Canvas.student_id_is="SIS User ID"``. It finds an assignment by its number in parentheses, which
    ``c.Canvas.assignment_ids = {"tokenization": 4711}`` gives (the number in the assignment's address); a column
    without one goes to the assignment of just that name, or becomes a new assignment.

    Source: Canvas's own ``lib/gradebook_importer.rb``.
    """

    default_file = "canvas.csv"

    assignment_ids = Dict(help="Canvas's numbers of assignments, by nbgrader's names.").tag(config=True)
    student_id_is = Enum(
        ["SIS Login ID", "SIS User ID"], "SIS Login ID", help="What nbgrader's student ids are to Canvas."
    ).tag(config=True)
    section = Unicode("", help="Written into the column Section, which Canvas wants and does not read.").tag(
        config=True
    )

    def rows(self, assignments, marks):
        titles = [
            f"{each.name} ({self.assignment_ids[each.name]})" if each.name in self.assignment_ids else each.name
            for each in assignments
        ]
        yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles]
        yield ["    Points Possible", "", "", "", "", *(_number(each.max_score) for each in assignments)]
        for student, fields in marks:
            ids = {"SIS User ID": "", "SIS Login ID": "", self.student_id_is: student.id}
            name = ", ".join(filter(None, (student.last_name, student.first_name))) or student.id
            yield [name, student.lms_user_id or "", ids["SIS User ID"], ids["SIS Login ID"], self.section, *fields]


class Moodle(MarksExporter):
    """A file for *Grades, Import, CSV file* in Moodle.

    Moodle asks what each column is. *Identify user by*: map from the column that holds nbgrader's student ids
    (``Username``, or another that ``--Moodle.student_id_is`` names: ``ID number``, ``Email address``) to the field of
    that name. *Grade item mappings*: map each assignment's column to its grade item, or to *New grade item*. The others
    are for the eye; leave them on *Ignore*.

    Source: Moodle's own ``grade/import/csv/classes/load_data.php``.
    """

    default_file = "moodle.csv"

    student_id_is = Enum(
        ["Username", "ID number", "Email address"], "Username", help="What nbgrader's student ids are to Moodle."
    ).tag(config=True)

    def rows(self, assignments, marks):
        headings = list(dict.fromkeys([self.student_id_is, "First name", "Last name", "Email address"]))
        yield [*headings, *(each.name for each in assignments)]
        for student, fields in marks:
            known = {
                "First name": student.first_name or "",
                "Last name": student.last_name or "",
                "Email address": student.email or "",
                self.student_id_is: student.id,
            }
            yield [*(known[heading] for heading in headings), *fields]


def _chosen(what: str, names: list, known: dict) -> list:
    if unknown := [str(name) for name in names if str(name) not in known]:
        some = ", ".join(sorted(known)[:MOST_NAMED]) or "none"
        more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
        raise ValueError(f"the gradebook has no {what} {', '.join(unknown)}; it has: {some}{more}")
    return [known[str(name)] for name in names] if names else list(known.values())


def _field(text: str) -> str:
    return text if PLAIN.fullmatch(text) else field(text)


def _number(points: float) -> str:
    """Points as both systems read them: a decimal point, no more places than they keep, no thousands."""
    return f"{points:.5f}".rstrip("0").rstrip(".")
