"""``normalize_answer(text) -> text``"""

import random
import re
import string
import unicodedata

from lmcore.evaluation import matching
from lmgrade import Task

from .inputs import outcome, some_words, text

normalize_answer = Task("normalize_answer", reference=matching.normalize_answer)


@normalize_answer.check(
    points=1,
    title="takes away capitals, punctuation, articles and surplus white space",
    hint="One step after the other, in the order of the text above; print the answer after each.",
)
def all_four(normalize_answer):
    w = some_words(6)
    answers = [
        text("The", w[0], "and", "a", w[1] + "!"),
        text("AN", w[2].upper(), "of", "tHe", w[3].title() + "."),
        text("  ", w[4], "   on \t the \n", w[5], " "),
        text("oil", "an", "a", "the", w[0]),
        text("a", w[1], "a", w[2], "the", w[3]),
    ]
    return [outcome(lambda answer=answer: normalize_answer(answer)) for answer in answers]


@normalize_answer.check(
    points=1,
    title="removes signs without leaving a gap, wherever they stand, and only then looks for articles",
    hint="'U.S.A.' becomes 'usa', 'well-known' becomes 'wellknown'. So 'a-b' is one word, and has no article in it.",
)
def signs_inside_words(normalize_answer):
    w = some_words(7)
    signs = "".join(random.sample(string.punctuation, 8))
    answers = [
        text("U.S.A.", w[0]),
        text(w[1] + "-" + w[2], w[3] + "'s"),
        text("the-" + w[4], "a/" + w[5]),
        text("(the)", '"' + w[6] + '"', "t.h.e"),
        text(w[0] + signs + w[1], string.punctuation),
        text(w[2], "-", w[3]),
    ]
    return [outcome(lambda answer=answer: normalize_answer(answer)) for answer in answers]


@normalize_answer.check(
    points=1,
    title="leaves everything else: words with an article inside, digits, accents, other alphabets and their signs",
    hint="'another', 'banana' and 'theatre' have no article in them. Only the signs of string.punctuation go.",
)
def what_stays(normalize_answer):
    w = some_words(3)
    number = random.randint(100, 9999)
    answers = [
        text("another", w[0], "bathes", "anna", "cat"),
        text(str(number), w[1]),
        text("café", "Éclair", "Ёлка", "река", "«", w[2], "»", "…"),
        text("is", "not", "and", "of", "these", w[0]),
        "",
        "The",
        "?!",
    ]
    return [outcome(lambda answer=answer: normalize_answer(answer)) for answer in answers]


normalize_answer.unasked("normalize_answer: check_text('answer', text)", reason="only texts are given")
normalize_answer.equivalent(
    "normalize_answer: ' ' -> '' (2)", reason="an article stands between spaces that stay, or at an end"
)


def _without_signs(text):
    return "".join(sign for sign in text if sign not in string.punctuation)


def _without_articles(text):
    return re.sub(r"\b(a|an|the)\b", " ", text)


def _single_spaces(text):
    return " ".join(text.split())


@normalize_answer.misconception("Capitals stay. 'Oil' at the beginning of a sentence is the same answer as 'oil'.")
def capitals_stay(text):
    return _single_spaces(re.sub(r"\b(a|an|the)\b", " ", _without_signs(text), flags=re.IGNORECASE))


@normalize_answer.misconception(
    "Articles are looked for before capitals are gone, so that 'The' at the beginning of an answer stays."
)
def lower_case_too_late(text):
    return _single_spaces(_without_articles(_without_signs(text)).lower())


@normalize_answer.misconception(
    "Each sign becomes a space, and 'U.S.A.' three words. Signs are removed; what stood around them moves together."
)
def signs_become_spaces(text):
    spaced = "".join(" " if sign in string.punctuation else sign for sign in text.lower())
    return _single_spaces(_without_articles(spaced))


@normalize_answer.misconception(
    "Only signs at the ends of words are removed. Those inside have to go as well: '1,200' and '1200' are one answer."
)
def signs_at_the_ends(text):
    words = [word.strip(string.punctuation) for word in text.lower().split()]
    return _single_spaces(_without_articles(" ".join(words)))


@normalize_answer.misconception(
    "Articles go before punctuation does, so that a sign makes an article where there is none ('a/b'). Punctuation first."
)
def articles_before_signs(text):
    return _single_spaces(_without_signs(_without_articles(text.lower())))


@normalize_answer.misconception(
    "Words have lost letters: 'another' has the letters of an article in it and is none. Look for whole words."
)
def articles_inside_words(text):
    return _single_spaces(re.sub("the|an|a", "", _without_signs(text.lower())))


@normalize_answer.misconception(
    "An article is removed at the beginning of an answer alone. They can stand anywhere in it."
)
def only_the_first_article(text):
    return _single_spaces(re.sub(r"^(a|an|the)\b", " ", _single_spaces(_without_signs(text.lower()))))


@normalize_answer.misconception("One of the three articles stays: a, an, the.")
def one_article_stays(text):
    return _single_spaces(re.sub(r"\b(a|the)\b", " ", _without_signs(text.lower())))


@normalize_answer.misconception(
    "Articles are removed together with the spaces around them (or found only between two spaces): of two in a row, one is "
    "left, and so is one at an end."
)
def articles_between_spaces(text):
    return _single_spaces(re.sub(r" (a|an|the) ", " ", _single_spaces(_without_signs(text.lower()))))


@normalize_answer.misconception(
    "White space is left as it was, or where an article stood two spaces are left. Between words there is one space."
)
def spaces_left(text):
    return _without_articles(_without_signs(text.lower())).strip()


@normalize_answer.misconception("The words stand together without any space. Whoever wants to count them later cannot.")
def no_space_at_all(text):
    return "".join(_without_articles(_without_signs(text.lower())).split())


@normalize_answer.misconception("You return a list of words. It should be a text again: join them.")
def list_of_words(text):
    return _without_articles(_without_signs(text.lower())).split()


@normalize_answer.misconception(
    "More than the signs of string.punctuation is removed: everything that is no English letter or digit, accents and whole "
    "alphabets among it."
)
def english_letters_only(text):
    return _single_spaces(_without_articles(re.sub(r"[^a-z0-9\s]", "", text.lower())))


@normalize_answer.misconception(
    "Signs of other languages are removed as well, such as « and …. A list of what goes is part of a metric; here it is "
    "string.punctuation, and two programs with two lists give two scores."
)
def signs_of_all_languages(text):
    kept = "".join(sign for sign in text.lower() if unicodedata.category(sign)[0] not in "PS")
    return _single_spaces(_without_articles(kept))


@normalize_answer.misconception(
    "Accents are taken off: 'café' has become 'cafe'. That may be kind, but nobody asked for it, and in some languages these "
    "are two letters."
)
def accents_taken_off(text):
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(sign))
    return _single_spaces(_without_articles(_without_signs(plain)))


@normalize_answer.misconception(
    "Other short words are gone, too. Only articles go; 'not' is short and changes everything."
)
def stop_words_gone(text):
    short = {"a", "an", "the", "is", "and", "of", "not", "on", "these"}
    return " ".join(word for word in _without_signs(text.lower()).split() if word not in short)


@normalize_answer.misconception("Digits are gone. In many questions the number is the answer.")
def digits_gone(text):
    return _single_spaces(_without_articles(re.sub(r"\d", "", _without_signs(text.lower()))))


@normalize_answer.alternative
def word_by_word(text):
    text = text.lower()
    for sign in string.punctuation:
        text = text.replace(sign, "")
    return " ".join([word for word in text.split() if word not in ("a", "an", "the")])


@normalize_answer.alternative
def with_translate(text):
    plain = text.translate({ord(sign): None for sign in string.punctuation}).lower()
    return " ".join(re.sub(r"\b(a|an|the)\b", "", plain).split())


@normalize_answer.alternative
def with_patterns_alone(text):
    text = re.sub(f"[{re.escape(string.punctuation)}]", "", text.lower())
    text = re.sub(r"\b(?:the|an?)\b", " ", text)
    return re.sub(r"\s+", " ", text).strip()


@normalize_answer.alternative
def articles_by_any_case(text):
    kept = []
    for word in "".join(sign for sign in text if sign not in set(string.punctuation)).split():
        if word.lower() not in {"a", "an", "the"}:
            kept.append(word.lower())
    return str.join(" ", kept)
