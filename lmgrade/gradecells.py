"""Grade cells: how one names its task, and how the verdict on it is written into its outputs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

import nbformat
from nbformat import NotebookNode

from lmgrade.intake import BASE64
from lmgrade.judge import PASSED, Verdict
from lmgrade.kernels import Outcome
from lmgrade.view import without_places

HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS$.*?^### END HIDDEN TESTS$\n?", re.MULTILINE | re.DOTALL)
NAMED_TASK = re.compile(r"lmgrade\.grade\(\s*[\"'](?P<assignment>[^\"']+)[\"']\s*,\s*[\"'](?P<task>\w+)[\"']\s*\)")

SHOWN = ("text/plain", "image/png", "image/jpeg")
LARGEST_OUTPUT = 2 * 2**20
# Making a page of colours takes time with the square of the text's length: minutes for `LARGEST_OUTPUT`.
LONGEST_COLOURED = 20_000
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]?")

COLOURS = {True: "#1a7f37", False: "#b42318"}
CELL = "text-align:left;vertical-align:top;padding:.2em .8em .2em 0"


def named_task(source: str) -> str | None:
    """The task that a grade cell's hidden line names, as in ``lmgrade.grade("tokenization", "merge_pair")``."""
    found = NAMED_TASK.search(source)
    return found["task"] if found else None


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that are run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_grade(cell: NotebookNode) -> bool:
    """Does nbgrader give points for the cell?"""
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def task_of(cell: NotebookNode) -> str | None:
    """The task that is judged where a cell stands. The text of a cell that is answered and graded by hand is the
    learner's, and names nothing.
    """
    solution = cell.metadata.get("nbgrader", {}).get("solution")
    return named_task(cell.source) if is_grade(cell) and not solution else None


def visible_part(source: str) -> str:
    """A grade cell without its hidden tests: what the learner was given."""
    return HIDDEN.sub("", source)


def outputs_of(outcome: Outcome) -> list[NotebookNode]:
    """What a learner's cell put out, fit to be shown to others: text, pictures, errors; no script, nothing endless, no
    places on this machine.
    """
    kept = []
    for output in _joined(filter(_is_well_formed, outcome.outputs)):
        if output.output_type in ("execute_result", "display_data"):
            output.data = {kind: output.data[kind] for kind in SHOWN if _is_shown(kind, output.data.get(kind))}
            output.metadata = nbformat.NotebookNode()
        if len(str(output)) > LARGEST_OUTPUT:
            output = nbformat.v4.new_output(
                "stream", text=f"[an output of {len(str(output))} characters was left out]\n"
            )
        if output.output_type == "stream":
            output.text = _fit(output.text)
        elif output.output_type == "error":
            output.ename, output.evalue = _fit(output.ename), _fit(output.evalue)
            output.traceback = _fit("\n".join(output.traceback)).split("\n")
        elif "text/plain" in output.data:
            output.data["text/plain"] = _fit(output.data["text/plain"])
        if output.output_type in ("stream", "error") or output.data:
            kept.append(output)
    if outcome.status in ("timeout", "dead", "not run"):
        why = {
            "timeout": f"this cell was stopped after {outcome.seconds:.0f} seconds",
            "dead": "the process ended while this cell ran" + (f": {outcome.why}" if outcome.why else ""),
            "not run": "this cell was not run: the process had ended, or the notebook's time was used up",
        }[outcome.status]
        kept.append(nbformat.v4.new_output("error", ename="Stopped", evalue=why, traceback=[f"Stopped: {why}"]))
    return kept


def _joined(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The same, with what was printed between two other outputs as one piece, stderr's after stdout's: in how many it
    comes, and in which order, is chance.
    """
    joined: list[NotebookNode] = []
    printed: dict[str, list[str]] = {"stdout": [], "stderr": []}
    for output in [*outputs, None]:
        if output is not None and output.output_type == "stream":
            printed.setdefault(output.name, []).append(output.text)
            continue
        for name, pieces in printed.items():
            if pieces:
                joined.append(nbformat.v4.new_output("stream", name=name, text="".join(pieces)))
                pieces.clear()
        if output is not None:
            joined.append(output)
    return joined


def _is_well_formed(output: NotebookNode) -> bool:
    """A kernel that a learner's code has taken over may send anything."""
    if output.output_type == "stream":
        return output.name in ("stdout", "stderr") and isinstance(output.text, str)
    if output.output_type == "error":
        return all(isinstance(text, str) for text in (output.ename, output.evalue, *output.traceback))
    return isinstance(output.data, dict)


def _fit(text: str) -> str:
    text = without_places(text)
    return text if len(text) <= LONGEST_COLOURED else COLOUR.sub("", text)


def _is_shown(kind: str, data: Any) -> bool:
    return isinstance(data, str) and (kind == "text/plain" or BASE64.fullmatch(data) is not None)


def verdict_outputs(task: str, verdicts: list[Verdict], cell_points: float, seed: int) -> list[NotebookNode]:
    """The outputs of a graded cell: nbgrader reads the points from the text, people read the table."""
    earned, possible = sum(verdict.points for verdict in verdicts), sum(verdict.check.points for verdict in verdicts)
    # An instructor may have changed a cell's points in the notebook: the share of the checks' points counts. Rounding
    # must not take it above the cell's points, which nbgrader does not store at all.
    points = cell_points if earned == possible else min(cell_points, round(cell_points * earned / possible, 6))
    data = {
        "text/plain": repr(points),
        "text/html": verdict_table(task, verdicts, points, cell_points, seed),
    }
    return [nbformat.v4.new_output("execute_result", data=data, execution_count=None)]


def refusal_outputs(reason: str) -> list[NotebookNode]:
    """The outputs of a graded cell of a notebook that the gate refused."""
    text = f"Nothing could be graded: {reason}."
    data = {"text/plain": "0.0", "text/html": f"<p><strong>0 points.</strong> {html.escape(text)}</p>"}
    return [nbformat.v4.new_output("execute_result", data=data, execution_count=None)]


def verdict_table(task: str, verdicts: list[Verdict], points: float, possible: float, seed: int) -> str:
    """A table of checks as HTML. Every text in it that a learner could have written is escaped."""
    rows = []
    for verdict in verdicts:
        colour = COLOURS[verdict.status == PASSED]
        message = f"<br><em>{html.escape(verdict.message)}</em>" if verdict.message else ""
        rows.append(
            f'<tr><td style="{CELL};white-space:nowrap;color:{colour}"><strong>{verdict.status}</strong></td>'
            f'<td style="{CELL}">{html.escape(verdict.check.title)}{message}</td>'
            f'<td style="{CELL};white-space:nowrap">{verdict.points:g} of {verdict.check.points:g}</td></tr>'
        )
    return (
        f"<p><strong><code>{html.escape(task)}</code>: {points:g} of {possible:g} points</strong></p>"
        f"<table><tbody>{''.join(rows)}</tbody></table>"
        f'<p style="color:#59636e;font-size:85%">inputs drawn with seed {seed}</p>'
    )
