"""The report as one web page that needs nothing but itself."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lmgrade.report import plots
from lmgrade.report.summary import Summary

TEMPLATE = Path(__file__).with_name("page.html")
# A plot of more bars is a wall; the table has them all.
MOST_BARS = 15


def write_page(summary: Summary, path: Path) -> Path:
    """Write the page to ``path`` (its folder is made if it is not there) and return the path.

    It is one file without script, which a browser may show but which may fetch nothing: its own content policy forbids
    it. Whatever a learner may have written is escaped.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A learner's text may hold half of a surrogate pair, which no file can.
    path.write_text(page(summary), encoding="utf-8", errors="replace")
    return path


def page(summary: Summary) -> str:
    """The page's text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = {
        "marks": plots.marks_plot(*summary.histogram, summary.marks),
        "checks": plots.checks_plot(summary.checks),
    }
    if summary.mistakes:
        drawn["mistakes"] = plots.mistakes_plot(summary.mistakes[:MOST_BARS])
    return environment.get_template(TEMPLATE.name).render(
        summary=summary,
        graded=summary.graded,
        marks=summary.marks,
        plots={name: Markup(plot) for name, plot in drawn.items()},
        most_bars=MOST_BARS,
    )
