"""A sample class's marks beside the known ones."""

from __future__ import annotations

from collections import defaultdict

from rich.markup import escape
from rich.table import Table

# A larger class is told by kinds of submissions, and student by student only where a mark differs.
MOST_ROWS = 40


def compared(name: str, expected: dict[str, dict], marks: dict[str, float | None]) -> tuple[Table, int]:
    """A table of marks, and how many of them differ.

    Args:
        name: of the assignment.
        expected: by student, what was made (`lmgrade.sample_class.expected_of`).
        marks: by student, what was earned, None for nothing.
    """
    sums = {student: sum(told["points"].values()) for student, told in expected.items()}
    wrong = {s for s, known in sums.items() if marks[s] is None or abs(marks[s] - known) > 1e-6}
    table = Table(title=f"The sample class, {name}", title_justify="left")
    for heading, justify in (("student", "left"), ("notebook", "left"), ("points", "right"), ("known", "right")):
        table.add_column(heading, justify=justify)
    for student in expected if len(expected) <= MOST_ROWS else sorted(wrong):
        shown = "none" if marks[student] is None else f"{marks[student]:g}"
        story = escape(expected[student]["story"])
        table.add_row(student, story, f"[red]{shown}[/red]" if student in wrong else shown, f"{sums[student]:g}")
    if len(expected) > MOST_ROWS:
        kinds = defaultdict(list)
        for student, told in expected.items():
            kinds[told["kind"]].append(student)
        for kind, students in kinds.items():
            earned = sum(marks[student] or 0.0 for student in students)
            total = sum(sums[student] for student in students)
            table.add_row(f"{len(students)} together", kind, f"{earned:g}", f"{total:g}")
    return table, len(wrong)
