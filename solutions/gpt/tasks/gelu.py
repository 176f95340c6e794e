"""``gelu(x) -> bent``"""

import math

import torch

from lmcore import feed_forward as layers
from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .parts import GELU, _exact

gelu = Task("gelu", reference=layers.gelu, forbidden=GELU)


@gelu.check(
    points=1,
    title="multiplies each number by the chance that a normal number is below it, exactly",
    hint="By hand: 1 becomes 0.8413, -1 becomes -0.1587, 2 becomes 1.9545. Compare also at 2.3 and -2.3.",
    tolerance=2e-5,
)
def the_exact_curve(gelu):
    b, t, d = different(3)
    fine = torch.linspace(-4, 4, 97) + 0.02 * torch.rand(97)
    return {"the curve": outcome(lambda: gelu(fine)), "a batch": outcome(lambda: gelu(2 * away_from_zero(b, t, d)))}


@gelu.check(
    points=1,
    title="lets large numbers through and holds large negative ones back, keeping shape and dtype",
    hint="Far to the right the curve is x itself, far to the left 0, at 0 exactly 0. A single number is a tensor too.",
    tolerance=1e-6,
)
def far_from_zero(gelu):
    t, d = different(2)
    far = 100 * away_from_zero(t, d)
    return {
        "far": outcome(lambda: gelu(far)),
        "farther": outcome(lambda: gelu(1e6 * far)),
        "zeros": outcome(lambda: gelu(torch.zeros(t, 1))),
        "one number": outcome(lambda: gelu(20 + torch.rand(()))),
        "doubles": outcome(lambda: gelu(far.double().T)),
    }


@gelu.check(
    points=1,
    title="lets gradients through, and leaves x as it is",
    hint="The slope is the chance itself plus x times the bell curve: x counts twice, and both ways must be open.",
    tolerance=2e-5,
)
def bend_in_training(gelu):
    t, d = different(2)
    x = 1.2 * away_from_zero(t, d)
    column = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None] + 0.1 * torch.rand(())
    return {
        "gradients": outcome(lambda: gradients(gelu, x)),
        "doubles": outcome(lambda: gradients(gelu, column)),
        "one column for all": outcome(lambda: gelu(column.expand(9, t))),
        "given": outcome(lambda: gelu(x)),
        "x afterwards": x,
    }


@gelu.misconception(
    "This is the formula with tanh, which GPT-2's authors used when erf was slow. It is off by up to 0.0005. The exact "
    "curve is wanted here."
)
def tanh_for_erf(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


@gelu.misconception(
    "A sigmoid with the factor 1.702 resembles the normal distribution and is not it: the curve is off by up to 0.02."
)
def sigmoid_for_the_normal(x):
    return x * torch.sigmoid(1.702 * x)


@gelu.misconception(
    "You have built ReLU: everything below 0 is cut. GELU is smooth, and dips a little below 0 before it comes to 0."
)
def cut_at_zero(x):
    return x.clamp_min(0)


@gelu.misconception(
    "This is SiLU, x times its sigmoid. It dips deeper; the normal distribution is steeper than a sigmoid."
)
def bent_by_its_sigmoid(x):
    return x * torch.sigmoid(x)


@gelu.misconception(
    "You return the chance alone, a number between 0 and 1. It says how much of x goes through: x is still missing."
)
def chance_alone(x):
    return 0.5 * (1 + torch.erf(x / math.sqrt(2)))


@gelu.misconception(
    "erf is given x as it is. It belongs to a bell curve whose spread is the root of one half; for the normal one, x has "
    "to be brought to its scale."
)
def erf_not_scaled(x):
    return 0.5 * x * (1 + torch.erf(x))


@gelu.misconception("Inside erf you divide by 2, not by its root.")
def scaled_by_two(x):
    return 0.5 * x * (1 + torch.erf(x / 2))


@gelu.misconception(
    "One half has been lost: 1 + erf runs from 0 to 2, and large numbers come out twice as large as they went in."
)
def half_is_lost(x):
    return x * (1 + torch.erf(x / math.sqrt(2)))


@gelu.misconception("A bracket is missing: x is multiplied by 1 and the erf is added after that.")
def bracket_missing(x):
    return 0.5 * x * 1 + torch.erf(x / math.sqrt(2))


@gelu.misconception(
    "x is multiplied by the height of the bell curve. What is wanted is the area under it to the left of x, the chance."
)
def height_for_area(x):
    return x * torch.exp(-x.square() / 2) / math.sqrt(2 * math.pi)


@gelu.misconception(
    "The wrong side is counted: the chance that a normal number is above x. Positive numbers are then held back."
)
def the_other_side(x):
    return 0.5 * x * (1 - torch.erf(x / math.sqrt(2)))


@gelu.misconception(
    "math.erf takes one number. A tensor of several is not one, and it would lose the gradient even if it were: torch has "
    "its own erf."
)
def erf_of_math(x):
    return 0.5 * x * (1 + math.erf(x.detach() / math.sqrt(2)))


@gelu.misconception("x has been changed: *= writes into the tensor that you were given.")
def bent_in_place(x):
    x *= 0.5 * (1 + torch.erf(x / math.sqrt(2)))
    return x


@gelu.misconception(
    "The chance was cut off from x (.detach(), .data, no_grad), so the slope lacks a part: when x grows, its chance grows."
)
def chance_cut_off(x):
    return 0.5 * x * (1 + torch.erf(x.detach() / math.sqrt(2)))


@gelu.misconception("Doubles come back as single floats. A curve keeps the dtype of what it bends.")
def bent_in_float32(x):
    return _exact(x.float())


@gelu.alternative
def through_the_normal_distribution(x):
    return x * torch.special.ndtr(x)


@gelu.alternative
def through_erfc(x):
    return x * torch.erfc(-x * 0.5**0.5) / 2


@gelu.alternative
def by_a_distribution(x):
    return x * torch.distributions.Normal(torch.zeros((), dtype=x.dtype), torch.ones((), dtype=x.dtype)).cdf(x)


@gelu.alternative
def both_halves(x):
    half = x / 2
    return half + half * torch.erf(x / 2**0.5)
