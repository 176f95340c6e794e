"""How good are these stories? Counted, without a human judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .grammar import Grammar
from .parser import parse
from .writer import STORIES


@dataclass(frozen=True)
class Score:
    """Shares between 0 and 1; a share of nothing is 0.

    Attributes:
        stories: how many texts were read.
        valid: share of texts without any mistake.
        finished: share of texts that have the plot of a story from beginning to end, whatever they forget.
        names: of the characters' names that came up again, the share that was remembered.
        things: the same of animals, moods, things, places, colours and numbers.
        agreement: of the words that must agree (he or she, a or an, plum or plums, is or are), the share that did.
        mistakes: kind of mistake -> how many texts have one of this kind as their first.
    """

    stories: int
    valid: float
    finished: float
    names: float
    things: float
    agreement: float
    mistakes: dict[str, int]

    def __str__(self) -> str:
        shares = ("valid", "finished", "names", "things", "agreement")
        return ", ".join(f"{share} {getattr(self, share):.1%}" for share in shares) + f" ({self.stories} stories)"


def score(texts: Iterable[str], grammar: Grammar = STORIES) -> Score:
    """Read every text as a story and count.

    ``names``, ``things`` and ``agreement`` are counted over words, each text as far as it can be read: up to its first
    word that no plot has there.

    Args:
        texts: one story each, without the token that ends it. White space is not looked at.
        grammar: what they should have been written from.

    Raises:
        ValueError: no texts.
    """
    readings = [parse(text, grammar) for text in texts]
    if not readings:
        raise ValueError("0 texts have no score; 1 is least")
    met: Counter = sum((reading.met for reading in readings), Counter())
    right: Counter = sum((reading.right for reading in readings), Counter())
    return Score(
        stories=len(readings),
        valid=sum(reading.valid for reading in readings) / len(readings),
        finished=sum(reading.finished for reading in readings) / len(readings),
        **{kind: right[kind] / met[kind] if met[kind] else 0.0 for kind in ("names", "things", "agreement")},
        mistakes=dict(Counter(reading.mistakes[0].kind for reading in readings if reading.mistakes)),
    )
