"""Do the hidden tests deserve trust? Every mistake must be caught and every right answer accepted, on many seeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from lmgrade.answers import agrees, ask
from lmgrade.oracle import Oracle
from lmgrade.probes import load_probe, probe_text
from lmgrade.tasks import Assignment, Task

SEEDS = (1, 2, 3, 4, 5)


@dataclass
class TaskAudit:
    """What the audit of one task found; a task is sound when ``faults`` is empty.

    Args:
        task: which task.
        caught: for each misconception, the checks that catch it on every seed.
        accepted: the alternatives that pass every check on every seed.
        diagnosed: share of (misconception, seed) pairs for which the judge names that very misconception.
        faults: sentences that say what is wrong.
        seconds: how long the audit took.
    """

    task: Task
    caught: dict[str, set[str]] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    diagnosed: float = 1.0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def audit(
    assignment: Assignment, seeds: Iterable[int] = SEEDS, progress: Callable[[str], None] = lambda doing: None
) -> list[TaskAudit]:
    """Try every task's checks on its reference, misconceptions and alternatives.

    A fault is: a reference that raises or answers differently when asked twice; a misconception that passes all checks
    on some seed, or costs other points with another seed, so that a mark would be luck; an alternative that fails a
    check; a check that catches no misconception; a probe that names what must not enter a learner's kernel, or answers
    differently when it is cut out of its file.

    Args:
        assignment: what to audit.
        seeds: grading runs to try.
        progress: told what is being tried.
    """
    oracles = [Oracle(assignment, seed) for seed in seeds]
    results = []
    for task in assignment.tasks.values():
        started = time.perf_counter()
        result = TaskAudit(task)
        progress(f"{task.name}: reference")
        _try_reference(task, oracles, result)
        progress(f"{task.name}: {len(task.misconceptions)} misconceptions")
        _try_misconceptions(task, oracles, result)
        progress(f"{task.name}: {len(task.alternatives)} alternatives")
        _try_alternatives(task, oracles, result)
        result.seconds = time.perf_counter() - started
        results.append(result)
    return results


def _try_reference(task: Task, oracles: list[Oracle], result: TaskAudit) -> None:
    for check in task.checks:
        try:
            cut = load_probe(probe_text(check.probe), check.name)
        except Exception as error:
            result.faults.append(f"check {check.name}: {error}")
            continue
        answers = {oracle.seed: oracle.expected(task, check) for oracle in oracles}
        for oracle in oracles:
            expected = answers[oracle.seed]
            if "raised" in expected:
                result.faults.append(f"check {check.name}: the reference raises {expected['raised']}")
            elif not agrees(expected, ask(check, task.reference, oracle.seed, task.name), check.tolerance):
                result.faults.append(f"check {check.name}: the reference answers differently when asked twice")
            elif not agrees(expected, _ask_cut(cut, check, task, oracle.seed), check.tolerance):
                result.faults.append(f"check {check.name}: cut out of its file, the probe answers differently")
        if len(oracles) > 1 and all(answer == answers[oracles[0].seed] for answer in answers.values()):
            result.faults.append(f"check {check.name}: the answer does not depend on the seed and can be guessed")


def _ask_cut(cut, check, task: Task, seed: int) -> dict:
    return ask(replace(check, probe=cut), task.reference, seed, task.name)


def _try_misconceptions(task: Task, oracles: list[Oracle], result: TaskAudit) -> None:
    named = tried = 0
    for misconception in task.misconceptions:
        catching = []
        for oracle in oracles:
            answers = {check.name: oracle.mistaken(task, check, misconception) for check in task.checks}
            failed = {check.name for check in task.checks if not oracle.passes(task, check, answers[check.name])}
            catching.append(failed)
            if not failed:
                result.faults.append(f"misconception {misconception.name}: passes every check with seed {oracle.seed}")
            tried += 1
            named += misconception in oracle.explain(task, answers).values()
        result.caught[misconception.name] = set.intersection(*catching)
        if lucky := set.union(*catching) - result.caught[misconception.name]:
            result.faults.append(f"misconception {misconception.name}: caught by {', '.join(sorted(lucky))} at times")
    result.diagnosed = named / tried if tried else 1.0
    for check in task.checks:
        if not any(check.name in caught for caught in result.caught.values()):
            result.faults.append(f"check {check.name}: catches no misconception")


def _try_alternatives(task: Task, oracles: list[Oracle], result: TaskAudit) -> None:
    for alternative in task.alternatives:
        refused = {
            check.name
            for oracle in oracles
            for check in task.checks
            if not oracle.passes(task, check, ask(check, alternative, oracle.seed, task.name))
        }
        if refused:
            result.faults.append(f"alternative {alternative.__name__}: refused by {', '.join(sorted(refused))}")
        else:
            result.accepted.append(alternative.__name__)
