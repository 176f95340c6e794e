"""``with_temperature(logits, temperature) -> logits``"""

import math
import random

import torch

from lmcore import sampling
from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import ranked
from .parts import _positive

with_temperature = Task("with_temperature", reference=sampling.with_temperature)


@with_temperature.check(
    points=1,
    title="cools and heats: logits divided by the temperature",
    hint="Compare with the table worked by hand: first for a temperature of 0.5, then for 2. Logits come out, not "
    "probabilities.",
    tolerance=1e-5,
)
def cold_and_hot(with_temperature):
    logits = ranked(2, random.randint(5, 8))
    cold, hot = random.uniform(0.2, 0.7), random.uniform(1.6, 4)
    return {
        "cold": outcome(lambda: with_temperature(logits, cold)),
        "hot": outcome(lambda: with_temperature(logits, hot)),
        "as it is": outcome(lambda: with_temperature(logits, 1)),
        "a whole number": outcome(lambda: with_temperature(logits, 3)),
        "one token": outcome(lambda: with_temperature(logits[:, :1], hot)),
    }


@with_temperature.check(
    points=1,
    title="refuses 0, negative temperatures, nan and infinity",
    hint="Which numbers can a temperature be? Say so before anything is divided, with a ValueError.",
    tolerance=1e-5,
)
def no_temperature(with_temperature):
    logits = ranked(1, 5)
    bad = (0, 0.0, -random.uniform(0.1, 0.9), -random.uniform(1.1, 9), math.nan, math.inf)
    small = random.uniform(0.001, 0.01)
    return {
        "refused": [outcome(lambda value=value: with_temperature(logits, value)) for value in bad],
        "very small": outcome(lambda: with_temperature(logits, small)),
        "very large": outcome(lambda: with_temperature(logits, 1e6 * small)),
    }


@with_temperature.check(
    points=1,
    title="keeps forbidden tokens forbidden and the dtype, and leaves the logits as they are",
    hint="Look at what comes out for -inf and for float64, and print the logits before and after.",
    tolerance=1e-5,
)
def forbidden_stay_forbidden(with_temperature):
    logits = ranked(3, 6)
    logits[:, random.randrange(6)] = -torch.inf
    temperature = random.uniform(1.5, 3)
    one = ranked(1, 4)
    return {
        "forbidden": outcome(lambda: with_temperature(logits, temperature)),
        "doubles": outcome(lambda: with_temperature(logits.double(), temperature)),
        "one row for all": outcome(lambda: with_temperature(one.expand(3, 4), temperature)),
        "afterwards": [logits, one],
    }


for part in ("check_logits", "with_temperature: check_logits(logits)"):
    with_temperature.unasked(part, reason="learners are given logits (batch, vocab)")
with_temperature.equivalent("_temperature: 'temperature' -> ''", reason="what a message says is not graded")
with_temperature.equivalent(
    "_above_zero: 0 < value < math.inf -> 0 <= value < math.inf", reason="0 has been refused before"
)


@with_temperature.misconception(
    "The logits are multiplied. Then a high temperature makes the likely likelier, and it should be the low one."
)
def multiplied(logits, temperature):
    _positive(temperature)
    return logits * temperature


@with_temperature.misconception(
    "The temperature is subtracted. A number that is taken from all logits changes no probability at all: only "
    "differences count."
)
def subtracted(logits, temperature):
    _positive(temperature)
    return logits - (temperature - 1)


@with_temperature.misconception(
    "Probabilities come out. Other steps follow this one and want logits; softmax comes once, at the very end."
)
def probabilities_returned(logits, temperature):
    _positive(temperature)
    return (logits / temperature).softmax(-1)


@with_temperature.misconception(
    "Probabilities are divided by the temperature. All of them shrink or grow alike, and which is likelier by how much "
    "stays as it was. It is the logits that are divided, before any softmax."
)
def probabilities_divided(logits, temperature):
    _positive(temperature)
    return logits.softmax(-1) / temperature


@with_temperature.misconception(
    "You divide by the root of the temperature. That root belongs to attention's scale; the formula has the temperature "
    "itself."
)
def divided_by_the_root(logits, temperature):
    _positive(temperature)
    return logits / temperature**0.5


@with_temperature.misconception(
    "The division drops what stands behind the point: 1 at a temperature of 2 should be 0.5, not 0."
)
def floor_divided(logits, temperature):
    _positive(temperature)
    return logits // temperature


@with_temperature.misconception(
    "A temperature of 0 divides by 0: infinities and nan come out and go on unnoticed. It should be refused at the door."
)
def zero_goes_through(logits, temperature):
    if not 0 <= temperature < math.inf:
        raise ValueError(f"a temperature of {temperature} is not possible")
    return logits / temperature


@with_temperature.misconception(
    "At 0 you choose the likeliest token in here. That is greedy writing, which has a function of its own; who asks for 0 "
    "here should be told so."
)
def greedy_at_zero(logits, temperature):
    if temperature == 0:
        return torch.full_like(logits, -torch.inf).scatter(-1, logits.argmax(-1, keepdim=True), 0.0)
    _positive(temperature)
    return logits / temperature


@with_temperature.misconception(
    "Negative temperatures go through. They turn everything around, so that the least likely token becomes the likeliest."
)
def negative_goes_through(logits, temperature):
    if temperature == 0 or not math.isfinite(temperature):
        raise ValueError(f"a temperature of {temperature} is not possible")
    return logits / temperature


@with_temperature.misconception(
    "nan or infinity goes through as a temperature. `temperature <= 0` is False for nan, as every comparison with it is."
)
def not_a_number_goes_through(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"the temperature is {temperature}; it must be above 0")
    return logits / temperature


@with_temperature.misconception(
    "A small number is added to the temperature, or a bad temperature is replaced by a small one. A wrong argument should "
    "be refused, and a right one used exactly as it is."
)
def small_number_instead(logits, temperature):
    return logits / max(temperature, 0.05) if temperature < math.inf else logits


@with_temperature.misconception("Temperatures below 1 are refused. They are the cold ones, and what people mostly use.")
def cold_refused(logits, temperature):
    if not 1 <= temperature < math.inf:
        raise ValueError(f"the temperature is {temperature}")
    return logits / temperature


@with_temperature.misconception(
    "What is wrong is refused with another kind of exception than ValueError. An assert can be switched off; who calls "
    "you waits for a ValueError."
)
def asserted(logits, temperature):
    assert 0 < temperature < math.inf, f"the temperature is {temperature}"
    return logits / temperature


@with_temperature.misconception(
    "The logits that you were given are divided in place. Whoever calls twice gets them twice as cold."
)
def divided_in_place(logits, temperature):
    _positive(temperature)
    logits /= temperature
    return logits


@with_temperature.misconception(
    "Forbidden tokens have come back to life or have become nan: -inf was replaced by a number. -inf divided by a "
    "positive number is -inf by itself."
)
def infinity_replaced(logits, temperature):
    _positive(temperature)
    return logits.clamp(min=-100.0) / temperature


@with_temperature.alternative
def times_one_over(logits, temperature):
    if temperature != temperature or temperature in (0, float("inf")) or temperature < 0:
        raise ValueError(f"the temperature is {temperature}; it must be a finite number above 0")
    return logits * (1 / temperature)


@with_temperature.alternative
def on_a_copy(logits, temperature):
    _positive(temperature)
    return logits.clone().div_(temperature)


@with_temperature.alternative
def through_true_divide(logits, temperature):
    if not math.isfinite(temperature) or temperature <= 0:
        raise ValueError("a temperature is a finite number above 0")
    return torch.true_divide(logits, torch.tensor(temperature, dtype=logits.dtype))
