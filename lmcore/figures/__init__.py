"""Figures that move: one call, a slider in a printed book's web page and a live widget in JupyterLab.

    moving(draw, {"letter": "abc", "power": range(10)}, alt="The curve of {letter} at power {power}.")

``draw(letter=..., power=...)`` makes one frame. The same call behaves in two ways:

* **In the built book** no Python runs behind the page, so every frame is drawn while the book is built. What
  the page gets is plain HTML: native controls, the frames, and a few lines of script that show one of them.
* **In JupyterLab** the controls are ipywidgets and a frame is drawn when it is asked for.

The book's build says which by setting the environment variable ``LMCORE_FIGURES`` to ``static``.

Read the files in this order: ``moving``, ``frames``, ``text``, ``cells`` and ``plane`` (what a frame is), ``page`` and
``live`` (where frames are shown).
"""

from .cells import cells, grid
from .moving import MovingFigure, moving, still
from .plane import plane
from .text import bars, matrix, pieces, shaded, spelled

__all__ = ["MovingFigure", "bars", "cells", "grid", "matrix", "moving", "pieces", "plane", "shaded", "spelled", "still"]
