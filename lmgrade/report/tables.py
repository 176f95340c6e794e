"""The report as files of comma-separated values, for a spreadsheet or a program."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from lmgrade.harmless import field
from lmgrade.report.summary import Summary


def write_tables(summary: Summary, folder: Path) -> list[Path]:
    """Write ``marks.csv``, ``checks.csv``, ``misconceptions.csv`` and ``pairs.csv``.

    They are UTF-8 with one line of headings. Numbers are written in full, and shares from 0 to 1. What is not defined
    is empty. A text that a spreadsheet would take for a formula gets an apostrophe in front.

    Args:
        summary: what to write.
        folder: where; made if it is not there.

    Returns:
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, Callable[[Summary], list[dict]]] = {
        "marks": _marks,
        "checks": _checks,
        "misconceptions": _misconceptions,
        "pairs": _pairs,
    }
    return [_write(folder / f"{name}.csv", HEADINGS[name], rows(summary)) for name, rows in tables.items()]


HEADINGS = {
    "marks": [
        "student",
        "name",
        "mark",
        "max_mark",
        "by_machine",
        "late_penalty",
        "seconds_late",
        "passed",
        "asked",
        "seconds",
        "flags",
    ],
    "checks": ["task", "check", "title", "points", "asked", "passed", "pass_rate", "discrimination", "statuses"],
    "misconceptions": ["task", "misconception", "students", "share", "hint", "who"],
    "pairs": ["first", "second", "answers", "likeness", "evidence"],
}


def _marks(summary: Summary) -> list[dict]:
    return [
        {
            "student": each.student,
            "name": each.name,
            "mark": each.mark,
            "max_mark": summary.graded.max_mark,
            "by_machine": each.by_machine,
            "late_penalty": each.penalty,
            "seconds_late": each.seconds_late,
            "passed": sum(result.status == "passed" for result in each.results),
            "asked": len(each.results),
            "seconds": each.seconds,
            "flags": _joined(
                f"{flag.kind}: {flag.detail}" if flag.detail else flag.kind for flag in summary.flags.of(each.student)
            ),
        }
        for each in summary.graded.submissions
    ]


def _checks(summary: Summary) -> list[dict]:
    return [
        {
            "task": row.task.name,
            "check": row.check.name,
            "title": row.check.title,
            "points": row.check.points,
            "asked": row.asked,
            "passed": row.passed,
            "pass_rate": row.rate,
            "discrimination": row.discrimination,
            "statuses": _joined(f"{status}: {count}" for status, count in sorted(row.statuses.items())),
        }
        for row in summary.checks
    ]


def _misconceptions(summary: Summary) -> list[dict]:
    return [
        {
            "task": row.task,
            "misconception": row.misconception,
            "students": len(row.students),
            "share": len(row.students) / len(summary.graded.submissions),
            "hint": row.hint,
            "who": _joined(row.students),
        }
        for row in summary.mistakes
    ]


def _pairs(summary: Summary) -> list[dict]:
    return [
        {
            "first": pair.students[0],
            "second": pair.students[1],
            "answers": _joined(pair.answers),
            "likeness": pair.likeness,
            "evidence": pair.evidence,
        }
        for pair in summary.likeness.pairs
    ]


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(texts)


def _write(path: Path, headings: list[str], rows: list[dict]) -> Path:
    # A learner's text may hold half of a surrogate pair, which no file can.
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows({heading: field(row[heading]) for heading in headings} for row in rows)
    return path
