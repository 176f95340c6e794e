"""``smoothed(times, vocab_size, k=0) -> probabilities``"""

import random
from fractions import Fraction

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import counted
from .parts import _refuse_negative, _shares, _weights


def _smoothed(times, vocab_size, k=0):
    if k < 0:
        raise ValueError(f"k is {k}; it must be at least 0")
    total = sum(times.values()) + k * vocab_size
    if total == 0:
        return [1 / vocab_size] * vocab_size
    return [(times.get(token, 0) + k) / total for token in range(vocab_size)]


smoothed = Task("smoothed", reference=_smoothed)


@smoothed.check(
    points=1,
    title="without k, gives each token its share of the counts, in the order of ids",
    hint="For {2: 3, 0: 1} and five tokens: place 2 of your list should hold 3 / 4, place 0 a quarter, the others 0.",
)
def shares_of_counts(smoothed):
    size = random.randint(7, 12)
    tokens = random.sample(range(1, size), 4)
    tokens.sort(reverse=True)
    one = random.choice(tokens)
    return {
        "four of many": outcome(lambda: smoothed(counted(tokens), size)),
        "k is 0": outcome(lambda: smoothed(counted(tokens), size, 0)),
        "one, always": outcome(lambda: smoothed({one: random.randint(2, 9)}, size)),
    }


@smoothed.check(
    points=2,
    title="adds k to the count of every token, seen or not",
    hint="Add k to each place of the list, those with a 0 too, and divide by the sum of what stands there then.",
)
def k_for_everybody(smoothed):
    size = random.randint(7, 12)
    tokens = random.sample(range(1, size), 4)
    tokens.sort(reverse=True)
    fraction = random.uniform(0.2, 0.8)
    return {
        "one": outcome(lambda: smoothed(counted(tokens), size, 1)),
        "a fraction": outcome(lambda: smoothed(counted(tokens), size, fraction)),
        "many": outcome(lambda: smoothed(counted(tokens), size, random.randint(20, 90))),
        "hardly anything": outcome(lambda: smoothed(counted(tokens), size, 1e-6)),
    }


@smoothed.check(
    points=1,
    title="makes all tokens equally likely where nothing was seen",
    hint="Try smoothed({}, 4) and smoothed({}, 4, 0.5). Nobody knows anything, and the list should still sum to 1.",
)
def nothing_seen(smoothed):
    size = random.choice((6, 7, 9, 11, 13, 17, 19, 23, 29, 31))
    return {
        "without k": outcome(lambda: smoothed({}, size)),
        "with k": outcome(lambda: smoothed({}, size, random.uniform(0.1, 3))),
    }


@smoothed.check(
    points=1,
    title="leaves the counts as they are, and refuses a negative k",
    hint="Look at your dict of counts after the call, and try smoothed({0: 1}, 2, -1).",
)
def counts_afterwards(smoothed):
    size = random.randint(6, 12)
    times = counted(random.sample(range(1, size), 3))
    return {
        "shares": outcome(lambda: smoothed(times, size)),
        "counts afterwards": dict(times),
        "negative": outcome(lambda: smoothed(times, size, -random.uniform(0.1, 0.9))),
    }


@smoothed.misconception(
    "Only tokens that were seen are in your list, so nobody can tell which place is which token's. It should have "
    "vocab_size places, and id 7 the place 7."
)
def seen_tokens_only(times, vocab_size, k=0):
    _refuse_negative(k)
    return _shares([count + k for count in times.values()]) if times else [1 / vocab_size] * vocab_size


@smoothed.misconception(
    "The shares stand in the order of the dict, that is, of what was seen first. The place in the list has to be the "
    "token's id."
)
def order_of_the_dict(times, vocab_size, k=0):
    _refuse_negative(k)
    return _shares([count + k for count in times.values()] + [k] * (vocab_size - len(times)))


@smoothed.misconception(
    "The k that you handed out is not in the sum you divide by: together your probabilities are more than 1."
)
def divided_by_the_counts(times, vocab_size, k=0):
    _refuse_negative(k)
    total = sum(times.values())
    return [weight / total if total else 1 / vocab_size for weight in _weights(times, vocab_size, k)]


@smoothed.misconception(
    "k is added once to what you divide by. It was given to each token of the vocabulary, so it is in the sum that many times."
)
def k_once_below(times, vocab_size, k=0):
    _refuse_negative(k)
    total = sum(times.values()) + k
    return [weight / total if total and times else 1 / vocab_size for weight in _weights(times, vocab_size, k)]


@smoothed.misconception(
    "In the sum, k is counted for the tokens that were seen. Those that were not seen got theirs too, and they are most of "
    "the vocabulary."
)
def k_for_the_seen_below(times, vocab_size, k=0):
    _refuse_negative(k)
    total = sum(times.values()) + k * len(times)
    return [weight / total if total else 1 / vocab_size for weight in _weights(times, vocab_size, k)]


@smoothed.misconception(
    "k went only to tokens that had been seen 0 times. Everyone gets it: otherwise a token seen once could be less likely "
    "than one that was never seen."
)
def k_for_the_unseen(times, vocab_size, k=0):
    _refuse_negative(k)
    return _shares([times.get(token, k) for token in range(vocab_size)])


@smoothed.misconception(
    "k went only to tokens that had been seen. It is there for the others: they still have the probability 0."
)
def k_for_the_seen(times, vocab_size, k=0):
    _refuse_negative(k)
    return _shares([times[token] + k if token in times else 0 for token in range(vocab_size)])


@smoothed.misconception(
    "A dict comes back. Give a list of vocab_size floats: the place in the list says which token it is."
)
def dict_for_a_list(times, vocab_size, k=0):
    return dict(enumerate(_smoothed(times, vocab_size, k)))


@smoothed.misconception("1 is added to each count, whatever k says.")
def always_one(times, vocab_size, k=0):
    _refuse_negative(k)
    return _shares(_weights(times, vocab_size, 1 if k else 0))


@smoothed.misconception(
    "Called without k, your function smooths. The default should be 0: plain shares of what was seen."
)
def default_of_one(times, vocab_size, k=1):
    _refuse_negative(k)
    return _shares(_weights(times, vocab_size, k))


@smoothed.misconception(
    "k is used as a share: the counts get 1 - k of everything and all tokens together k. It is a number of tokens to "
    "add to each count, and may be larger than 1."
)
def k_as_a_share(times, vocab_size, k=0):
    _refuse_negative(k)
    return [(1 - k) * p + k / vocab_size for p in _shares(_weights(times, vocab_size, 0))]


@smoothed.misconception(
    "Where nothing was seen you say that nothing can come: all zeros. A distribution sums to 1; whoever knows nothing "
    "should expect everything equally."
)
def zeros_for_nothing(times, vocab_size, k=0):
    _refuse_negative(k)
    total = sum(times.values()) + k * vocab_size
    return [weight / total if total else 0.0 for weight in _weights(times, vocab_size, k)]


@smoothed.misconception(
    "Where nothing was seen and k is 0, you divide by 0. Such a past occurs in every new text, and needs an answer."
)
def divided_by_nothing(times, vocab_size, k=0):
    _refuse_negative(k)
    total = sum(times.values()) + k * vocab_size
    return [weight / total for weight in _weights(times, vocab_size, k)]


@smoothed.misconception(
    "The dict of counts has changed: looking up a missing token with setdefault (or in a defaultdict), or += on it, writes "
    "into it. The counts are still needed; ask with get."
)
def counts_filled_up(times, vocab_size, k=0):
    _refuse_negative(k)
    return _shares([times.setdefault(token, 0) + k for token in range(vocab_size)])


@smoothed.misconception(
    "A negative k is accepted, and gives probabilities below 0. Refuse it with a ValueError, so that whoever wrote it learns "
    "of it."
)
def any_k(times, vocab_size, k=0):
    return _shares(_weights(times, vocab_size, k))


@smoothed.misconception(
    "The shares are rounded. Then they do not sum to 1 any more, and whoever is rare becomes impossible."
)
def rounded_shares(times, vocab_size, k=0):
    _refuse_negative(k)
    return [round(share, 3) for share in _shares(_weights(times, vocab_size, k))]


@smoothed.alternative
def one_after_the_other(times, vocab_size, k=0.0):
    if k < 0:
        raise ValueError("negative")
    seen = 0
    for token in times:
        seen += times[token]
    if seen + k * vocab_size == 0:
        return [1.0 / vocab_size for _ in range(vocab_size)]
    probabilities = []
    for token in range(vocab_size):
        if token in times:
            probabilities.append((times[token] + k) / (seen + k * vocab_size))
        else:
            probabilities.append(k / (seen + k * vocab_size))
    return probabilities


@smoothed.alternative
def as_two_parts(times, vocab_size, k=0):
    """What was seen and what is believed beforehand, each weighted by how much it is."""
    if not k >= 0:
        raise ValueError(k)
    seen, believed = sum(times.values()), k * vocab_size
    if not times:
        return [1 / vocab_size] * vocab_size
    weight = seen / (seen + believed)
    return [weight * times.get(token, 0) / seen + (1 - weight) / vocab_size for token in range(vocab_size)]


@smoothed.alternative
def in_fractions(times, vocab_size, k=0):
    if k < 0:
        raise ValueError("k")
    weights = [Fraction(k)] * vocab_size
    for token, count in times.items():
        weights[token] += count
    return [float(weight / sum(weights)) if sum(weights) else 1 / vocab_size for weight in weights]


@smoothed.alternative
def filled_into_zeros(times, vocab_size, k=0):
    if k < 0:
        raise ValueError("k must not be negative")
    if not times and not k:
        k = 1
    weights = [0.0 + k for _ in range(vocab_size)]
    for token, count in times.items():
        weights[token] += count
    total = sum(weights)
    return [weight / total for weight in weights]
