"""``python -m lmgrade audit``: do the hidden tests deserve trust?"""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lmgrade.tasks import assignment_names, load

console = Console()


def add_to(commands) -> None:
    """Add the command to a parser's others."""
    command = commands.add_parser("audit", help="try the hidden tests on known mistakes and known right answers")
    command.add_argument("assignment", nargs="*", help="default: all")
    command.add_argument("--seeds", type=int, default=5, help="how many grading runs to try (default: 5)")
    command.add_argument("--verbose", action="store_true", help="list which checks catch which misconception")
    instead = command.add_mutually_exclusive_group()
    instead.add_argument("--mutations", action="store_true", help="try every small change to the references instead")
    instead.add_argument("--tolerances", action="store_true", help="measure what lies around the tolerances instead")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Returns 1 when something is found that does not deserve trust."""
    if options.mutations:
        return run_mutations(options)
    return run_tolerances(options) if options.tolerances else run_audit(options)


def run_audit(options: argparse.Namespace) -> int:
    """Print a row for each task. Returns 1 when a misconception survives, an alternative is refused, or worse."""
    from lmgrade.audit import audit

    faults, caught, misconceptions, accepted, alternatives = [], 0, 0, 0, 0
    for name in options.assignment or assignment_names():
        assignment = load(name)
        with console.status(name) as status:
            results = audit(
                assignment,
                range(1, options.seeds + 1),
                lambda doing, name=name: status.update(f"{name}, {doing}"),
            )
        table = Table(title=f"{name}, {options.seeds} seeds", title_justify="left")
        table.add_column("task")
        for heading in (
            "checks",
            "points",
            "mistakes caught",
            "diagnosed",
            "alternatives accepted",
            "seconds",
        ):
            table.add_column(heading, justify="right")
        for result in results:
            task = result.task
            held = sum(bool(checks) for checks in result.caught.values())
            table.add_row(
                task.name,
                str(len(task.checks)),
                f"{task.points:g}",
                f"{held} of {len(task.misconceptions)}",
                f"{result.diagnosed:.0%}",
                f"{len(result.accepted)} of {len(task.alternatives)}",
                f"{result.seconds:.1f}",
            )
            caught, misconceptions = caught + held, misconceptions + len(task.misconceptions)
            accepted, alternatives = accepted + len(result.accepted), alternatives + len(task.alternatives)
            faults += [f"{name}, {task.name}: {fault}" for fault in result.faults]
        console.print(table)
        if options.verbose:
            for result in results:
                for misconception, checks in result.caught.items():
                    console.print(f"  {result.task.name}: {misconception} <- {', '.join(sorted(checks))}")
    for fault in faults:
        console.print(f"[red]{escape(fault)}[/red]", soft_wrap=True)
    share = caught / misconceptions if misconceptions else 1.0
    console.print(
        f"[bold]{share:.1%} of misconceptions caught ({caught} of {misconceptions}); "
        f"{accepted} of {alternatives} alternatives accepted; {len(faults)} faults[/bold]"
    )
    return 1 if faults else 0


def run_mutations(options: argparse.Namespace) -> int:
    """Print a row for each task and each change that no check notices. Returns 1 when too many survive."""
    from lmgrade.mutations import ENOUGH, counted, mutate, share

    together, faults = [], []
    for name in options.assignment or assignment_names():
        assignment = load(name)
        with console.status(name) as status:
            results = mutate(assignment, progress=lambda doing, name=name: status.update(f"{name}, {doing}"))
        table = Table(title=f"{name}, changes to the references", title_justify="left")
        table.add_column("task")
        for heading in ("caught", "survived", "share", "equivalent", "unasked", "seconds"):
            table.add_column(heading, justify="right")
        for result in results:
            counts = (result.caught, result.survived, share([result]), result.equivalent, result.unasked)
            shown = [f"{count:.1%}" if isinstance(count, float) else str(len(count)) for count in counts]
            table.add_row(result.task.name, *shown, f"{result.seconds:.1f}")
            faults += [f"{name}, {result.task.name}: {fault}" for fault in result.faults]
        console.print(table)
        for result in results:
            for kind in ("survived", "unasked") if options.verbose else ("survived",):
                for change in getattr(result, kind):
                    console.print(f"  {kind}, line {change.line}: {escape(change.name)}", soft_wrap=True)
        together += results
    for fault in faults:
        console.print(f"[red]{escape(fault)}[/red]", soft_wrap=True)
    caught, all_of_them = counted(together)
    console.print(
        f"[bold]{share(together):.1%} of the changes caught ({caught} of {all_of_them}; "
        f"at least {ENOUGH:.0%} are asked); {len(faults)} faults[/bold]"
    )
    return 1 if faults or share(together) < ENOUGH else 0


def run_tolerances(options: argparse.Namespace) -> int:
    """Print a row for each check whose answers hold floats. Returns 1 when a tolerance is too narrow or too wide."""
    from lmgrade.tolerances import measure

    faults = 0
    for name in options.assignment or assignment_names():
        with console.status(name) as status:
            measured = measure(
                load(name),
                range(1, options.seeds + 1),
                lambda doing, name=name: status.update(f"{name}, {doing}"),
            )
        if not measured:
            console.print(f"{name}: no answer holds a float")
            continue
        table = Table(title=f"{name}, {options.seeds} seeds", title_justify="left")
        for heading in ("task", "check"):
            table.add_column(heading, overflow="fold")
        for heading in ("right answers within", "tolerance", "nearest mistake"):
            table.add_column(heading, justify="right")
        for one in measured:
            numbers = (f"{number:.1e}" for number in (one.spread, one.check.tolerance, one.nearest))
            table.add_row(one.task.name, one.check.name, *numbers)
        console.print(table)
        for one in measured:
            for fault in one.faults:
                console.print(
                    f"[red]{escape(f'{name}, {one.task.name}, {one.check.name}: {fault}')}[/red]", soft_wrap=True
                )
                faults += 1
    console.print(f"[bold]{faults} faults[/bold]")
    return 1 if faults else 0
