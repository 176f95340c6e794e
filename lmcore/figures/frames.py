"""One frame: a matplotlib figure twice, for a light and for a dark page, or a string as it is."""

import base64
import html
import io

INK = {"light": "#24292f", "dark": "#e6edf3"}
FAINT = {"light": "#d0d7de", "dark": "#484f58"}
CYCLE = {
    "light": ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#6e7781"],
    "dark": ["#58a6ff", "#ffa657", "#56d364", "#bc8cff", "#ff7bc8", "#8b949e"],
}


def rendered(draw, values):
    """What ``draw(**values)`` returns, as HTML.

    Raises:
        TypeError: it is neither a figure nor a string.
    """
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
