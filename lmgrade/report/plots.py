"""The report's plots, as SVG that takes its colours from the page it stands in."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence

import matplotlib
from matplotlib.figure import Figure

from lmgrade.report.statistics import CheckRow, MistakeRow, Spread

# Drawn in these colours, which the finished SVG names by what they are for: so one drawing suits light and dark.
INK, FAINT, BAR, DOT, BAD = "#010203", "#010204", "#010205", "#010206", "#010207"
VARIABLES = {INK: "var(--ink)", FAINT: "var(--faint)", BAR: "var(--bar)", DOT: "var(--dot)", BAD: "var(--bad)"}
SETTINGS = {
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "text.parse_math": False,  # a dollar is a dollar
}
# Inches: as wide as a phone, so that letters are as large there as the page's.
WIDTH = 4.7
ROW = 0.19


def marks_plot(edges: Sequence[float], counts: Sequence[int], marks: Spread) -> str:
    """A histogram of marks, with a line at the median."""
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
        axes = figure.subplots()
        width = edges[1] - edges[0]
        axes.bar(edges[:-1], counts, width=width * 0.94, align="edge", color=BAR)
        axes.axvline(marks.median, color=DOT, linewidth=1.6, linestyle="--")
        axes.annotate(
            f"median {marks.median:g}",
            (marks.median, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4 if marks.median < edges[-1] * 0.75 else -4, 2),
            textcoords="offset points",
            ha="left" if marks.median < edges[-1] * 0.75 else "right",
        )
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel("points")
        axes.set_ylabel("students")
        axes.yaxis.get_major_locator().set_params(integer=True)
        bars = (
            f"{low:g} to {high:g} points: {count}"
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
            if count
        )
        return _svg(figure, f"Histogram of marks, median {marks.median:g}. Students with {'; '.join(bars)}.")


def checks_plot(rows: Sequence[CheckRow]) -> str:
    """A bar for each check's pass rate and, beside it, a dot for its discrimination."""
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH, 0.8 + ROW * len(rows)), layout="constrained")
        rates, dots = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        places = list(range(len(rows)))
        rates.barh(places, [100 * (row.rate or 0) for row in rows], color=BAR, height=0.66)
        rates.set_yticks(places, [row.check.name for row in rows])
        rates.set_xlim(0, 100)
        rates.set_xlabel("passed, %")
        rates.tick_params(axis="y", length=0)
        for place, row in enumerate(rows):
            if row.discrimination is not None:
                colour = BAD if row.discrimination < 0 else DOT
                dots.plot([0, row.discrimination], [place, place], color=colour, linewidth=1.2)
                dots.plot([row.discrimination], [place], "o", color=colour, markersize=4.5)
        dots.axvline(0, color=FAINT, linewidth=1)
        dots.set_xlim(-1.05, 1.05)
        dots.set_xlabel("discrimination")
        dots.tick_params(axis="y", length=0)
        # The first check on top, and a line above each task's first.
        rates.set_ylim(len(rows) - 0.4, -0.6)
        for axes in (rates, dots):
            for place in places[1:]:
                if rows[place].task is not rows[place - 1].task:
                    axes.axhline(place - 0.5, color=FAINT, linewidth=0.6)
        return _svg(figure, "Pass rate and discrimination of each check; the table below has the same numbers.")


def mistakes_plot(rows: Sequence[MistakeRow]) -> str:
    """A bar for each misconception: how many students have it."""
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH, 0.7 + ROW * len(rows)), layout="constrained")
        axes = figure.subplots()
        places = list(range(len(rows)))
        axes.barh(places, [len(row.students) for row in rows], color=BAR, height=0.66)
        axes.set_yticks(places, [f"{row.task}: {row.misconception}" for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("students")
        axes.xaxis.get_major_locator().set_params(integer=True)
        return _svg(figure, "Students with each misconception; the table below has the same numbers.")


def _svg(figure: Figure, alt: str) -> str:
    """A figure as an ``<svg>`` element to stand in a page, described by ``alt``."""
    file = io.StringIO()
    # Ids that other elements point to are hashes of this and of what they name: equal ones are the same thing.
    with matplotlib.rc_context({"svg.hashsalt": "lmgrade"}):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    drawn = file.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    # Groups are numbered anew in each figure, and a page may not have an id twice.
    drawn = re.sub(r'<g id="[^"]*"', "<g", drawn)
    for colour, variable in VARIABLES.items():
        drawn = drawn.replace(colour, variable)
    size = re.search(r'viewBox="[^"]*"', drawn)[0]
    name = f'role="img" aria-label="{html.escape(alt)}"'
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return re.sub(r"<svg[^>]*>", f"<svg {spaces} {size} {name}>", drawn, count=1)
