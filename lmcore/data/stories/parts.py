"""What a story is made of: fixed text, slots that are filled with a word, and branches.

A story is a sequence of parts; its text is the texts of its parts with one space between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .words import NUMBERS, PRONOUN_FORMS, SHE, article, plural, pronoun, words_of

Facts = dict[str, str | int]  # what each slot was filled with: a word, or a number


@dataclass(frozen=True)
class FromList:
    """A word of a list that the story has not used yet."""

    name: str
    words: tuple[str, ...]

    def options(self, facts: Facts) -> Sequence[str]:
        used = set(facts.values())
        return [word for word in self.words if word not in used]


@dataclass(frozen=True)
class FromRange:
    """A number from ``low`` to ``high``, both included; a bound is a number, or a slot less a number."""

    low: str
    high: str

    def options(self, facts: Facts) -> Sequence[int]:
        numbers = range(_bound(self.low, facts), _bound(self.high, facts) + 1)
        if not numbers or numbers[0] < 0 or numbers[-1] >= len(NUMBERS):
            raise ValueError(
                f"{self.low}..{self.high} is {numbers.start} to {numbers.stop - 1} here; a range needs at least one "
                f"number and lies within 0 to {len(NUMBERS) - 1}"
            )
        return numbers


@dataclass(frozen=True)
class Difference:
    """``more - less``: a number that follows from two others."""

    more: str
    less: str

    def options(self, facts: Facts) -> Sequence[int]:
        value = facts[self.more] - facts[self.less]
        if not 0 <= value < len(NUMBERS):
            raise ValueError(f"{self.more}-{self.less} is {value} here; it must lie within 0 to {len(NUMBERS) - 1}")
        return (value,)


@dataclass(frozen=True)
class Fixed:
    """Text that is always the same."""

    text: str

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.text)


@dataclass(frozen=True)
class Slot:
    """A word that depends on what was chosen.

    ``source`` says where a first mention takes its word from; it is None where the word is mentioned again. ``form``
    is a pronoun, ``a`` or ``s``; ``counted_by`` names the number that a noun agrees with; ``one`` and ``many`` are the
    words between which this slot's number decides. ``before`` and ``after`` are marks without a space between.
    """

    name: str
    source: FromList | FromRange | Difference | None = None
    form: str = ""
    counted_by: str = ""
    one: str = ""
    many: str = ""
    before: str = ""
    after: str = ""

    @property
    def numbers(self) -> list[str]:
        """The other slots, numbers, that this one depends on."""
        numbers = [self.counted_by] if self.counted_by else []
        if isinstance(self.source, FromRange):
            bounds = [bound.partition("-")[0] for bound in (self.source.low, self.source.high)]
            numbers += [bound for bound in bounds if not bound.isdigit()]
        elif isinstance(self.source, Difference):
            numbers += [self.source.more, self.source.less]
        return numbers

    def shapes(self, value: str | int, facts: Facts) -> tuple[str, ...]:
        """How ``value`` is written here, and after it the forms that would not agree: (his, her), (a kite, an kite)."""
        if self.form in PRONOUN_FORMS:
            return pronoun(self.form, value in SHE), pronoun(self.form, value not in SHE)
        if self.form == "a":
            right = article(value)
            return f"{right} {value}", f"{'a' if right == 'an' else 'an'} {value}"
        if self.form == "s":
            return plural(value), value
        if self.counted_by:
            single, several = value, plural(value)
            return (single, several) if facts[self.counted_by] == 1 else (several, single)
        if self.one:
            return (self.one, self.many) if value == 1 else (self.many, self.one)
        return (NUMBERS[value] if isinstance(value, int) else value,)

    def text(self, value: str | int, facts: Facts) -> str:
        """``value`` as written here, with the marks around it."""
        return self.before + self.shapes(value, facts)[0] + self.after


@dataclass(frozen=True)
class Branch:
    """One of several sequences, each with the same probability. ``openings``: the fixed words each begins with."""

    options: tuple[tuple[Part, ...], ...]

    @cached_property
    def openings(self) -> list[list[str]]:
        openings = []
        for option in self.options:
            words = []
            for part in option:
                if not isinstance(part, Fixed):
                    break
                words += part.words
            openings.append(words)
        return openings


Part = Fixed | Slot | Branch


def _bound(bound: str, facts: Facts) -> int:
    name, _, less = bound.partition("-")
    return (int(name) if name.isdigit() else facts[name]) - int(less or 0)
