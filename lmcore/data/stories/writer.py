"""The writer: walks the plots, makes each choice by a fair die, and adds up how surprising its choices were."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .grammar import Grammar
from .parts import Branch, Facts, Fixed, Part
from .plots import STORY

STORIES = Grammar(STORY)


@dataclass(frozen=True)
class Story:
    """A story and how it came about.

    Attributes:
        text: one paragraph without line ends.
        choices: for each choice in order, the number of the option taken, from 0. (One option is no choice.)
        surprise: :math:`-\\ln p` of the text, in nats: the sum of :math:`\\ln` (number of options).
        facts: what each slot was filled with, such as ``{"hero": "Nora", "have": 7}``.
    """

    text: str
    choices: tuple[int, ...]
    surprise: float
    facts: Facts


def write(seed: int, grammar: Grammar = STORIES) -> Story:
    """The story of a seed: the same seed, the same story; every option of every choice is equally likely.

    Args:
        seed: 0 or greater. Stories of different seeds are independent, so seeds from 0 can be for training and seeds
            from a million for validation.
        grammar: what to write from.

    Raises:
        ValueError: a negative seed.
    """
    if not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed {seed!r} is not a whole number from 0")
    return _write(random.Random(seed).randrange, grammar)


def tell(choices: Sequence[int], grammar: Grammar = STORIES) -> Story:
    """The story that these choices make: ``tell(story.choices) == story``.

    Raises:
        ValueError: a choice that is not there, too few choices, or too many.
    """
    given = list(choices)
    made = 0

    def choose(options: int) -> int:
        nonlocal made
        if made == len(given):
            raise ValueError(f"{made} choices are too few: the next one is among {options} options")
        if not 0 <= given[made] < options:
            raise ValueError(f"choice {made} is {given[made]}; its options are 0 to {options - 1}")
        made += 1
        return given[made - 1]

    story = _write(choose, grammar)
    if made < len(given):
        raise ValueError(f"{len(given)} choices are too many: this story is over after {made}")
    return story


def _write(die: Callable[[int], int], grammar: Grammar) -> Story:
    pieces: list[str] = []
    choices: list[int] = []
    facts: Facts = {}
    ways = 1  # the product of the numbers of options; p = 1 / ways

    def choose(options: int) -> int:
        nonlocal ways
        if options == 1:
            return 0
        ways *= options
        choices.append(die(options))
        return choices[-1]

    def walk(parts: Sequence[Part]) -> None:
        for part in parts:
            if isinstance(part, Fixed):
                pieces.append(part.text)
            elif isinstance(part, Branch):
                walk(part.options[choose(len(part.options))])
            else:
                if part.source:
                    options = part.source.options(facts)
                    facts[part.name] = options[choose(len(options))]
                pieces.append(part.text(facts[part.name], facts))

    walk(grammar.parts)
    return Story(" ".join(pieces), tuple(choices), math.log(ways), facts)
