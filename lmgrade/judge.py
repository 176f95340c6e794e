"""Run a learner's notebook, put the checks' questions to it, and say what each answer is worth."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lmgrade import inside, watch
from lmgrade.allowed import file_of, with_what_they_import
from lmgrade.answers import Unreadable, ask, kind_of, parse
from lmgrade.forbidden import Rules, rules_of
from lmgrade.harmless import printable
from lmgrade.kernels import MOST_OUTPUT, NOT_THE_LEARNER, Kernel, Launcher, Outcome, launch_local
from lmgrade.messages import Everything, Tellable
from lmgrade.oracle import Oracle
from lmgrade.probes import probe_text
from lmgrade.tasks import Assignment, Check, Misconception, Task
from lmgrade.uses import LearnersText, Use
from lmgrade.view import without_places

PASSED, WRONG, RAISED, MISSING, TIMEOUT, DEAD, FORBIDDEN = (
    "passed",
    "wrong",
    "raised",
    "no answer",
    "too slow",
    "kernel died",
    "forbidden",
)
# After so many checks without an answer a task's others are not tried: they would take the time of the next task's.
MOST_LOST = 2
LONGEST_LINE = 120
# Of the places where something forbidden is used, so many are told.
MOST_TOLD = 3
DECIDED = "This gives 0 points until a person has looked at it."
OUT_OF_MEMORY = re.compile(r"(can't|cannot) allocate memory|not enough memory", re.IGNORECASE)
FULL = "Checks share the notebook's memory with what its cells have kept: `del` large tensors at the end of their cell."
# Where a name is given its value, also in a cell that Python cannot read.
DEFINES = r"^[ \t]*((async[ \t]+)?def[ \t]+{name}\b|class[ \t]+{name}\b|{name}[ \t]*=)"
STOPPED = {
    "timeout": "The cell that defines it was stopped: it took too long.",
    "dead": "The cell that defines it ended the process.",
}
LEFT_OUT = "Its message is left out: the learner's code wrote it while hidden tests were in sight."
INSIDE = Path(inside.__file__).read_text(encoding="utf-8")
WATCH = Path(watch.__file__).read_text(encoding="utf-8")


@dataclass
class Verdict:
    """What one check came to.

    Args:
        check: which check.
        status: one of the seven words above.
        message: for the learner; empty when passed.
        misconception: the mistake that was recognised, if one was.
    """

    check: Check
    status: str
    message: str = ""
    misconception: Misconception | None = None

    @property
    def points(self) -> float:
        return self.check.points if self.status == PASSED else 0.0


@dataclass
class Report:
    """The verdicts on one notebook, by task, and what each of its cells did.

    ``suspected`` holds, by task, what may be a use of something forbidden and may be none: a method is called by the
    name of a tensor's. It takes no points.
    """

    seed: int
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    suspected: dict[str, str] = field(default_factory=dict)

    def points(self, task: str) -> float:
        """The points earned on one task."""
        return sum(verdict.points for verdict in self.verdicts[task])


def fresh_seed() -> int:
    """A seed nobody could have known before, short enough to read out."""
    return secrets.randbelow(10**9)


class Judge:
    """Grades notebooks of one assignment with one seed.

    The learner's cells run first, from top to bottom, in a process of their own. Then each check's probe is sent there
    and its answer read back as plain data; expected answers stay in this process. A process that dies or cannot be
    interrupted is started again, a few times, so that one endless function does not cost the points of the others.

    Args:
        assignment: whose tasks.
        seed: draws the checks' inputs; a fresh one when None.
        launch: how a kernel is started (`lmgrade.kernels`).
        cell_seconds: time for one of the learner's cells.
        notebook_seconds: time for the whole notebook, checks included.
        restarts: how often a lost process is started again.
        tellable: says, given the learner's cells, what of an exception the learner is told; `Everything` where the
            hidden tests are no secret.
    """

    def __init__(
        self,
        assignment: Assignment,
        seed: int | None = None,
        launch: Launcher = launch_local,
        cell_seconds: float = 30,
        notebook_seconds: float = 300,
        restarts: int = 10,
        tellable: type[Tellable | Everything] = Tellable,
    ) -> None:
        self.assignment = assignment
        self.seed = fresh_seed() if seed is None else seed
        self.oracle = Oracle(assignment, self.seed)
        self.launch = launch
        self.cell_seconds = cell_seconds
        self.notebook_seconds = notebook_seconds
        self.restarts = restarts
        self.tellable = tellable
        self._probes: dict[tuple[str, str], str] = {}
        self._rules: dict[str, Rules] = {}
        self._plans: dict[tuple[str, str], dict] = {}

    def grade(self, cells: Iterable[str], progress: Callable[[str], None] = lambda doing: None) -> Report:
        """Judge one notebook.

        Args:
            cells: the sources of its code cells, in order.
            progress: told what is being done, once a cell and once a check.
        """
        cells = list(cells)
        with _Run(self, cells, progress) as run:
            answers = {task.name: run.ask_all(task) for task in self.assignment.tasks.values()}
        report, tellable = Report(self.seed, outcomes=run.outcomes), self.tellable(cells, self._public)
        text = LearnersText(cells)
        for task in self.assignment.tasks.values():
            uses = text.uses(task.name, self.rules(task))
            report.verdicts[task.name] = self._verdicts(task, answers[task.name], uses, tellable)
            if maybe := _told([use for use in uses if not use.certain]):
                report.suspected[task.name] = maybe
        return report

    def grade_here(self, task: Task, names: dict, cells: Iterable[str] = ()) -> list[Verdict]:
        """Judge one task in this process: for stock nbgrader, without protection.

        Args:
            task: which.
            names: the learner's global names.
            cells: the code cells that have run.
        """
        if task.name not in names:
            return [Verdict(check, MISSING, _undefined(task.name)) for check in task.checks]
        answers: dict[str, dict | Verdict] = {}
        for check in task.checks:
            beside = watch.Watch(self.plan(task, check), check.probe.__globals__, names)
            answers[check.name] = ask(check, names[task.name], self.seed, task.name, beside)
        return self._verdicts(task, answers, LearnersText(cells).uses(task.name, self.rules(task)), Everything())

    def rules(self, task: Task) -> Rules:
        """What a task of this assignment forbids."""
        if task.name not in self._rules:
            self._rules[task.name] = rules_of(task, self.assignment.allowed)
        return self._rules[task.name]

    def plan(self, task: Task, check: Check) -> dict:
        """What the watch over a check is told."""
        key = (task.name, check.name)
        if key not in self._plans:
            rules = self.rules(task)
            own = {use.name for use in LearnersText([self.probe(task, check)]).uses(check.name, rules)}
            self._plans[key] = rules.plan(task.name, own)
        return self._plans[key]

    def watches(self, task: Task) -> bool:
        """Is something watched for while a task's checks run? Without a sandbox, ``lmcore`` is within reach."""
        return bool(task.forbidden) or self.launch is launch_local

    def probe(self, task: Task, check: Check) -> str:
        """The text of a check's probe, as it is sent."""
        key = (task.name, check.name)
        if key not in self._probes:
            self._probes[key] = probe_text(check.probe)
        return self._probes[key]

    @cached_property
    def _public(self) -> list[str]:
        files = map(file_of, sorted(with_what_they_import(self.assignment.allowed)))
        return [file.read_text(encoding="utf-8") for file in files]

    def _verdicts(
        self, task: Task, answers: dict[str, dict | Verdict], uses: list[Use], tellable: Tellable
    ) -> list[Verdict]:
        data = {name: answer for name, answer in answers.items() if not isinstance(answer, Verdict)}
        seen = [answer["forbidden"] for answer in data.values() if "forbidden" in answer]
        certain = [use for use in uses if use.certain]
        if seen or certain:
            return self._forbidden(task, seen, certain, tellable)
        mistakes = self.oracle.explain(task, data)
        return [
            answers[check.name]
            if check.name not in data
            else self._verdict(task, check, data[check.name], mistakes.get(check.name), tellable)
            for check in task.checks
        ]

    def _forbidden(self, task: Task, seen: list[dict], uses: list[Use], tellable: Tellable) -> list[Verdict]:
        told = _told(uses) if uses else _seen(seen, self.rules(task), tellable)
        message = f"{task.name} may not use {told}. {DECIDED}"
        return [Verdict(check, FORBIDDEN, "" if number else message) for number, check in enumerate(task.checks)]

    def _verdict(
        self, task: Task, check: Check, answer: dict, mistake: Misconception | None, tellable: Tellable
    ) -> Verdict:
        if self.oracle.passes(task, check, answer):
            return Verdict(check, PASSED)
        hint = mistake.hint if mistake else ""
        if "raised" in answer:
            told = _exception(answer["raised"], tellable)
            return Verdict(check, RAISED, " ".join(filter(None, [told, hint])), mistake)
        if hint:
            return Verdict(check, WRONG, hint, mistake)
        expected = self.oracle.expected(task, check)
        kind, got = kind_of(expected["value"]), kind_of(answer["value"])
        got = _on_one_line(got) if tellable.name(got) else "another"
        kinds = "" if kind == got else f"Expected data of the kind {kind}, got {got}."
        raised = _unexpected(expected, answer)
        told = _exception(raised, tellable) if raised else ""
        return Verdict(check, WRONG, " ".join(filter(None, [told, check.hint, kinds])) or "The answer is wrong.")


def _unexpected(expected: dict, answer: dict) -> dict | None:
    """The first exception that a check caught while it used the learner's function, and not while the reference's."""
    known = {raised["type"] for raised in expected.get("noted", ())}
    return next((raised for raised in answer.get("noted", ()) if raised["type"] not in known), None)


def _exception(raised: dict, tellable: Tellable) -> str:
    """What is told of an exception: its type, message and place, as far as these can be told."""
    if raised["type"] == "NotImplementedError":
        return "Not written yet."
    kind = raised["type"] if tellable.name(raised["type"]) else "an exception"
    message = tellable.message(raised["message"])
    text = f"Raised {kind}: {message}" if message else f"Raised {kind}"
    if (at := raised["at"]) and tellable.place(**at):
        text += f" (in {at['function']}, line {at['line']} of its cell: {at['code']})"
    text = _on_one_line(without_places(text)).rstrip(".") + "."
    full = raised["type"] == "MemoryError" or OUT_OF_MEMORY.search(raised["message"])
    return " ".join(filter(None, [text, LEFT_OUT if message is None else "", FULL if full else ""]))


def _told(uses: list[Use]) -> str:
    """The places where something forbidden stands in the notebook."""
    told = []
    for use in uses[:MOST_TOLD]:
        written = use.name if use.written == use.name else f"{use.name} (written {use.written})"
        told.append(f"{written}: line {use.line} of code cell {use.cell}, {use.text[:LONGEST_LINE]}")
    if len(uses) > MOST_TOLD:
        told.append(f"and {len(uses) - MOST_TOLD} more")
    return _on_one_line(without_places("; ".join(told)))


def _seen(uses: list[dict], rules: Rules, tellable: Tellable) -> str:
    """What was refused while the checks ran."""
    use = uses[0]
    if use["name"] not in rules.names:
        return "what switches off the watch over a check"
    text = f"{use['name']}: it was called while a check ran"
    if (at := use["at"]) and tellable.place(**at):
        text += f", in {at['function']}, line {at['line']} of its cell: {at['code'][:LONGEST_LINE]}"
    return _on_one_line(without_places(text))


def _on_one_line(text: str) -> str:
    return printable(re.sub(r"\s+", " ", text))


class _Run:
    """One notebook's life: its kernel, restarted when it is lost, and its time."""

    def __init__(self, judge: Judge, cells: list[str], progress: Callable[[str], None]) -> None:
        self.judge = judge
        self.cells = cells
        self.progress = progress
        self.outcomes = [Outcome("not run") for _ in cells]
        self.restarts_left = judge.restarts
        self.deadline = time.monotonic() + judge.notebook_seconds
        # For the cells together: the grader keeps what they put out until the end.
        self.room = MOST_OUTPUT
        self.kernel: Kernel | None = None
        self.believes = True

    def __enter__(self) -> _Run:
        return self

    def __exit__(self, *error) -> None:
        self._stop()

    def _stop(self) -> None:
        if self.kernel is not None:
            self.kernel.__exit__(None, None, None)
            self.kernel = None

    def _seconds(self, wanted: float) -> float:
        return max(0.0, min(wanted, self.deadline - time.monotonic()))

    def _ready(self) -> bool:
        """See to it that a kernel stands in which the learner's cells have run; False when none can be had."""
        while self.kernel is None or not self.kernel.alive:
            if self.kernel is not None:
                self._stop()
                self.restarts_left -= 1
            if self.restarts_left < 0 or self._seconds(1) == 0:
                return False
            self.kernel = Kernel(self.judge.launch).__enter__()
            self._run_cells()
        return True

    def _run_cells(self) -> None:
        """Run the learner's cells. A cell that hung or ended a kernel before is not run again."""
        for number, source in enumerate(self.cells):
            before = self.outcomes[number].status
            if before in ("timeout", "dead"):
                continue
            self.progress(f"cell {number + 1} of {len(self.cells)}")
            outcome = self.kernel.run(source, self._seconds(self.judge.cell_seconds), self.room)
            self.room = self.kernel.room_left
            if self._is_to_be_repeated(outcome):
                continue
            if before == "not run" or outcome.status in ("timeout", "dead"):
                self.outcomes[number] = outcome

    def _is_to_be_repeated(self, outcome: Outcome) -> bool:
        """Was it the machine that ended the process? Believed once a notebook."""
        believed = self.believes and outcome.status == "dead" and outcome.why == NOT_THE_LEARNER
        self.believes = self.believes and not believed
        return believed

    def ask_all(self, task: Task) -> dict[str, dict | Verdict]:
        """The learner's answer to each check of a task, or a verdict where there is none."""
        answers: dict[str, dict | Verdict] = {}
        lost: list[str] = []
        for check in task.checks:
            if len(lost) >= MOST_LOST:
                answers[check.name] = Verdict(check, lost[-1], f"Not run: {len(lost)} checks before it did not end.")
                continue
            self.progress(f"{task.name}: {check.title}")
            answer = answers[check.name] = self._ask(task, check)
            if isinstance(answer, Verdict) and answer.status in (TIMEOUT, DEAD):
                lost.append(answer.status)
        return answers

    def _ask(self, task: Task, check: Check) -> dict | Verdict:
        ready = self._ready()
        seconds = self._seconds(check.seconds)
        if seconds == 0:
            return Verdict(check, TIMEOUT, f"The notebook used up its {self.judge.notebook_seconds:g} seconds.")
        if not ready:
            return Verdict(check, DEAD, f"Not run: the kernel died {self.judge.restarts + 1} times.")
        request = {
            "task": task.name,
            "check": check.name,
            "probe": self.judge.probe(task, check),
            "seed": inside.derived_seed(self.judge.seed, task.name, check.name),
            "nonce": secrets.token_hex(16),
        }
        if self.judge.watches(task):
            request["plan"] = self.judge.plan(task, check)
        outcome = self.kernel.run(_in_kernel(request), seconds)
        if self._is_to_be_repeated(outcome):
            return self._ask(task, check)
        if outcome.status == "timeout":
            return Verdict(check, TIMEOUT, f"Stopped after {seconds:.3g} seconds without an answer.")
        if outcome.status == "dead":
            why = outcome.why or "out of memory, or a call that exits"
            return Verdict(check, DEAD, f"The process ended while this check ran: {why}.")
        return _read(check, request, outcome, self._undefined)

    def _undefined(self, name: str) -> str:
        """Why there is nothing of this name: often, the cell that should define it stopped before."""
        for source, outcome in zip(self.cells, self.outcomes, strict=True):
            if not re.search(DEFINES.format(name=name), source, re.MULTILINE):
                continue
            if outcome.status in STOPPED:
                return f"{_undefined(name)} {STOPPED[outcome.status]}"
            kinds = [output.ename for output in outcome.outputs if output.output_type == "error"]
            if kinds and kinds[-1].isidentifier():
                return f"{_undefined(name)} The cell that defines it stopped with a {kinds[-1][:LONGEST_LINE]}."
        return _undefined(name)


def _in_kernel(request: dict) -> str:
    """Source of the cell that serves a request. Names the learner may have redefined are not relied on."""
    body = (
        f"{INSIDE}\n{WATCH}\nserve(request, learner, Watch)"
        if "plan" in request
        else f"{INSIDE}\nserve(request, learner)"
    )
    names = f"{{'__name__': 'lmgrade_inside', 'request': {request!r}, 'learner': b.globals()}}"
    return f"(lambda b: b.exec(b.compile({body!r}, '<judge>', 'exec'), {names}))(__import__('builtins'))"


def _read(check: Check, request: dict, outcome: Outcome, undefined: Callable[[str], str]) -> dict | Verdict:
    sent = [
        output.data
        for output in outcome.outputs
        if output.output_type == "display_data" and inside.ANSWER_TYPE in output.data
    ]
    if len(sent) != 1 or sent[0].get("text/plain") != request["nonce"]:
        return Verdict(check, MISSING, f"{len(sent)} answers came back from the notebook's kernel instead of one.")
    try:
        answer = parse(sent[0][inside.ANSWER_TYPE])
    except Unreadable as error:
        return Verdict(check, MISSING, f"What came back cannot be read: {error}.")
    if "missing" in answer:
        return Verdict(check, MISSING, undefined(request["task"]))
    return answer


def _undefined(name: str) -> str:
    return f"Nothing called `{name}` is defined when the notebook has run."


__all__ = [
    "DEAD",
    "FORBIDDEN",
    "MISSING",
    "PASSED",
    "RAISED",
    "TIMEOUT",
    "WRONG",
    "Judge",
    "Report",
    "Verdict",
    "fresh_seed",
]
