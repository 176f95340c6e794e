"""A text of Python reduced to what copying leaves behind, and a few numbers that stand for it.

Source: Schleimer, Wilkerson, Aiken (2003), Winnowing: Local Algorithms for Document Fingerprinting, SIGMOD.
"""

from __future__ import annotations

import builtins
import hashlib
import io
import keyword
import re
import tokenize
from collections.abc import Sequence

# Tokens in a fragment: shorter ones are idioms that everybody writes.
FRAGMENT = 10
# Of so many fragments in a row, one is kept.
WINDOW = 4

NAME, TEXT = "name", "text"
KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins))
LAYOUT = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
LAYOUT |= {tokenize.ENCODING, tokenize.ENDMARKER}
# Newer Pythons cut a formatted text into pieces; its beginning stands for all but the code in it.
FORMATTED = getattr(tokenize, "FSTRING_START", None)
IN_FORMATTED = {getattr(tokenize, "FSTRING_MIDDLE", None), getattr(tokenize, "FSTRING_END", None)} - {None}
# What is left of a text that is not Python: words, numbers and signs, without comments.
WORD = re.compile(r"#.*|\w+|[^\w\s]")


def tokens(source: str) -> list[str]:
    """The tokens of a text, without what is easily changed to hide a copy.

    Comments, docstrings, blank lines, indentation and line breaks are left out. Every name is the same name, except
    Python's keywords, its built-in functions, and what stands behind a dot; every text is the same text. A cell that
    cannot be read as Python (half written, or with a magic command) is cut into words and signs.
    """
    try:
        return _of_python(source)
    except (tokenize.TokenError, SyntaxError, ValueError):
        found = (match[0] for match in WORD.finditer(source) if not match[0].startswith("#"))
        return [word if word in KEPT or not word.isidentifier() else NAME for word in found]


def _of_python(source: str) -> list[str]:
    kept: list[str] = []
    begins, after_dot = True, False
    pending = None  # a text that begins a line: a docstring if the line ends behind it
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in LAYOUT:
            if token.type == tokenize.NEWLINE:
                pending, begins = None, True
            continue
        if pending is not None:
            kept.append(pending)
            pending = None
        if token.type == tokenize.STRING and begins:
            pending = TEXT
        elif token.type in (tokenize.STRING, FORMATTED):
            kept.append(TEXT)
        elif token.type in IN_FORMATTED:
            pass
        elif token.type == tokenize.NAME:
            kept.append(token.string if token.string in KEPT or after_dot else NAME)
        else:
            kept.append(token.string)
        begins, after_dot = False, token.string == "."
    return kept


def fingerprints(words: Sequence[str]) -> set[int]:
    """Numbers that stand for a sequence of tokens, chosen by winnowing.

    Each run of `FRAGMENT` tokens is hashed; of each `WINDOW` hashes in a row the smallest is kept. So two sequences
    that share a run of ``FRAGMENT + WINDOW - 1`` tokens share a fingerprint, wherever the run stands in them, and a
    shared fingerprint means a shared run of at least `FRAGMENT` tokens. A shorter sequence has none.
    """
    hashes = fragments(words)
    if len(hashes) < WINDOW:
        return set(hashes)
    return {min(hashes[start : start + WINDOW]) for start in range(len(hashes) - WINDOW + 1)}


def fragments(words: Sequence[str]) -> list[int]:
    """The hash of each run of `FRAGMENT` tokens, in order: all of which fingerprints are chosen from."""
    return [_hash(words[start : start + FRAGMENT]) for start in range(len(words) - FRAGMENT + 1)]


def _hash(words: Sequence[str]) -> int:
    # Python's own hash of texts differs from run to run.
    return int.from_bytes(hashlib.blake2b("\0".join(words).encode("utf-8", "replace"), digest_size=8).digest())
