"""Arrows in a plane, drawn as SVG: a frame of two thousand characters, crisp at any size, in the page's own colours."""

import html
import math

_SIZE = 320  # pixels from edge to edge
BLUE, ORANGE = "hsl(212 80% 50%)", "hsl(24 95% 50%)"


def plane(arrows, *, reach=2.0, lines=(), marked=None, colours=None):
    """Arrows from the origin, an SVG string.

    Args:
        arrows: label -> (x, y). The label stands at the tip; an arrow of length 0 is a dot.
        reach: the plane goes from ``-reach`` to ``reach`` along both axes, with a line at each whole number.
        lines: dashed lines, each ``((x, y), (x, y))``.
        marked: the label of an arrow to set apart.
        colours: label -> any CSS colour, for arrows that are to have one of their own.

    Raises:
        ValueError: an arrow that leaves the plane.
    """
    for label, (x, y) in arrows.items():
        if max(abs(x), abs(y)) > reach:
            raise ValueError(f"arrow {label!r} goes to ({x:g}, {y:g}); the plane ends at {reach:g}")
    whole = range(-math.floor(reach), math.floor(reach) + 1)
    grating = "".join(
        f"M{_at(n, -reach, reach)}L{_at(n, reach, reach)}M{_at(-reach, n, reach)}L{_at(reach, n, reach)}" for n in whole
    )
    axes = f"M{_at(0, -reach, reach)}L{_at(0, reach, reach)}M{_at(-reach, 0, reach)}L{_at(reach, 0, reach)}"
    parts = [f'<path class="grating" d="{grating}"/><path class="grating" d="{axes}" stroke-width="2"/>']
    parts += [f'<path class="line" d="M{_at(*a, reach)}L{_at(*b, reach)}"/>' for a, b in lines]
    for label, tip in arrows.items():
        colour = (colours or {}).get(label, ORANGE if label == marked else BLUE)
        parts.append(_arrow(str(label), tip, reach, colour))
    return f'<svg class="plane" viewBox="0 0 {_SIZE} {_SIZE}" aria-hidden="true">{"".join(parts)}</svg>'


def _arrow(label, tip, reach, colour):
    x, y = tip
    length = math.hypot(x, y)
    style = f'style="--colour:{html.escape(colour)}"'
    if length == 0:
        drawn = f'<circle class="arrow" {style} cx="{_SIZE / 2:g}" cy="{_SIZE / 2:g}" r="2"/>'
        along = (0.0, 1.0)
    else:
        along = (x / length, y / length)
        unit = 2 * reach / _SIZE  # a pixel, in the plane's measure
        head = min(12 * unit, length)
        neck = (x - head * along[0], y - head * along[1])
        side = (-along[1] * head * 0.4, along[0] * head * 0.4)
        corners = (tip, (neck[0] + side[0], neck[1] + side[1]), (neck[0] - side[0], neck[1] - side[1]))
        outline = "L".join(_at(*corner, reach) for corner in corners)
        drawn = f'<path class="arrow" {style} d="M{_at(0, 0, reach)}L{_at(*neck, reach)}M{outline}Z"/>'
    # The label stands beyond the tip, and moves inwards where the plane ends.
    left = _SIZE / 2 * (1 + x / reach) + 14 * along[0]
    top = _SIZE / 2 * (1 - y / reach) - 14 * along[1]
    anchor = "start" if along[0] > 0.5 else "end" if along[0] < -0.5 else "middle"
    width = 9 * len(label)
    before = {"start": 0, "end": width, "middle": width / 2}[anchor]
    left = min(max(left, before), _SIZE - (width - before))
    top = min(max(top, 9), _SIZE - 9)
    return f'{drawn}<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}">{html.escape(label)}</text>'


def _at(x, y, reach):
    """A point of the plane as SVG counts, downwards."""
    return f"{_SIZE / 2 * (1 + x / reach):.1f} {_SIZE / 2 * (1 - y / reach):.1f}"
