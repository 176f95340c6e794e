"""Figures that move: one call, a slider in a printed book's web page and a live widget in JupyterLab.

    moving(draw, {"letter": "abc", "power": range(10)}, alt="The curve of {letter} at power {power}.")

``draw(letter=..., power=...)`` makes one frame. The same call behaves in two ways:

* **In the built book** no Python runs behind the page, so every frame is drawn while the book is built. What
  the page gets is plain HTML: native controls, the frames, and a few lines of script that show one of them.
* **In JupyterLab** the controls are ipywidgets and a frame is drawn when it is asked for.

The book's build says which by setting the environment variable ``LMCORE_FIGURES`` to ``static``.
"""

import base64
import html
import importlib.util
import inspect
import io
import json
import os
import unicodedata
import zlib
from collections.abc import Mapping
from numbers import Real

# A drawn frame weighs about 10 kB in each look. 200 of them are a page of 4 MB: no page should be heavier.
FRAME_LIMIT = 200

INK = {"light": "#24292f", "dark": "#e6edf3"}
FAINT = {"light": "#d0d7de", "dark": "#484f58"}
CYCLE = {
    "light": ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#6e7781"],
    "dark": ["#58a6ff", "#ffa657", "#56d364", "#bc8cff", "#ff7bc8", "#8b949e"],
}


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
        if os.environ.get("LMCORE_FIGURES") == "static" or not self.axes or not _has_widgets():
            self.page = _static(self)
        else:
            self.widget, self.first_frame = _live(self)

    def choices(self, name, values):
        """The (label, value) pairs of axis ``name``, given the values of the axes before it."""
        axis = self.axes[name]
        if callable(axis):
            axis = axis(**values)
        pairs = list(axis.items()) if isinstance(axis, Mapping) else [(_label(v), v) for v in axis]
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
        return f'<div class="frame" role="img" aria-label="{words}">{_rendered(self.draw, values)}</div>'

    def _ipython_display_(self):
        if self.widget is None:
            raise NotImplementedError  # IPython then asks for _repr_html_
        from IPython.display import display

        # Where nothing can run, such as a saved notebook on a web site, the first frame is shown instead.
        first_frame = f'<figure class="moving">{_STYLE}{self.first_frame}</figure>'
        display(self.widget._repr_mimebundle_() | {"text/html": first_frame}, raw=True)

    def _repr_html_(self):
        return self.page or _static(self)


# One frame


def _rendered(draw, values):
    from matplotlib.figure import Figure

    with _look("light"):
        drawn = draw(**values)
        if isinstance(drawn, Figure):
            pictures = [_picture(drawn, "light")]
    if isinstance(drawn, Figure):
        with _look("dark"):
            pictures.append(_picture(draw(**values), "dark"))
        return "".join(pictures)
    if not isinstance(drawn, str):
        raise TypeError(f"draw returned {type(drawn).__name__}; return a matplotlib Figure or a string")
    return drawn if drawn.startswith("<") else f"<pre>{html.escape(drawn)}</pre>"


def _look(look):
    """matplotlib's settings under which a drawing with no colours of its own suits a light or a dark page."""
    import matplotlib.pyplot as plt

    ink, faint = INK[look], FAINT[look]
    return plt.rc_context(
        {
            "figure.figsize": (6.0, 3.4),
            "figure.constrained_layout.use": True,
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "axes.edgecolor": faint,
            "axes.labelcolor": ink,
            "axes.titlecolor": ink,
            "axes.titlesize": "medium",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(color=CYCLE[look]),
            "text.color": ink,
            "xtick.color": ink,
            "ytick.color": ink,
            "grid.color": faint,
            "legend.frameon": False,
            "lines.linewidth": 2,
            "font.size": 11,
        }
    )


def _picture(figure, look):
    """``figure`` as an image inside the page: lossless, transparent, at twice a plain screen's density."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="webp", dpi=192, transparent=True, pil_kwargs={"lossless": True, "method": 4})
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    plt.close(figure)  # or the notebook shows it a second time
    data = base64.b64encode(buffer.getvalue()).decode()
    # The frame around it carries the text alternative, once for both looks.
    # "dark-light" asks the book's theme not to put a white ground behind it on a dark page.
    size = f'width="{width}" height="{height}"'
    return f'<img class="{look} dark-light" alt="" {size} src="data:image/webp;base64,{data}">'


def _label(value):
    return f"{value:g}" if isinstance(value, float) else str(value)


def _is_slider(pairs):
    return all(isinstance(value, Real) and not isinstance(value, bool) for _, value in pairs)


# A static page


def _static(figure):
    names = list(figure.axes)
    choices, leaves = {}, []

    def walk(at, values):
        if len(at) == len(names):
            leaves.append((at, values))
            return
        pairs = choices[at] = figure.choices(names[len(at)], values)
        for position, (_, value) in enumerate(pairs):
            walk((*at, position), values | {names[len(at)]: value})

    walk((), {})
    if len(leaves) > figure.limit:
        raise ValueError(
            f"{len(leaves)} frames are more than the {figure.limit} that a static page may hold; "
            f"give the axes {names} fewer choices, or raise limit"
        )

    at, controls = (), []
    for depth, name in enumerate(names):
        pairs = choices[at]
        first = figure.first(name, pairs)
        # A menu here is a menu for every choice of the axes before it.
        slider = not isinstance(figure.axes[name], Mapping) and all(
            _is_slider(pairs) for at, pairs in choices.items() if len(at) == depth
        )
        controls.append(_control(name, pairs, first, slider))
        at = (*at, first)

    frames = []
    for position, values in leaves:
        shown = " shown" if position == at else ""
        frames.append(f'<div class="at{shown}" data-at="{_key(position)}">{figure.frame(values)}</div>')
    stage = f'<div class="stage">{"".join(frames)}</div>'
    if not names:
        return f'<figure class="moving">{_STYLE}{stage}</figure>'
    labels = json.dumps({_key(at): [label for label, _ in pairs] for at, pairs in choices.items()})
    return (
        f'<figure class="moving" data-choices="{html.escape(labels)}">{_STYLE}'
        f'<div class="controls">{"".join(controls)}</div>{stage}'
        f'<div class="said" role="status"></div><script>{_SCRIPT}</script></figure>'
    )


def _key(positions):
    return ",".join(map(str, positions))


def _control(name, pairs, first, slider):
    shown_name = html.escape(name.replace("_", " "))
    if slider:
        label = html.escape(pairs[first][0])
        return (
            f'<span class="control"><label>{shown_name} <input type="range" min="0" max="{len(pairs) - 1}" '
            f'value="{first}" autocomplete="off" aria-valuetext="{label}"></label>'
            f'<span class="value" aria-hidden="true">{label}</span></span>'
        )
    options = "".join(
        f"<option{' selected' if position == first else ''}>{html.escape(label)}</option>"
        for position, (label, _) in enumerate(pairs)
    )
    menu = f'<select autocomplete="off">{options}</select>'
    return f'<span class="control"><label>{shown_name} {menu}</label></span>'


# Frames lie on top of each other in one cell of a grid: the page does not jump when one is taller.
_STYLE = inspect.cleandoc("""
    <style>
    .moving { margin: 1rem 0; padding: 0; }
    .moving .controls { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; margin-bottom: .5rem; }
    .moving .control, .moving label { display: inline-flex; align-items: center; gap: .5rem; min-width: 0; }
    .moving .control { max-width: 100%; }
    .moving label { margin: 0; font-weight: 600; }
    .moving select {
      font: inherit; font-weight: 400; color: inherit; background: transparent;
      min-width: 0; max-width: 100%; padding: .25rem; border: 1px solid currentColor; border-radius: .3rem;
    }
    .moving option { color: CanvasText; background: Canvas; }
    .moving input[type=range] { width: 14rem; max-width: 45vw; min-height: 24px; }
    .moving .value { min-width: 3.5ch; font-variant-numeric: tabular-nums; }

    .moving .stage { display: grid; }
    .moving .at { grid-area: 1 / 1; visibility: hidden; min-width: 0; }
    .moving .at.shown { visibility: visible; }
    .moving .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .moving img { max-width: 100%; height: auto; background: none !important; padding: 0 !important; }
    .moving pre {
      margin: 0; padding: 0; border: 0; white-space: pre-wrap; background: none; color: inherit;
    }

    .moving img.dark { display: none; }
    html[data-theme=dark] .moving img.dark { display: inline; }
    html[data-theme=dark] .moving img.light { display: none; }
    body[data-jp-theme-light=false] .moving img.dark { display: inline; }
    body[data-jp-theme-light=false] .moving img.light { display: none; }
    @media print {
      .moving .controls, html[data-theme=dark] .moving img.dark { display: none; }
      html[data-theme=dark] .moving img.light { display: inline; }
    }

    .moving .pieces { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
    .moving .pieces { line-height: 2.1; }
    .moving .piece {
      display: inline-block; white-space: pre; line-height: 1.5; padding: .05em .2em; margin-right: 2px;
      border: 1px solid rgb(127 127 127 / 55%); border-radius: .3em;
    }
    .moving .piece.merged {
      background: hsl(var(--hue) 85% 50% / 26%); border-color: hsl(var(--hue) 60% 50%);
    }
    .moving .piece.bytes { border-style: dashed; font-size: .8em; }

    .moving .bars { padding-right: 4.5em; }
    .moving .bar { display: flex; align-items: center; gap: .6em; white-space: nowrap; }
    .moving .bar .name { flex: 0 0 2.5em; text-align: right; }
    .moving .bar .track { height: 1em; min-width: 2px; background: hsl(212 80% 50% / 60%); }
    .moving .bar.marked { font-weight: 700; }
    .moving .bar.marked .track { background: hsl(24 95% 50%); }
    </style>
""")

_SCRIPT = inspect.cleandoc("""
    (() => {
      const figure = document.currentScript.closest(".moving");
      // positions of the earlier axes -> labels of the next one
      const choices = JSON.parse(figure.dataset.choices);
      const controls = [...figure.querySelectorAll("select, input")];
      const frames = new Map([...figure.querySelectorAll(".at")].map(frame => [frame.dataset.at, frame]));
      const said = figure.querySelector(".said");
      let shown = figure.querySelector(".shown");
      const show = () => {
        const at = [];
        for (const control of controls) {
          const labels = choices[at.join()];
          const menu = control.tagName === "SELECT";
          const position = Math.min(menu ? control.selectedIndex : Number(control.value), labels.length - 1);
          if (menu) {
            if (labels.join("\\n") !== [...control.options].map(option => option.text).join("\\n"))
              control.replaceChildren(...labels.map(label => new Option(label)));
            control.selectedIndex = position;
          } else {
            control.max = labels.length - 1;
            control.value = position;
            control.setAttribute("aria-valuetext", labels[position]);
            control.closest(".control").querySelector(".value").textContent = labels[position];
          }
          at.push(position);
        }
        const next = frames.get(at.join());
        if (next === shown) return;
        shown.classList.remove("shown");
        next.classList.add("shown");
        shown = next;
        said.textContent = next.firstElementChild.getAttribute("aria-label");
      };
      figure.addEventListener("input", show);
      show();
    })();
""")


# JupyterLab


def _has_widgets():
    return importlib.util.find_spec("ipywidgets") is not None


def _live(figure):
    """The widget, and its first frame."""
    import ipywidgets as widgets

    stage = widgets.HTML()
    stage.add_class("moving")
    controls = {}
    busy = False  # setting one control's choices must not draw a frame for each

    def current():
        values = {}
        for name, control in controls.items():
            pairs = figure.choices(name, values)
            labels = [label for label, _ in pairs]
            if isinstance(control, widgets.Combobox):
                control.options = labels
                values[name] = dict(pairs).get(control.value, control.value)
                continue
            if list(control.options) != labels:
                position = min(control.index, len(labels) - 1)
                control.options = labels
                control.index = position
            values[name] = pairs[control.index][1]
        return values

    def show(_change=None):
        nonlocal busy
        if busy:
            return
        busy = True
        try:
            stage.value = _STYLE + figure.frame(current())
        except Exception as error:  # a value typed by the reader: say what is wrong with it, where they look
            stage.value = f"<pre>{html.escape(f'{type(error).__name__}: {error}')}</pre>"
        finally:
            busy = False

    values = {}
    for name in figure.axes:
        pairs = figure.choices(name, values)
        first = figure.first(name, pairs)
        labels = [label for label, _ in pairs]
        looks = {"description": name.replace("_", " "), "style": {"description_width": "initial"}}
        if name in figure.free:
            looks |= {"layout": widgets.Layout(width="90%"), "continuous_update": False}
            control = widgets.Combobox(options=labels, value=labels[first], **looks)
        elif _is_slider(pairs) and not isinstance(figure.axes[name], Mapping):
            control = widgets.SelectionSlider(options=labels, index=first, **looks)
        else:
            control = widgets.Dropdown(options=labels, index=first, **looks)
        control.observe(show, "value" if name in figure.free else "index")
        controls[name] = control
        values[name] = pairs[first][1]

    first_frame = figure.frame(values)  # raises here, in the cell, if draw is wrong
    stage.value = _STYLE + first_frame
    return widgets.VBox([*controls.values(), stage]), first_frame


# Frames made of text: crisp at any size, and readable on a phone


def bars(shares, marked=None):
    """Shares as horizontal bars, an HTML string.

    Args:
        shares: label -> number from 0 to 1; a full bar is 1.
        marked: the label of a bar to set apart.
    """
    rows = []
    for label, share in shares.items():
        kind = "bar marked" if label == marked else "bar"
        percent = f"{100 * share:.1f}" if share >= 0.001 or share == 0 else f"{100 * share:.1g}"
        rows.append(
            f'<div class="{kind}"><span class="name">{html.escape(str(label))}</span>'
            f'<span class="track" style="width:{100 * share:.1f}%"></span><span>{percent} %</span></div>'
        )
    return f'<div class="bars">{"".join(rows)}</div>'


def pieces(tokens):
    """Tokens as coloured pieces, an HTML string: the same piece has the same colour wherever it stands.

    Args:
        tokens: strings, or bytes as a byte-level tokenizer has them. A space is shown as ``·``. Bytes that
            are not whole characters are shown as hexadecimal numbers in a dashed box. What has not been merged, a
            single byte or a string of one character, has no colour.
    """
    spans = []
    for token in tokens:
        raw = token.encode() if isinstance(token, str) else token
        kinds = ["piece"]
        if len(token) > 1:
            kinds.append("merged")
        if not _is_text(raw):
            kinds.append("bytes")
        hue = zlib.crc32(raw) % 24 * 15  # unlike hash(), the same in every run
        spans.append(f'<span class="{" ".join(kinds)}" style="--hue:{hue}">{html.escape(spelled(token))}</span>')
    # A zero-width space is where the browser may begin a new line.
    return f'<span class="pieces">{"&#8203;".join(spans)}</span>'


def spelled(token):
    """A token as a reader can see it: ``·`` for a space, ``⏎`` for a new line, bytes for half a character."""
    if isinstance(token, bytes):
        if not _is_text(token):
            return token.hex(" ").upper()
        token = token.decode()
    return token.replace(" ", "·").replace("\n", "⏎").replace("\t", "⇥")


def _is_text(raw):
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    # A joiner has no look of its own, but may stand inside an emoji; a control character may not.
    seen = any(character.isprintable() or character.isspace() for character in text)
    return seen and not any(unicodedata.category(c) == "Cc" and c not in "\n\t\r" for c in text)
