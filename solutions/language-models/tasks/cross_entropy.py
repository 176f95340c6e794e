"""``cross_entropy(p, q) -> bits``"""

import math
import random

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import distribution
from .parts import _bits, _refuse_lengths


def _cross_entropy(p, q):
    return math.fsum(
        true * (math.inf if believed == 0 else -math.log2(believed))
        for true, believed in zip(p, q, strict=True)
        if true > 0
    )


cross_entropy = Task("cross_entropy", reference=_cross_entropy, forbidden=("torch.nn.functional.cross_entropy",))


@cross_entropy.check(
    points=1,
    title="weights the surprise of the belief q by the truth p",
    hint="What happens is drawn from p; how long its signal is, is decided by q. Which of the two stands behind the logarithm?",
)
def truth_and_belief(cross_entropy):
    size = random.randint(4, 8)
    p, q = distribution(size), distribution(size)
    many = distribution(500), distribution(500)
    return {
        "of p and q": outcome(lambda: cross_entropy(list(p), list(q))),
        "of q and p": outcome(lambda: cross_entropy(list(q), list(p))),
        "of many": outcome(lambda: cross_entropy(*many)),
    }


@cross_entropy.check(
    points=1,
    title="of a distribution with itself is its entropy",
    hint="Ida's weather has an entropy of 1.75 bits, a fair coin of 1 bit, and what is certain of 0.",
)
def entropy(cross_entropy):
    p, sides = distribution(random.randint(5, 9)), random.randint(5, 60)
    dyadic = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16]
    random.shuffle(dyadic)
    return {
        "of some": outcome(lambda: cross_entropy(list(p), list(p))),
        "of a fair die": outcome(lambda: cross_entropy([1 / sides] * sides, [1 / sides] * sides)),
        "of halves and quarters": outcome(lambda: cross_entropy(dyadic, dyadic)),
        "of the certain": outcome(lambda: cross_entropy([1.0], [1.0])),
    }


@cross_entropy.check(
    points=1,
    title="costs nothing for what never happens, and everything where the impossible happens",
    hint="There are three kinds of zero: in p alone, in q alone, in both. For each, ask what the code costs in a thousand nights.",
)
def zeros(cross_entropy):
    size, at = random.randint(4, 8), random.randint(0, 3)
    p, q = distribution(size), distribution(size)
    gone, unbelieved = [*p[:at], 0.0, *p[at:]], [*q[:at], 0.0, *q[at:]]
    believed = [*(share / 2 for share in q[:at]), 0.5, *(share / 2 for share in q[at:])]
    slim = [*q[:at], 1e-40, *q[at:]]
    return {
        "never happens": outcome(lambda: cross_entropy(gone, believed)),
        "never happens, nobody believes in it": outcome(lambda: cross_entropy(gone, unbelieved)),
        "happens, nobody believes in it": outcome(lambda: cross_entropy(believed, unbelieved)),
        "happens, hardly anybody believes in it": outcome(lambda: cross_entropy(believed, slim)),
    }


@cross_entropy.check(
    points=1,
    title="refuses two lists of different lengths, and leaves both as they are",
    hint="zip stops at the end of the shorter one and says nothing. Compare the lengths first.",
)
def different_lengths(cross_entropy):
    size = random.randint(4, 8)
    p, q = distribution(size), distribution(size)
    return {
        "bits": outcome(lambda: cross_entropy(p, q)),
        "p and q afterwards": [list(p), list(q)],
        "one belief too few": outcome(lambda: cross_entropy(p, q[:-1])),
        "one too many": outcome(lambda: cross_entropy(p, [*q, 0.0])),
    }


@cross_entropy.misconception(
    "p and q have changed places: you weight by what is believed and take the logarithm of the truth. How often something "
    "happens is up to p alone."
)
def places_changed(p, q):
    return _cross_entropy(q, p)


@cross_entropy.misconception("This is told in nats. Flashes are bits: the logarithm needs the base 2.")
def cross_entropy_in_nats(p, q):
    return _cross_entropy(p, q) * math.log(2)


@cross_entropy.misconception(
    "You give what the wrong belief costs *more* than the best code, the divergence of q from p. The cross-entropy is the "
    "whole length; of a distribution with itself it is not 0."
)
def only_the_price_of_error(p, q):
    return _cross_entropy(p, q) - _cross_entropy(p, p)


@cross_entropy.misconception(
    "q plays no part: this is the entropy of p, the length of a code made by somebody who knows the truth."
)
def entropy_of_the_truth(p, q):
    _refuse_lengths(p, q)
    return _cross_entropy(p, p)


@cross_entropy.misconception(
    "p plays no part: this is the entropy of q, which the believer expects. What really happens is drawn from p."
)
def entropy_of_the_belief(p, q):
    _refuse_lengths(p, q)
    return _cross_entropy(q, q)


@cross_entropy.misconception(
    "A mean length below zero: logarithms of probabilities are negative, and a sign is missing."
)
def negative_length(p, q):
    return -_cross_entropy(p, q)


@cross_entropy.misconception(
    "The sum is divided by the number of things that could happen. It is a mean already: the weights p sum to 1."
)
def divided_by_the_number(p, q):
    return _cross_entropy(p, q) / len(p)


@cross_entropy.misconception(
    "All surprises count alike. What happens seldom should weigh little, however long its signal is."
)
def all_count_alike(p, q):
    _refuse_lengths(p, q)
    return sum(_bits(believed) for believed in q) / len(q)


@cross_entropy.misconception(
    "A zero in a list stops you, since the logarithm of 0 is an error. Where p is 0 nothing is to be paid; where q alone is 0 "
    "the price is infinite."
)
def stopped_by_zero(p, q):
    _refuse_lengths(p, q)
    return -sum(true * math.log2(believed) for true, believed in zip(p, q, strict=True))


@cross_entropy.misconception(
    "The result is nan: 0 times infinity has no value for a computer. What never happens costs nothing, whatever its signal "
    "would have been."
)
def nan_for_nothing(p, q):
    _refuse_lengths(p, q)
    return sum(true * _bits(believed) for true, believed in zip(p, q, strict=True))


@cross_entropy.misconception(
    "Wherever q is 0 you skip the term. If p is not 0 there, something happens that has no signal, and the right answer is "
    "infinity, not a bargain."
)
def disbelief_for_free(p, q):
    _refuse_lengths(p, q)
    return sum(true * _bits(believed) for true, believed in zip(p, q, strict=True) if believed)


@cross_entropy.misconception(
    "Where q is 0 and p is not, you end in an error. There is an answer, infinity: no code of this believer can say it."
)
def stopped_by_disbelief(p, q):
    _refuse_lengths(p, q)
    return -sum(true * math.log2(believed) for true, believed in zip(p, q, strict=True) if true)


@cross_entropy.misconception(
    "Something small is added to q so that no logarithm fails. It makes the impossible cost a few flashes, and changes all that "
    "is nearly impossible."
)
def a_little_added(p, q):
    _refuse_lengths(p, q)
    return sum(true * _bits(believed + 1e-12) for true, believed in zip(p, q, strict=True))


@cross_entropy.misconception(
    "Lists of different lengths are compared as far as the shorter one goes. Then some of what happens is not paid for, and "
    "nobody notices."
)
def as_far_as_the_shorter(p, q):
    shorter = min(len(p), len(q))
    return _cross_entropy(p[:shorter], q[:shorter])


@cross_entropy.misconception(
    "Signals are rounded up to whole flashes. One night has no half flash, but many nights coded together do, and the "
    "cross-entropy is what those come to."
)
def whole_flashes(p, q):
    _refuse_lengths(p, q)
    return sum(true * math.ceil(min(_bits(believed), 9e99)) for true, believed in zip(p, q, strict=True) if true)


@cross_entropy.misconception("2 is raised to the result: a perplexity, in tokens. Leave it in bits.")
def as_perplexity(p, q):
    return 2 ** min(_cross_entropy(p, q), 999)


@cross_entropy.alternative
def one_term_after_the_other(p, q):
    if len(p) != len(q):
        raise ValueError("lengths differ")
    bits = 0.0
    for i in range(len(p)):
        if p[i] == 0:
            continue
        if q[i] == 0:
            return math.inf
        bits -= p[i] * math.log2(q[i])
    return bits


@cross_entropy.alternative
def nats_turned_into_bits(p, q):
    pairs = list(zip(p, q, strict=True))
    if any(true > 0 and believed == 0 for true, believed in pairs):
        return float("inf")
    return sum(true * math.log(1 / believed) for true, believed in pairs if true > 0) / math.log(2)


@cross_entropy.alternative
def entropy_and_divergence(p, q):
    if len(q) != len(p):
        raise ValueError(len(q))
    if any(believed == 0 < true for true, believed in zip(p, q, strict=True)):
        return math.inf
    pairs = [(true, believed) for true, believed in zip(p, q, strict=True) if true]
    entropy = -sum(true * math.log2(true) for true, _ in pairs)
    return entropy + sum(true * (math.log2(true) - math.log2(believed)) for true, believed in pairs)


@cross_entropy.alternative
def with_torch(p, q):
    import torch

    p, q = torch.tensor(p, dtype=torch.float64), torch.tensor(q, dtype=torch.float64)
    if p.shape != q.shape:
        raise ValueError("shapes")
    return -(torch.xlogy(p, q).sum() / math.log(2)).item()
