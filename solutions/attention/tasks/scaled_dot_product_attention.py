"""``scaled_dot_product_attention(q, k, v, mask=None) -> gathered``"""

import math
import random

import torch

from lmcore import attention
from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .parts import ATTENTION, _gather, _product, _weights_of

scaled_dot_product_attention = Task(
    "scaled_dot_product_attention", reference=attention.scaled_dot_product_attention, forbidden=ATTENTION
)


@scaled_dot_product_attention.check(
    points=2,
    title="averages the values, each weighted by how well its key matches",
    hint="Write it down for one query and two keys: two scores, scaled, two weights, one average of two values.",
    tolerance=1e-5,
)
def values_are_averaged(scaled_dot_product_attention):
    t, s, d, e = different(4)
    q, k, v = away_from_zero(t, d), away_from_zero(s, d), away_from_zero(s, e)
    square = [away_from_zero(4, 4) for _ in range(3)]
    return {
        "gathered": scaled_dot_product_attention(q, k, v),
        "square": outcome(lambda: scaled_dot_product_attention(*square)),
        "one key": outcome(lambda: scaled_dot_product_attention(q, k[:1], v[:1])),
    }


@scaled_dot_product_attention.check(
    points=1,
    title="keeps batch and heads apart and the dtype, also of long vectors",
    hint="Axes before the last two are only carried along. The scale depends on the width of a query, the last axis.",
    tolerance=1e-3,
)
def batch_and_heads_are_carried(scaled_dot_product_attention):
    b, h, t, s, e = different(5)
    d = random.choice((16, 25, 36))
    q, k = away_from_zero(b, h, t, d), away_from_zero(b, h, s, d)
    v = away_from_zero(b, h, e, s).transpose(-2, -1)
    alike = k.clone()
    alike[..., 0, :] = q[..., 0, :]
    return {
        "gathered": outcome(lambda: scaled_dot_product_attention(q, k, v)),
        "doubles": outcome(lambda: scaled_dot_product_attention(q.double(), k.double(), v.double())),
        "huge": outcome(lambda: scaled_dot_product_attention(8 * q, 8 * alike, v)),
    }


@scaled_dot_product_attention.check(
    points=1,
    title="takes nothing from where the mask says False",
    hint="Change a value that the mask forbids: the result must not move. And the allowed weights should still sum to 1.",
    tolerance=1e-4,
)
def mask_is_kept(scaled_dot_product_attention):
    b, h, t, s, d = different(5, 3, 8)
    q, k, v = away_from_zero(b, h, t, d), away_from_zero(b, h, s, d), 3 * away_from_zero(b, h, s, d)
    # Each row allows and forbids at least one key. What is forbidden would match best, by far.
    allowed = torch.rand(t, s) < 0.5
    allowed[:, 0], allowed[:, 1] = True, False
    loud = k.clone()
    loud[..., 1, :] = 30 * q.mean(dim=-2)
    padded = torch.arange(s) < torch.randint(1, s, (b, 1, 1, 1))
    return {
        "gathered": outcome(lambda: scaled_dot_product_attention(q, k, v, allowed)),
        "loud key": outcome(lambda: scaled_dot_product_attention(q, loud, v, allowed)),
        "for each of a batch": outcome(lambda: scaled_dot_product_attention(q, k, v, mask=padded)),
        "all allowed": outcome(lambda: scaled_dot_product_attention(q, k, v, torch.ones(t, s, dtype=torch.bool))),
        "mask afterwards": allowed,
    }


@scaled_dot_product_attention.check(
    points=1,
    title="gives zeros where the mask leaves nothing",
    hint="Softmax of a row of nothing but -inf is nan. What should that row's weights be?",
    tolerance=1e-5,
)
def nothing_allowed(scaled_dot_product_attention):
    b, t, s, d, e = different(5)
    q, k, v = away_from_zero(b, t, d), away_from_zero(b, s, d), 2 + away_from_zero(b, s, e)
    mask = torch.ones(b, t, s, dtype=torch.bool)
    mask[0, 1] = False
    mask[1, :] = False
    return scaled_dot_product_attention(q, k, v, mask)


@scaled_dot_product_attention.check(
    points=1,
    title="lets gradients through, finite ones also where nothing is allowed, and leaves its inputs as they are",
    hint="-inf + anything has a nan behind it on the way back. masked_fill and torch.where stop it.",
    tolerance=1e-5,
)
def gradients_are_finite(scaled_dot_product_attention):
    t, s, d, e = different(4)
    q, k, v = away_from_zero(t, d), away_from_zero(s, d), away_from_zero(s, e)
    mask = torch.rand(t, s) < 0.7
    mask[:, 0], mask[:, 1], mask[-1] = True, False, False
    return {
        "without a mask": outcome(lambda: gradients(scaled_dot_product_attention, q, k, v)),
        "with a mask": outcome(lambda: gradients(lambda q, k, v: scaled_dot_product_attention(q, k, v, mask), q, k, v)),
        "afterwards": [q, k, v, mask],
    }


def _masked(scores, mask):
    return scores if mask is None else scores.masked_fill(~mask, -math.inf)


def _emptied(weights, mask):
    return weights if mask is None else weights.masked_fill(~mask, 0.0)


LATER = "learners are asked for q, k, v and a mask; heads come in the next tasks"
for part in (
    "_check",
    "_grouped",
    "_and_causal",
    "scaled_dot_product_attention: _check(q, k, v, mask)",
    "scaled_dot_product_attention: if causal:",
    "scaled_dot_product_attention: if _grouped(q, k):",
):
    scaled_dot_product_attention.unasked(part, reason=LATER)


@scaled_dot_product_attention.misconception(
    "The scores are not scaled. Sums of many products are large, and softmax of large numbers gives everything to one "
    "key: divide by the root of the width first."
)
def not_scaled(q, k, v, mask=None):
    return _gather(q, k, v, mask, scale=1.0)


@scaled_dot_product_attention.misconception(
    "You divide by the width itself. A sum of d independent products has a spread of root d, so that is what brings it "
    "back to 1; with d the weights become almost equal."
)
def scaled_by_the_width(q, k, v, mask=None):
    return _gather(q, k, v, mask, scale=1 / q.shape[-1])


@scaled_dot_product_attention.misconception(
    "The scale is taken from axis 1, which is the width only while there are two axes. The width is always the last one: "
    "q.shape[-1]."
)
def scaled_by_axis_one(q, k, v, mask=None):
    return _gather(q, k, v, mask, 1 / math.sqrt(q.shape[1]))


@scaled_dot_product_attention.misconception(
    "The scale is that of the values' width. It is queries and keys that are multiplied; values may have any width."
)
def scaled_by_the_values(q, k, v, mask=None):
    return _gather(q, k, v, mask, scale=v.shape[-1] ** -0.5)


@scaled_dot_product_attention.misconception(
    "You scale by the number of keys. How large a score becomes depends on how many products it sums: the width of a "
    "query."
)
def scaled_by_the_keys(q, k, v, mask=None):
    return _gather(q, k, v, mask, scale=k.shape[-2] ** -0.5)


@scaled_dot_product_attention.misconception(
    "Multiplied by the root of the width, where it should be divided: large scores become larger still."
)
def scaled_up(q, k, v, mask=None):
    return _gather(q, k, v, mask, scale=q.shape[-1] ** 0.5)


@scaled_dot_product_attention.misconception(
    "The weights sum to 1 over the queries. Each query has 1 to share among the keys: every row should sum to 1."
)
def over_the_queries(q, k, v, mask=None):
    scores = _masked(_product(q, k) / math.sqrt(q.shape[-1]), mask)
    return _emptied(_weights_of(scores, dim=-2), mask) @ v


@scaled_dot_product_attention.misconception(
    "You return the weights. They say where to look; what is gathered are the values."
)
def weights_returned(q, k, v, mask=None):
    return _emptied(_weights_of(_masked(_product(q, k) / math.sqrt(q.shape[-1]), mask)), mask)


@scaled_dot_product_attention.misconception(
    "The scores themselves weigh the values. They can be negative and sum to anything; softmax makes shares of them."
)
def without_softmax(q, k, v, mask=None):
    return _emptied(_product(q, k) / math.sqrt(q.shape[-1]), mask) @ v


@scaled_dot_product_attention.misconception(
    "The mask is read the other way round: True means that attention is allowed."
)
def mask_inverted(q, k, v, mask=None):
    return _gather(q, k, v, None if mask is None else ~mask)


@scaled_dot_product_attention.misconception(
    "The mask comes after softmax. Forbidden keys have then already taken their share, and what is left of a row sums to "
    "less than 1."
)
def mask_after_softmax(q, k, v, mask=None):
    return _emptied(_weights_of(_product(q, k) / math.sqrt(q.shape[-1])), mask) @ v


@scaled_dot_product_attention.misconception(
    "Forbidden scores are set to 0. That is a score like any other: exp(0) is 1, and the key gets its share. Which score "
    "has the weight 0?"
)
def forbidden_scores_zero(q, k, v, mask=None):
    scores = _product(q, k) / math.sqrt(q.shape[-1])
    return _weights_of(scores if mask is None else scores.masked_fill(~mask, 0.0)) @ v


@scaled_dot_product_attention.misconception("The mask is not used at all.")
def mask_not_used(q, k, v, mask=None):
    return _gather(q, k, v)


@scaled_dot_product_attention.misconception(
    "A query that may look nowhere gives nan, which would spread through the whole model. It has gathered nothing: zeros."
)
def nan_for_nothing(q, k, v, mask=None):
    return _weights_of(_masked(_product(q, k) / math.sqrt(q.shape[-1]), mask)) @ v


@scaled_dot_product_attention.misconception(
    "A query that may look nowhere gets the average of all values, the forbidden ones. A large negative number in place "
    "of -inf loses against other scores, not against its own kind."
)
def average_for_nothing(q, k, v, mask=None):
    scores = _product(q, k) / math.sqrt(q.shape[-1])
    return _weights_of(scores if mask is None else scores.masked_fill(~mask, -1e9)) @ v


@scaled_dot_product_attention.misconception(
    "Forward all is well, but some gradients are nan: -inf was added to the scores, or nan was painted over at the very "
    "end. After one step of training all weights would be nan."
)
def nan_on_the_way_back(q, k, v, mask=None):
    scores = _product(q, k) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores + torch.zeros_like(scores).masked_fill(~mask, -math.inf)
    return _weights_of(scores).nan_to_num(0.0) @ v


@scaled_dot_product_attention.misconception(
    "Where a key matches very well, nan comes out: an exponential has overflowed. If you use softmax, its checks on huge "
    "numbers tell more."
)
def overflowing(q, k, v, mask=None):
    e = _masked(_product(q, k) / math.sqrt(q.shape[-1]), mask).exp()
    return _emptied(e / e.sum(-1, keepdim=True), mask) @ v


@scaled_dot_product_attention.misconception(
    "No gradients reach queries and keys: the weights were cut off. The model could learn what to say and never where to "
    "look."
)
def weights_cut_off(q, k, v, mask=None):
    return _gather(q.detach(), k.detach(), v, mask)


@scaled_dot_product_attention.alternative
def weights_from_logarithms(q, k, v, mask=None):
    scores = q @ k.mT / q.shape[-1] ** 0.5
    if mask is None:
        return (scores - scores.logsumexp(-1, keepdim=True)).exp() @ v
    scores = scores.masked_fill(~mask, float("-inf"))
    return (scores - scores.logsumexp(-1, keepdim=True)).exp().masked_fill(~mask, 0) @ v


@scaled_dot_product_attention.alternative
def queries_scaled_first(q, k, v, mask=None):
    scores = torch.einsum("...td,...sd->...ts", q / math.sqrt(q.shape[-1]), k)
    if mask is not None:
        scores = torch.where(mask, scores, -torch.inf)
    weights = _weights_of(scores)
    if mask is not None:
        weights = torch.where(mask.any(-1, keepdim=True), weights, 0.0)
    return torch.einsum("...ts,...sv->...tv", weights, v)


@scaled_dot_product_attention.alternative
def large_number_then_zeros(q, k, v, mask=None):
    scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(q.dtype).min)
    weights = _weights_of(scores)
    return (weights if mask is None else weights * mask) @ v


@scaled_dot_product_attention.alternative
def masked_exponentials(q, k, v, mask=None):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if mask is None:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool)
    top = scores.detach().masked_fill(~mask, -math.inf).amax(-1, keepdim=True)
    top = torch.where(top.isfinite(), top, 0.0)
    e = (scores - top).masked_fill(~mask, -math.inf).exp()
    total = e.sum(-1, keepdim=True)
    return e / torch.where(total == 0, 1.0, total) @ v


@scaled_dot_product_attention.alternative
def key_after_key(q, k, v, mask=None):
    columns = [(q * k[..., s : s + 1, :]).sum(-1) / math.sqrt(q.shape[-1]) for s in range(k.shape[-2])]
    if mask is not None:
        columns = [column.masked_fill(~mask[..., s], -math.inf) for s, column in enumerate(columns)]
    top = torch.stack(columns).detach().amax(0)
    top = torch.where(top.isfinite(), top, 0.0)
    gathered = total = 0.0
    for s, column in enumerate(columns):
        share = (column - top).exp()
        total = total + share
        gathered = gathered + share[..., None] * v[..., s : s + 1, :]
    return gathered / torch.where(total == 0, 1.0, total)[..., None]
