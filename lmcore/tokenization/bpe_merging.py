r"""Applying merges to one piece of text, fast.

A token is one character here, a *symbol*: the bytes are ``chr(0) .. chr(255)`` and the result of merge ``i`` is
``chr(256 + i)``. So a piece is a string, symbols compare as the ranks of their merges do, and the earliest merge that
fits is the smallest symbol that two neighbours can become.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from operator import add

FIRST_MERGE = chr(256)
_NEVER = chr(0x10FFFF)  # greater than each merge's symbol

MOST_TOKENS = 0x10FFFF
"""Bytes and merges together: there are no more characters to stand for them."""

LONG = 200
"""Pieces of more symbols go through a heap. Looking at all pairs for each merge takes time that grows with the square
of the length, which is the faster way for words and no way at all for a line of a million letters."""


class Merges:
    """Which two symbols become which one.

    Args:
        merges: the two parts of each merge, in order of learning. Each part is a byte or the result of an earlier
            merge, and no two merges have the same result.

    Attributes:
        product: pair of symbols -> symbol.
        parts: symbol -> the pair that it is made of.
        symbol_of: a token's bytes -> symbol.
        whole: the same for those tokens alone that their own bytes merge into. Training makes no others, but a list of
            merges written by hand may: after ``("b", "c")``, a token ``("ab", "c")`` is never reached.

    Raises:
        ValueError: merges that break these rules.
    """

    def __init__(self, merges: Iterable[tuple[bytes, bytes]]) -> None:
        self.product: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.symbol_of = {bytes([byte]): chr(byte) for byte in range(256)}
        self.whole = dict(self.symbol_of)
        for rank, (left, right) in enumerate(merges):
            if 256 + rank >= MOST_TOKENS:
                raise ValueError(f"there are more than {MOST_TOKENS - 256} merges, the most that this tokenizer holds")
            for part in (left, right):
                if part not in self.symbol_of:
                    raise ValueError(f"merge {rank} needs {part!r}, which is no byte and no earlier merge's result")
            if left + right in self.symbol_of:
                raise ValueError(f"merge {rank} makes {left + right!r}, which an earlier merge makes already")
            symbol = chr(256 + rank)
            pair = self.symbol_of[left] + self.symbol_of[right]
            self.product[pair] = symbol
            self.parts[symbol] = pair
            self.symbol_of[left + right] = symbol
            if left in self.whole and right in self.whole and self._border_lasts(*pair):
                self.whole[left + right] = symbol

    def apply(self, piece: bytes) -> str:
        """The symbols that a piece becomes: again and again, the earliest merge that fits, from left to right."""
        symbol = self.whole.get(piece)
        if symbol is not None:
            return symbol
        symbols = piece.decode("latin-1")
        return self._by_heap(symbols) if len(symbols) > LONG else self._by_scan(symbols)

    def _by_scan(self, text: str) -> str:
        product = self.product
        symbols = list(text)
        unions = [product.get(pair, _NEVER) for pair in map(add, text, text[1:])]  # of symbols[i] and symbols[i + 1]
        while unions:
            earliest = min(unions)
            if earliest == _NEVER:
                break
            i = unions.index(earliest)
            symbols[i : i + 2] = [earliest]
            del unions[i]
            if i < len(unions):
                unions[i] = product.get(earliest + symbols[i + 1], _NEVER)
            if i > 0:
                unions[i - 1] = product.get(symbols[i - 1] + earliest, _NEVER)
        return "".join(symbols)

    def _by_heap(self, text: str) -> str:
        """The same in ``n log n``: a linked list of symbols, and a heap of the merges that are possible."""
        product = self.product
        symbols = [*text, ""]  # the last one merges with nothing; it follows the list and, as number -1, precedes it
        after = list(range(1, len(symbols) + 1))
        before = list(range(-1, len(symbols) - 1))
        heap = [(product[pair], i) for i, pair in enumerate(map(add, text, text[1:])) if pair in product]
        heapify(heap)
        while heap:
            symbol, i = heappop(heap)
            j = after[i]
            if product.get(symbols[i] + symbols[j]) != symbol:
                continue  # one of the two has been merged since with its other neighbour
            symbols[i], symbols[j] = symbol, ""
            after[i] = k = after[j]
            before[k] = i
            if (right := product.get(symbol + symbols[k])) is not None:
                heappush(heap, (right, i))
            if (left := product.get(symbols[before[i]] + symbol)) is not None:
                heappush(heap, (left, before[i]))
        return "".join(symbols)

    def _border_lasts(self, left: str, right: str) -> bool:
        """Whether two tokens written side by side stay two until their own merge, given that each one is reached.

        Looks back in time. The symbols at the border just before a merge are known; each was made of two when it came
        to be, and of those the inner one stood at the border before. At no moment may the two at the border have
        merged with one another. Where ranks are equal, the pair further left goes first.
        """
        while left >= FIRST_MERGE or right >= FIRST_MERGE:
            if left > right:
                until = left
                left = self.parts[left][1]
                merged_before = self.product.get(left + right, _NEVER) < until
            else:
                until = right
                right = self.parts[right][0]
                merged_before = self.product.get(left + right, _NEVER) <= until
            if merged_before:
                return False
        return True
