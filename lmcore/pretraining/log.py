"""What happened in a run: one line a step in ``log.csv``, and a picture of it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..whole_files import replacing
from .run import Step

# Steps over which the drawn training loss is averaged: a share of the run.
_SMOOTHING = 0.01


class Line(NamedTuple):
    """A line of ``log.csv``.

    Attributes:
        step: number of the step, from 0.
        tokens: labels learned from so far, this step's included.
        seconds: spent in training so far, time in which the run was stopped left out.
        loss: of the step's batch, nats per token.
        validation: loss on the validation rows after the step, or None where it was not measured.
        learning_rate: of the step.
        gradient_norm: of the step, before clipping.
    """

    step: int
    tokens: int
    seconds: float
    loss: float
    validation: float | None
    learning_rate: float
    gradient_norm: float


class Log:
    """``log.csv`` of a run, written as it grows.

    Args:
        path: the file. If it is there, its first ``steps`` lines are kept and the others, which a run that was killed
            wrote after its last checkpoint, are dropped.
        steps: number of steps done.
        writing: False for the processes that only keep the lines in memory.

    Attributes:
        lines: of all steps done.
    """

    def __init__(self, path: Path, steps: int, writing: bool = True) -> None:
        self.lines = [line for line in read_log(path) if line.step < steps] if path.exists() else []
        self._path = path if writing else None
        if writing:
            with replacing(path) as unfinished, open(unfinished, "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([Line._fields, *self.lines])

    def add(self, step: Step, seconds: float, validation: float | None) -> None:
        """Write the line of a step that took so many seconds."""
        tokens, before = (self.lines[-1].tokens, self.lines[-1].seconds) if self.lines else (0, 0.0)
        line = Line(
            step.number,
            tokens + step.tokens,
            before + seconds,
            step.loss,
            validation,
            step.learning_rate,
            step.gradient_norm,
        )
        self.lines.append(line)
        if self._path:
            with open(self._path, "a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(line)


def read_log(path: str | Path) -> list[Line]:
    """The lines of a ``log.csv``. One that was cut off when the machine went down, and all after it, are left out.

    Raises:
        ValueError: a file with other columns.
    """
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows, None)
        if header != list(Line._fields):
            raise ValueError(f"{path} has the columns {header}; a log has {list(Line._fields)}")
        lines = []
        for row in rows:
            try:
                step, tokens, *others = row
                numbers = [float(x) if x else None for x in others]
                lines.append(Line(int(step), int(tokens), *numbers))
            except (ValueError, TypeError):
                break
    return lines


def draw_log(
    lines: Sequence[Line], path: str | Path, floor: float | None = None, plateau: float | None = None, title: str = ""
) -> None:
    """Draw training and validation loss over the tokens seen, with the lines that they can and cannot pass.

    Args:
        lines: of a log, one at least.
        path: the picture; its ending says of which kind, ``.png`` or ``.svg``.
        floor: entropy of the source, nats per token: no model can be lower.
        plateau: loss of a reader who knows the language and remembers nothing, nats per token.
        title: above the picture.
    """
    # matplotlib takes a second, and only the process that draws needs it.
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot(
        xlabel="tokens seen (millions)", ylabel="loss (nats per token)", title=title, yscale="log"
    )
    seen = [line.tokens / 1e6 for line in lines]
    axes.plot(seen, _smoothed([line.loss for line in lines]), color="C0", linewidth=1, label="training")
    measured = [line for line in lines if line.validation is not None]
    axes.plot(
        [line.tokens / 1e6 for line in measured],
        [line.validation for line in measured],
        "o-",
        color="C1",
        markersize=4,
        label="validation",
    )
    for height, style, name in ((plateau, ":", "a reader who forgets"), (floor, "--", "entropy of the source")):
        if height is not None:
            axes.axhline(height, color="0.3", linestyle=style, linewidth=1, label=f"{name}: {height:.3f}")
    axes.yaxis.set_minor_locator(LogLocator(subs=(1.5, 2, 3, 4, 5, 7)))  # more names would lie on each other
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    with replacing(path) as unfinished:
        figure.savefig(unfinished, dpi=150, format=Path(path).suffix[1:])


def _smoothed(losses: Sequence[float]) -> list[float]:
    """Means over a moving window that ends at each step."""
    width = max(1, round(len(losses) * _SMOOTHING))
    return [sum(part) / len(part) for i in range(len(losses)) if (part := losses[max(0, i + 1 - width) : i + 1])]
