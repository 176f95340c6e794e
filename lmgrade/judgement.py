"""What the judge says of a notebook, as plain data: to be stored, sent from another process, written into cells later.

The same notebook under the same conditions and the same seed gives the same bytes, so nothing here says how long
anything took.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lmgrade import copies, gradecells
from lmgrade.judge import FORBIDDEN, Judge, Verdict
from lmgrade.kernels import Launcher
from lmgrade.tasks import Assignment, load_folder


@dataclass(frozen=True)
class Conditions:
    """What all judgements of one run depend on, beside the notebook.

    Args:
        folder: the assignment's, in ``solutions/``.
        seed: draws the checks' inputs.
        cell_seconds, notebook_seconds: as of `lmgrade.judge.Judge`.
        limits: where they differ from `lmgrade.sandbox.Limits`.
        sandbox: whether there is one.
    """

    folder: str
    seed: int
    cell_seconds: float = 30
    notebook_seconds: float = 300
    limits: dict = field(default_factory=dict)
    sandbox: bool = True

    def judge(self, launch: Launcher) -> Judge:
        """A judge under these conditions."""
        return Judge(load_folder(Path(self.folder)), self.seed, launch, self.cell_seconds, self.notebook_seconds)

    @cached_property
    def parts(self) -> dict[str, str]:
        """All but the seed, by name: the assignment's files, ``lmgrade``'s and ``lmcore``'s, versions, limits."""
        settings = {name: json.dumps(value, sort_keys=True) for name, value in self.settings.items() if name != "seed"}
        return copies.files(Path(self.folder)) | copies.code() | copies.versions() | settings

    @property
    def settings(self) -> dict:
        """All that is not in files: with these and a copy of the course, another machine has the same conditions."""
        return {name: value for name, value in asdict(self).items() if name != "folder"}

    @cached_property
    def unseeded(self) -> str:
        """A digest of `parts`."""
        return hashlib.sha256(json.dumps(self.parts, sort_keys=True).encode()).hexdigest()

    def key(self, cells: Iterable[str]) -> str:
        """What a judgement of these cells is known by."""
        return hashlib.sha256(json.dumps([self.unseeded, self.seed, list(cells)]).encode()).hexdigest()


def given(notebook: NotebookNode) -> list[str]:
    """What the judge gets of a notebook that has been through the gate: of a judged cell, what the learner can see."""
    return [
        gradecells.visible_part(cell.source) if gradecells.task_of(cell) else cell.source
        for cell in gradecells.code_cells(notebook)
    ]


def judgement_of(judge: Judge, cells: list[str]) -> dict:
    """Judge a notebook's cells.

    Returns:
        ``seed``; ``cells``: the status and the outputs of each; ``verdicts``: by task, one for each check;
        ``suspected``: by task, what may be a forbidden use and took no points.
    """
    report = judge.grade(cells)
    return {
        "seed": report.seed,
        "cells": [{"status": outcome.status, "outputs": gradecells.outputs_of(outcome)} for outcome in report.outcomes],
        "verdicts": {
            task: [_data(verdict, message=verdict.message) for verdict in verdicts]
            for task, verdicts in report.verdicts.items()
        },
        "suspected": report.suspected,
    }


def write_into(notebook: NotebookNode, judgement: dict, assignment: Assignment) -> dict[str, list[Verdict]]:
    """Write a judgement into the outputs of a notebook's cells and into its metadata.

    Args:
        notebook: whose cells were `given`.
        judgement: of `judgement_of`, or ``{"failed": why}`` where there is none.
        assignment: whose tasks its cells name.

    Returns:
        The verdicts by task.

    Raises:
        ValueError: a cell names a task that the assignment lacks.
    """
    record = notebook.metadata.setdefault("lmgrade", NotebookNode())
    if why := judgement.get("failed"):
        record.refused = why
    if "refused" in record:
        for cell in filter(gradecells.is_grade, gradecells.code_cells(notebook)):
            cell.outputs = gradecells.refusal_outputs(record.refused)
        return {}
    seed = record.seed = judgement["seed"]
    verdicts = {
        name: [_verdict(assignment, name, verdict) for verdict in verdicts]
        for name, verdicts in judgement["verdicts"].items()
    }
    cells = zip(gradecells.code_cells(notebook), judgement["cells"], strict=True)
    for number, (cell, ran) in enumerate(cells, start=1):
        cell.execution_count = number
        task = gradecells.task_of(cell)
        if task is None:
            cell.outputs = nbformat.from_dict(ran["outputs"])
        elif task in verdicts:
            points = cell.metadata.nbgrader.points
            cell.outputs = gradecells.verdict_outputs(task, verdicts[task], points, seed)
        else:
            raise ValueError(f"cell {cell.id} names the task {task!r}, which {assignment.folder} lacks")
    record.verdicts = {
        task: [_data(verdict, points=verdict.points) for verdict in of_task] for task, of_task in verdicts.items()
    }
    record.forbidden = {
        task: of_task[0].message for task, of_task in verdicts.items() if of_task[0].status == FORBIDDEN
    }
    record.suspected = judgement["suspected"]
    return verdicts


def _data(verdict: Verdict, **more: str | float) -> dict:
    """A verdict as plain data."""
    return {
        "check": verdict.check.name,
        "status": verdict.status,
        **more,
        "misconception": verdict.misconception.name if verdict.misconception else None,
    }


def _verdict(assignment: Assignment, task: str, data: dict) -> Verdict:
    task = assignment.tasks[task]
    check = next(check for check in task.checks if check.name == data["check"])
    mistake = next((m for m in task.misconceptions if m.name == data["misconception"]), None)
    return Verdict(check, data["status"], data["message"], mistake)
