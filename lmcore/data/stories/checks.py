r"""The rules that a grammar must keep. The first one is what makes the entropy of stories known.

**Different choices give different texts.** Choices are made only in two places, and each is told apart by what is
written right there:

* the options of a branch begin with fixed words of their own: no opening is the beginning of another's;
* the words that can fill a slot for the first time, as written with their article and marks, are likewise never the
  beginning of one another.

Now take two different lists of choices. Up to the first choice in which they differ, the same words have been written.
There, one option writes a word sequence ``u``, the other ``v``, and neither is the beginning of the other, so at some
position both have a word and these words differ. Hence the texts differ, and neither is the beginning of the other: a
story's text also says where the story ends. So the probability of a text is the product of the probabilities of its
choices, and the entropy of the choices is the entropy of the texts.

**Nothing is mentioned that was not introduced**, on any path through the branches. **No list runs out of words.**
**A form fits its word**: only names have pronouns, only nouns have plurals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .parts import Branch, FromList, FromRange, Part, Slot
from .words import HE, NUMBERS, PRONOUN_FORMS, SHE, words_of

Known = dict[str, tuple[str, ...] | None]  # slot -> the words that can fill it, or None for a number


def check_grammar(parts: Sequence[Part], lists: Mapping[str, Sequence[str]]) -> Known:
    """All slots and the words that can fill each.

    Raises:
        ValueError: a rule is broken; the message quotes the place.
    """
    times = Counter(word for words in lists.values() for word in words)
    for name, words in lists.items():
        for word in words:
            if words_of(word) != [word] or word in NUMBERS:
                raise ValueError(f"{word!r} in the list {name!r} is not one word, or is a number")
            if times[word] > 1:
                raise ValueError(f"{word!r} is {times[word]} times in the lists; each word may be there once")
    slots: Known = {}
    _check_sequence(parts, _Sofar({}, set(), Counter()), slots)
    return slots


def _check_distinct(options: list[list[str]], place: str) -> None:
    """No option may be the beginning of another: sorted, such a pair would stand side by side."""
    ordered = sorted(options)
    for shorter, longer in pairwise(ordered):
        if longer[: len(shorter)] == shorter:
            raise ValueError(
                f"{place}: {' '.join(longer)!r} begins with {' '.join(shorter)!r}, so a text would not tell which was "
                "chosen; let each option begin with fixed words of its own"
            )


@dataclass
class _Sofar:
    """What the parts before this one have brought."""

    known: Known  # introduced on every path to here
    introduced: set[str]  # introduced on some path
    used: Counter  # list -> the most words that a path has used

    def copy(self) -> _Sofar:
        return _Sofar(dict(self.known), set(self.introduced), Counter(self.used))


def _check_sequence(parts: Sequence[Part], sofar: _Sofar, slots: Known) -> _Sofar:
    for part in parts:
        if isinstance(part, Branch):
            if len(part.options) < 2:
                raise ValueError(f"a branch needs two options or more: {part.options!r}")
            _check_distinct(part.openings, "in a branch")
            ends = [_check_sequence(option, sofar.copy(), slots) for option in part.options]
            for end in ends:
                sofar.introduced |= end.introduced
                sofar.used |= end.used
            sofar.known = {
                name: words for name, words in ends[0].known.items() if all(name in end.known for end in ends)
            }
        elif isinstance(part, Slot):
            _check_slot(part, sofar, slots)
    return sofar


def _check_slot(slot: Slot, sofar: _Sofar, slots: Known) -> None:
    place, source, known, used = f"slot {slot.name!r}", slot.source, sofar.known, sofar.used
    if source is None:
        if slot.name not in known:
            raise ValueError(f"{place} is mentioned before it is introduced, or is introduced in one option only")
    elif slot.name in sofar.introduced:
        raise ValueError(f"{place} is introduced twice")
    else:
        sofar.introduced.add(slot.name)
        known[slot.name] = source.words if isinstance(source, FromList) else None
        if slots.setdefault(slot.name, known[slot.name]) != known[slot.name]:
            raise ValueError(f"{place} takes its words from two lists in two plots; give it two names")
    for number in slot.numbers:
        if known.get(number, "") is not None:
            raise ValueError(f"{place} needs the number {number!r}, which is not known here")
    words = known[slot.name]
    if slot.form and slot.form not in (*PRONOUN_FORMS, "a", "s"):
        raise ValueError(f"{place}: there is no form {slot.form!r}; there are {[*PRONOUN_FORMS, 'a', 's']}")
    if words is None and (slot.form or slot.counted_by):
        raise ValueError(f"{place}: a number has no article, plural or pronoun")
    if words is not None and slot.one:
        raise ValueError(f"{place}: only a number decides between {slot.one!r} and {slot.many!r}")
    if slot.form in PRONOUN_FORMS and not set(words) <= {*SHE, *HE}:
        raise ValueError(f"{place}: only names have the pronoun {slot.form!r}")
    if isinstance(source, FromRange) and slot.one:
        raise ValueError(f"{place}: a number is written as a number where it is chosen")
    if isinstance(source, FromList):
        used[source.name] += 1
        if used[source.name] > len(words):
            raise ValueError(f"{place}: the list {source.name!r} has {len(words)} words; a story may need more")
        for count in (1, 2):
            texts = [slot.text(word, {slot.counted_by: count}) for word in words]
            _check_distinct([words_of(text) for text in texts], place)
