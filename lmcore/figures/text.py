"""Frames made of text: crisp at any size, and readable on a phone."""

import html
import math
import unicodedata
import zlib


def bars(shares, marked=None, percent=True, cut=()):
    """Shares as horizontal bars, an HTML string.

    Args:
        shares: label -> number from 0 to 1; a full bar is 1.
        marked: the label of a bar to set apart.
        percent: whether the number is written in percent, or with two digits as it is.
        cut: labels of what is left out: their names are crossed out and their bars are hollow.
    """
    # Names stand in one column, as wide as the longest of them but no wider than leaves room for the bars.
    width = min(max((len(str(label)) for label in shares), default=0) * 0.7, 11)
    rows = []
    for label, share in shares.items():
        kind = "bar" + " marked" * (label == marked) + " cut" * (label in cut)
        number = f"{_percent(share)} %" if percent else f"{share:.2f}"
        rows.append(
            f'<div class="{kind}"><span class="name">{html.escape(str(label))}</span>'
            f'<span class="track" style="--share:{share:.4f}"></span><span>{number}</span></div>'
        )
    return f'<div class="bars" style="--name:{max(width, 2.5):.1f}em">{"".join(rows)}</div>'


def _percent(share):
    if 0 < share < 0.00001:
        return "&lt; 0.001"
    return f"{100 * share:.1f}" if share >= 0.001 or share == 0 else f"{100 * share:.1g}"


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


def shaded(tokens, weights, marked=None):
    """Text whose tokens have a ground as strong as their weight, an HTML string.

    Args:
        tokens: strings that joined are the text, with their spaces.
        weights: for each token a number from 0 to 1; below 0.01 the token has no ground. They may be fewer than the
            tokens: the rest has none.
        marked: the number of a token to underline.

    Raises:
        ValueError: more weights than tokens, or one outside 0 to 1.
    """
    if len(weights) > len(tokens):
        raise ValueError(f"{len(weights)} weights are too many for {len(tokens)} tokens")
    spans = []
    for i, token in enumerate(tokens):
        weight = float(weights[i]) if i < len(weights) else 0.0
        if not 0 <= weight <= 1.001:  # weights that were added up may be a little above 1
            raise ValueError(f"weight {i} is {weight}; it must be from 0 to 1")
        # A space before a word is not part of what is looked at, and a line may break there.
        word = token.lstrip(" ")
        text = html.escape(word)
        if i == marked:
            text = f"<b><u>{text}</u></b>"
        if weight >= 0.01:
            text = f'<span class="looked" style="--weight:{min(weight, 1):.2f}">{text}</span>'
        spans.append(token[: len(token) - len(word)] + text)
    return f'<span class="shaded">{"".join(spans)}</span>'


def matrix(numbers, rows, columns, *, strength=None, digits=1):
    """A small matrix as a table, an HTML string: a cell's ground is as strong as its number.

    Args:
        numbers: rows of numbers; None or minus infinity, a forbidden place, is shown as ``−∞``, without a ground.
        rows: a name for each row.
        columns: a name for each column.
        strength: the number whose ground is strongest; the largest one if None. Numbers of 0 and below have no ground.
        digits: after the decimal point; None shows grounds only.

    Raises:
        ValueError: numbers that do not fit the names.
    """
    if len(numbers) != len(rows) or any(len(row) != len(columns) for row in numbers):
        shape = f"{len(numbers)} rows of {sorted({len(row) for row in numbers})} numbers"
        raise ValueError(f"{shape} do not fit {len(rows)} names of rows and {len(columns)} of columns")
    finite = [[-math.inf if number is None else float(number) for number in row] for row in numbers]
    strongest = strength or max((number for row in finite for number in row), default=0) or 1
    head = "".join(f"<th><span>{html.escape(str(name))}</span></th>" for name in columns)
    body = []
    for name, row in zip(rows, finite, strict=True):
        cells = []
        for number in row:
            weight = min(max(number / strongest, 0), 1)
            ground = f' style="--weight:{weight:.2f}"' if weight >= 0.005 else ""
            shown = "" if digits is None else "−∞" if number == -math.inf else _number(number, digits)
            cells.append(f"<td{ground}>{shown}</td>")
        body.append(f"<tr><th>{html.escape(str(name))}</th>{''.join(cells)}</tr>")
    kind = "matrix plain" if digits is None else "matrix"
    return f'<table class="{kind}"><thead><tr><td></td>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def _number(number, digits):
    """With a true minus sign, and never minus zero."""
    text = f"{number:.{digits}f}"
    return text.replace("-", "") if float(text) == 0 else text.replace("-", "−")


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
