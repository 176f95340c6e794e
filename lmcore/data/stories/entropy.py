r"""How much there is to know about a story: its entropy, exactly.

Every choice is uniform, so a story with choices among :math:`n_1, n_2, \ldots` options has probability
:math:`\prod_i 1/n_i`, and (different choices give different texts, see ``checks.py``) the entropy of the texts is

.. math:: H = \mathbb{E}\Big[\sum_i \ln n_i\Big]

No model can have a lower mean loss than :math:`H` nats per story. The tree of choices has more leaves than one can
visit, but most of its branches are alike. How many options a choice has depends on how many words of its list are used
up, and on numbers such as *how many plums were picked*, never on *which* word was taken. So ``_visit`` carries through
the plots a table {situation: probability}, where a situation is just that: words used per list, and numbers. It goes
through all options of a branch and merges the tables behind it. The sums are exact; probabilities are fractions.

Which word fills a slot, too, has a simple answer: words are drawn without replacement and nothing depends on which one
it was, so each slot, seen alone, is uniform over its whole list.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from .grammar import Grammar
from .parts import Branch, Facts, Fixed, FromList, Part, Slot
from .words import words_of
from .writer import STORIES, write


@dataclass(frozen=True)
class Situation:
    """All that the number of later options can depend on."""

    used: tuple[tuple[str, int], ...] = ()  # list -> how many of its words the story has used
    numbers: tuple[tuple[str, int], ...] = ()  # slot -> number

    def options(self, slot: Slot) -> list[Situation]:
        """The situation after each option of a first mention; options that lead to the same one count each."""
        if isinstance(slot.source, FromList):
            used = Counter(dict(self.used))
            left = len(slot.source.words) - used[slot.source.name]
            used[slot.source.name] += 1
            return [Situation(tuple(sorted(used.items())), self.numbers)] * left
        facts = dict(self.numbers)
        return [
            Situation(self.used, tuple(sorted({**facts, slot.name: value}.items())))
            for value in slot.source.options(facts)
        ]


@dataclass(frozen=True)
class Odds:
    """How likely a situation is, and how many different stories have led to it."""

    p: Fraction
    ways: int


Table = dict[Situation, Odds]


def _visit(parts: Sequence[Part], table: Table, see: Callable[[Part, Table], None]) -> Table:
    """Call ``see`` for every part with the table in front of it; returns the table behind the last part."""
    for part in parts:
        see(part, table)
        if isinstance(part, Branch):
            n = len(part.options)
            shared = {situation: Odds(odds.p / n, odds.ways) for situation, odds in table.items()}
            table = _merged([_visit(option, shared, see) for option in part.options])
        elif isinstance(part, Slot) and part.source:
            tables = []
            for situation, odds in table.items():
                after = situation.options(part)
                tables += [
                    {next_one: Odds(odds.p * times / len(after), odds.ways * times)}
                    for next_one, times in Counter(after).items()
                ]
            table = _merged(tables)
    return table


def _merged(tables: list[Table]) -> Table:
    merged: Table = {}
    for table in tables:
        for situation, odds in table.items():
            before = merged.get(situation, Odds(Fraction(0), 0))
            merged[situation] = Odds(before.p + odds.p, before.ways + odds.ways)
    return merged


_START = {Situation(): Odds(Fraction(1), 1)}


@cache
def source_entropy(grammar: Grammar = STORIES) -> float:
    """The entropy of a story, in nats: the least mean loss per story that any model can have."""
    nats = []

    def see(part: Part, table: Table) -> None:
        for situation, odds in table.items():
            if isinstance(part, Branch):
                nats.append(odds.p * math.log(len(part.options)))
            elif isinstance(part, Slot) and part.source:
                nats.append(odds.p * math.log(len(situation.options(part))))

    _visit(grammar.parts, _START, see)
    return math.fsum(nats)


@cache
def distinct_stories(grammar: Grammar = STORIES) -> int:
    """How many different stories there are."""
    return sum(odds.ways for odds in _visit(grammar.parts, _START, lambda part, table: None).values())


@cache
def forgetful_entropy(grammar: Grammar = STORIES) -> float:
    r"""The mean loss per story, in nats, of a reader who knows the plots by heart and remembers nothing of this story.

    At each place this reader knows where in the plots the story is, and foretells what is written there with the
    probabilities that it has at this place over all stories, whatever was written before:

    .. math:: \sum_{\text{places}} p(\text{place}) \, H(\text{what is written there} \mid \text{place})

    A name that is mentioned again costs :math:`\ln 40` again, its pronoun :math:`\ln 2`; a number costs the entropy of
    its distribution at this place; fixed words cost nothing. A slot with its article is one place. Training passes a
    plateau near this value, where stories read well and nobody remembers who has what; learning to copy from earlier
    words brings the loss down from here to ``source_entropy``.
    """
    nats = []

    def see(part: Part, table: Table) -> None:
        reached = sum(odds.p for odds in table.values())
        if isinstance(part, Branch):
            nats.append(reached * math.log(len(part.options)))
        elif isinstance(part, Slot):
            nats.extend(p * -math.log(p / reached) for p in _texts(part, table, grammar).values())

    _visit(grammar.parts, _START, see)
    return math.fsum(nats)


def words_per_story(grammar: Grammar = STORIES) -> float:
    """The mean number of words and marks in a story."""
    return tokens_per_story(words_of, grammar)


def tokens_per_story(encode: Callable[[str], Sequence], grammar: Grammar = STORIES) -> float:
    """The mean number of tokens in a story, exactly.

    Args:
        encode: text -> tokens. No token may go on over a space to the next word; a space may belong to the word
            behind it, as in GPT-2's tokens. Characters, words and pretokenized BPE are like this.
        grammar: what the stories are written from.

    Raises:
        ValueError: a tokenizer whose tokens reach over spaces, found out with twenty stories.
    """

    @cache
    def count(text: str) -> int:
        return len(encode(text))

    for seed in range(20):
        text = write(seed, grammar).text
        first, *others = text.split(" ")
        in_words = count(first) + sum(count(" " + word) for word in others)
        if count(text) != in_words:
            raise ValueError(
                f"this tokenizer makes {count(text)} tokens of story {seed} and {in_words} of its words one by one, so "
                "its tokens reach over spaces; take the mean over written stories instead"
            )
    beginnings = set(_beginnings(grammar.parts))
    tokens = []

    def see(part: Part, table: Table) -> None:
        space = "" if id(part) in beginnings else " "
        if isinstance(part, Slot):
            tokens.extend(p * count(space + text) for text, p in _texts(part, table, grammar).items())
        elif isinstance(part, Fixed):
            tokens.append(sum(odds.p for odds in table.values()) * count(space + part.text))

    _visit(grammar.parts, _START, see)
    return float(sum(tokens))


def nats_per_token(
    encode: Callable[[str], Sequence], end_tokens: int = 1, grammar: Grammar = STORIES
) -> tuple[float, float]:
    """The floor and the plateau of a loss curve: ``source_entropy`` and ``forgetful_entropy`` per predicted token.

    This is the loss where stories are read from their first word, and all words are predicted: a model that sees only
    a window cut out of a story cannot remember what came before the window, and has a higher floor.

    Args:
        encode: as for ``tokens_per_story``.
        end_tokens: tokens that end a story and are predicted too. They hold no surprise, since a story's words tell
            where it ends, but they count.
    """
    tokens = tokens_per_story(encode, grammar) + end_tokens
    return source_entropy(grammar) / tokens, forgetful_entropy(grammar) / tokens


def _texts(slot: Slot, table: Table, grammar: Grammar) -> dict[str, Fraction]:
    """What a slot may look like -> the probability that a story gets here and it looks like this."""
    texts: dict[str, Fraction] = defaultdict(Fraction)
    words = grammar.words_of_slot[slot.name]
    for situation, odds in table.items():
        numbers: Facts = dict(situation.numbers)
        if words is not None:
            values: Sequence[str | int] = words
        elif slot.source:
            values = slot.source.options(numbers)
        else:
            values = [numbers[slot.name]]
        for value in values:
            text = slot.text(value, {**numbers, slot.name: value})
            texts[text] += odds.p / len(values)
    return texts


def _beginnings(parts: Sequence[Part]) -> list[int]:
    """The parts that can be a story's first, by their ids."""
    if isinstance(parts[0], Branch):
        return [i for option in parts[0].options for i in _beginnings(option)]
    return [id(parts[0])]
