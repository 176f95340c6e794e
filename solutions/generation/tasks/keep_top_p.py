"""``keep_top_p(logits, p) -> logits``"""

import math
import random

import torch

from lmcore import sampling
from lmgrade import Task
from lmgrade.inputs import outcome

from .parts import _p_checked

keep_top_p = Task("keep_top_p", reference=sampling.keep_top_p)


def _nuclei(vocab):
    """Rows of logits, sure and unsure ones, and a p that is far from every sum of their largest probabilities.

    The larger p is, the more tokens are kept; in each row some are forbidden.
    """
    shares = torch.tensor([0.55, 0.25, 0.1, 0.06]), torch.rand(vocab) + 4, 3.0 ** -torch.arange(vocab) + 0.05
    rows = torch.zeros(3, vocab)
    rows[0, :4] = shares[0]
    rows[0, 4:] = 0.04 / (vocab - 4)
    rows[1], rows[2] = shares[1].sort(descending=True).values, shares[2]
    rows = rows / rows.sum(-1, keepdim=True) * (1 + 0.02 * torch.rand(3, vocab))
    rows = rows / rows.sum(-1, keepdim=True)
    sums = rows.sort(dim=-1, descending=True).values.cumsum(-1)
    tried = torch.linspace(0.6, 0.78, 91)
    p = tried[(sums.flatten() - tried[:, None]).abs().amin(-1).argmax()].item()
    orders = torch.stack([torch.randperm(vocab) for _ in rows])
    return rows.gather(-1, orders).log() + 3 * torch.randn(3, 1), p


@keep_top_p.check(
    points=1,
    title="keeps in each row the fewest tokens that have p together",
    hint="Sort the probabilities of one row, add them up, and see where the sum passes p. Then look at which tokens your "
    "result keeps.",
)
def fewest_that_reach_p(keep_top_p):
    logits, p = _nuclei(random.randint(9, 12))
    return {
        "three rows": outcome(lambda: keep_top_p(logits, p)),
        "doubles": outcome(lambda: keep_top_p(logits.double().T.contiguous().T, p)),
        "one row": outcome(lambda: keep_top_p(logits[1:2], p)),
    }


@keep_top_p.check(
    points=1,
    title="keeps the token that crosses p, and so one at least",
    hint="A model is 90 % sure of its first token, and p is 0.3. What should be left?",
)
def at_least_one(keep_top_p):
    n = random.randint(4, 7)
    sure = torch.stack([torch.randperm(n) for _ in range(3)]) * 0.01
    sure[0, 0] = -0.01  # the last of its row: not where the likeliest one stands
    sure[torch.arange(3), torch.randint(1, n - 1, (3,))] = 8.0
    small = random.uniform(0.01, 0.3)
    return {
        "a small p": outcome(lambda: keep_top_p(sure, small)),
        "a tiny p": outcome(lambda: keep_top_p(sure, 1e-12)),
        "one token": outcome(lambda: keep_top_p(sure[:, :1], small)),
        "half": outcome(lambda: keep_top_p(sure, 0.5 + small)),
    }


@keep_top_p.check(
    points=1,
    title="keeps everything at p = 1, however unlikely, and takes large logits and forbidden tokens",
    hint="In float32 the sum of a few likely tokens may already be 1. What p = 1 asks for needs no sum. And exp(89) is "
    "more than a float32 can hold.",
)
def whole_and_large(keep_top_p):
    n = random.randint(9, 12)
    tail = -25.0 * (1 + torch.randperm(n))
    tail[random.randrange(n)] = 3.0
    logits, p = _nuclei(n)
    blocked = logits.clone()
    blocked[:, random.sample(range(n), 2)] = -torch.inf
    lone = torch.full((1, n), -torch.inf)
    lone[0, random.randrange(n)] = 1.0
    return {
        "everything": outcome(lambda: keep_top_p(tail[None], 1.0)),
        "forbidden at 1": outcome(lambda: keep_top_p(blocked, 1)),
        "large": outcome(lambda: keep_top_p((logits * 4).round() + 1000, 1)),
        "large and cut": outcome(lambda: keep_top_p(logits.double() + 900, p)),
        "one allowed": outcome(lambda: keep_top_p(lone, p)),
    }


@keep_top_p.check(
    points=1,
    title="refuses a p that is no share, and leaves the logits as they are",
    hint="p is a share of the probability: above 0, at most 1. Everything else, nan too, is a ValueError.",
)
def no_p(keep_top_p):
    logits, p = _nuclei(9)
    bad = (
        0.0,
        -random.uniform(0.1, 0.9),
        -random.uniform(1.1, 9),
        1 + random.random(),
        random.uniform(2, 40),
        math.nan,
    )
    return {
        "refused": [outcome(lambda value=value: keep_top_p(logits, value)) for value in bad],
        "kept": outcome(lambda: keep_top_p(logits, p)),
        "afterwards": logits,
    }


def _kept(logits, p, before=True):
    """Sorted from the likely end: which are kept, and where they stood. A token stays if those before it have not
    reached p, or, of the false kind, if it is itself still within."""
    descending, order = logits.sort(dim=-1, descending=True)
    shares = descending.double().softmax(-1)
    sums = shares.cumsum(-1)
    return (sums - shares < p if before else sums <= p), order


def _put_back(logits, kept, order):
    return logits.masked_fill(~torch.zeros_like(kept).scatter(-1, order, kept), -torch.inf)


for part in ("check_logits", "keep_top_p: check_logits(logits)"):
    keep_top_p.unasked(part, reason="learners are given logits (batch, vocab)")
for change in ("-1 -> 1", "-1 -> 1 (2)", "-1 -> 1 (3)", "-1 -> 1 (5)", "logits.sort(dim=-1) -> logits.sort()"):
    keep_top_p.equivalent(f"keep_top_p: {change}", reason="logits have two axes: the last one is axis 1")
keep_top_p.equivalent(
    "keep_top_p: ascending.softmax(-1).cumsum(-1) <= 1 - p -> ascending.softmax(-1).cumsum(-1) < 1 - p",
    reason="that a sum is p to the last digit is left to rounding",
)


@keep_top_p.misconception(
    "The token that crosses p is forbidden with the rest, so that those left have less than p together; where the model is "
    "sure, nothing at all is left."
)
def crossing_is_lost(logits, p):
    _p_checked(p)
    return logits if p == 1 else _put_back(logits, *_kept(logits, p, before=False))


@keep_top_p.misconception(
    "The first token is always kept, but the one that crosses p is not, unless it is the first. What is kept has less than "
    "p together."
)
def crossing_is_lost_but_the_first(logits, p):
    _p_checked(p)
    kept, order = _kept(logits, p, before=False)
    kept[:, 0] = True
    return logits if p == 1 else _put_back(logits, kept, order)


@keep_top_p.misconception("One token too many is kept: the one that crosses p stays, those behind it go.")
def one_more(logits, p):
    _p_checked(p)
    kept, order = _kept(logits, p)
    kept = torch.cat((torch.ones_like(kept[:, :1]), kept[:, :-1]), dim=-1)
    return logits if p == 1 else _put_back(logits, kept, order)


@keep_top_p.misconception(
    "What was found for the sorted row is applied to the unsorted one: the first places are kept, whichever tokens stand "
    "there. Sorting moves tokens; what it says has to be moved back."
)
def order_not_restored(logits, p):
    _p_checked(p)
    return logits if p == 1 else logits.masked_fill(~_kept(logits, p)[0], -torch.inf)


@keep_top_p.misconception(
    "The marks are brought back the wrong way: `order` says which token stands at each place of the sorted row, and gather "
    "needs the opposite, at which place each token stands. scatter with `order`, or gather with `order.argsort(-1)`."
)
def marks_gathered_with_order(logits, p):
    _p_checked(p)
    kept, order = _kept(logits, p)
    return logits if p == 1 else logits.masked_fill(~kept.gather(-1, order), -torch.inf)


@keep_top_p.misconception(
    "The sorted logits are brought back the wrong way, and stand at other tokens' places: `order` says which token stands at "
    "each place of the sorted row. scatter with `order`, or gather with `order.argsort(-1)`."
)
def logits_gathered_with_order(logits, p):
    _p_checked(p)
    kept, order = _kept(logits, p)
    cut = logits.gather(-1, order).masked_fill(~kept, -torch.inf)
    return logits if p == 1 else cut.gather(-1, order)


@keep_top_p.misconception(
    "The sorted logits come out. A token is its place in the row, and here the likeliest is always token 0."
)
def sorted_row_returned(logits, p):
    _p_checked(p)
    kept, order = _kept(logits, p)
    return logits.gather(-1, order).masked_fill(~kept, -torch.inf)


@keep_top_p.misconception(
    "You add up from the unlikely end and keep that end: the likeliest tokens are the ones that are forbidden."
)
def tail_is_kept(logits, p):
    _p_checked(p)
    kept, order = _kept(-logits, p)
    descending = logits.gather(-1, order)
    shares = descending.double().softmax(-1)
    kept = shares.cumsum(-1) - shares < p
    return logits if p == 1 else _put_back(logits, kept, order)


@keep_top_p.misconception(
    "Tokens are kept that have the probability p alone. It is the sum of the likeliest ones that should reach p."
)
def each_alone(logits, p):
    _p_checked(p)
    return logits if p == 1 else logits.masked_fill(logits.softmax(-1) < p, -torch.inf)


@keep_top_p.misconception(
    "Tokens are kept that are at least p times as likely as the likeliest. That is a cut of its own, min-p; top-p goes by "
    "the sum."
)
def share_of_the_likeliest(logits, p):
    _p_checked(p)
    shares = logits.softmax(-1)
    return logits if p == 1 else logits.masked_fill(shares < p * shares.amax(-1, keepdim=True), -torch.inf)


@keep_top_p.misconception("Logits are added up. Only probabilities have a sum of 1: softmax has to come first.")
def logits_added_up(logits, p):
    _p_checked(p)
    descending, order = logits.sort(dim=-1, descending=True)
    kept = descending.cumsum(-1) - descending < p
    return logits if p == 1 else _put_back(logits, kept, order)


@keep_top_p.misconception(
    "All rows keep as many tokens as one of them. How many are kept follows from how sure the model is, in each text."
)
def as_many_in_each_row(logits, p):
    _p_checked(p)
    kept, order = _kept(logits, p)
    return logits if p == 1 else _put_back(logits, kept[:1].expand_as(kept).clone(), order)


@keep_top_p.misconception(
    "Forbidden tokens get the logit 0, with which they may well be drawn. What has no probability has which logit?"
)
def zeros_for_the_tail(logits, p):
    _p_checked(p)
    cut = _put_back(logits, *_kept(logits, p))
    return logits if p == 1 else torch.where((cut == -torch.inf) & (logits > -torch.inf), 0.0, logits)


@keep_top_p.misconception("Probabilities come out, where logits were asked for: more steps may follow this one.")
def shares_returned(logits, p):
    _p_checked(p)
    return (logits if p == 1 else _put_back(logits, *_kept(logits, p))).softmax(-1)


@keep_top_p.misconception(
    "At p = 1 unlikely tokens are lost: rounded, the likely ones already have 1 together. Whoever passes 1 wants no cut."
)
def tail_lost_at_one(logits, p):
    _p_checked(p)
    descending, order = logits.sort(dim=-1, descending=True)
    kept = descending.softmax(-1).cumsum(-1).roll(1, -1) < p
    kept[:, 0] = True
    return _put_back(logits, kept, order)


@keep_top_p.misconception(
    "Large logits end in nan: an exponential has overflowed. torch's softmax takes care of it, and so can you, by "
    "subtracting the row's largest number first."
)
def large_overflow(logits, p):
    _p_checked(p)
    descending, order = logits.sort(dim=-1, descending=True)
    e = descending.exp()
    shares = e / e.sum(-1, keepdim=True)
    return logits if p == 1 else _put_back(logits, shares.cumsum(-1) - shares < p, order)


@keep_top_p.misconception(
    "A p of 0, above 1 or of nan is not refused. Whoever passes 40 meant top-k, and should be told."
)
def any_p_goes_through(logits, p):
    kept, order = _kept(logits, p)
    kept[:, 0] = True
    return logits if p >= 1 else _put_back(logits, kept, order)


@keep_top_p.misconception("p = 1 is refused. It is the whole probability, and means that nothing is cut.")
def one_refused(logits, p):
    if not 0 < p < 1:
        raise ValueError(f"p is {p}")
    return _put_back(logits, *_kept(logits, p))


@keep_top_p.misconception("The logits that you were given are cut in place, and cannot be asked with another p.")
def nucleus_in_place(logits, p):
    _p_checked(p)
    if p < 1:
        logits[_put_back(logits, *_kept(logits, p)) == -torch.inf] = -torch.inf
    return logits


@keep_top_p.alternative
def from_the_unlikely_end(logits, p):
    _p_checked(p)
    if p == 1:
        return logits
    ascending, order = logits.sort(dim=-1)
    lost = ascending.softmax(-1).cumsum(-1) <= 1 - p
    lost[:, -1] = False
    return logits.masked_fill(lost.scatter(-1, order, lost), -torch.inf)


@keep_top_p.alternative
def through_the_inverse_order(logits, p):
    _p_checked(p)
    if p == 1:
        return logits.clone()
    shares, order = logits.softmax(-1).sort(dim=-1, descending=True)
    kept = shares.cumsum(-1) - shares < p
    return torch.where(kept.gather(-1, order.argsort(-1)), logits, -torch.inf)


@keep_top_p.alternative
def likelier_ones_added(logits, p):
    _p_checked(p)
    if p == 1:
        return logits + 0
    shares = logits.double().softmax(-1)
    likelier = logits[:, None, :] > logits[:, :, None]
    return logits.masked_fill((likelier * shares[:, None, :]).sum(-1) >= p, -torch.inf)


@keep_top_p.alternative
def token_after_token(logits, p):
    if not (p > 0 and p <= 1):
        raise ValueError(f"{p} is no share")
    result = torch.full_like(logits, float("-inf")) if p < 1 else logits.clone()
    for row, shares in enumerate(logits.softmax(-1).tolist() if p < 1 else []):
        total = 0.0
        for i in sorted(range(len(shares)), key=lambda i: -shares[i]):
            result[row, i] = logits[row, i]
            total += shares[i]
            if total >= p:
                break
    return result
