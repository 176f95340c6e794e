"""``distinct_n(texts, n) -> share``"""

import random
from collections import Counter

from lmcore.evaluation import distinct
from lmgrade import Task

from .inputs import outcome, some_words, text
from .parts import _grams, _refuse_one_string

distinct_n = Task("distinct_n", reference=distinct.distinct_n)


@distinct_n.check(
    points=1,
    title="is the share of different runs among all runs of all texts",
    hint="Two numbers over all texts together: how many runs are different, and how many there are.",
)
def different_among_all(distinct_n):
    w = some_words(12)
    texts = [text(w[:5], w[:4]), text(w[2 : random.randint(6, 9)], w[0], w[0]), text(w[9:], w[1:3])]
    return [outcome(lambda n=n: float(distinct_n(texts, n))) for n in (1, 2, 3)]


@distinct_n.check(
    points=1,
    title="lets no run reach from one text into the next, and takes words as they stand",
    hint="Two texts of two words hold two pairs, not three. 'Oil' and 'oil' are two words.",
)
def texts_stay_apart(distinct_n):
    w = some_words(10)
    few = random.randint(3, 5)
    apart = [text(w[i], w[i + 1]) for i in range(0, 2 * few, 2)]
    apart += [text(w[:2])] * random.randint(2, 4)
    return {
        "pairs": outcome(lambda: float(distinct_n(apart, 2))),
        "capitals and signs": outcome(lambda: float(distinct_n([text(w[:few], w[0].title(), w[1] + ".", w[2])], 1))),
        "white space": outcome(
            lambda: float(distinct_n([f"{w[0]}  {w[1]}\n{w[0]}\t{w[1]} ", text(w[2 : 2 + few])], 2))
        ),
    }


@distinct_n.check(
    points=1,
    title="copes with texts too short for a run, and refuses one string, or no text at all",
    hint="Without any run there is nothing to share: 0. A str is a sequence too, of letters: ask for it before the loop.",
)
def too_short_or_none(distinct_n):
    w = some_words(9)
    said = text(w[: random.randint(5, 8)], w[0])
    texts = ["", said, w[0], said]
    return {
        "some too short": outcome(lambda: float(distinct_n(texts, 2))),
        "all too short": outcome(lambda: float(distinct_n([w[0], "", w[1]], 2))),
        "one string": outcome(lambda: float(distinct_n(said, 1))),
        "no texts": outcome(lambda: float(distinct_n([], 1))),
        "texts afterwards": texts,
    }


distinct_n.unasked("distinct_n: check_at_least('n', n, 1)", reason="n is at least 1")
distinct_n.unasked("distinct_n: check_text(f'texts[{i}]', text)", reason="a list of texts is given")
for change in ("1 -> 2", "1 -> 0"):
    distinct_n.equivalent(f"distinct_n: {change}", reason="n is always given")


def _bags(texts, n):
    _refuse_one_string(texts)
    return [_grams(text.split(), n) for text in texts]


def _together(bags):
    return sum(bags, Counter())


@distinct_n.misconception(
    "Each text gets its own share, and these are averaged. A model that says the same sentence a thousand times would look "
    "rich: count over all texts together."
)
def mean_over_texts(texts, n):
    bags = [bag for bag in _bags(texts, n) if bag]
    return sum(len(bag) / bag.total() for bag in bags) / len(bags) if bags else 0.0


@distinct_n.misconception(
    "Different runs are counted text by text and added up. A run that two texts share is then different from itself."
)
def different_in_each_text(texts, n):
    bags = _bags(texts, n)
    total = _together(bags).total()
    return sum(map(len, bags)) / total if total else 0.0


@distinct_n.misconception("The texts are joined first, and runs reach across the seams, which nobody said.")
def across_the_seams(texts, n):
    _refuse_one_string(texts)
    counts = _grams(" ".join(texts).split(), n)
    return len(counts) / counts.total() if counts else 0.0


@distinct_n.misconception(
    "You divide by the number of words. That is how the paper did it; for pairs and longer runs there are fewer runs than "
    "words."
)
def divided_by_all_words(texts, n):
    counts = _together(_bags(texts, n))
    return len(counts) / sum(len(text.split()) for text in texts) if counts else 0.0


@distinct_n.misconception("You divide by the number of different words. All runs that were said belong below the line.")
def divided_by_different_words(texts, n):
    counts = _together(_bags(texts, n))
    return len(counts) / len({word for text in texts for word in text.split()}) if counts else 0.0


@distinct_n.misconception(
    "Only runs that occur once are counted as different. A run that occurs five times is one more that the model knows."
)
def only_those_met_once(texts, n):
    counts = _together(_bags(texts, n))
    return sum(times == 1 for times in counts.values()) / counts.total() if counts else 0.0


@distinct_n.misconception("That is the share of repetitions, 1 minus what was asked.")
def share_of_repetitions(texts, n):
    counts = _together(_bags(texts, n))
    return 1 - len(counts) / counts.total() if counts else 0.0


@distinct_n.misconception("The number of different runs is returned, not their share. It grows with every text.")
def number_not_share(texts, n):
    return float(len(_together(_bags(texts, n))))


@distinct_n.misconception("n changes nothing: single words are counted.")
def words_whatever_n(texts, n):
    counts = _together(_bags(texts, 1))
    return len(counts) / counts.total() if counts else 0.0


@distinct_n.misconception("Runs lose their order: sorted, or made sets, 'story than' and 'than story' are one.")
def order_of_runs_lost(texts, n):
    counts = _together(_bags(texts, n))
    return len({frozenset(gram) for gram in counts}) / counts.total() if counts else 0.0


@distinct_n.misconception("The last run of each text is missing: a text of T words has T - n + 1 of them.")
def last_of_each_missing(texts, n):
    _refuse_one_string(texts)
    counts = _together(_grams(text.split()[:-1], n) for text in texts)
    return len(counts) / counts.total() if counts else 0.0


@distinct_n.misconception(
    "Capitals are made small, or signs taken away, before counting. Words are counted as they stand."
)
def made_alike(texts, n):
    _refuse_one_string(texts)
    counts = _together(_grams(text.lower().replace(".", "").split(), n) for text in texts)
    return len(counts) / counts.total() if counts else 0.0


@distinct_n.misconception(
    "Words are cut at single spaces, so that two spaces hold an empty word and a line break none."
)
def cut_at_single_spaces(texts, n):
    _refuse_one_string(texts)
    counts = _together(_grams(text.split(" ") if text else [], n) for text in texts)
    return len(counts) / counts.total() if counts else 0.0


@distinct_n.misconception(
    "One string is taken for a list of texts, each of one letter. Nothing fails, and the number means nothing; refuse it."
)
def string_as_list(texts, n):
    if len(texts) == 0:
        raise ValueError("no texts")
    counts = _together(_grams(text.split(), n) for text in texts)
    return len(counts) / counts.total() if counts else 0.0


@distinct_n.misconception(
    "Where no text is long enough for a run you divide by zero. A model that says one word has said no pair twice, and none "
    "once: 0."
)
def no_run_no_share(texts, n):
    counts = _together(_bags(texts, n))
    return len(counts) / counts.total()


@distinct_n.misconception("With no texts at all you give a number. There was nothing to measure; say so.")
def no_texts_no_matter(texts, n):
    if isinstance(texts, str):
        raise ValueError("one string")
    counts = _together(_grams(text.split(), n) for text in texts)
    return len(counts) / counts.total() if counts else 0.0


@distinct_n.alternative
def set_and_list(texts, n):
    if isinstance(texts, str):
        raise ValueError("texts must be a list")
    if not texts:
        raise ValueError("no texts")
    runs = []
    for said in texts:
        words = said.split()
        runs.extend(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
    return len(set(runs)) / len(runs) if runs else 0.0


@distinct_n.alternative
def two_counters(texts, n):
    if len(texts) == 0 or isinstance(texts, str):
        raise ValueError("a list of texts is needed")
    seen, total = {}, 0
    for said in texts:
        words = said.split()
        for i in range(n, len(words) + 1):
            seen[" ".join(words[i - n : i])] = True
            total += 1
    return len(seen) / max(total, 1)


@distinct_n.alternative
def one_minus_repetitions(texts, n):
    counts = _together(_bags(texts, n))
    again = sum(times - 1 for times in counts.values())
    return 1 - again / counts.total() if counts else 0


@distinct_n.alternative
def each_run_by_its_count(texts, n):
    counts = _together(_bags(texts, n))
    return sum(times * (1 / times) for times in counts.values()) / (counts.total() or 1)
