"""``penalise_repetition(logits, seen, penalty) -> logits``"""

import math
import random

import torch

from lmcore import sampling
from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import ranked
from .parts import _positive

penalise_repetition = Task("penalise_repetition", reference=sampling.penalise_repetition)


def _some_seen(logits):
    """In each row tokens of either sign that were seen, and some that were not."""
    seen = torch.zeros_like(logits, dtype=torch.bool)
    for row, mask in zip(logits, seen, strict=True):
        for side in (row > 0, row < 0):
            places = side.nonzero().flatten().tolist()
            mask[random.sample(places, len(places) // 2)] = True
    return seen


@penalise_repetition.check(
    points=1,
    title="makes what was seen less likely, whatever its sign, and nothing else",
    hint="Take the logits 2 and -2, both seen, and a penalty of 2. Both should come out smaller than they were.",
    tolerance=1e-5,
)
def seen_is_less_likely(penalise_repetition):
    n = random.randint(7, 10)
    logits, other = ranked(n, n), ranked(2, n + 3)
    penalty = random.uniform(1.2, 2.5)
    seen, seen_other = _some_seen(logits), _some_seen(other)
    return {
        "square": outcome(lambda: penalise_repetition(logits, seen, penalty)),
        "wide": outcome(lambda: penalise_repetition(other, seen_other, penalty)),
        "invited": outcome(lambda: penalise_repetition(other, seen_other, 1 / penalty)),
        "whole": outcome(lambda: penalise_repetition(other, seen_other, 2)),
    }


@penalise_repetition.check(
    points=1,
    title="leaves forbidden tokens forbidden, the dtype and what it was given as they are",
    hint="-inf times a positive number is -inf by itself, and -inf times 0 is nan. Write into nothing that was handed to "
    "you.",
    tolerance=1e-5,
)
def given_things_stay(penalise_repetition):
    logits = ranked(3, 8)
    seen = _some_seen(logits)
    logits[:, 0], seen[:, 0] = -torch.inf, True
    logits[:, 1], seen[:, 1] = -torch.inf, False
    penalty = random.uniform(1.3, 2)
    before = logits.clone(), seen.clone()
    return {
        "forbidden": outcome(lambda: penalise_repetition(before[0], before[1], penalty)),
        "doubles": outcome(lambda: penalise_repetition(logits.double(), seen, penalty)),
        "nothing seen": outcome(lambda: penalise_repetition(logits, torch.zeros_like(seen), penalty)),
        "afterwards": list(before),
    }


@penalise_repetition.check(
    points=1,
    title="refuses penalties that are no finite number above 0",
    hint="A penalty of 0 divides by 0, a negative one turns signs around, and nan spoils everything it meets.",
    tolerance=1e-5,
)
def no_penalty(penalise_repetition):
    logits = ranked(2, 6)
    seen = _some_seen(logits)
    seen[:, 0] = torch.tensor([True, False])
    bad = (0, -random.uniform(0.1, 0.9), -random.uniform(1.1, 9), math.nan, math.inf)
    return {
        "refused": [outcome(lambda value=value: penalise_repetition(logits, seen, value)) for value in bad],
        "none": outcome(lambda: penalise_repetition(logits, seen, 1.0)),
        "below 1": outcome(lambda: penalise_repetition(logits, seen, 0.6)),
    }


def _smaller(logits, penalty):
    return torch.where(logits < 0, logits * penalty, logits / penalty)


for part in ("check_logits", "penalise_repetition: check_logits(logits)"):
    penalise_repetition.unasked(part, reason="learners are given logits (batch, vocab)")
penalise_repetition.equivalent("_penalty: 'repetition penalty' -> ''", reason="what a message says is not graded")
penalise_repetition.equivalent(
    "penalise_repetition: logits < 0 -> logits <= 0", reason="0 stays 0, divided or multiplied"
)


@penalise_repetition.misconception(
    "Negative logits are divided as well. -2 becomes -1: a token that was seen becomes *likelier*."
)
def negative_ones_divided(logits, seen, penalty):
    _positive(penalty)
    return torch.where(seen, logits / penalty, logits)


@penalise_repetition.misconception(
    "Positive logits are multiplied, too. 2 becomes 4: what was seen and is likely becomes likelier still."
)
def positive_ones_multiplied(logits, seen, penalty):
    _positive(penalty)
    return torch.where(seen, logits * penalty, logits)


@penalise_repetition.misconception(
    "Both signs are the wrong way round: positive logits grow, negative ones come nearer to 0. Repetition is invited."
)
def signs_exchanged(logits, seen, penalty):
    _positive(penalty)
    return torch.where(seen, torch.where(logits < 0, logits / penalty, logits * penalty), logits)


@penalise_repetition.misconception(
    "Tokens are penalised that were *not* seen. The mask is True at those that are in the text."
)
def unseen_penalised(logits, seen, penalty):
    _positive(penalty)
    return torch.where(seen, logits, _smaller(logits, penalty))


@penalise_repetition.misconception("Every token is penalised, seen or not. The mask says which.")
def all_penalised(logits, seen, penalty):
    _positive(penalty)
    return _smaller(logits, penalty)


@penalise_repetition.misconception(
    "The penalty is subtracted. That is another penalty, which some programs have under another name; this one divides and "
    "multiplies."
)
def penalty_subtracted(logits, seen, penalty):
    _positive(penalty)
    return logits - seen * (penalty - 1)


@penalise_repetition.misconception(
    "What was seen in one text is penalised in all of them. Each row of the mask belongs to its own text."
)
def seen_anywhere(logits, seen, penalty):
    _positive(penalty)
    return torch.where(seen.any(0, keepdim=True), _smaller(logits, penalty), logits)


@penalise_repetition.misconception(
    "What was seen is forbidden outright. A word that was used once could never come again; a penalty only makes it less "
    "likely."
)
def seen_forbidden(logits, seen, penalty):
    _positive(penalty)
    return logits.masked_fill(seen, -torch.inf) if penalty != 1 else logits


@penalise_repetition.misconception("Only positive logits are changed; negative ones that were seen stay as they were.")
def negative_ones_left(logits, seen, penalty):
    _positive(penalty)
    return torch.where(seen & (logits > 0), logits / penalty, logits)


@penalise_repetition.misconception(
    "nan comes out at forbidden tokens: -inf was multiplied by 0, by a mask of numbers. torch.where takes one or the "
    "other and computes with neither."
)
def mask_multiplied(logits, seen, penalty):
    _positive(penalty)
    mask = seen.to(logits.dtype)
    return mask * _smaller(logits, penalty) + (1 - mask) * logits


@penalise_repetition.misconception("The logits that you were given have changed. Make new ones.")
def penalised_in_place(logits, seen, penalty):
    _positive(penalty)
    logits[seen] = _smaller(logits[seen], penalty)
    return logits


@penalise_repetition.misconception(
    "Any penalty goes through, 0, negative ones, nan and infinity, and what comes out are no logits any more."
)
def any_penalty(logits, seen, penalty):
    if penalty == 0:
        return torch.where(seen, -torch.inf, logits)
    return torch.where(seen, _smaller(logits, penalty), logits)


@penalise_repetition.misconception(
    "Penalties below 1 are refused. They invite repetition, and somebody may want just that."
)
def invitations_refused(logits, seen, penalty):
    if not 1 <= penalty < math.inf:
        raise ValueError(f"the penalty is {penalty}")
    return torch.where(seen, _smaller(logits, penalty), logits)


@penalise_repetition.alternative
def on_a_clone(logits, seen, penalty):
    if not (math.isfinite(penalty) and penalty > 0):
        raise ValueError(f"a penalty of {penalty}")
    result = logits.clone()
    result[seen & (logits > 0)] /= penalty
    result[seen & (logits < 0)] *= penalty
    return result


@penalise_repetition.alternative
def through_a_factor(logits, seen, penalty):
    _positive(penalty)
    factor = torch.where(logits < 0, penalty, 1 / penalty).to(logits.dtype)
    return torch.where(seen, logits * factor, logits)


@penalise_repetition.alternative
def in_two_halves(logits, seen, penalty):
    _positive(penalty)
    smaller = logits.clamp(min=0) / penalty + logits.clamp(max=0) * penalty
    return logits.masked_scatter(seen, smaller[seen])


@penalise_repetition.alternative
def the_smaller_of_two(logits, seen, penalty):
    _positive(penalty)
    both = torch.stack((logits * penalty, logits / penalty))
    return torch.where(seen, both.amin(0) if penalty > 1 else both.amax(0), logits)
