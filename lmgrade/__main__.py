"""``python -m lmgrade try``, and ``class``, ``report``, ``audit`` and the other commands that `main` lists."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lmgrade import (
    audit_command,
    class_command,
    lighter,  # noqa: F401 - imported for what it does
)
from lmgrade.report import command as report_command
from lmgrade.tasks import allowed_in, assignment_names, course_root, folder_of, load_folder

if TYPE_CHECKING:
    from lmgrade.kernels import Launcher

console = Console()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lmgrade", description="Judge notebooks of this course.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("try", help="ask for a verdict on a notebook of your own")
    command.add_argument("notebook", type=Path)
    command.add_argument("--assignment", help="its assignment (default: the notebook's file name)")
    command.add_argument("--seed", type=int, help="repeat a verdict: the seed it was given with")
    command.add_argument("--without-sandbox", action="store_true", help="let the notebook do whatever you can")
    command.set_defaults(run=try_notebook)

    class_command.add_to(commands)

    audit_command.add_to(commands)

    command = commands.add_parser("doctor", help="say what isolation this machine has, each protection tried for real")
    command.set_defaults(run=run_doctor)

    report_command.add_to(commands)

    command = commands.add_parser("release", help="make exercises/ from solutions/")
    command.add_argument("assignment", nargs="*", help="default: all")
    command.set_defaults(run=run_release)

    command = commands.add_parser("handout", help="pack what learners get when the checks stay with you")
    command.add_argument("folder", nargs="?", type=Path, default=Path("build/handout"))
    command.set_defaults(run=run_handout)

    command = commands.add_parser("sample-class", help="make a class of submissions whose marks are known")
    command.add_argument("folder", nargs="?", type=Path, default=Path("build/sample_class"))
    command.add_argument("assignments", nargs="*", metavar="assignment", help="what the class does (default: all)")
    command.add_argument(
        "--students", type=int, default=0, metavar="N", help="default: one for each thing that happens"
    )
    command.set_defaults(run=run_sample_class)

    command = commands.add_parser("summary", help="say where everything is, and how the sample class did")
    command.add_argument("folder", nargs="?", type=Path, default=Path("build/sample_class"))
    command.set_defaults(run=run_summary)

    options, others = parser.parse_known_args(arguments)
    if others and not hasattr(options, "passes_on"):
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    options.others = others
    try:
        return options.run(options)
    except (FileNotFoundError, ValueError) as error:
        console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        return 2
    except subprocess.CalledProcessError as error:
        return error.returncode


def try_notebook(options: argparse.Namespace) -> int:
    """Grade one notebook and print a row for each check. Returns 0 for full marks, 1 otherwise."""
    path = options.notebook
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    root = course_root(path.resolve().parent)
    folder = folder_of(options.assignment or path.stem, root)
    released = root / "exercises" / folder.name / f"{folder.name}.ipynb"
    # First, since it gets warm while tasks and notebook are read.
    with _launcher(folder, options.without_sandbox) as launch, console.status("starting a kernel") as status:
        import nbformat

        from lmgrade.gradecells import code_cells
        from lmgrade.intake import read_submission, rebuild
        from lmgrade.judge import PASSED, Judge
        from lmgrade.messages import Everything

        admitted = rebuild(read_submission(path), nbformat.read(released, as_version=4))
        cells = code_cells(admitted.notebook)
        for note in admitted.notes:
            console.print(f"[yellow]{escape(note)}[/yellow]")
        assignment = load_folder(folder)
        judge = Judge(assignment, options.seed, launch, tellable=Everything)
        report = judge.grade((cell.source for cell in cells), progress=lambda doing: status.update(escape(doing)))

    table = Table(title=f"{assignment.name}, inputs drawn with seed {report.seed}", title_justify="left")
    for heading, justify in (("task", "left"), ("check", "left"), ("points", "right"), ("verdict", "left")):
        table.add_column(heading, justify=justify, overflow="fold")
    earned = possible = 0.0
    for task, verdicts in report.verdicts.items():
        for number, verdict in enumerate(verdicts):
            passed = verdict.status == PASSED
            said = "[green]passed[/green]" if passed else f"[red]{verdict.status}[/red]  {escape(verdict.message)}"
            table.add_row(
                "" if number else f"[bold]{task}[/bold]",
                escape(verdict.check.title),
                f"{verdict.points:g} of {verdict.check.points:g}",
                said,
                end_section=number == len(verdicts) - 1,
            )
            earned += verdict.points
            possible += verdict.check.points
    console.print(table)
    for cell, outcome in zip(cells, report.outcomes, strict=True):
        if outcome.status in ("timeout", "dead"):
            what = "was stopped: it took too long" if outcome.status == "timeout" else "ended the kernel"
            console.print(f"[yellow]The cell `{cell.id}` {what}.[/yellow]")
    for task, what in report.suspected.items():
        console.print(f"[yellow]{escape(task)} may use what it is not allowed: {escape(what)}[/yellow]", soft_wrap=True)
    console.print(f"[bold]{earned:g} of {possible:g} points[/bold]; questions graded by hand are not counted.")
    return 0 if earned == possible else 1


@contextlib.contextmanager
def _launcher(folder: Path, without_sandbox: bool) -> Iterator[Launcher]:
    """What starts the kernels of ``try``: the sandbox that a class is graded in, where there can be one.

    Elsewhere (macOS, Windows) learners still get their verdict, in a plain process: the notebook is their own, on their
    own machine, where JupyterLab runs the same cells without a sandbox too.
    """
    from lmgrade.isolation import why_not
    from lmgrade.sandbox import for_folder

    why = "as you asked." if without_sandbox else why_not()
    if why is None:
        with for_folder(folder, allowed_in(folder)) as sandbox:
            yield sandbox.launch
    else:
        console.print(f"[yellow]WITHOUT A SANDBOX, {escape(why)}[/yellow]", soft_wrap=True)
        console.print("[yellow]The notebook can do whatever you can: let it be one you trust.[/yellow]", soft_wrap=True)
        from lmgrade.kernels import launch_local

        yield launch_local


def run_doctor(options: argparse.Namespace) -> int:
    """Print a row for each protection. Returns 1 when one does not hold, 2 when there is no sandbox."""
    from lmgrade.doctor import examine
    from lmgrade.isolation import why_not

    if why := why_not():
        raise ValueError(f"No sandbox: {why}")
    table = Table(title="What learners' code cannot do here", title_justify="left")
    for heading in ("protection", "holds", "what came of the attempt"):
        table.add_column(heading, overflow="fold")
    broken = 0
    with console.status("trying each protection") as status:
        for what, holds, came in examine():
            status.update(escape(what))
            broken += not holds
            table.add_row(escape(what), "[green]yes[/green]" if holds else "[red]NO[/red]", escape(came))
    console.print(table)
    if broken:
        console.print(f"[red]{broken} protections do not hold on this machine: do not grade on it.[/red]")
    return 1 if broken else 0


def run_release(options: argparse.Namespace) -> int:
    from lmgrade.release import release

    root = course_root()
    names = options.assignment or assignment_names(root)
    with console.status(f"releasing {', '.join(names)}"):
        released = release(root, names)
    for path in released:
        console.print(f"released {path.relative_to(root)}")
    return 0


def run_handout(options: argparse.Namespace) -> int:
    from lmgrade.release import handout

    files = handout(course_root(), options.folder)
    console.print(f"{len(files)} files in {options.folder}; nothing of solutions/ is among them")
    return 0


def run_sample_class(options: argparse.Namespace) -> int:
    from lmgrade.isolation import why_not
    from lmgrade.sample_class import make

    course, names = course_root(), options.assignments or assignment_names()
    for name in names:
        with console.status(f"making a class that does {name}"):
            students = make(course, options.folder, name, options.students)
        console.print(f"{len(students)} submissions of {name} in {options.folder}")
    if why := why_not():
        console.print(f"[yellow]They are graded WITHOUT A SANDBOX: {escape(why)}[/yellow]", soft_wrap=True)
    return 0


def run_summary(options: argparse.Namespace) -> int:
    """Print the sample class's marks beside the known ones, and the places of what was made.

    Returns 1 when a mark differs.
    """
    from lmgrade.sample_class import expected_of, marks
    from lmgrade.sample_class.summary import compared

    root, folder = course_root(), options.folder
    wrong = 0
    for name, expected in expected_of(folder).items():
        table, differing = compared(name, expected, marks(folder, name))
        console.print(table)
        wrong += differing
    places = {
        "the book": root / "build/book/_build/html/index.html",
        "the exercises": root / "exercises",
        "the marks": folder / "marks.csv",
        "the feedback": folder / "feedback",
    }
    for what, path in places.items():
        console.print(f"{what:14} {escape(str(path if path.exists() else f'{path} (not made yet)'))}", soft_wrap=True)
    if wrong:
        console.print(f"[red]{wrong} marks differ from the known ones[/red]")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
