"""``python -m lmgrade class ASSIGNMENT``: what a run of `lmgrade.class_run` shows and asks."""

from __future__ import annotations

import argparse
import difflib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.prompt import Confirm
from rich.table import Table

from lmgrade import pool
from lmgrade.harmless import printable

if TYPE_CHECKING:
    from nbgrader.apps import AutogradeApp

    from lmgrade.class_run import Change, ClassRun, Submission
    from lmgrade.judgement import Conditions
    from lmgrade.pool import Pool

# Of the marks that would change, so many are shown; the file beside them has all.
MOST_SHOWN = 60
console = Console()


def add_to(commands) -> None:
    """Add the command to a parser's others."""
    command = commands.add_parser(
        "class",
        help="grade all submissions of an assignment, side by side",
        description="Grade all submissions of an assignment, side by side. Options of nbgrader autograde, such as "
        "--student=NAME or --Judged.sandbox=False, are passed on.",
        allow_abbrev=False,
    )
    command.add_argument("assignment")
    command.add_argument("--workers", type=int, metavar="N", help="default: as many as cores")
    command.add_argument("--scheduler", metavar="ADDRESS", help="judge on the workers of a dask cluster instead")
    command.add_argument("--seed", type=int, metavar="N", help="repeat a run: the seed it had")
    command.add_argument("--force", action="store_true", help="grade again what is graded and has not changed")
    command.add_argument("--yes", action="store_true", help="save changed marks without asking")
    command.set_defaults(run=run_class, passes_on=True)


def run_class(options: argparse.Namespace) -> int:
    """Returns 0 when all are graded, 1 when changed marks were not saved or nbgrader failed somewhere."""
    if options.workers is not None and options.workers < 1:
        raise ValueError(f"--workers {options.workers}: at least 1 process has to judge")
    if options.workers is not None and options.scheduler is not None:
        raise ValueError("--workers counts processes of this machine; with --scheduler, the cluster judges")
    if options.scheduler is None:
        # First, since it imports while nbgrader is imported here.
        pool.prepare()
    from filelock import Timeout
    from nbgrader.apps import AutogradeApp
    from nbgrader.converters.base import NbGraderException

    from lmgrade.class_run import ClassRun
    from lmgrade.isolation import why_not
    from lmgrade.nbgrader_plugin import UNPROTECTED, WITHOUT, Judged

    app = AutogradeApp.instance()
    try:
        _refuse_unknown(app, options.others)
        app.initialize([options.assignment, "--log-level=ERROR", *options.others])
        app.coursedir.assignment_id = options.assignment
        if not Judged(parent=app).sandbox:
            console.print(f"[red]{UNPROTECTED}[/red]", soft_wrap=True)
        elif options.scheduler is None and (why := why_not()):
            raise ValueError(f"Nothing was graded: {why} {WITHOUT}")
        shown = _Shown(console, options.yes)
        run = ClassRun(
            pool=_pool(options, shown.says),
            seed=options.seed,
            again=options.force,
            watcher=shown,
            coursedir=app.coursedir,
            parent=app,
        )
        with run.records.lock:
            # The gradebook's own log is its web server's.
            _log_to(run.records.folder / "nbgrader.log", app.log, logging.getLogger("tornado.application"))
            with shown.progress:
                run.start()
        return shown.sums_up(run)
    except Timeout:
        raise ValueError(f"another run is grading {options.assignment} here; wait for its end") from None
    except (NbGraderException, pool.NotStarted) as error:
        raise ValueError(str(error)) from error
    except KeyboardInterrupt:
        console.print("Stopped. What has been judged is kept: the same command goes on from here.")
        return 130
    finally:
        AutogradeApp.clear_instance()


# What `add_to` adds, to be thought of where an option is mistyped.
OWN = ("workers", "scheduler", "seed", "force", "yes", "help")


def _refuse_unknown(app: AutogradeApp, others: list[str]) -> None:
    """A mistyped option would be as if it were not there: nbgrader goes on without a word.

    Raises:
        ValueError: the first option that neither this command nor ``nbgrader autograde`` has.
    """
    from lmgrade.nbgrader_plugin import Judged

    short = {name for names in (*app.aliases, *app.flags) for name in ((names,) if isinstance(names, str) else names)}
    kinds = app._classes_inc_parents([*app.classes, Judged])
    traits = {f"{kind.__name__}.{trait}" for kind in kinds for trait in kind.class_trait_names()}
    for option in others:
        name = option.lstrip("-").partition("=")[0]
        if option.startswith("-") and name not in short | traits:
            near = difflib.get_close_matches(name, [*OWN, *short, *traits], 1)
            hint = f"; did you mean --{near[0]}?" if near else ""
            raise ValueError(f"{option.partition('=')[0]} is no option of this command or of nbgrader autograde{hint}")


def _pool(options: argparse.Namespace, tell: Callable[[str], None]) -> Callable[[Conditions, int], Pool]:
    """What makes the pool: this machine's processes, or those of a cluster, which have the same form."""
    if options.scheduler is None:
        workers = options.workers or pool.cores()
        return lambda conditions, total: pool.Pool(conditions, min(workers, total))
    try:
        # Not above: a class on one machine need not wait for it, or have it.
        from lmgrade.cluster import Cluster
    except ModuleNotFoundError as error:
        raise ValueError(f"--scheduler needs dask: `pip install distributed` ({error})") from error
    return lambda conditions, total: Cluster(conditions, options.scheduler, tell)


def _log_to(path: Path, *logs: logging.Logger) -> None:
    """What nbgrader says goes to a file: there is a progress bar on the terminal."""
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for log in logs:
        for old in list(log.handlers):
            log.removeHandler(old)
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False


class _Shown:
    """The watcher of `lmgrade.class_run`: a bar, a line for each submission that needs a person, questions."""

    def __init__(self, console: Console, yes: bool) -> None:
        self.console = console
        self.yes = yes
        self.began = time.monotonic()
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=console,
        )

    def begins(self, seed: int, total: int, skipped: int) -> None:
        if total:
            self.console.print(f"{total} submissions, inputs drawn with seed {seed}")
        if skipped:
            self.console.print(f"{skipped} are graded and have not changed: --force grades them again")
        self.bar = self.progress.add_task("judged", total=total, visible=total > 0)

    def says(self, sentence: str) -> None:
        self.console.print(f"[yellow]{escape(sentence)}[/yellow]", soft_wrap=True)

    def judged(self, submission: Submission) -> None:
        self.progress.advance(self.bar)
        if submission.person:
            reasons = escape(printable("; ".join(submission.person)))
            name = escape(printable(submission.student))
            self.console.print(f"[yellow]{name}[/yellow]: {reasons}", soft_wrap=True)

    def agrees(self, regraded: int, changes: list[Change]) -> bool:
        self.progress.stop()
        if not changes:
            self.console.print(f"{regraded} had marks already, and none of them changes")
            return True
        students = len({change.student for change in changes})
        self.console.print(f"{regraded} had marks already: {len(changes)} of these change, of {students} students")
        table = Table("student", "notebook", "cell", title="Marks that change", title_justify="left")
        for heading in ("before", "now"):
            table.add_column(heading, justify="right")
        for change in changes[:MOST_SHOWN]:
            names = (change.student, change.notebook, change.cell)
            table.add_row(*(escape(printable(name)) for name in names), _points(change.before), _points(change.after))
        self.console.print(table)
        if len(changes) > MOST_SHOWN:
            self.console.print(f"and {len(changes) - MOST_SHOWN} more")
        if self.yes:
            return True
        try:
            return Confirm.ask("Save them?", console=self.console, default=False)
        except EOFError:
            return False

    def sums_up(self, run: ClassRun) -> int:
        seconds = time.monotonic() - self.began
        graded = {submission.student for submission in run.done}
        class_of = [*graded, *run.skipped]
        totals = [run.totals[student] for student in class_of if student in run.totals]
        if totals:
            mean = sum(score for score, most in totals) / len(totals)
            table = Table(title=run.coursedir.assignment_id, title_justify="left", show_header=False)
            people = len({submission.student for submission in run.done if submission.person})
            rows = {
                "students": f"{len(totals)} ({len(graded)} graded now)",
                "mean": f"{mean:.2f} of {totals[0][1]:g} points",
                "needing a person": str(people),
                "seconds": f"{seconds:.1f}" + (f", with {run.judged_by}" if run.judged_by else ""),
                "seconds per submission": f"{seconds / len(graded):.2f}" if graded else "-",
            }
            for row in rows.items():
                table.add_row(*row)
            self.console.print(table)
        if run.declined:
            self.console.print("Nothing of what would change was saved. The same command asks again.")
        failed = any(submission.failed for submission in run.done)
        return 1 if run.declined or failed else 0


def _points(points: float | None) -> str:
    return "by hand" if points is None else f"{points:g}"
