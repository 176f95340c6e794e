"""A figure in a page behind which no Python runs: all frames, native controls, and a few lines of script."""

import html
import json
from collections.abc import Mapping

from .choices import is_slider
from .style import SCRIPT, STYLE


def static_page(figure):
    """The figure as HTML that needs nothing else.

    Raises:
        ValueError: more frames than the figure's limit.
    """
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
            is_slider(pairs) for at, pairs in choices.items() if len(at) == depth
        )
        controls.append(_control(name, pairs, first, slider))
        at = (*at, first)

    frames = []
    for position, values in leaves:
        shown = " shown" if position == at else ""
        frames.append(f'<div class="at{shown}" data-at="{_key(position)}">{figure.frame(values)}</div>')
    stage = f'<div class="stage">{"".join(frames)}</div>'
    if not names:
        return f'<figure class="moving">{STYLE}{stage}</figure>'
    labels = json.dumps({_key(at): [label for label, _ in pairs] for at, pairs in choices.items()})
    return (
        f'<figure class="moving" data-choices="{html.escape(labels)}">{STYLE}'
        f'<div class="controls">{"".join(controls)}</div>{stage}'
        f'<div class="said" role="status"></div><script>{SCRIPT}</script></figure>'
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
