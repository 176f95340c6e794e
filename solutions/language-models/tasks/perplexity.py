"""``perplexity(surprises, unit="bits") -> number``"""

import math
import random
import statistics

from lmgrade import Task
from lmgrade.inputs import outcome

from .parts import _mean, _refuse_unit


def _perplexity(surprises, unit="bits"):
    if unit not in ("bits", "nats"):
        raise ValueError(f"unit is {unit!r}; it must be 'bits' or 'nats'")
    if len(surprises) == 0:
        raise ValueError("a text without tokens has no perplexity")
    mean = math.fsum(surprises) / len(surprises)
    return 2**mean if unit == "bits" else math.exp(mean)


perplexity = Task("perplexity", reference=_perplexity)


@perplexity.check(
    points=1,
    title="raises 2 to the mean surprise in bits",
    hint="A model that gives each token a quarter is surprised by 2 bits each time: its perplexity is 4, however long the text.",
)
def from_bits(perplexity):
    few = [random.uniform(0.5, 6) for _ in range(random.randint(4, 9))]
    many = [random.uniform(0.5, 6) for _ in range(random.randint(20, 40))]
    return {
        "few": outcome(lambda: perplexity(list(few))),
        "many": outcome(lambda: perplexity(list(many))),
        "said": outcome(lambda: perplexity(list(few), "bits")),
        "one": outcome(lambda: perplexity([few[0]])),
    }


@perplexity.check(
    points=1,
    title="takes nats too, and no other unit",
    hint="A bit is a factor of 2, a nat is a factor of e. Which number is raised to the mean, then?",
)
def from_nats(perplexity):
    surprises = [random.uniform(0.5, 4) for _ in range(random.randint(4, 20))]
    return {
        "nats": outcome(lambda: perplexity(list(surprises), "nats")),
        "by name": outcome(lambda: perplexity(list(surprises), unit="nats")),
        "another unit": outcome(lambda: perplexity(list(surprises), "bytes")),
    }


@perplexity.check(
    points=1,
    title="copes with long texts, with infinity and with no surprise at all, and refuses an empty text",
    hint="Take the mean first: products of thousands of probabilities are 0 to a computer, and their inverse is infinite. Then "
    "try perplexity([]), which has no mean and should raise a ValueError, perplexity([1, math.inf]) and perplexity([0]).",
)
def at_the_edges(perplexity):
    long = [random.uniform(1, 12) for _ in range(random.randint(2000, 4000))]
    short = long[:5]
    return {
        "long": outcome(lambda: perplexity(list(long))),
        "long, in nats": outcome(lambda: perplexity(list(long), "nats")),
        "one impossible token": outcome(lambda: perplexity([*short, math.inf, *short])),
        "never surprised": outcome(lambda: perplexity([0.0] * len(short))),
        "nothing": outcome(lambda: perplexity([])),
    }


@perplexity.misconception(
    "This is the mean surprise, the cross-entropy. Perplexity tells the same as a number of equally likely tokens, and for "
    "that something is raised to this power."
)
def cross_entropy_itself(surprises, unit="bits"):
    _refuse_unit(unit)
    return _mean(surprises)


@perplexity.misconception(
    "e is raised to bits. A coin, a surprise of 1 bit, would have the perplexity 2.72: what undoes a logarithm has the same "
    "base."
)
def always_e(surprises, unit="bits"):
    _refuse_unit(unit)
    return math.exp(_mean(surprises))


@perplexity.misconception("The unit is not looked at: 2 is raised to nats as well.")
def always_2(surprises, unit="bits"):
    _refuse_unit(unit)
    return 2 ** _mean(surprises)


@perplexity.misconception(
    "Nats are changed into bits the wrong way round. A nat is more than a bit, 1.44 of them, so the number of bits is the "
    "larger one."
)
def nats_too_small(surprises, unit="bits"):
    _refuse_unit(unit)
    return 2 ** (_mean(surprises) * (math.log(2) if unit == "nats" else 1))


@perplexity.misconception(
    "The surprises are added up, not averaged. A text twice as long is not twice as puzzling: perplexity is per token."
)
def of_the_sum(surprises, unit="bits"):
    _refuse_unit(unit)
    total = _mean(surprises) * len(surprises)
    return (2 if unit == "bits" else math.e) ** total if total < 700 else math.inf


@perplexity.misconception(
    "Each surprise is raised first and the mean taken then. A few bad guesses then count for everything; the mean is taken "
    "of surprises."
)
def mean_of_powers(surprises, unit="bits"):
    _refuse_unit(unit)
    return _mean([(2 if unit == "bits" else math.e) ** bits for bits in surprises])


@perplexity.misconception(
    "You divide by one less than there are surprises. That is right where the first token is not predicted; in this "
    "notebook every token has a surprise, the first one too."
)
def one_less_below(surprises, unit="bits"):
    mean = _mean(surprises) * len(surprises) / max(len(surprises) - 1, 1)
    _refuse_unit(unit)
    return 2**mean if unit == "bits" else math.exp(mean)


@perplexity.misconception(
    "The power is negative, which gives the typical probability of a token. Perplexity is one over that, and never below 1."
)
def one_over_it(surprises, unit="bits"):
    return 1 / _perplexity(surprises, unit)


@perplexity.misconception(
    "The probabilities of the whole text are multiplied before the root is taken. After some hundred tokens the product is "
    "0 to a computer. Sums of surprises stay in reach: that is what logarithms are for."
)
def product_of_probabilities(surprises, unit="bits"):
    _refuse_unit(unit)
    _mean(surprises)
    product = math.prod((2 if unit == "bits" else math.e) ** -bits for bits in surprises)
    return (1 / product) ** (1 / len(surprises)) if product else math.inf


@perplexity.misconception(
    "An empty text ends in a division by zero, or gets some number. There is nothing to take a mean of: refuse it with a "
    "ValueError that says so."
)
def divided_by_no_tokens(surprises, unit="bits"):
    _refuse_unit(unit)
    mean = sum(surprises) / len(surprises)
    return 2**mean if unit == "bits" else math.exp(mean)


@perplexity.misconception(
    "A unit that is not known is taken for one of the two. A slip of the pen would go unnoticed: refuse it."
)
def any_unit(surprises, unit="bits"):
    return _perplexity(surprises, "bits" if unit == "bits" else "nats")


@perplexity.misconception(
    "Infinite surprises are left out. But a model that once says impossible to what happens has lost everything: its "
    "perplexity is infinite."
)
def without_the_impossible(surprises, unit="bits"):
    finite = [bits for bits in surprises if bits != math.inf]
    return _perplexity(finite, unit)


@perplexity.misconception(
    "Surprises of 0 are left out of the mean. Each token counts, most of all those that the model was sure of."
)
def without_the_certain(surprises, unit="bits"):
    _mean(surprises)
    return _perplexity([bits for bits in surprises if bits] or [1.0], unit)


@perplexity.misconception(
    "The median is taken in the place of the mean. It does not see how bad the bad guesses are, and a code has to pay for each."
)
def of_the_median(surprises, unit="bits"):
    _mean(surprises)
    return _perplexity([statistics.median(surprises)], unit)


@perplexity.alternative
def with_statistics(surprises, unit="bits"):
    if not surprises:
        raise ValueError("nothing to measure")
    base = {"bits": 2, "nats": math.e}.get(unit)
    if base is None:
        raise ValueError(unit)
    return base ** statistics.fmean(surprises)


@perplexity.alternative
def through_nats(surprises, unit="bits"):
    if unit == "bits":
        surprises = [bits * math.log(2) for bits in surprises]
    elif unit != "nats":
        raise ValueError("unit must be bits or nats")
    if len(surprises) < 1:
        raise ValueError("empty")
    return math.exp(sum(surprises) / len(surprises))


@perplexity.alternative
def through_bits(surprises, unit="bits"):
    if unit not in {"nats", "bits"} or surprises == []:
        raise ValueError(f"{unit}, {len(surprises)}")
    total = 0.0
    for surprise in surprises:
        total += surprise
    factor = 1.0 if unit == "bits" else math.log2(math.e)
    return math.exp2(factor * total / len(surprises))


@perplexity.alternative
def mean_as_it_grows(surprises, unit="bits"):
    mean = None
    for count, surprise in enumerate(surprises, start=1):
        mean = surprise if mean is None else mean * ((count - 1) / count) + surprise / count
    if mean is None or unit not in ("bits", "nats"):
        raise ValueError("no surprises, or no such unit")
    return pow(2, mean) if unit == "bits" else pow(math.e, mean)
