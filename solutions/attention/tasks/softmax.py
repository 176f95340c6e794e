"""``softmax(x, dim) -> weights``"""

import random

import torch

from lmcore import attention
from lmgrade import Task
from lmgrade.inputs import outcome
from lmgrade.tensor_inputs import gradients

from .parts import SOFTMAX, _weights_of

softmax = Task("softmax", reference=attention.softmax, forbidden=SOFTMAX)


@softmax.check(
    points=1,
    title="makes weights along any axis",
    hint="Add your weights up along dim: each sum should be 1. Try dim=0 and dim=1 on a table of 3 by 3.",
    tolerance=1e-5,
)
def any_axis(softmax):
    # All axes are of one size: the wrong one gives numbers, not an error.
    n = random.randint(3, 5)
    x = torch.randn(n, n, n) * 2 + 1
    return [softmax(x, 0), *(outcome(lambda dim=dim: softmax(x, dim)) for dim in (1, 2, -1, -2, -3))]


@softmax.check(
    points=1,
    title="stays finite for huge numbers, and exact in each row beside rows of another size",
    hint="exp(89) is more than a float32 can hold. Which number can be subtracted from a row without changing its weights?",
    tolerance=2e-3,
)
def huge_logits(softmax):
    t, s = random.randint(3, 5), random.randint(3, 6)
    x = torch.randn(t, s)
    base = torch.linspace(-1, 1, t)[:, None] * random.randint(400, 900)
    return {
        "high": outcome(lambda: softmax(x + 300, -1)),
        "low": outcome(lambda: softmax(x - 300, -1)),
        "far apart": outcome(lambda: softmax(x + base.round(), -1)),
        "spread": outcome(lambda: softmax(1e3 * x, -1)),
    }


@softmax.check(
    points=1,
    title="gives minus infinity the weight 0, and a row of nothing else nan",
    hint="exp(-inf) is 0 by itself. Look at what your function does to the other numbers of such a row.",
    tolerance=1e-5,
)
def minus_infinity(softmax):
    t, s = 4, random.randint(4, 6)
    x = torch.randn(t, s) * 2
    x[0, random.randrange(s)] = -torch.inf
    x[1, : s - 1] = -torch.inf
    x[2, 1:] = -torch.inf
    empty = torch.full((2, s), -torch.inf)
    empty[0] = torch.randn(s)
    return {"some": outcome(lambda: softmax(x, -1)), "all of a row": outcome(lambda: softmax(empty, -1))}


@softmax.check(
    points=1,
    title="keeps the dtype, lets gradients through, and leaves x as it is",
    hint="Use the exact size of the sum, write nothing into x, and let torch see every step from x to the result.",
    tolerance=1e-5,
)
def dtype_and_gradients(softmax):
    t, s = random.sample(range(2, 7), 2)
    x = torch.rand(t, s) * 3 + 1
    doubles = torch.randn(s, t, dtype=torch.float64).T
    one = torch.randn(t, 1)
    return {
        "gradients": outcome(lambda: gradients(lambda x: softmax(x, 1), x)),
        "doubles": outcome(lambda: softmax(doubles, 0)),
        "one alone": outcome(lambda: softmax(one, -1)),
        "one row for all": outcome(lambda: softmax(one.T.expand(3, t), -1)),
        "x afterwards": x,
    }


softmax.equivalent(
    "softmax: x.detach() -> x", reason="weights do not depend on what is subtracted, so its gradient is 0 in all"
)


@softmax.misconception(
    "Large numbers overflow: their exponential is inf, and inf / inf is nan. Nothing changes when the same number is "
    "subtracted from a whole row; which one keeps exp small?"
)
def no_shift(x, dim):
    e = x.exp()
    return e / e.sum(dim, keepdim=True)


@softmax.misconception(
    "The maximum of the whole tensor is subtracted. Next to a row of much larger numbers a row vanishes: all of its "
    "exponentials are 0. Each row has its own maximum."
)
def shift_of_everything(x, dim):
    e = (x - x.max()).exp()
    return e / e.sum(dim, keepdim=True)


@softmax.misconception("The axis is always the last one, whatever dim says.")
def last_axis_only(x, dim):
    return _weights_of(x)


@softmax.misconception(
    "The sum has lost its axis. In a table with equal sides it is then lined up with the wrong one, and nobody is told; "
    "elsewhere it is an error."
)
def axis_lost(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim)


@softmax.misconception(
    "The maximum and the sum have lost their axis. In a table with equal sides they are then lined up with the wrong one, "
    "and nobody is told; elsewhere it is an error. keepdim=True keeps the axis."
)
def axes_lost(x, dim):
    e = (x - x.amax(dim)).exp()
    return e / e.sum(dim)


@softmax.misconception("Everything together sums to 1, not each row: you have divided by the sum over all axes.")
def one_sum_for_all(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum()


@softmax.misconception(
    "The largest weight of each row is 1, since you divide by the largest exponential. Weights are shares: divide by "
    "what they sum to."
)
def by_the_largest(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.amax(dim, keepdim=True)


@softmax.misconception(
    "The minimum is subtracted, so the largest number is as far from 0 as before, or farther: exp still overflows."
)
def shift_by_the_minimum(x, dim):
    e = (x - x.amin(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


@softmax.misconception(
    "The average is subtracted. That helps when a row is high, not when it is wide: its largest number still overflows."
)
def shift_by_the_mean(x, dim):
    e = (x - x.mean(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


@softmax.misconception(
    "No exponential is taken, only shares of the numbers themselves. Negative numbers then get negative weights, and a "
    "sum near 0 makes them huge."
)
def shares_without_exp(x, dim):
    return x / x.sum(dim, keepdim=True)


@softmax.misconception("You return logarithms of the weights. They are never positive; weights are never negative.")
def logarithms(x, dim):
    return x - x.logsumexp(dim, keepdim=True)


@softmax.misconception("x has been changed: -= and exp_() write into the tensor that you were given. Make a new one.")
def softmax_in_place(x, dim):
    result = _along(x, dim)
    with torch.no_grad():
        if x.is_contiguous():
            x -= x.amax(dim, keepdim=True)
    return result


@softmax.misconception(
    "No gradient comes through: the result was cut off from x (.detach(), .data, .item(), no_grad). A model could not "
    "learn what to look at."
)
def softmax_cut_off(x, dim):
    return _along(x.detach(), dim)


@softmax.misconception("Doubles come back as single floats. What is computed should have the dtype of x.")
def softmax_in_float32(x, dim):
    return _along(x.float(), dim)


@softmax.misconception(
    "A row of nothing but minus infinity gets weights out of nothing (equal ones). Somewhere -inf was replaced by a large "
    "number. There are no right weights for such a row: nan says so."
)
def invented_weights(x, dim):
    return _along(x.masked_fill(x == -torch.inf, torch.finfo(x.dtype).min), dim)


@softmax.misconception(
    "A row of nothing but minus infinity gets zeros: nan was painted over. Such a row has no right weights, and nan says so; "
    "what it should mean for attention is decided in attention."
)
def nan_painted_over(x, dim):
    return _along(x, dim).nan_to_num(0.0)


@softmax.misconception(
    "Numbers are cut off before exp, so that nothing overflows. But numbers beyond the cut are then all alike: 500 and "
    "400 should not get the same weight."
)
def clamped(x, dim):
    e = x.clamp(-80, 80).exp()
    return e / e.sum(dim, keepdim=True)


def _along(x, dim):
    return _weights_of(x.transpose(dim, -1)).transpose(dim, -1)


@softmax.alternative
def through_logsumexp(x, dim):
    return (x - x.logsumexp(dim, keepdim=True)).exp()


@softmax.alternative
def shift_with_its_gradient(x, dim):
    e = torch.exp(x - x.max(dim=dim, keepdim=True).values)
    return e / torch.sum(e, dim=dim, keepdim=True)


@softmax.alternative
def last_axis_and_back(x, dim):
    moved = x.movedim(dim, -1)
    e = (moved - moved.amax(-1)[..., None]).exp()
    return (e / e.sum(-1)[..., None]).movedim(-1, dim)


@softmax.alternative
def row_by_row(x, dim):
    rows = []
    for row in x.unbind(dim):
        rows.append((row - x.amax(dim)).exp())
    total = sum(rows)
    return torch.stack([row / total for row in rows], dim)


@softmax.alternative
def from_logarithms(x, dim):
    x = x - x.detach().amax(dim, keepdim=True)
    return (x - x.exp().sum(dim, keepdim=True).log()).exp()
