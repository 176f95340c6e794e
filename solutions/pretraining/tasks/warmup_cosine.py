"""``warmup_cosine(step, *, steps, warmup, peak, final=0.0) -> rate``"""

import math
import random

from lmcore.pretraining import schedule
from lmgrade import Task
from lmgrade.inputs import outcome

warmup_cosine = Task("warmup_cosine", reference=schedule.warmup_cosine)


def _run(random_from=10):
    """A run: its steps, its warm-up, its peak, its floor."""
    warmup = random.randint(3, 7)
    steps = warmup + random.randint(random_from, 2 * random_from)
    peak = random.uniform(1, 3)
    return {"steps": steps, "warmup": warmup, "peak": peak, "final": random.uniform(0.2, 0.4) * peak}


@warmup_cosine.check(
    points=1,
    title="climbs in a line: not 0 in the first step, the peak in the last one of the warm-up",
    hint="With a warm-up of 4 steps the first four rates are 1/4, 2/4, 3/4 and 4/4 of the peak.",
    tolerance=1e-9,
)
def way_up(warmup_cosine):
    run = _run()
    return [outcome(lambda step=step: warmup_cosine(step, **run)) for step in range(run["warmup"] + 1)]


@warmup_cosine.check(
    points=1,
    title="goes down along half a cosine, from the peak to the floor",
    hint="Halfway between the warm-up and the end the rate is halfway between peak and floor.",
    tolerance=1e-9,
)
def way_down(warmup_cosine):
    run = _run()
    without_floor = {key: value for key, value in _run().items() if key != "final"}
    return {
        "to the floor": [
            outcome(lambda step=step: warmup_cosine(step, **run)) for step in range(run["warmup"] + 1, run["steps"])
        ],
        "to 0": [
            outcome(lambda step=step: warmup_cosine(step, **without_floor))
            for step in range(without_floor["warmup"] + 1, without_floor["steps"])
        ],
    }


@warmup_cosine.check(
    points=1,
    title="stays at the floor from the end on, and knows runs without a warm-up, and of a warm-up alone",
    hint="A cosine rises again after its end, and a warm-up of no steps, or a way down of none, is nothing to divide by.",
    tolerance=1e-9,
)
def ends_and_edges(warmup_cosine):
    run = _run()
    plain = {**_run(), "warmup": 0}
    short = {**_run(), "final": 0.0}
    short["steps"] = short["warmup"]
    far = [run["steps"], run["steps"] + 1, 2 * run["steps"], 10**6 + random.randrange(100)]
    return {
        "after the end": [outcome(lambda step=step: warmup_cosine(step, **run)) for step in far],
        "without warm-up": [outcome(lambda step=step: warmup_cosine(step, **plain)) for step in range(4)],
        "warm-up alone": [
            outcome(lambda step=step: warmup_cosine(step, **short)) for step in (0, short["steps"] - 1, short["steps"])
        ],
        "one step": outcome(lambda: warmup_cosine(0, steps=1, warmup=1, peak=run["peak"])),
        "steps below 0": [
            outcome(lambda step=step: warmup_cosine(step, **run)) for step in (-1, -random.randint(2, 9))
        ],
        "longer than the run": outcome(lambda: warmup_cosine(0, **{**run, "warmup": run["steps"] + 1})),
        "a warm-up below 0": outcome(lambda: warmup_cosine(0, **{**run, "warmup": -1})),
    }


def _refuse(step, steps, warmup):
    if step < 0 or not 0 <= warmup <= steps:
        raise ValueError("no such step, or no such warm-up")


def _half_cosine(progress):
    return 0.5 * (1 + math.cos(math.pi * progress))


def _shaped(step, steps, warmup, peak, final, climb, fall):
    """A schedule: what share of the peak on the way up, how far between floor and peak on the way down."""
    _refuse(step, steps, warmup)
    if step < warmup:
        return peak * climb(step)
    if step >= steps:
        return final
    return final + (peak - final) * fall((step - warmup) / (steps - warmup))


@warmup_cosine.misconception("The first step has the rate 0: a whole batch is read, and nothing is learnt from it.")
def begins_at_0(step, *, steps, warmup, peak, final=0.0):
    return _shaped(step, steps, warmup, peak, final, lambda step: step / warmup, _half_cosine)


@warmup_cosine.misconception(
    "The warm-up never reaches the peak: its last step is still below. You divide by one step too many."
)
def climbs_too_slowly(step, *, steps, warmup, peak, final=0.0):
    return _shaped(step, steps, warmup, peak, final, lambda step: (step + 1) / (warmup + 1), _half_cosine)


@warmup_cosine.misconception("There is no warm-up: the first steps are at the peak, or already on the way down.")
def without_warm_up(step, *, steps, warmup, peak, final=0.0):
    return _shaped(step, steps, warmup, peak, final, lambda step: 1.0, _half_cosine)


@warmup_cosine.misconception(
    "The warm-up begins at the floor. It climbs from 0, so that its first step is a small part of the peak."
)
def climbs_from_the_floor(step, *, steps, warmup, peak, final=0.0):
    share = final / peak
    return _shaped(
        step, steps, warmup, peak, final, lambda step: share + (1 - share) * (step + 1) / warmup, _half_cosine
    )


@warmup_cosine.misconception("The way down is a straight line. A cosine leaves the peak slowly, and comes in slowly.")
def falls_in_a_line(step, *, steps, warmup, peak, final=0.0):
    return _shaped(step, steps, warmup, peak, final, lambda step: (step + 1) / warmup, lambda x: 1 - x)


@warmup_cosine.misconception(
    "The way down is a quarter of a cosine: it leaves slowly and comes in steeply. Half a cosine goes from 1 to -1."
)
def quarter_of_a_cosine(step, *, steps, warmup, peak, final=0.0):
    return _shaped(
        step, steps, warmup, peak, final, lambda step: (step + 1) / warmup, lambda x: math.cos(math.pi / 2 * x)
    )


@warmup_cosine.misconception(
    "π is missing: the angle should go from 0 to π, not from 0 to 1. The rate hardly falls, and then drops to the floor."
)
def without_pi(step, *, steps, warmup, peak, final=0.0):
    return _shaped(
        step, steps, warmup, peak, final, lambda step: (step + 1) / warmup, lambda x: 0.5 * (1 + math.cos(x))
    )


@warmup_cosine.misconception(
    "The way down goes to 0, and only then comes the floor. It should end at the floor without a jump."
)
def falls_below_the_floor(step, *, steps, warmup, peak, final=0.0):
    return _shaped(
        step,
        steps,
        warmup,
        peak,
        final,
        lambda step: (step + 1) / warmup,
        lambda x: (peak * _half_cosine(x) - final) / (peak - final),
    )


@warmup_cosine.misconception(
    "The floor cuts the curve off (a maximum of two numbers). The curve should be squeezed between peak and floor, and "
    "reach the floor at the end only."
)
def cut_off_at_the_floor(step, *, steps, warmup, peak, final=0.0):
    return _shaped(
        step,
        steps,
        warmup,
        peak,
        final,
        lambda step: (step + 1) / warmup,
        lambda x: (max(final, peak * _half_cosine(x)) - final) / (peak - final),
    )


@warmup_cosine.misconception(
    "The floor is put under the whole curve, which begins above the peak. What is between the two is their difference."
)
def lifted_by_the_floor(step, *, steps, warmup, peak, final=0.0):
    return _shaped(
        step,
        steps,
        warmup,
        peak,
        final,
        lambda step: (step + 1) / warmup,
        lambda x: peak / (peak - final) * _half_cosine(x),
    )


@warmup_cosine.misconception(
    "The way down is counted from step 0. It begins where the warm-up ends; yours jumps down there."
)
def fall_from_step_0(step, *, steps, warmup, peak, final=0.0):
    _refuse(step, steps, warmup)
    if step < warmup:
        return peak * (step + 1) / warmup
    return final + (peak - final) * _half_cosine(min(step / steps, 1))


@warmup_cosine.misconception(
    "The floor is reached in the last step. The last step is number steps - 1, and the curve ends behind it, at steps."
)
def one_step_too_early(step, *, steps, warmup, peak, final=0.0):
    _refuse(step, steps, warmup)
    if step < warmup:
        return peak * (step + 1) / warmup
    return final + (peak - final) * _half_cosine(min((step - warmup) / max(steps - 1 - warmup, 1), 1))


@warmup_cosine.misconception(
    "After the end the rate rises again, as a cosine does. A run that goes on a little longer should stay at the floor."
)
def rises_again(step, *, steps, warmup, peak, final=0.0):
    _refuse(step, steps, warmup)
    if step < warmup:
        return peak * (step + 1) / warmup
    return final + (peak - final) * _half_cosine((step - warmup) / max(steps - warmup, 1))


@warmup_cosine.misconception("After the end the rate is 0, where it should stay at the floor.")
def nothing_after_the_end(step, *, steps, warmup, peak, final=0.0):
    rate = _shaped(step, steps, warmup, peak, final, lambda step: (step + 1) / warmup, _half_cosine)
    return rate if step < steps else 0.0


@warmup_cosine.misconception("Without a warm-up you divide by 0. A run that begins at the peak is a run, too.")
def divides_by_no_warm_up(step, *, steps, warmup, peak, final=0.0):
    _refuse(step, steps, warmup)
    climb = (step + 1) / warmup
    if climb <= 1:
        return peak * climb
    return _shaped(step, steps, warmup, peak, final, lambda step: climb, _half_cosine)


@warmup_cosine.misconception(
    "Where the warm-up is the whole run, you divide by 0 at its end. Look first whether the run is over."
)
def divides_by_no_way_down(step, *, steps, warmup, peak, final=0.0):
    _refuse(step, steps, warmup)
    if step < warmup:
        return peak * (step + 1) / warmup
    return final + (peak - final) * _half_cosine(min((step - warmup) / (steps - warmup), 1))


@warmup_cosine.misconception(
    "A step below 0, or a warm-up longer than the run, gets a rate. Such a run is a mistake, and should end with a "
    "ValueError."
)
def refuses_nothing(step, *, steps, warmup, peak, final=0.0):
    if step < warmup:
        return peak * (step + 1) / warmup
    return final if step >= steps else final + (peak - final) * _half_cosine((step - warmup) / (steps - warmup))


@warmup_cosine.alternative
def with_the_sine(step, *, steps, warmup, peak, final=0.0):
    _refuse(step, steps, warmup)
    if step < warmup:
        return peak / warmup * (step + 1)
    left = 1 - min((step - warmup) / max(1, steps - warmup), 1) if step < steps else 0
    return final + (peak - final) * math.sin(math.pi / 2 * left) ** 2


@warmup_cosine.alternative
def as_a_mean(step, *, steps, warmup, peak, final=0.0):
    if step < 0:
        raise ValueError("no such step")
    if warmup < 0 or warmup > steps:
        raise ValueError("no such warm-up")
    if step + 1 <= warmup:
        return peak * ((step + 1) / warmup)
    if step > steps - 1:
        return final
    c = math.cos((step - warmup) * math.pi / (steps - warmup))
    return (peak + final) / 2 + (peak - final) / 2 * c


@warmup_cosine.alternative
def of_two_weights(step, *, steps, warmup, peak, final=0.0):
    _refuse(step, steps, warmup)
    if warmup and step < warmup:
        return peak - peak * (warmup - 1 - step) / warmup
    past = min(step, steps) - warmup
    share = 1.0 if past == steps - warmup else (1 - math.cos(math.pi * past / (steps - warmup))) / 2
    return share * final + (1 - share) * peak


@warmup_cosine.alternative
def a_turning_pointer(step, *, steps, warmup, peak, final=0.0):
    _refuse(step, steps, warmup)
    if step >= steps:
        return float(final)
    if step < warmup:
        return peak * (step + 1.0) / warmup
    turned = complex(math.cos(math.pi / (steps - warmup)), math.sin(math.pi / (steps - warmup))) ** (step - warmup)
    return final + (peak - final) * (1 + turned.real) / 2
