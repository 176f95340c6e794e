"""Frames made of text: crisp at any size, and readable on a phone."""

import html
import unicodedata
import zlib


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
            f'<span class="track" style="--share:{share:.4f}"></span><span>{percent} %</span></div>'
        )
    longest = max((len(str(label)) for label in shares), default=0)
    return f'<div class="bars" style="--names:{0.66 * longest:.1f}em">{"".join(rows)}</div>'


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
