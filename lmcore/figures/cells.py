"""Frames made of small boxes: tokens that are seen, foretold, or padding; rows of a batch; numbers of a vector."""

import html

KINDS = ("plain", "seen", "next", "padding", "marked")


def cells(items):
    """Boxes one after another, an HTML string that wraps like text.

    Args:
        items: strings, or pairs (string, kind). The kinds are ``"plain"``; ``"seen"``, what a model reads; ``"next"``,
            what it foretells; ``"padding"``; ``"marked"``, set apart in any other way.

    Raises:
        ValueError: another kind.
    """
    # A zero-width space is where the browser may begin a new line.
    return f'<span class="cells">{"&#8203;".join(map(_cell, items))}</span>'


def grid(rows):
    """Rows of boxes in columns of equal width, an HTML string. On a narrow screen the columns shrink; nothing wraps.

    Args:
        rows: label -> items as for ``cells``. A shorter row leaves its last columns empty.

    Raises:
        ValueError: no row, or another kind.
    """
    if not rows:
        raise ValueError("a grid needs at least one row")
    width = max(map(len, rows.values()))
    lines = []
    for label, items in rows.items():
        boxes = [_cell(item) for item in items] + ["<span></span>"] * (width - len(items))
        lines.append(f'<span class="name">{html.escape(str(label))}</span>{"".join(boxes)}')
    return f'<div class="cells grid" style="--columns:{width}">{"".join(lines)}</div>'


def _cell(item):
    text, kind = (item, "plain") if isinstance(item, str) else item
    if kind not in KINDS:
        raise ValueError(f"a cell's kind is {kind!r}; there are {', '.join(map(repr, KINDS))}")
    return f'<span class="cell {kind}">{html.escape(text)}</span>'
