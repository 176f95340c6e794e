r"""Cutting text into pieces before byte-pair encoding: a merge never crosses the border of a piece.

Without this step the most frequent pairs would soon glue words to their neighbours ("of the", "dog."), and the
vocabulary would fill with variants of the same word. GPT-2 cuts at changes of kind, and leaves one space with the
word that follows it, so that " dog" in the middle of a sentence is one piece.

Chunks are a second, coarser cut that costs much less to compute. Read the pattern once more: in each alternative,
white space stands at the beginning or it is all there is. No piece holds a space after something that is not a space,
so a text may be cut at every border (something | space), the parts cut into pieces one by one, and the result is the
same. Those parts are *chunks*: leading white space and what follows it up to the next white space. Text repeats its
chunks a great deal, which is what makes both training and encoding fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex

GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
r"""GPT-2's pieces, in the order in which they are tried:

1. an English ending after an apostrophe: ``'s 'd 'm 't 'll 've 're``;
2. letters, perhaps with one space in front;
3. digits, likewise;
4. other signs, likewise;
5. white space up to, but not including, the last one before a word (that last one may join the word);
6. white space.

Source: Radford et al. (2019), section 2.2, and the code published with it.
"""

_PIECE = regex.compile(GPT2_PATTERN)
# The same for texts all in ASCII, where the standard library's engine can do it, in about half the time.
_ASCII_PIECE = re.compile(
    r"'(?:[sdmt]|ll|ve|re)| ?[A-Za-z]+| ?[0-9]+| ?[^ \t-\rA-Za-z0-9]+|[ \t-\r]+(?![^ \t-\r])|[ \t-\r]+"
)

# The standard library's \s also matches the separators \x1c-\x1f, which Unicode does not call white space and the
# pattern above does not either. Without this correction a chunk could end inside a piece.
_SPACE, _OTHER = r"[^\S\x1c-\x1f]", r"[\S\x1c-\x1f]"
_CHUNK = re.compile(rf"{_SPACE}*{_OTHER}+|{_SPACE}+")
_BORDER = re.compile(rf"(?<={_OTHER}){_SPACE}")
_LAST_BORDER = regex.compile(r"(?r)(?<=\S)\s")  # (?r) searches from the end
_SURROGATE = re.compile("[\ud800-\udfff]")

BLOCK = 1 << 16
"""Characters that are cut into chunks at a time, so that the chunks of a long text are never all in memory."""


def pretokenize(text: str) -> list[str]:
    """Cut a text into GPT-2's pieces; joined, they are the text again.

    Args:
        text: any text, also empty.

    Returns:
        The pieces in order. ``"It's 2 dogs!"`` gives ``["It", "'s", " 2", " dogs", "!"]``.
    """
    return (_ASCII_PIECE if text.isascii() else _PIECE).findall(text)


def split_chunks(text: str) -> Iterator[list[str]]:
    """Cut a text into chunks: the pieces of the chunks, one after another, are the pieces of the text.

    Returns:
        An iterator over lists of chunks, each list from about ``BLOCK`` characters of text.
    """
    start = 0
    while start < len(text):
        border = _BORDER.search(text, start + BLOCK)
        stop = border.start() if border else len(text)
        yield _CHUNK.findall(text, start, stop)
        start = stop


def last_border(text: str, start: int, stop: int) -> int | None:
    """The last position in ``start + 1 .. stop`` with a space behind it and something else before, or None."""
    found = _LAST_BORDER.search(text, start + 1, stop + 1)
    return found.start() if found else None


def refuse_surrogates(text: str, offset: int = 0) -> None:
    """Raise ValueError for a lone surrogate: half of a character, for which UTF-8 has no bytes.

    Args:
        text: the text to look through.
        offset: position of its first character in a longer text, for the message.
    """
    found = None if text.isascii() else _SURROGATE.search(text)
    if found:
        raise ValueError(
            f"character {offset + found.start()} of the text is the lone surrogate U+{ord(found.group()):04X}, "
            "which UTF-8 cannot express; read the text with the right encoding, or replace it"
        )
