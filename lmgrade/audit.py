"""Do the hidden tests deserve trust? Every mistake must be caught and every right answer accepted, on many seeds."""

from __future__ import annotations

import builtins
import contextlib
import importlib
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from lmgrade.answers import agrees, ask
from lmgrade.forbidden import Rules, resolve, rules_of
from lmgrade.oracle import Oracle
from lmgrade.probes import implementation_text, load_probe, probe_text
from lmgrade.tasks import Assignment, Task
from lmgrade.uses import LearnersText
from lmgrade.watch import Watch

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
    check; one of the two that uses what the task forbids; a forbidden name whose use is not refused; a check that
    catches no misconception; a probe that names what must not enter a learner's kernel, or answers differently when it
    is cut out of its file.

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
        if task.forbidden:
            progress(f"{task.name}: {len(task.forbidden)} forbidden names")
            _try_forbidden(assignment, task, oracles[0].seed, result)
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


def _try_forbidden(assignment: Assignment, task: Task, seed: int, result: TaskAudit) -> None:
    rules = rules_of(task, assignment.allowed).only(task.forbidden)
    for name in task.forbidden:
        told = rules.find(f"builtins.{name}" if hasattr(builtins, name) else name)
        if not _is_refused(name, told, rules, task):
            result.faults.append(f"forbidden {name}: a use of it is not refused")
        if told is None:
            result.faults.append(f"forbidden {name}: a use of it is not found in a text")
    known = {mistake.name: ("misconception", mistake.implementation) for mistake in task.misconceptions}
    known |= {other.__name__: ("alternative", other) for other in task.alternatives}
    probes = []
    for check in task.checks:
        with contextlib.suppress(Exception):  # told above
            text = probe_text(check.probe)
            own = {use.name for use in LearnersText([text]).uses(check.name, rules)}
            probes.append((replace(check, probe=load_probe(text, check.name)), rules.plan(task.name, own)))
    for name, (kind, implementation) in known.items():
        used = _in_text(rules, implementation)
        for check, plan in probes:
            watch = Watch(plan, check.probe.__globals__, {})
            answer = ask(check, implementation, seed, task.name, watch)
            used |= {answer["forbidden"]["name"]} if "forbidden" in answer else set()
        if used:
            result.faults.append(f"{kind} {name}: uses what the task forbids, {', '.join(sorted(used))}")


def _in_text(rules: Rules, implementation) -> set[str]:
    """The forbidden names that an implementation's text uses."""
    with contextlib.suppress(OSError, TypeError, KeyError, ValueError):  # it has no text of its own
        text = LearnersText([implementation_text(implementation)])
        return {use.name for use in text.uses(implementation.__name__, rules) if use.certain}
    return set()


# Not in this file: what an installed library calls for its own purposes is not refused.
_call = eval(compile("lambda function, arguments: function(*arguments)", "<audit>", "eval"))


def _is_refused(name: str, told: str | None, rules: Rules, task: Task) -> bool:
    """Is a use noted? ``told`` is the name it is noted by, where several stand for one thing."""
    watched = rules.plan(task.name)
    for use in _uses_of(name):
        watch = Watch(watched, {}, {})
        with contextlib.suppress(Exception), watch:
            _call(use, ())
        if any(noted["name"] == told for noted in watch.noted):
            return True
    return False


def _uses_of(name: str) -> Iterator[Callable]:
    """Calls, each of which uses what is forbidden, if its arguments are right. What is written in C is exchanged where
    it stands, so it is looked up when it is called.
    """
    package, value = name.split(".")[0], resolve(name)
    if isinstance(value, types.ModuleType):
        for held in list(vars(sys.modules.get(name, value)).values()):
            if callable(held) and str(getattr(held, "__module__", "")).split(".")[0] == package:
                yield held
        yield lambda: _call(importlib.import_module, (name,))
        return
    for arguments in ((), *_arguments(name)):
        yield lambda arguments=arguments: _call(resolve(name), arguments)
    for method in vars(value) if isinstance(value, type) else ():
        yield lambda method=method: _call(getattr(value, method), ())


def _arguments(name: str) -> Iterable[tuple]:
    """Arguments that an operator of torch's takes, by its schemas: its use is met once they have been read."""
    if not name.startswith("torch."):
        return
    import torch

    one = torch.ones(2, 2)
    fitting = {"Tensor": one, "List[Tensor]": [one, one], "int": 1, "List[int]": [1], "float": 0.5, "number": 0.5}
    fitting["bool"] = False
    for schema in torch._C._jit_get_schemas_for_operator(f"aten::{name.rpartition('.')[2]}"):
        needed = [argument for argument in schema.arguments if not argument.has_default_value()]
        yield tuple(fitting.get(str(argument.type)) for argument in needed)
