"""One student's submission in a grading run: what it was, what it earned, whether a person should look at it."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from lmgrade.intake import LARGEST_FILE
from lmgrade.judge import DEAD, FORBIDDEN, TIMEOUT

# By notebook and cell; None where a person gives the points.
Marks = dict[tuple[str, str], float | None]


@dataclass
class Submission:
    """What a student handed in, and what became of it.

    Args:
        student: who.
        folder: where.
        made_from: a digest of all that its marks depend on but the seed.
        marks: what it earns, as far as machines say; found out only for those who have marks already.
        person: why a person should look at it.
        seconds: that judging took.
        lost: it broke what judged it, twice.
        failed: nbgrader could not grade it.
    """

    student: str
    folder: str
    made_from: str = ""
    marks: Marks = field(default_factory=dict)
    person: list[str] = field(default_factory=list)
    seconds: float = 0.0
    lost: bool = False
    failed: bool = False


@dataclass(frozen=True)
class Change:
    """A mark that regrading would change."""

    student: str
    notebook: str
    cell: str
    before: float | None
    after: float | None


def digest_of(common: str, folder: str) -> str:
    """Of a submission and of what it shares with the others."""
    digest = hashlib.sha256(common.encode())
    for path in [*sorted(Path(folder).glob("*.ipynb")), Path(folder, "timestamp.txt")]:
        digest.update(f"\n{path.name} {_content(path)}".encode("utf-8", "replace"))
    return digest.hexdigest()


def _content(path: Path) -> str:
    """A digest of a regular file; of anything else, what it is."""
    try:
        status = path.lstat()
    except OSError:
        return ""
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
        return f"{status.st_mode} {status.st_size} {status.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def changes_of(submission: Submission, before: Marks) -> Iterable[Change]:
    """The marks that differ from the ones before."""
    for (notebook, cell), after in submission.marks.items():
        old = before.get((notebook, cell))
        if old != after and (old is None or after is None or abs(old - after) > 1e-9):
            yield Change(submission.student, notebook, cell, old, after)


def reasons_for_a_person(notebook: NotebookNode, judgement: dict) -> list[str]:
    """Why a person should look at a notebook: what the learner may not be to blame for, and what nobody saw."""
    if why := judgement.get("failed"):
        return [f"not judged: {why}"]
    if why := notebook.metadata.get("lmgrade", {}).get("refused"):
        return [f"refused: {why}"]
    reasons: list[str] = []
    for what, status in (("ended the process", "dead"), ("did not end", "timeout")):
        count = sum(cell["status"] == status for cell in judgement["cells"])
        if count:
            reasons.append(f"{count} cell{'s' * (count > 1)} {what}")
    for task, verdicts in judgement["verdicts"].items():
        for status in (DEAD, TIMEOUT):
            if any(verdict["status"] == status for verdict in verdicts):
                reasons.append(f"{task}: {status}")
        reasons += [verdict["message"] for verdict in verdicts[:1] if verdict["status"] == FORBIDDEN]
    reasons += [f"{task} may use {what}" for task, what in judgement["suspected"].items()]
    return reasons
