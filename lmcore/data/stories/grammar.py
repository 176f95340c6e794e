"""From the notation of ``plots.py`` to a tree of parts, which writer, parser and entropy walk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from .checks import check_grammar
from .parts import Branch, Difference, Fixed, FromList, FromRange, Part, Slot
from .words import LISTS


class Grammar:
    """A compiled story text.

    Args:
        text: in the notation of ``plots.py``.
        lists: name -> words.

    Attributes:
        parts: the sequence of parts.
        lists: as given.
        words_of_slot: slot -> the words that can fill it, or None for a number.

    Raises:
        ValueError: a text that is not in the notation, that mentions what was not introduced, or that could write
            one text by different choices; the message quotes the place.
    """

    def __init__(self, text: str, lists: Mapping[str, Sequence[str]] = LISTS) -> None:
        self.lists = {name: tuple(words) for name, words in lists.items()}
        pieces = _pieces(text)
        self.parts, rest = self._sequence(pieces, 0)
        if rest < len(pieces):
            raise ValueError(f"{pieces[rest]!r} without a bracket that opened before it")
        self.words_of_slot = check_grammar(self.parts, self.lists)

    def _sequence(self, pieces: list[str], i: int) -> tuple[tuple[Part, ...], int]:
        parts: list[Part] = []
        while i < len(pieces) and pieces[i] not in ("|", "]"):
            if pieces[i] == "[":
                options = []
                while pieces[i] != "]":
                    option, i = self._sequence(pieces, i + 1)
                    if i == len(pieces):
                        raise ValueError("a bracket [ is never closed")
                    options.append(option)
                parts.append(Branch(tuple(options)))
            elif "{" in pieces[i] or "}" in pieces[i]:
                parts.append(self._slot(pieces[i]))
            else:
                parts.append(Fixed(pieces[i]))
            i += 1
        return tuple(parts), i

    def _slot(self, piece: str) -> Slot:
        match = _SLOT.fullmatch(piece)
        if not match:
            raise ValueError(f"{piece!r} does not read as a slot with marks around it")
        found = {key: value or "" for key, value in match.groupdict().items()}
        source = None
        if found["list"]:
            if found["list"] not in self.lists:
                raise ValueError(f"{piece!r}: there is no list {found['list']!r}; there are {sorted(self.lists)}")
            source = FromList(found["list"], self.lists[found["list"]])
        elif found["low"]:
            source = FromRange(found["low"], found["high"])
        elif found["more"]:
            source = Difference(found["more"], found["less"])
        keys = ("name", "form", "counted_by", "one", "many", "before", "after")
        return Slot(source=source, **{key: found[key] for key in keys})


_PIECE = re.compile(r"[\[|\]]|(?:\{[^{}\s]*\}|[^\s\[|\]{}])+|\S")
_SLOT = re.compile(
    r"(?P<before>[^\w{}]*)\{(?P<name>[a-z_]+)"
    r"(?::(?P<low>\w+)\.\.(?P<high>\w+(?:-\d+)?)|:(?P<list>[a-z_]+)|=(?P<more>[a-z_]+)-(?P<less>[a-z_]+))?"
    r"(?:\.(?P<form>\w+)|\*(?P<counted_by>[a-z_]+)|\?(?P<one>\w+)/(?P<many>\w+))?"
    r"\}(?P<after>[^\w{}]*)"
)


def _pieces(text: str) -> list[str]:
    """Brackets, bars, and the stretches between white space; every bracket must stand between spaces."""
    matches = list(_PIECE.finditer(text))
    for left, right in pairwise(matches):
        opens = right.group() == "[" and left.group() not in ("[", "|")
        closes = left.group() == "]" and right.group() not in ("]", "|")
        if left.end() == right.start() and (opens or closes):
            raise ValueError(f"brackets stand between spaces, unlike in {left.group() + right.group()!r}")
    return [match.group() for match in matches]
