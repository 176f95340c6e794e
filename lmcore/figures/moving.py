"""The figure itself: its axes, their choices, and what it shows where."""

import html
import os
from collections.abc import Mapping

from .choices import label_of
from .frames import rendered
from .live import has_widgets, live_widget
from .page import static_page
from .style import STYLE

# A drawn frame weighs about 10 kB in each look. 200 of them are a page of 4 MB: no page should be heavier.
FRAME_LIMIT = 200


def moving(draw, axes, *, alt, start=None, free=(), limit=FRAME_LIMIT):
    """A figure with one control for each axis; show it by making it the last line of a cell.

    Args:
        draw: called as ``draw(**values)`` with one value per axis. Returns a matplotlib ``Figure``, a string
            of HTML (it begins with ``<``), or any other string, shown as it stands. It must depend on its
            arguments alone: a matplotlib figure is drawn twice, for a light and for a dark page.
        axes: name -> choices, in the order of the controls. An underscore in a name is shown as a space.
            Choices are

            * a sequence of numbers: a slider;
            * a sequence of anything else, or a dict label -> value: a menu;
            * a function of the axes before it, called by name, that returns one of these: choices that depend
              on earlier ones, for example ``{"text": texts, "step": lambda text: range(len(text))}``.
        alt: what the frame shows, in words, for those who do not see it: a template such as
            ``"After {step} steps"`` or a function of the values.
        start: name -> the choice (a value, or a dict's label) to begin with; an axis begins with its first
            choice otherwise.
        free: names of text axes in which a reader in JupyterLab may also type a value of their own.
        limit: the greatest number of frames that a static page may hold.

    Raises:
        ValueError: no text alternative, an axis without choices, a ``start`` that is not a choice, and, in a
            static page, more frames than ``limit``.
        TypeError: ``draw`` returned neither a figure nor a string.
    """
    return MovingFigure(draw, axes, alt=alt, start=start, free=free, limit=limit)


def still(draw, *, alt):
    """A figure without controls: ``draw()``, as it suits a light and a dark page, with ``alt`` in words."""
    return MovingFigure(draw, {}, alt=alt)


class MovingFigure:
    """What :func:`moving` returns. It draws when it is made, so that a mistake is an error of that cell."""

    def __init__(self, draw, axes, *, alt, start=None, free=(), limit=FRAME_LIMIT):
        if not alt:
            raise ValueError("a figure needs a text alternative; pass alt='what the frame shows'")
        unknown = (set(start or {}) | set(free)) - set(axes)
        if unknown:
            raise ValueError(f"start or free names {sorted(unknown)}; the axes are {list(axes)}")
        self.draw, self.axes, self.alt = draw, dict(axes), alt
        self.start, self.free, self.limit = dict(start or {}), tuple(free), limit
        self.widget = self.page = None
        if os.environ.get("LMCORE_FIGURES") == "static" or not self.axes or not has_widgets():
            self.page = static_page(self)
        else:
            self.widget, self.first_frame = live_widget(self)

    def choices(self, name, values):
        """The (label, value) pairs of axis ``name``, given the values of the axes before it."""
        axis = self.axes[name]
        if callable(axis):
            axis = axis(**values)
        pairs = list(axis.items()) if isinstance(axis, Mapping) else [(label_of(v), v) for v in axis]
        if not pairs:
            raise ValueError(f"axis {name!r} has no choices" + (f" at {values}" if values else ""))
        return [(str(label), value) for label, value in pairs]

    def first(self, name, pairs):
        """The position among ``pairs`` at which axis ``name`` begins."""
        if name not in self.start:
            return 0
        wanted = self.start[name]
        for position, (label, value) in enumerate(pairs):
            if label == wanted or value == wanted:
                return position
        raise ValueError(f"start={wanted!r} is not a choice of axis {name!r}: {[label for label, _ in pairs]}")

    def describe(self, values):
        """The text alternative of the frame at ``values``."""
        return self.alt(**values) if callable(self.alt) else self.alt.format(**values)

    def frame(self, values):
        """The frame at ``values`` as an HTML element, with its text alternative."""
        words = html.escape(self.describe(values))
        return f'<div class="frame" role="img" aria-label="{words}">{rendered(self.draw, values)}</div>'

    def _ipython_display_(self):
        if self.widget is None:
            raise NotImplementedError  # IPython then asks for _repr_html_
        from IPython.display import display

        # Where nothing can run, such as a saved notebook on a web site, the first frame is shown instead.
        first_frame = f'<figure class="moving">{STYLE}{self.first_frame}</figure>'
        display(self.widget._repr_mimebundle_() | {"text/html": first_frame}, raw=True)

    def _repr_html_(self):
        return self.page or static_page(self)
