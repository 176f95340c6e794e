"""``sinusoidal_table(context, d_model) -> table``"""

import random

import torch

from lmcore import positions
from lmgrade import Task
from lmgrade.inputs import different, outcome

from .parts import _alternating, _angles_of, _check_width

sinusoidal_table = Task("sinusoidal_table", reference=positions.sinusoidal_table)


@sinusoidal_table.check(
    points=1,
    title="writes the sines and cosines of the formula, in float32",
    hint="Compare with position 1 of width 4, worked by hand: 0.8415, 0.5403, 0.0100, 1.0000.",
    tolerance=1e-5,
)
def the_formula(sinusoidal_table):
    context, pairs = different(2, 3, 9)
    return {
        "wide": outcome(lambda: sinusoidal_table(context, 2 * pairs)),
        "square": outcome(lambda: sinusoidal_table(2 * pairs, 2 * pairs)),
        "long": outcome(lambda: sinusoidal_table(random.randint(40, 80), 8)),
    }


@sinusoidal_table.check(
    points=1,
    title="makes tables of one position and of a single clock",
    hint="With d_model 2 there is one pair; position 0 is 0, 1 in each pair, whatever the width.",
    tolerance=1e-5,
)
def one_of_each(sinusoidal_table):
    return {
        "one clock": outcome(lambda: sinusoidal_table(random.randint(5, 50), 2)),
        "one position": outcome(lambda: sinusoidal_table(1, 2 * random.randint(2, 40))),
        "one of both": outcome(lambda: sinusoidal_table(1, 2)),
    }


@sinusoidal_table.check(
    points=1,
    title="is still exact after 20,000 tokens",
    hint="A float32 holds seven digits: of an angle of 20,000 radians, it knows the third one behind the point and no more. "
    "Compute in float64, and convert the sines and cosines at the end.",
    tolerance=2e-6,
)
def far_along(sinusoidal_table):
    far, width = random.randint(20_000, 30_000), random.choice((6, 10))
    return outcome(lambda: sinusoidal_table(far, width)[-40:])


@sinusoidal_table.check(
    points=1,
    title="refuses widths that are not made of pairs, and a table without positions",
    hint="An odd width would leave a sine without its cosine: a ValueError names it.",
    tolerance=1e-5,
)
def not_made_of_pairs(sinusoidal_table):
    return {
        "even": outcome(lambda: sinusoidal_table(random.randint(3, 30), 6)),
        "odd": outcome(lambda: sinusoidal_table(4, 2 * random.randint(2, 8) + 1)),
        "one": outcome(lambda: sinusoidal_table(4, 1)),
        "none": outcome(lambda: sinusoidal_table(4, 0)),
        "no positions": outcome(lambda: sinusoidal_table(0, 4)),
        "fewer than none": outcome(lambda: sinusoidal_table(-3, 4)),
    }


sinusoidal_table.equivalent("_angles: 2 -> 1", reason="a width of 1 is odd, and refused for that")
sinusoidal_table.equivalent(
    "_angles: torch.arange(context, dtype=torch.float64) -> torch.arange(context)",
    reason="whole numbers times doubles are doubles",
)


def _checked_angles(context, d_model, **other):
    _check_width(d_model)
    if context < 1:
        raise ValueError(f"a context of {context} has no positions")
    return _angles_of(context, d_model, **other)


@sinusoidal_table.misconception(
    "All sines stand in front and all cosines behind. They should take turns, so that each pair is one clock: 2i and 2i + 1."
)
def sines_first(context, d_model):
    angles = _checked_angles(context, d_model)
    return torch.cat((angles.sin(), angles.cos()), dim=-1).float()


@sinusoidal_table.misconception("Sine and cosine are exchanged: at position 0 the first number should be sin 0.")
def cosines_first(context, d_model):
    angles = _checked_angles(context, d_model)
    return _alternating(angles.cos(), angles.sin())


@sinusoidal_table.misconception(
    "Neighbouring numbers have different speeds: the exponent counts numbers, not pairs. A sine and its cosine belong to one "
    "clock."
)
def a_speed_for_each_number(context, d_model):
    _checked_angles(context, d_model)
    angles = _angles_of(context, 2 * d_model)
    even = torch.arange(d_model) % 2 == 0
    return angles.sin().where(even, angles.cos()).float()


@sinusoidal_table.misconception(
    "Your clocks slow down half as fast as they should: the exponent is 2i / d, where i is the number of the pair."
)
def without_the_two(context, d_model):
    _checked_angles(context, d_model)
    i = torch.arange(d_model // 2, dtype=torch.float64)
    angles = torch.arange(context, dtype=torch.float64)[:, None] * 10000.0 ** (-i / d_model)
    return _alternating(angles.sin(), angles.cos())


@sinusoidal_table.misconception("Your clocks become faster from pair to pair: the sign of the exponent is missing.")
def faster_and_faster(context, d_model):
    angles = _checked_angles(context, d_model, base=1 / 10000.0)
    return _alternating(angles.sin(), angles.cos())


@sinusoidal_table.misconception("The positions begin at 1. The first token stands at 0, where all hands point up.")
def positions_from_one(context, d_model):
    angles = _checked_angles(context, d_model, start=1)
    return _alternating(angles.sin(), angles.cos())


@sinusoidal_table.misconception(
    "The pairs count from 1: the first clock is already slowed down. It should turn by one radian a token."
)
def pairs_from_one(context, d_model):
    angles = _checked_angles(context, d_model, first=1)
    return _alternating(angles.sin(), angles.cos())


@sinusoidal_table.misconception(
    "The angles are taken for degrees. Sine and cosine of torch want radians, and so does the formula."
)
def in_degrees(context, d_model):
    angles = _checked_angles(context, d_model).deg2rad()
    return _alternating(angles.sin(), angles.cos())


@sinusoidal_table.misconception("The base is not 10,000, and your slow clocks are too fast or too slow.")
def another_base(context, d_model):
    angles = _checked_angles(context, d_model, base=1000.0)
    return _alternating(angles.sin(), angles.cos())


@sinusoidal_table.misconception("Rows and columns are exchanged: a row belongs to a position, (context, d_model).")
def a_column_for_each_position(context, d_model):
    angles = _checked_angles(context, d_model)
    return _alternating(angles.sin(), angles.cos()).T.contiguous()


@sinusoidal_table.misconception(
    "The angles are computed in float32. Far along the text they are too large for it, and their sines are off in the third "
    "digit."
)
def angles_in_float32(context, d_model):
    _checked_angles(context, d_model)
    speeds = 10000.0 ** (-torch.arange(0, d_model, 2) / d_model)
    angles = torch.arange(context)[:, None] * speeds
    return _alternating(angles.sin(), angles.cos())


@sinusoidal_table.misconception(
    "What you return is float64. Compute with it, and convert at the end: the vectors it is added to are float32."
)
def doubles_in_the_end(context, d_model):
    angles = _checked_angles(context, d_model)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)


@sinusoidal_table.misconception(
    "An odd width comes out as an even one, or with a sine that has no cosine. Numbers that do not come in pairs make no "
    "clocks: refuse them."
)
def odd_widths(context, d_model):
    if context < 1 or d_model < 1:
        raise ValueError("nothing to make")
    angles = _angles_of(context, d_model + d_model % 2)
    return _alternating(angles.sin(), angles.cos())[:, :d_model]


@sinusoidal_table.misconception(
    "A table without positions is made, or ends in another error than a ValueError. A model with such a context can read "
    "nothing."
)
def no_positions_at_all(context, d_model):
    _check_width(d_model)
    angles = _angles_of(max(context, 0), d_model)
    return _alternating(angles.sin(), angles.cos())


@sinusoidal_table.alternative
def every_second_column(context, d_model):
    _check_width(d_model)
    if context <= 0:
        raise ValueError("no positions")
    position = torch.arange(context).double()[:, None]
    speeds = torch.pow(torch.tensor(10000.0, dtype=torch.float64), -torch.arange(0, d_model, 2).double() / d_model)
    table = torch.zeros(context, d_model)
    table[:, 0::2] = torch.sin(position * speeds)
    table[:, 1::2] = torch.cos(position * speeds)
    return table


@sinusoidal_table.alternative
def through_logarithms(context, d_model):
    angles = _checked_angles(context, d_model)
    i = torch.arange(0, d_model, 2, dtype=torch.float64)
    speeds = torch.exp(i * (-torch.log(torch.tensor(10000.0, dtype=torch.float64)) / d_model))
    angles = torch.outer(torch.arange(context, dtype=torch.float64), speeds)
    return _alternating(angles.sin(), angles.cos())


@sinusoidal_table.alternative
def turned_numbers(context, d_model):
    angles = _checked_angles(context, d_model)
    turned = torch.polar(torch.ones_like(angles), angles)
    return torch.stack((turned.imag, turned.real), dim=-1).reshape(context, d_model).to(torch.float32)


@sinusoidal_table.alternative
def cosine_as_a_shifted_sine(context, d_model):
    angles = _checked_angles(context, d_model).repeat_interleave(2, dim=1)
    shift = torch.pi / 2 * (torch.arange(d_model) % 2).double()
    return (angles + shift).sin().float()
