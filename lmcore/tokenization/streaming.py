"""Where may a text be cut while it is still growing, so that its parts have the ids of the whole?

Not at the end of a line: the line's newline and the spaces that begin the next line can be one piece of text. And not
inside a special token whose other half has yet to come.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .pretokenization import BLOCK, last_border, pretokenize


def settled_blocks(
    texts: Iterable[str], special: re.Pattern[str] | None = None, longest_special: int = 0
) -> Iterator[tuple[int, str]]:
    """Cut a stream of texts into blocks that can be encoded one by one.

    Memory: a few blocks of ``BLOCK`` characters. A longer stretch is kept whole only where it must be, because it is
    all one piece, such as a million letters without anything between them.

    Args:
        texts: texts that follow one another without anything between them; where they begin and end does not matter.
        special: pattern that finds special tokens, if any.
        longest_special: number of characters of the longest special token.

    Returns:
        An iterator over (position in the whole text, block). The blocks joined are the texts joined.
    """
    parts: list[str] = []
    position, size, wanted = 0, 0, BLOCK
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"a stream of texts holds str, not {type(text).__name__}: {text!r:.50}")
        for start in range(0, len(text), BLOCK):
            parts.append(text[start : start + BLOCK])
            size += len(parts[-1])
            if size < wanted:
                continue
            joined = "".join(parts)
            cut = settled_length(joined, special, longest_special)
            if cut:
                yield position, joined[:cut]
            parts = [joined[cut:]]
            position, size = position + cut, size - cut
            # Twice what is left over: a stretch that cannot be cut is looked at a few times, not at every line.
            wanted = max(BLOCK, 2 * size)
    yield position, "".join(parts)


def settled_length(text: str, special: re.Pattern[str] | None = None, longest_special: int = 0) -> int:
    """The length of a beginning of ``text`` whose ids cannot depend on what follows the text, and that ends so that
    what follows it can be encoded alone. As long as possible within a few pieces; 0 if there is none."""
    # A special token that begins before `open_from` ends within the text.
    open_from = len(text) - max(longest_special - 1, 0)
    ordinary_from = 0
    for match in special.finditer(text) if special else ():
        if match.start() >= open_from:
            break
        ordinary_from = match.end()
    border = last_border(text, ordinary_from, open_from)
    if border is not None:
        return border
    # No white space to cut at: more text can change the last piece, and the last two where it completes an ending
    # such as 'll. All others stay.
    pieces = pretokenize(text[ordinary_from:open_from])
    return ordinary_from + sum(map(len, pieces[:-2]))
