"""The words that stories choose from, and the little grammar that English asks of them."""

from __future__ import annotations

import re


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SHE = _words(
    "Ada Anna Bella Clara Daisy Ella Flora Greta Hazel Ida Jane Kitty Lily Mia Nora Olive Poppy Rosa Ruby Vera"
)
HE = _words("Adam Ben Carl Dan Emil Felix Gus Hugo Ivan Jack Leo Max Ned Oscar Paul Rufus Sam Tom Victor Walter")

# name of the list -> words, none of them in two lists
LISTS: dict[str, tuple[str, ...]] = {
    "name": SHE + HE,
    "kind": _words(
        "badger bear beaver cat crow dog donkey duck eagle elephant fox frog goat hedgehog mole mouse otter owl pig "
        "rabbit"
    ),
    "mood": _words("brave clever curious eager gentle honest merry old polite proud shy young"),
    "object": _words(
        "acorn apron arrow ball basket bell book bottle bucket button candle clock coin comb compass cup drum envelope "
        "feather flute hammer hat inkpot kettle key kite lamp map mirror needle oar pillow ribbon ring scarf shell "
        "spoon teapot umbrella whistle"
    ),
    "home": _words(
        "attic barn burrow castle cave cellar cottage den hut inn lighthouse mill nest palace shed stable tent tower "
        "treehouse windmill"
    ),
    "place": _words(
        "alley bakery ballroom bog canyon chapel clearing courtyard desert factory field forest gallery garden "
        "greenhouse grove hall harbour kitchen library market marsh maze meadow museum orchard pantry park quarry "
        "school square station swamp temple theatre thicket tunnel valley village workshop"
    ),
    "colour": _words("black blue brown golden green grey pink red silver white"),
    "weather": _words("cloudy foggy frosty rainy snowy stormy sunny windy"),
    "food": _words("apple berry carrot cherry mushroom nut onion peach pear plum potato radish"),
}

NUMBERS = _words("zero one two three four five six seven eight nine ten eleven twelve")

_PLURALS = {"berry": "berries", "cherry": "cherries", "peach": "peaches", "potato": "potatoes", "radish": "radishes"}
_PRONOUNS = {"he": "she", "him": "her", "his": "her", "He": "She", "Him": "Her", "His": "Her"}
PRONOUN_FORMS = tuple(_PRONOUNS)

# A word is a run of letters, with apostrophes inside; any other mark that is not white space stands alone.
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\S")


def words_of(text: str) -> list[str]:
    """The words and marks of a text, in order. White space only separates; how much there is does not matter."""
    return _WORD.findall(text)


def places_of_words(text: str) -> list[tuple[str, int]]:
    """The same words and marks, each with the position of its first character."""
    return [(match.group(), match.start()) for match in _WORD.finditer(text)]


def article(word: str) -> str:
    """``an`` before a vowel that is heard, ``a`` otherwise: a kite, an owl, an honest owl."""
    return "an" if word[0] in "aeiou" or word == "honest" else "a"


def plural(noun: str) -> str:
    """The form for none, two or more: plums, berries."""
    return _PLURALS.get(noun, noun + "s")


def pronoun(form: str, she: bool) -> str:
    """The pronoun of a he in one of ``PRONOUN_FORMS``, or the form a she has there: his, her."""
    return _PRONOUNS[form] if she else form
