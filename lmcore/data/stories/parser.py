"""The reader: finds the choices behind a text, or the first word at which no story goes on like this, and why.

It walks the same plots as the writer. At a branch, the options' openings tell which one was taken; at a slot, the word
itself does. Three kinds of mistake are told apart:

* ``memory``: a name, thing, place or number that the story had told otherwise, or one that it used already where a new
  one belongs;
* ``agreement``: he or she, a or an, one plum or two plums, is or are;
* ``plot``: a word that no story has at this place, a text that stops early or goes on after its end.

After a mistake of memory or agreement the reader knows what was meant and reads on. After one of plot it stops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .grammar import Grammar
from .parts import Branch, Facts, Fixed, FromList, FromRange, Part, Slot
from .words import NUMBERS, PRONOUN_FORMS, SHE, places_of_words, words_of
from .writer import STORIES

_words_of = lru_cache(maxsize=1 << 16)(words_of)  # the same few thousand stretches, again and again
MEMORY, AGREEMENT, PLOT = "memory", "agreement", "plot"


@dataclass(frozen=True)
class Mistake:
    """One word that is wrong.

    Attributes:
        kind: ``memory``, ``agreement`` or ``plot``.
        word: which word it is, from 1; punctuation marks count as words. One more than there are where a text stops.
        start: position of its first character in the text.
        found: the word, empty where the text stops.
        expected: the words that could stand there.
        reason: why it is wrong.
    """

    kind: str
    word: int
    start: int
    found: str
    expected: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        place = f"word {self.word}, “{self.found}”" if self.found else f"after word {self.word - 1}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True)
class Reading:
    """What the reader made of a text.

    Attributes:
        choices: those behind a valid story, ``tell(choices).text`` is its text; None where there are mistakes.
        facts: what each slot was filled with, as far as was read.
        mistakes: in the order of the text; empty for a valid story.
        finished: whether the text was read to its end: whatever is wrong with it, it has the plot of a story.
        met: number of words read so far that had to be remembered (``names``, and ``things``: all other lists and
            numbers) or had to agree (``agreement``).
        right: how many of these were right.
    """

    choices: tuple[int, ...] | None
    facts: Facts
    mistakes: tuple[Mistake, ...]
    finished: bool
    met: Counter
    right: Counter

    @property
    def valid(self) -> bool:
        """Whether the writer could have written the text; white space is not looked at."""
        return not self.mistakes

    def __str__(self) -> str:
        return "a valid story" if self.valid else "\n".join(map(str, self.mistakes))


def parse(text: str, grammar: Grammar = STORIES) -> Reading:
    """Read a text as a story. Any text can be read; what is wrong with it is in ``mistakes``.

    The first mistake stands at the first word up to which (that word included) no story begins like this text.
    """
    reader = _Reader(text, grammar)
    try:
        reader.read(grammar.parts)
        if reader.here < len(reader.words):
            reader.stop((), f"the story was over after word {reader.here}")
        finished = True
    except _Stop:
        finished = False
    choices = None if reader.mistakes else tuple(reader.choices)
    return Reading(choices, reader.facts, tuple(reader.mistakes), finished, reader.met, reader.right)


class _Stop(Exception):
    """The text is no story from here on."""


class _Reader:
    def __init__(self, text: str, grammar: Grammar) -> None:
        self.grammar = grammar
        self.text = text
        places = places_of_words(text)
        self.words = [word for word, _ in places]
        self.starts = [start for _, start in places]
        self.here = 0  # how many words are read
        self.choices: list[int] = []
        self.facts: Facts = {}
        self.told_at: dict[str, int] = {}  # slot -> number of the word that filled it first
        self.mistakes: list[Mistake] = []
        self.met: Counter = Counter()
        self.right: Counter = Counter()

    def read(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if isinstance(part, Fixed):
                self.follow([part.words])
            elif isinstance(part, Branch):
                taken = self.matching(part.openings)
                if taken is None:
                    self.follow(part.openings)
                self.choices.append(taken)
                self.read(part.options[taken])
            else:
                self.fill(part)

    def matches(self, words: Sequence[str]) -> int:
        """How many of ``words``, from the first, stand here."""
        count = 0
        while count < len(words) and self.words[self.here + count : self.here + count + 1] == [words[count]]:
            count += 1
        return count

    def matching(self, options: Sequence[Sequence[str]]) -> int | None:
        """Which of several word sequences stands here; at most one can."""
        return next((i for i, words in enumerate(options) if self.matches(words) == len(words)), None)

    def follow(self, options: Sequence[Sequence[str]]) -> None:
        """Read one of several word sequences, or stop at the word where the last of them is left."""
        taken = self.matching(options)
        if taken is not None:
            self.here += len(options[taken])
            return
        reach = [self.matches(words) for words in options]
        self.here += max(reach)
        self.stop([words[max(reach)] for words, count in zip(options, reach, strict=True) if count == max(reach)])

    def stop(self, expected: Sequence[str], reason: str = "", what: str = "") -> None:
        """Give up at this word. ``what``: the list that a word was expected from, if it was one."""
        expected = tuple(dict.fromkeys(expected))
        if not reason:
            some = ", ".join(f"“{word}”" for word in expected[:6]) + (", ..." if len(expected) > 6 else "")
            some = f"a new {what} ({some})" if what else some if len(expected) == 1 else f"one of {some}"
            reason = f"after “{self.last_words()}” comes {some}" if self.here else f"a story begins with {some}"
            if self.here == len(self.words):
                reason = f"the story stops here; {reason}"
        self.note(PLOT, self.here, expected, reason)
        raise _Stop

    def last_words(self) -> str:
        """The three words before this one, as they stand in the text."""
        end = self.starts[self.here - 1] + len(self.words[self.here - 1])
        return " ".join(self.text[self.starts[max(0, self.here - 3)] : end].split())

    def note(self, kind: str, word: int, expected: Sequence[str], reason: str) -> None:
        inside = word < len(self.words)
        start, found = (self.starts[word], self.words[word]) if inside else (len(self.text), "")
        self.mistakes.append(Mistake(kind, word + 1, start, found, tuple(expected), reason))

    def fill(self, slot: Slot) -> None:
        """Read the word of a slot: which value is meant, and is it right?"""
        first_mention = slot.source is not None
        values = slot.source.options(self.facts) if first_mention else [self.facts[slot.name]]
        written = [_words_of(slot.text(value, {**self.facts, slot.name: value})) for value in values]
        meant = self.matching(written)
        if meant is not None:
            value, wrong = values[meant], None
            words = written[meant]
        else:
            value, words, wrong = self.guess(slot, values, written)
        if first_mention:
            if len(values) > 1 and value in values:
                self.choices.append(values.index(value))
            if wrong == MEMORY and isinstance(value, int):
                value = min(max(value, values[0]), values[-1])  # read on with a number that is possible
            self.facts[slot.name] = value
            self.told_at[slot.name] = self.here + len(_words_of(slot.before)) + 1 + (slot.form == "a")
        self.count(slot, wrong)
        self.here += len(words)

    def guess(self, slot: Slot, values: Sequence, written: Sequence[Sequence[str]]) -> tuple:
        """What was meant by a word that is wrong: (value, its words, kind of mistake); stops if there is no telling."""
        reach = max(map(self.matches, written))
        place = self.here + reach
        options = dict.fromkeys(words[reach] for words in written if self.matches(words) == reach)
        for value in self.values_like(slot, values):
            right, *others = slot.shapes(value, {**self.facts, slot.name: value})
            for shape in (right, *others):
                words = _words_of(slot.before + shape + slot.after)
                if self.matches(words) == len(words):
                    kind = AGREEMENT if value in values else MEMORY
                    reason = (
                        self.disagreement(slot, value, right) if value in values else self.lapse(slot, value, values)
                    )
                    self.note(kind, place, list(options), reason)
                    return value, words, kind
        self.here = place
        new = isinstance(slot.source, FromList) and reach == len(_words_of(slot.before))
        self.stop(list(options), what=slot.source.name if new else "")

    def values_like(self, slot: Slot, values: Sequence) -> list:
        """The values that a wrong word can stand for: the right ones first, then all of the same list."""
        if slot.form in PRONOUN_FORMS or slot.one:
            return list(values)
        words = self.grammar.words_of_slot[slot.name]
        if words is not None:
            return [*values, *words]
        free = isinstance(slot.source, FromRange) and not slot.numbers
        return [*values, *(() if free else range(len(NUMBERS)))]

    def disagreement(self, slot: Slot, value: str | int, right: str) -> str:
        if slot.form in PRONOUN_FORMS:
            return f"{value} is a {'she' if value in SHE else 'he'}, so it is “{right}”"
        if slot.form == "a":
            return f"it is “{right}”"
        number = value if slot.one else self.facts.get(slot.counted_by)
        return f"with {NUMBERS[number]} it is “{right}”" if number is not None else f"more than one: “{right}”"

    def lapse(self, slot: Slot, value: str | int, values: Sequence) -> str:
        if slot.source is None:
            right = values[0]
            return f"the story told otherwise: {_shown(right)} (word {self.told_at[slot.name]})"
        if isinstance(slot.source, FromList):
            told = next(self.told_at[name] for name, fact in self.facts.items() if fact == value)
            return f"{value} is already in this story (word {told}); a new one belongs here"
        if isinstance(slot.source, FromRange):
            return f"a number from {_shown(values[0])} to {_shown(values[-1])} belongs here"
        more, less = (_shown(self.facts[name]) for name in (slot.source.more, slot.source.less))
        return f"{more} less {less} is {_shown(values[0])}"

    def count(self, slot: Slot, wrong: str | None) -> None:
        """Keep the score: was this a word to be remembered, or to agree, and was it right?"""
        pronoun = slot.form in PRONOUN_FORMS
        kinds = []
        if slot.source is None and not pronoun and not slot.one:
            kinds.append(("names" if self.is_name(slot) else "things", MEMORY))
        if len(slot.shapes(self.facts[slot.name], self.facts)) > 1:
            kinds.append(("agreement", AGREEMENT))
        for kind, mistake in kinds:
            self.met[kind] += 1
            self.right[kind] += wrong != mistake

    def is_name(self, slot: Slot) -> bool:
        return self.grammar.words_of_slot[slot.name] == self.grammar.lists.get("name")


def _shown(value: str | int) -> str:
    return NUMBERS[value] if isinstance(value, int) else value
