"""``keep_top_k(logits, k) -> logits``"""

import random

import torch

from lmcore import sampling
from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import ranked
from .parts import _k_checked

keep_top_k = Task("keep_top_k", reference=sampling.keep_top_k)


@keep_top_k.check(
    points=1,
    title="forbids all but the k likeliest tokens of each row",
    hint="Count the finite numbers of each row of your result: there should be k, where they stood, and as they were.",
)
def likeliest_are_kept(keep_top_k):
    n = random.randint(7, 10)
    k = random.randint(3, 5)
    logits = ranked(4, n)
    logits += 9 * torch.arange(4)[:, None]  # a row's k-th says nothing about another row's
    return {
        "some": outcome(lambda: keep_top_k(logits, k)),
        "one": outcome(lambda: keep_top_k(logits, 1)),
        "all but one": outcome(lambda: keep_top_k(logits, n - 1)),
        "doubles": outcome(lambda: keep_top_k(logits.double()[:, ::2], 2)),
    }


@keep_top_k.check(
    points=1,
    title="keeps whatever is as likely as the k-th",
    hint="Give it [3, 2, 2, 2, 1] and k = 2. Why should one of three equal tokens be kept and the others forbidden?",
)
def equals_stay(keep_top_k):
    logits = ranked(12, 9).round()
    for row in logits:
        row[random.sample(range(9), 4)] = 5.0
    return [outcome(lambda k=k: keep_top_k(logits, k)) for k in (1, 2, 3, 5)]


@keep_top_k.check(
    points=1,
    title="keeps all where k is the whole vocabulary or more, and forbidden tokens forbidden",
    hint="Nothing is wrong with asking for fifty of eight tokens: all are kept. And what was -inf stays so.",
)
def more_than_there_are(keep_top_k):
    n = random.randint(5, 8)
    logits = ranked(2, n) + torch.tensor([[0.0], [9.0]])
    some = logits.clone()
    some[:, random.sample(range(n), n - 2)] = -torch.inf
    return {
        "all": outcome(lambda: keep_top_k(logits, n)),
        "more": outcome(lambda: keep_top_k(logits, n + random.randint(1, 50))),
        "more than are allowed": outcome(lambda: keep_top_k(some, 3)),
        "one token": outcome(lambda: keep_top_k(logits[:, :1], 2)),
    }


@keep_top_k.check(
    points=1,
    title="refuses a k below 1, and leaves the logits as they are",
    hint="With k = 0 nothing would be left to write: say so with a ValueError. And make new logits.",
)
def no_k(keep_top_k):
    logits = ranked(2, 6) + torch.tensor([[0.0], [9.0]])
    return {
        "refused": [outcome(lambda k=k: keep_top_k(logits, k)) for k in (0, -random.randint(1, 4))],
        "kept": outcome(lambda: keep_top_k(logits, 2)),
        "afterwards": logits,
    }


def _least(logits, k):
    """The k-th largest logit of each row, (batch, 1)."""
    return logits.topk(min(k, logits.shape[-1])).values[:, -1:]


for part in ("check_logits", "keep_top_k: check_logits(logits)"):
    keep_top_k.unasked(part, reason="learners are given logits (batch, vocab)")
keep_top_k.equivalent("keep_top_k: -1 -> 1", reason="logits have two axes: the last one is axis 1")
keep_top_k.equivalent(
    "_k: not isinstance(value, int) or value < 1 -> value < 1", reason="learners are not asked about fractions"
)


@keep_top_k.misconception(
    "Of tokens as likely as the k-th only some are kept, and which is left to the sorting. They are equally likely, and "
    "should be treated alike."
)
def exactly_k(logits, k):
    _k_checked(k)
    best = logits.topk(min(k, logits.shape[-1])).indices
    return torch.full_like(logits, -torch.inf).scatter(-1, best, logits.gather(-1, best))


@keep_top_k.misconception(
    "The k-th token itself is forbidden with the rest. Less than the k-th goes, and the k-th is not less than itself."
)
def kth_is_lost(logits, k):
    _k_checked(k)
    return logits.masked_fill(logits <= _least(logits, k), -torch.inf)


@keep_top_k.misconception("One token too many is kept: places are counted from 0, so the k-th is at place k - 1.")
def one_too_many(logits, k):
    _k_checked(k)
    return logits.masked_fill(logits < _least(logits, k + 1), -torch.inf)


@keep_top_k.misconception(
    "The limit of one row is applied to all. Each text has its own k-th token, so the limit needs a row of its own."
)
def limit_of_the_first_row(logits, k):
    _k_checked(k)
    return logits.masked_fill(logits < _least(logits, k)[0], -torch.inf)


@keep_top_k.misconception(
    "The k largest numbers of the whole batch are kept, and some rows are left with nothing. Look along the vocabulary, "
    "in each row."
)
def of_the_whole_batch(logits, k):
    _k_checked(k)
    least = logits.flatten().topk(min(k, logits.numel())).values[-1]
    return logits.masked_fill(logits < least, -torch.inf)


@keep_top_k.misconception(
    "Forbidden tokens get the logit 0. That is a logit like any other, often a better one than those that were kept. "
    "Which logit has the probability 0?"
)
def zeros_for_forbidden(logits, k):
    _k_checked(k)
    return logits.masked_fill(logits < _least(logits, k), 0.0)


@keep_top_k.misconception("The k *least* likely tokens are kept.")
def least_likely_kept(logits, k):
    _k_checked(k)
    most = logits.topk(min(k, logits.shape[-1]), largest=False).values[:, -1:]
    return logits.masked_fill(logits > most, -torch.inf)


@keep_top_k.misconception(
    "Only k numbers come out, in order of size. Which token each of them belonged to is lost: the place in the row is "
    "the token."
)
def only_the_values(logits, k):
    _k_checked(k)
    return logits.topk(min(k, logits.shape[-1])).values


@keep_top_k.misconception("Probabilities come out. This step changes logits; softmax comes at the very end.")
def probabilities_of_the_kept(logits, k):
    _k_checked(k)
    return logits.masked_fill(logits < _least(logits, k), -torch.inf).softmax(-1)


@keep_top_k.misconception(
    "A k larger than the vocabulary ends in an error of torch. It asks for nothing impossible: all tokens are kept."
)
def too_many_is_an_error(logits, k):
    _k_checked(k)
    return logits.masked_fill(logits < logits.topk(k).values[:, -1:], -torch.inf)


@keep_top_k.misconception(
    "With k = 0 no token is refused and something else comes out: nothing is kept, or everything. Neither was asked for."
)
def no_k_goes_through(logits, k):
    return logits.masked_fill(logits < _least(logits, max(k, 1)), -torch.inf)


@keep_top_k.misconception("The logits that you were given have changed. Somebody may want another k of the same ones.")
def cut_in_place(logits, k):
    _k_checked(k)
    logits[logits < _least(logits, k)] = -torch.inf
    return logits


@keep_top_k.misconception(
    "Where fewer tokens are allowed than k, forbidden ones come back: they are as good as the k-th, which is forbidden "
    "itself, and so they are given a number."
)
def forbidden_come_back(logits, k):
    _k_checked(k)
    logits = logits.clamp(min=torch.finfo(logits.dtype).min)
    return logits.masked_fill(logits < _least(logits, k), -torch.inf)


@keep_top_k.alternative
def through_sorting(logits, k):
    if k < 1:
        raise ValueError(f"k is {k}")
    limit = logits.sort(dim=-1, descending=True).values[:, : min(k, logits.shape[1])][:, -1]
    return torch.where(logits >= limit[:, None], logits, -torch.inf)


@keep_top_k.alternative
def through_kthvalue(logits, k):
    _k_checked(k)
    if k >= logits.shape[-1]:
        return logits.clone()
    limit = logits.kthvalue(logits.shape[-1] - k + 1, dim=-1, keepdim=True).values
    return logits.masked_fill(logits < limit, float("-inf"))


@keep_top_k.alternative
def beaten_by_fewer_than_k(logits, k):
    _k_checked(k)
    likelier = (logits[:, None, :] > logits[:, :, None]).sum(-1)
    return logits.masked_fill(likelier >= k, -torch.inf)


@keep_top_k.alternative
def cut_row_after_row(logits, k):
    _k_checked(k)
    rows = []
    for row in logits:
        limit = sorted(row.tolist(), reverse=True)[: int(k)][-1]
        rows.append(torch.where(row.double() >= limit, row, float("-inf")))
    return torch.stack(rows)
