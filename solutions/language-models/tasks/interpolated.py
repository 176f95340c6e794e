"""``interpolated(counts, past, vocab_size, k) -> probabilities``"""

import random
from collections import defaultdict

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import counted
from .parts import _leaned, _refuse_strength, _shares, _weights


def _interpolated(counts, past, vocab_size, k):
    if k <= 0:
        raise ValueError(f"k is {k}; it must be above 0, or nothing would lean on the shorter past")
    p = [1 / vocab_size] * vocab_size
    for length in range(len(past) + 1):
        times = counts.get(past[len(past) - length :], {})
        total = sum(times.values())
        p = [(times.get(token, 0) + k * p[token]) / (total + k) for token in range(vocab_size)]
    return p


interpolated = Task("interpolated", reference=_interpolated)


@interpolated.check(
    points=2,
    title="lets each past lean on the next shorter one, from the empty past upwards",
    hint="Begin with equal shares, and work the formula through once with the counts of (), then with those of the last token "
    "alone, then of the last two, and so on.",
)
def seen_pasts(interpolated):
    size = random.randint(7, 11)
    a, b, c, d = random.sample(range(size), 4)
    tokens = list(range(size))
    pasts = [(), (a,), (b,), (c,), (a, b), (b, a), (b, c), (c, a), (a, b, c), (c, b, a), (b, c, a)]
    counts = {past: counted(random.sample(tokens, random.randint(2, 4))) for past in pasts}
    counts[()] = counted([a, b, c, d], 30)
    k = random.uniform(0.6, 3)
    asked = [(c,), (a, b), (b, c), (a, b, c), (c, b, a)]
    return [outcome(lambda past=past: interpolated(counts, past, size, k)) for past in asked]


@interpolated.check(
    points=1,
    title="says what the shorter past says where a past was never seen",
    hint="A past that is not in the counts has 0 counts of everything. What does the formula give then? And when even () is "
    "missing?",
)
def unseen_pasts(interpolated):
    size = random.randint(7, 11)
    a, b, c, d = random.sample(range(size), 4)
    k = random.uniform(0.6, 3)
    counts = {(): counted([a, b, c]), (b,): counted([a, d]), (a, b): counted([b, c, d])}
    return {
        "the longest is new": outcome(lambda: interpolated(counts, (c, a, b), size, k)),
        "all but the shortest are new": outcome(lambda: interpolated(counts, (b, a, c), size, k)),
        "one in the middle is new": outcome(
            lambda: interpolated({(): counts[()], (c, d): counts[(b,)]}, (c, d), size, k)
        ),
        "nothing was seen": outcome(lambda: interpolated({}, (a, b), size, k)),
    }


@interpolated.check(
    points=1,
    title="with the empty past leans on equal shares alone, for large and small k",
    hint="A past of no tokens is (), and the formula is worked through once. Of a list, x[-0:] is everything.",
)
def the_empty_past(interpolated):
    size = random.randint(7, 11)
    a, b, c, d = random.sample(range(size), 4)
    counts = {(): counted([a, b, c]), (a,): counted([c, d])}
    return {
        "no past": outcome(lambda: interpolated(counts, (), size, random.uniform(0.5, 2))),
        "hardly leaning": outcome(lambda: interpolated(counts, (a,), size, 1e-3)),
        "hardly counting": outcome(lambda: interpolated(counts, (a,), size, 500.0)),
    }


@interpolated.check(
    points=1,
    title="leaves the counts as they are, and refuses a k that is not above 0",
    hint="To look up a past that is missing, in a defaultdict, makes an entry for it. And try k = 0.",
)
def counts_untouched(interpolated):
    size = random.randint(7, 11)
    a, b, c, d = random.sample(range(size), 4)
    counts = defaultdict(lambda: defaultdict(int))
    for past, tokens in (((), [a, b, c]), ((a,), [c, d])):
        for token, times in counted(tokens).items():
            counts[past][token] = times
    return {
        "p": outcome(lambda: interpolated(counts, (d, a), size, 1.5)),
        "p again": outcome(lambda: interpolated(counts, (a, d), size, 1.5)),
        "counts afterwards": {past: dict(times) for past, times in counts.items()},
        "k = 0": outcome(lambda: interpolated(counts, (a,), size, 0)),
        "k below 0": outcome(lambda: interpolated(counts, (a,), size, -random.uniform(0.1, 2))),
    }


@interpolated.misconception(
    "k is handed out in equal shares at every past. The longer past should lean on what the shorter one says: it knows more "
    "than nothing."
)
def equal_shares_everywhere(counts, past, vocab_size, k):
    _refuse_strength(k)
    return _leaned(counts.get(past, {}), [1 / vocab_size] * vocab_size, k)


@interpolated.misconception(
    "Below the line you add k for every token of the vocabulary. What is handed out above the line is k in all, since the "
    "shorter past's probabilities sum to 1."
)
def k_times_v_below(counts, past, vocab_size, k):
    _refuse_strength(k)
    p = [1 / vocab_size] * vocab_size
    for length in range(len(past) + 1):
        times = counts.get(past[len(past) - length :], {})
        below = sum(times.values()) + k * vocab_size
        p = [(times.get(token, 0) + k * p[token]) / below for token in range(vocab_size)]
    return p


@interpolated.misconception(
    "The past is shortened at the wrong end: its last token is dropped. What stands nearest tells most; forget the token "
    "that is farthest back."
)
def nearest_token_forgotten(counts, past, vocab_size, k):
    _refuse_strength(k)
    p = [1 / vocab_size] * vocab_size
    for length in range(len(past) + 1):
        p = _leaned(counts.get(past[:length], {}), p, k)
    return p


@interpolated.misconception(
    "Only the longest past that was seen is asked, and all shorter ones are silent (a back-off). Here all of them have a say, "
    "the more the fewer counts the longer ones have."
)
def longest_past_alone(counts, past, vocab_size, k):
    _refuse_strength(k)
    for start in range(len(past) + 1):
        if counts.get(past[start:]):
            return _leaned(counts[past[start:]], [0.0] * vocab_size, 0)
    return [1 / vocab_size] * vocab_size


@interpolated.misconception(
    "The counts of () do not lean on anything: a token that was never seen gets 0, and so do all texts that hold it. Begin "
    "one step further down, with equal shares."
)
def nothing_below_the_shortest(counts, past, vocab_size, k):
    _refuse_strength(k)
    times = counts.get((), {})
    p = _leaned(times, [0.0] * vocab_size, 0) if times else [1 / vocab_size] * vocab_size
    for length in range(1, len(past) + 1):
        p = _leaned(counts.get(past[len(past) - length :], {}), p, k)
    return p


@interpolated.misconception(
    "At the empty past you smooth as in step 2, with k for every token. Here k is handed out in all, and equal shares give each "
    "token k / V of it: () leans like every other past."
)
def smoothed_at_the_bottom(counts, past, vocab_size, k):
    _refuse_strength(k)
    p = _shares(_weights(counts.get((), {}), vocab_size, k))
    for length in range(1, len(past) + 1):
        p = _leaned(counts.get(past[len(past) - length :], {}), p, k)
    return p


@interpolated.misconception(
    "For the length 0 you take past[-0:], and that is the whole past: the counts of () are never asked, and those of the "
    "longest past twice."
)
def from_minus_zero(counts, past, vocab_size, k):
    _refuse_strength(k)
    p = [1 / vocab_size] * vocab_size
    for length in range(len(past) + 1):
        p = _leaned(counts.get(past[-length:], {}), p, k)
    return p


@interpolated.misconception(
    "You go from the longest past to the shortest, so that the shortest has the last word. The one that knows most should lean "
    "on the others, not they on it."
)
def longest_past_first(counts, past, vocab_size, k):
    _refuse_strength(k)
    p = [1 / vocab_size] * vocab_size
    for start in range(len(past) + 1):
        p = _leaned(counts.get(past[start:], {}), p, k)
    return p


@interpolated.misconception(
    "All orders have the same say: you take the mean of what they tell. A past seen a thousand times should count for more "
    "than one seen once; that is what k is for."
)
def mean_of_all_orders(counts, past, vocab_size, k):
    _refuse_strength(k)
    uniform = [1 / vocab_size] * vocab_size
    told = [_leaned(counts.get(past[start:], {}), uniform, k) for start in range(len(past) + 1)]
    return [sum(column) / len(told) for column in zip(*told, strict=True)]


@interpolated.misconception(
    "A past that was never seen stops you with an error. Most long pasts of a new text are new; they have 0 counts."
)
def stopped_by_a_new_past(counts, past, vocab_size, k):
    _refuse_strength(k)
    p = [1 / vocab_size] * vocab_size
    for length in range(len(past) + 1):
        p = _leaned(counts[past[len(past) - length :]], p, k)
    return p


@interpolated.misconception(
    "At the first past that was not seen, on the way from short to long, you stop. A longer one may still have been counted: "
    "go on to the end."
)
def ends_at_a_gap(counts, past, vocab_size, k):
    _refuse_strength(k)
    p = [1 / vocab_size] * vocab_size
    for length in range(len(past) + 1):
        if past[len(past) - length :] not in counts:
            break
        p = _leaned(counts[past[len(past) - length :]], p, k)
    return p


@interpolated.misconception(
    "A past that was never seen gives equal shares and forgets what the shorter one said. With 0 counts, the formula leaves "
    "the shorter past's distribution as it is."
)
def equal_shares_for_new_pasts(counts, past, vocab_size, k):
    _refuse_strength(k)
    if past and past not in counts:
        return [1 / vocab_size] * vocab_size
    return _interpolated(counts, past, vocab_size, k)


@interpolated.misconception(
    "The longest past is left out. There are len(past) + 1 pasts to go through, from length 0 to the whole."
)
def longest_past_left_out(counts, past, vocab_size, k):
    return _interpolated(counts, past[1:], vocab_size, k) if past else [1 / vocab_size] * vocab_size


@interpolated.misconception(
    "What you divide by holds the number of *different* tokens that followed. It should be how often any token followed: the "
    "sum of the counts."
)
def kinds_for_counts(counts, past, vocab_size, k):
    _refuse_strength(k)
    p = [1 / vocab_size] * vocab_size
    for length in range(len(past) + 1):
        times = counts.get(past[len(past) - length :], {})
        p = [(times.get(token, 0) + k * p[token]) / (len(times) + k) for token in range(vocab_size)]
    return p


@interpolated.misconception(
    "The dict of counts has grown: a past (or a token) that you only asked for stands in it now. A defaultdict makes an entry "
    "for whatever is looked up with [ ]; ask with get."
)
def counts_grown(counts, past, vocab_size, k):
    for length in range(len(past) + 1):
        counts.setdefault(past[len(past) - length :], {})
    return _interpolated(counts, past, vocab_size, k)


@interpolated.misconception(
    "A k of 0 or less is accepted. With 0, a past that was never seen has nothing to say and nothing to lean on: refuse it."
)
def any_strength(counts, past, vocab_size, k):
    return _interpolated(counts, past, vocab_size, k if k > 0 else 1.0)


@interpolated.alternative
def shorter_past_first(counts, past, vocab_size, k):
    if not k > 0:
        raise ValueError(k)
    lower = shorter_past_first(counts, past[1:], vocab_size, k) if past else [1 / vocab_size] * vocab_size
    times = counts.get(past) or {}
    weight = k / (sum(times.values()) + k)
    return [times.get(i, 0) * weight / k + weight * lower[i] for i in range(vocab_size)]


@interpolated.alternative
def weights_that_are_updated(counts, past, vocab_size, k):
    if k <= 0:
        raise ValueError("k must be positive")
    p = [1.0 / vocab_size] * vocab_size
    for start in range(len(past), -1, -1):
        times = counts.get(tuple(past[start:]))
        if not times:
            continue
        total = sum(times.values()) + k
        p = [k * share / total for share in p]
        for token, count in times.items():
            p[token] += count / total
    return p


@interpolated.alternative
def token_by_token(counts, past, vocab_size, k):
    if k <= 0:
        raise ValueError("k")
    pasts = [past[start:] for start in reversed(range(len(past) + 1))]
    totals = [sum(counts.get(seen, {}).values()) for seen in pasts]
    result = []
    for token in range(vocab_size):
        p = 1 / vocab_size
        for seen, total in zip(pasts, totals, strict=True):
            count = counts[seen].get(token, 0) if seen in counts else 0
            p = (count + k * p) / (total + k)
        result.append(p)
    return result


@interpolated.alternative
def mixed_by_weights(counts, past, vocab_size, k):
    """Each order's own shares, weighted by how much it keeps and how much all longer ones leave to it."""
    if k <= 0:
        raise ValueError(f"{k} is no strength")
    left, mixed = 1.0, [0.0] * vocab_size
    for start in range(len(past) + 1):
        times = counts.get(past[start:], {})
        total = sum(times.values())
        for token in times:
            mixed[token] += left * times[token] / (total + k)
        left *= k / (total + k)
    return [share + left / vocab_size for share in mixed]
