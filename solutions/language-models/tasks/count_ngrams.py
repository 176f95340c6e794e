"""``count_ngrams(texts, n, pad) -> {past: {token: how often}}``"""

import random
from collections import Counter, defaultdict

from lmgrade import Task
from lmgrade.inputs import outcome

from .parts import _ngrams, _refuse_below_1, _tallied


def _count_ngrams(texts, n, pad):
    if n < 1:
        raise ValueError(f"n is {n}; it must be at least 1")
    counts = {}
    for text in texts:
        padded = (*[pad] * (n - 1), *text)
        for t in range(n - 1, len(padded)):
            followers = counts.setdefault(padded[t - n + 1 : t], {})
            followers[padded[t]] = followers.get(padded[t], 0) + 1
    return counts


count_ngrams = Task("count_ngrams", reference=_count_ngrams)


@count_ngrams.check(
    points=1,
    title="counts every token under the n - 1 tokens before it",
    hint="Lay a window of n tokens on a short text and move it to the right, one token at a time. Its last token is "
    "counted, the others are the past.",
)
def tokens_under_their_pasts(count_ngrams):
    a, b, c, d, e = random.sample(range(60), 5)
    pad = 60 + random.randrange(9)
    often = [a, b, c, d, a, b, c, d, e, c, a, b, c, e]
    texts = [often + random.choices(often, k=9), [*random.choices(often, k=6), e, a, b, c, d]]

    def without_starts(n):
        counts = count_ngrams([list(text) for text in texts], n, pad)
        return {past: row for past, row in counts.items() if pad not in past and len(past) == n - 1}

    return [outcome(lambda n=n: without_starts(n)) for n in (2, 3, 4)]


@count_ngrams.check(
    points=1,
    title="puts n - 1 pads before each text, and counts each text by itself",
    hint="The first token of every text has a past too: nothing but pads. See what comes out for [[5], [6, 7]] with n = 3.",
)
def starts_of_texts(count_ngrams):
    a, b, c, d, pad = random.sample(range(60), 5)
    texts = [[a], [b, a], [a, c, b], [], [a], [c, d, a, b, d]]
    random.shuffle(texts)
    return [outcome(lambda n=n: count_ngrams([list(text) for text in texts], n, pad)) for n in (2, 3, 5)]


@count_ngrams.check(
    points=1,
    title="with n = 1 counts all tokens under the empty past",
    hint="With n = 1 nothing is looked at: every past is (). Mind that in Python text[-0:] is text[0:], the whole text.",
)
def nothing_before(count_ngrams):
    a, b, c, pad = random.sample(range(60), 4)
    texts = [[a, b, a, a], random.choices((a, b, c), k=9), [c]]
    return outcome(lambda: count_ngrams(texts, 1, pad))


@count_ngrams.check(
    points=1,
    title="leaves the texts as they are, takes tuples and no texts at all, and refuses an n below 1",
    hint="Print your texts before and after the call, then try count_ngrams([], 2, 0), count_ngrams([[1, 2]], 0, 0), and "
    "count_ngrams([(1, 2)], 2, 0): a list and a tuple cannot be added, list(text) makes a list of either.",
)
def texts_afterwards(count_ngrams):
    a, b, c, pad = random.sample(range(60), 4)
    texts = [[a, b, a], [c, a, b, b], [b]]
    return {
        "counts": outcome(lambda: count_ngrams(texts, 3, pad)),
        "texts afterwards": texts,
        "tuples": outcome(lambda: count_ngrams([(a, c, a, b)], 2, pad)),
        "no texts": outcome(lambda: count_ngrams([], 3, pad)),
        "n = 0": outcome(lambda: count_ngrams([[a, b, c]], 0, pad)),
        "n = -1": outcome(lambda: count_ngrams([[a, b, c]], -1, pad)),
    }


@count_ngrams.misconception(
    "One text runs into the next: the first tokens of a story have the end of another one for their past. Whoever "
    "begins a story has not read that end."
)
def glued_texts(texts, n, pad):
    _refuse_below_1(n)
    return _tallied(_ngrams([pad] * (n - 1) + [token for text in texts for token in text], n))


@count_ngrams.misconception(
    "The first n - 1 tokens of each text are not counted, since there is not enough before them. The model could never "
    "begin a text; this is what pads are for."
)
def no_pads(texts, n, pad):
    _refuse_below_1(n)
    return _tallied(ngram for text in texts for ngram in _ngrams(text, n))


@count_ngrams.misconception(
    "At the start of a text your pasts are shorter than n - 1 tokens. All keys should be equally long: whatever is missing "
    "is filled up with pad."
)
def short_pasts_at_the_start(texts, n, pad):
    _refuse_below_1(n)
    return _tallied((tuple(text[max(0, t - n + 1) : t]), text[t]) for text in texts for t in range(len(text)))


@count_ngrams.misconception(
    "A single pad stands before each text. That is enough to look back by one token; with n = 3 the first token is still "
    "without a whole past, and is not counted."
)
def one_pad(texts, n, pad):
    _refuse_below_1(n)
    return _tallied(ngram for text in texts for ngram in _ngrams([pad, *text] if n > 1 else text, n))


@count_ngrams.misconception(
    "Pads are counted behind the end of a text as well. A pad stands for what came before the start; nobody is to "
    "predict it."
)
def pads_on_both_sides(texts, n, pad):
    _refuse_below_1(n)
    pads = [pad] * (n - 1)
    return _tallied(ngram for text in texts for ngram in _ngrams([*pads, *text, *pads], n))


@count_ngrams.misconception(
    "The last token of each text is not counted. range() stops one before its end, so that end is the number of tokens."
)
def last_token_missed(texts, n, pad):
    _refuse_below_1(n)
    return _tallied(ngram for text in texts for ngram in _ngrams([*[pad] * (n - 1), *text][:-1], n))


@count_ngrams.misconception(
    "The past holds n tokens. An n-gram is n tokens together with the one that is predicted, so the past has one less."
)
def past_of_n(texts, n, pad):
    _refuse_below_1(n)
    return _tallied(ngram for text in texts for ngram in _ngrams([*[pad] * n, *text], n + 1))


@count_ngrams.misconception(
    "The past is written backwards, the nearest token first. Keep the order of the text: a past is read from left to right."
)
def past_backwards(texts, n, pad):
    _refuse_below_1(n)
    ngrams = [ngram for text in texts for ngram in _ngrams([*[pad] * (n - 1), *text], n)]
    return _tallied((past[::-1], token) for past, token in ngrams)


@count_ngrams.misconception(
    "A past that turns up again starts anew, and what had followed it before is forgotten. Only the first time is there "
    "a new dict to make."
)
def followers_forgotten(texts, n, pad):
    _refuse_below_1(n)
    return {past: {token: 1} for text in texts for past, token in _ngrams([*[pad] * (n - 1), *text], n)}


@count_ngrams.misconception(
    "Every count is 1, however often a token followed. That says what is possible, not what is likely."
)
def only_whether(texts, n, pad):
    counts = _count_ngrams(texts, n, pad)
    return {past: dict.fromkeys(followers, 1) for past, followers in counts.items()}


@count_ngrams.misconception(
    "With n = 1 your past is the whole text so far. A slice that begins at minus zero begins at zero: count from the "
    "other end, or treat n = 1 by itself."
)
def minus_zero(texts, n, pad):
    _refuse_below_1(n)
    counts = {}
    for text in texts:
        so_far = [pad] * (n - 1)
        for token in text:
            followers = counts.setdefault(tuple(so_far[-(n - 1) :]), {})
            followers[token] = followers.get(token, 0) + 1
            so_far.append(token)
    return counts


@count_ngrams.misconception(
    "The window jumps by its own length, so most tokens are never its last one. Move it by a single token: n-grams overlap."
)
def window_jumps(texts, n, pad):
    _refuse_below_1(n)
    return _tallied(ngram for text in texts for ngram in _ngrams([*[pad] * (n - 1), *text], n)[::n])


@count_ngrams.misconception(
    "Pads have been written into the texts that you were given, and the next one who counts them adds more. Build a new list."
)
def pads_into_the_texts(texts, n, pad):
    _refuse_below_1(n)
    counts = _count_ngrams(texts, n, pad)
    for text in texts:
        if isinstance(text, list):
            text[:0] = [pad] * (n - 1)
    return counts


@count_ngrams.misconception(
    "Past and token are together in one key. What is needed next is everything that followed *one* past, so let each past "
    "have a dict of its own."
)
def flat_counts(texts, n, pad):
    _refuse_below_1(n)
    return Counter((*past, token) for text in texts for past, token in _ngrams([*[pad] * (n - 1), *text], n))


@count_ngrams.misconception(
    "An n of 0 or less gets an answer. There is no such n-gram, and whoever asks for one has made a mistake that should "
    "not stay hidden: raise a ValueError."
)
def any_n(texts, n, pad):
    return _count_ngrams(texts, n, pad) if n >= 1 else {}


@count_ngrams.alternative
def counters_by_past(texts, n, pad):
    if n <= 0:
        raise ValueError(n)
    counts = defaultdict(Counter)
    for text in texts:
        past = (pad,) * (n - 1)
        for token in text:
            counts[past][token] += 1
            past = (*past, token)[1:]
    return counts


@count_ngrams.alternative
def shifted_copies(texts, n, pad):
    if not n > 0:
        raise ValueError("n")
    counts = {}
    for text in texts:
        padded = [pad] * (n - 1) + list(text)
        for *past, token in zip(*(padded[i:] for i in range(n)), strict=False):
            row = counts.setdefault(tuple(past), Counter())
            row.update([token])
    return counts


@count_ngrams.alternative
def counted_flat_first(texts, n, pad):
    if n < 1:
        raise ValueError("too short")
    flat = Counter()
    for text in texts:
        padded = tuple([pad] * (n - 1)) + tuple(text)
        flat.update(padded[i : i + n] for i in range(len(text)))
    counts = {}
    for ngram, times in flat.items():
        counts.setdefault(ngram[:-1], {})[ngram[-1]] = times
    return counts


@count_ngrams.alternative
def counted_from_the_end(texts, n, pad):
    if n < 1:
        raise ValueError("n must be at least 1")
    counts = {}
    for text in texts:
        for t in reversed(range(len(text))):
            past = tuple(text[t - i] if t >= i else pad for i in range(n - 1, 0, -1))
            if past not in counts:
                counts[past] = {}
            if text[t] not in counts[past]:
                counts[past][text[t]] = 0
            counts[past][text[t]] += 1
    return counts
