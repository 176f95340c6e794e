"""``python -m lmgrade report ASSIGNMENT``: in a course's folder, after grading."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from lmgrade.tasks import assignments_in, load_folder, tasks_file

console = Console()


def add_to(commands) -> None:
    """Add the command to a parser's others."""
    command = commands.add_parser(
        "report",
        help="say how an assignment went: marks, checks, misconceptions, what a person should look at",
        description="Say how an assignment went. Run it where nbgrader runs: in the folder of nbgrader_config.py. "
        "Options of nbgrader, such as --db=URL, are passed on.",
    )
    command.add_argument("assignment")
    command.add_argument("--html", type=Path, metavar="PATH", help="write a page that needs no network")
    command.add_argument("--csv", type=Path, metavar="FOLDER", help="write marks, checks, misconceptions and pairs")
    command.add_argument("--no-names", action="store_true", help="numbers for students, so that it can be shown")
    command.set_defaults(run=run_report, passes_on=True)


def run_report(options: argparse.Namespace) -> int:
    """Print the report, and write what was asked for. Returns 0.

    Raises:
        FileNotFoundError: nothing of the assignment is graded; the message says what comes first.
    """
    with console.status("reading the gradebook"):
        from nbgrader.apps import NbGrader

        from lmgrade.report import collect, summary
        from lmgrade.report.terminal import show

        app = NbGrader()
        app.initialize(["--log-level=ERROR", *options.others])
        course = app.coursedir
        folder = Path(course.format_path(course.source_directory, ".", options.assignment))
        if not tasks_file(folder):
            others = ", ".join(assignments_in(folder.parent)) or "none"
            raise FileNotFoundError(
                f"{folder} holds no tasks for {options.assignment!r}; it has assignments: {others}. "
                "Is this the folder of nbgrader_config.py?"
            )
        assignment = load_folder(folder)
        graded = collect.collect(course, assignment)
        if options.no_names:
            graded = summary.without_names(graded)
        given, solutions = summary.given_texts(course, assignment), summary.solution_texts(course, assignment)
        made = summary.summarise(graded, given, solutions)
    show(made, console)
    if options.html:
        from lmgrade.report.page import write_page

        _say(write_page(made, options.html))
    if options.csv:
        from lmgrade.report.tables import write_tables

        for path in write_tables(made, options.csv):
            _say(path)
    return 0


def _say(path: Path) -> None:
    console.print(f"wrote {escape(str(path))}", soft_wrap=True)
