"""``count_pairs(words) -> {pair: how often}``"""

import random
from collections import Counter, defaultdict
from itertools import chain, pairwise

from lmcore.tokenization import bpe_plain
from lmgrade import Task

count_pairs = Task("count_pairs", reference=bpe_plain.count_pairs)


@count_pairs.check(
    points=1,
    title="adds up how often each pair occurs, a word's count included",
    hint="Try two words that share a pair, with the counts 5 and 3, and add up by hand.",
)
def pairs_are_weighted(count_pairs):
    a, b, c, d, e = random.sample(range(400), 5)
    words = {(a, b, c): 0, (c, a, b): 0, (b, a): 0, (d, e, d, e, d): 0, (e, c, a, b, d): 0}
    for _ in range(6):
        words[tuple(random.sample((a, b, c, d, e), random.randint(2, 5)))] = 0
    words = {word: random.randint(2, 60) for word in words}
    return dict(count_pairs(words))


@count_pairs.check(
    points=1,
    title="counts pairs that overlap, as in 'aaaa'",
    hint="Put your finger on each place between two neighbours in 'aaaa'. There are three such places.",
)
def overlapping_pairs_count(count_pairs):
    # In every pair the smaller id stands first: what becomes of (b, a) is asked elsewhere.
    b, a, c = sorted(random.sample(range(400), 3))
    words = {(a,) * random.randint(3, 9): 1, (b, b, b, a, a, a, a): 1, (b,) * random.randint(8, 12): 1, (c, c): 1}
    return dict(count_pairs(words))


@count_pairs.check(
    points=1,
    title="keeps words apart, copes with single ids and with no words, and leaves the given dict as it is",
    hint="Try {(7,): 3}, then {}, and look at your dict of words after the call.",
)
def words_stay_apart(count_pairs):
    b, c, d, a = sorted(random.sample(range(400), 4))
    words = {(a,): random.randint(1, 9), (b, c): 1, (c,): random.randint(1, 9), (d, a): 1, (b,): 2}
    counts = dict(count_pairs(words))
    return {"counts": counts, "words afterwards": words, "no words": dict(count_pairs({}))}


@count_pairs.misconception(
    "Each word counts as one, whatever its count is. The dict says how often the word occurs in the text; all its pairs "
    "occur as often."
)
def words_unweighted(words):
    counts = Counter()
    for word in words:
        counts.update(pairwise(word))
    return counts


@count_pairs.misconception(
    "A pair that turns up again starts anew: the last word's count overwrites what was there. Counts of different words "
    "should add up."
)
def last_word_wins(words):
    counts = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = times
    return counts


@count_pairs.misconception(
    "'aaa' holds the pair (a, a) at two places, and you count one. When two occurrences share an id only one of them can "
    "be merged, but counting is not merging yet."
)
def without_overlaps(words):
    counts = Counter()
    for word, times in words.items():
        i = 0
        while i < len(word) - 1:
            pair = word[i : i + 2]
            counts[pair] += times
            i += 2 if pair[0] == pair[1] and word[i + 1 : i + 3] == pair else 1
    return counts


@count_pairs.misconception(
    "A pair that stands at several places of one word counts once. A set of pairs forgets how many there were."
)
def once_in_a_word(words):
    counts = Counter()
    for word, times in words.items():
        for pair in set(pairwise(word)):
            counts[pair] += times
    return counts


@count_pairs.misconception(
    "You count pairs that reach from the end of one word into the next. The order of words in a dict means nothing, and "
    "a merge must stay inside a word."
)
def across_words(words):
    flat = [i for word, times in words.items() for i in word * times]
    return Counter(pairwise(flat))


@count_pairs.misconception(
    "The last pair of each word is missing. A word of n ids has n - 1 pairs, so the index of the left one goes up to "
    "n - 2, and range() stops one before its end."
)
def last_pair_missed(words):
    counts = Counter()
    for word, times in words.items():
        for i in range(len(word) - 2):
            counts[word[i], word[i + 1]] += times
    return counts


@count_pairs.misconception("(a, b) and (b, a) are counted as one pair. They are different: 'no' is not 'on'.")
def order_ignored(words):
    counts = Counter()
    for word, times in words.items():
        for pair in pairwise(word):
            counts[tuple(sorted(pair))] += times
    return counts


@count_pairs.misconception(
    "You pair the last id of a word with its first one. Index -1 is no error in Python: it quietly means the end, so a "
    "word becomes a ring."
)
def word_as_ring(words):
    counts = Counter()
    for word, times in words.items():
        for i in range(len(word)):
            counts[word[i - 1], word[i]] += times
    return counts


@count_pairs.misconception(
    "The dict you were given is empty after the call. The training loop needs its words again: count without taking "
    "anything out."
)
def words_used_up(words):
    counts = Counter()
    while words:
        word, times = words.popitem()
        for pair in pairwise(word):
            counts[pair] += times
    return counts


@count_pairs.misconception(
    "Every count is one too high. What does your default for a pair not seen yet say, before the word's own count is "
    "added to it?"
)
def one_too_many(words):
    counts = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = counts.get(pair, 1) + times
    return counts


@count_pairs.misconception(
    "A word of a single id stops you. It has no pair and adds nothing, but it is allowed: think of the word 'a' at the "
    "beginning of a text."
)
def single_ids_crash(words):
    counts = Counter()
    for word, times in words.items():
        left = word[0]
        counts[left, word[1]] += times
        for i in range(1, len(word) - 1):
            counts[word[i], word[i + 1]] += times
    return counts


@count_pairs.alternative
def with_counter_and_index(words):
    counts = Counter()
    for word in words:
        for i in range(len(word) - 1):
            counts[(word[i], word[i + 1])] += words[word]
    return counts


@count_pairs.alternative
def with_defaultdict(words):
    counts = defaultdict(int)
    for word, times in words.items():
        for left, right in zip(word[:-1], word[1:], strict=True):  # noqa: RUF007
            counts[left, right] += times
    return counts


@count_pairs.alternative
def remembering_the_left(words):
    counts = {}
    for word, times in words.items():
        left = None
        for right in word:
            if left is not None:
                counts.setdefault((left, right), 0)
                counts[left, right] += times
            left = right
    return counts


@count_pairs.alternative
def repeated_pairs_in_one_counter(words):
    return Counter(chain.from_iterable(list(pairwise(word)) * times for word, times in words.items()))
