"""The report on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lmgrade.harmless import printable
from lmgrade.report.summary import Summary

# Of misconceptions and like answers; a screen holds no more.
MOST_ROWS = 15


def show(summary: Summary, console: Console) -> None:
    """Print the report: numbers, checks, misconceptions, like answers, and what a person should look at."""
    _numbers(summary, console)
    _checks(summary, console)
    if summary.mistakes:
        _mistakes(summary, console)
    if summary.likeness.pairs:
        _likeness(summary, console)
    if own := summary.likeness.own:
        console.print(f"Submissions whose code is, but for names and layout, the course's own: {len(own)}")
    _flags(summary, console)


def _table(title: str, *headings: str, numbers: tuple[str, ...] = ()) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left", overflow="fold")
    return table


def _numbers(summary: Summary, console: Console) -> None:
    graded, marks = summary.graded, summary.marks
    table = Table(title=f"{escape(graded.assignment.name)}", title_justify="left", show_header=False)
    rows = {
        "submissions": f"{marks.count} graded, {len(graded.ungraded)} waiting, {len(graded.absent)} not handed in",
        "mean": f"{marks.mean:.2f} of {graded.max_mark:g} points, standard deviation {marks.deviation:.2f}",
        "quartiles": f"{marks.quartile1:g}, {marks.median:g}, {marks.quartile3:g}",
        "range": f"{marks.least:g} to {marks.most:g}",
    }
    if summary.open:
        rows["not final"] = f"waiting for a mark by hand, counted as 0 so far: {summary.open}"
    if summary.seconds:
        rows["seconds"] = f"median {summary.seconds.median:.1f}, most {summary.seconds.most:.1f} a submission"
    rows["seed"] = ", ".join(map(str, summary.seeds)) or "none recorded"
    for row in rows.items():
        table.add_row(*row)
    console.print(table)


def _checks(summary: Summary, console: Console) -> None:
    table = _table("Checks", "task", "check", "passed", "discrimination", numbers=("passed", "discrimination"))
    last = None
    for row in summary.checks:
        shown = "none asked" if row.rate is None else f"{row.rate:.0%}"
        table.add_row(
            "" if row.task.name == last else escape(row.task.name),
            escape(row.check.title),
            shown,
            _discrimination(row.discrimination),
        )
        last = row.task.name
    console.print(table)


def _discrimination(value: float | None) -> str:
    if value is None:
        return "-"
    return f"[red]{value:.2f}[/red]" if value < 0 else f"{value:.2f}"


def _mistakes(summary: Summary, console: Console) -> None:
    table = _table("Misconceptions", "students", "task", "hint", numbers=("students",))
    for row in summary.mistakes[:MOST_ROWS]:
        hint = row.hint or f"{row.misconception} (no longer among the task's misconceptions)"
        table.add_row(str(len(row.students)), escape(row.task), escape(hint))
    console.print(table)
    _say_left(len(summary.mistakes), console)


def _likeness(summary: Summary, console: Console) -> None:
    groups = summary.likeness.groups()
    table = _table(
        "Answers that are nearly the same",
        "students",
        "answers",
        "evidence",
        "likeness",
        numbers=("evidence", "likeness"),
    )
    for group in groups[:MOST_ROWS]:
        table.add_row(
            _names(group.students),
            escape(", ".join(group.answers)),
            f"{group.evidence:.0f}",
            f"{group.likeness:.0%}",
        )
    console.print(table)
    _say_left(len(groups), console)


def _say_left(rows: int, console: Console) -> None:
    if rows > MOST_ROWS:
        console.print(f"and {rows - MOST_ROWS} more: --html and --csv write them all")


def _flags(summary: Summary, console: Console) -> None:
    if not summary.flags.flags:
        console.print("Nothing waits for a person.")
        return
    table = _table("For a person", "what", "detail", "students")
    for kind, detail, students in summary.flags.grouped():
        table.add_row(kind, escape(printable(detail)), _names(students))
    console.print(table)


def _names(students: list[str]) -> str:
    return escape(printable(", ".join(students)))
