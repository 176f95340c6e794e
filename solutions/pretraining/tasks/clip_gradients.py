"""``clip_gradients(parameters, limit) -> norm``"""

import math
import random

import torch

from lmcore.pretraining import optimiser
from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero

from .parts import CLIPPING

clip_gradients = Task("clip_gradients", reference=optimiser.clip_gradients, forbidden=CLIPPING)


def _with_gradients(*shapes, dtype=torch.float32, size=1.0):
    """Parameters that hold gradients."""
    parameters = [torch.nn.Parameter(away_from_zero(*shape).to(dtype)) for shape in shapes]
    for parameter in parameters:
        parameter.grad = size * away_from_zero(*parameter.shape).to(dtype)
    return parameters


def _clipped(clip_gradients, parameters, limit, give=list):
    """What it says the norm is, the gradients, and the parameters."""
    norm = outcome(lambda: float(clip_gradients(give(parameters), limit)))
    return {"norm": norm, "gradients": [p.grad for p in parameters], "parameters": parameters}


@clip_gradients.check(
    points=1,
    title="shortens all gradients together to the limit, and tells how long they were",
    hint="One norm: the root of the sum of the squares of all numbers in all gradients. One factor for all of them.",
    tolerance=1e-4,
)
def one_norm_for_all(clip_gradients):
    a, b = different(2, 2, 5)
    several = _with_gradients((a, b), (b,), (1, a), size=random.uniform(3, 5))
    one = _with_gradients((1,), size=random.uniform(3, 5))
    return {
        "several": _clipped(clip_gradients, several, random.uniform(0.8, 2.0)),
        "one number": _clipped(clip_gradients, one, random.uniform(0.3, 0.6)),
    }


@clip_gradients.check(
    points=1,
    title="leaves gradients within the limit exactly as they are",
    hint="Clipping only ever shortens. And a gradient of nothing but zeros stays what it is.",
)
def within_the_limit(clip_gradients):
    a, b = different(2, 2, 5)
    short, zeros = _with_gradients((a, b), (b,), size=0.05), _with_gradients((a,), (b, a), size=0.0)
    length = math.sqrt(sum(float(p.grad.square().sum()) for p in short))
    long = _with_gradients((a, b), (b,), size=3.0)
    return {
        "short": _clipped(clip_gradients, short, length * random.uniform(1.02, 1.06))["gradients"],
        "long, far from a limit": _clipped(clip_gradients, long, 1e4 + random.random())["gradients"],
        "zeros": _clipped(clip_gradients, zeros, random.uniform(0.5, 1.0)),
    }


@clip_gradients.check(
    points=1,
    title="takes model.parameters() as it comes, also where some or all have no gradient",
    hint="model.parameters() can be gone through only once. A frozen parameter's grad is None: leave it out.",
    tolerance=1e-4,
)
def as_a_model_gives_them(clip_gradients):
    a, b = different(2, 2, 5)
    some = _with_gradients((a, b), (b,), (a,), size=random.uniform(3, 5))
    some[random.randrange(3)].grad = None
    none = _with_gradients((a,))
    none[0].grad = None
    once = _with_gradients((a, b), (b,), size=random.uniform(3, 5))
    return {
        "once": _clipped(clip_gradients, once, random.uniform(0.8, 2.0), give=iter),
        "some have none": _clipped(clip_gradients, some, random.uniform(0.8, 2.0)),
        "all have none": _clipped(clip_gradients, none, 1.0)["norm"],
    }


@clip_gradients.check(
    points=1,
    title="changes gradients and nothing else, keeps their dtype, and refuses a limit that is not above 0",
    hint="The weights are not to be touched. A limit of 0 would end all learning, and one below 0 would turn it around.",
    tolerance=1e-4,
)
def nothing_else(clip_gradients):
    a, b = different(2, 2, 5)
    doubles = _with_gradients((a, b), (b,), dtype=torch.float64, size=random.uniform(3, 5))
    turned = _with_gradients((a, b), size=random.uniform(3, 5))
    turned[0].grad = (3 * away_from_zero(b, a)).T
    refused = _with_gradients((a,), size=3.0)
    return {
        "doubles": _clipped(clip_gradients, doubles, random.uniform(0.8, 2.0)),
        "turned": _clipped(clip_gradients, turned, random.uniform(0.8, 2.0)),
        "a limit of 0": _clipped(clip_gradients, refused, 0.0),
        "a limit below 0": _clipped(clip_gradients, refused, -random.uniform(0.5, 2)),
    }


for change in ("norm + 1e-06 -> norm - 1e-06", "norm + 1e-06 -> norm", "1e-06 -> 2e-06"):
    clip_gradients.equivalent(
        f"clip_gradients: {change}",
        reason="the small number keeps 0 from being a divisor; the specification does not ask for it, and it moves no result "
        "by more than a rounding of a longer sum would",
    )


def _grads(parameters, limit):
    if not limit > 0:
        raise ValueError(f"a limit of {limit}")
    return [p.grad for p in parameters if p.grad is not None]


def _length(tensors):
    return math.sqrt(sum(float(x.detach().double().square().sum()) for x in tensors))


def _scaled(gradients, norm, limit):
    for g in gradients:
        g.mul_(min(1.0, limit / (norm + 1e-6)))
    return norm


@clip_gradients.misconception(
    "Each gradient is shortened by itself. That changes the direction of the whole: long ones lose, and short ones do not."
)
def each_by_itself(parameters, limit):
    gradients = _grads(parameters, limit)
    norm = _length(gradients)
    for g in gradients:
        _scaled([g], _length([g]), limit)
    return norm


@clip_gradients.misconception(
    "Gradients are always brought to the limit, short ones as well: they grow. Close to a minimum that makes every small "
    "step a large one."
)
def always_to_the_limit(parameters, limit):
    gradients = _grads(parameters, limit)
    norm = _length(gradients)
    for g in gradients:
        g.mul_(limit / (norm + 1e-6))
    return norm


@clip_gradients.misconception(
    "The comparison is the wrong way round: short gradients are stretched to the limit, and long ones stay as they are."
)
def the_short_ones(parameters, limit):
    gradients = _grads(parameters, limit)
    norm = _length(gradients)
    for g in gradients:
        g.mul_(max(1.0, limit / (norm + 1e-6)))
    return norm


@clip_gradients.misconception(
    "Each number is cut off at the limit. What is limited is the length of the whole gradient; cutting numbers off changes "
    "its direction."
)
def numbers_cut_off(parameters, limit):
    gradients = _grads(parameters, limit)
    norm = _length(gradients)
    for g in gradients:
        g.clamp_(-limit, limit)
    return norm


@clip_gradients.misconception(
    "You tell how long the gradient is after clipping. Before clipping is wanted: it is what shows that something goes wrong."
)
def length_afterwards(parameters, limit):
    gradients = _grads(parameters, limit)
    _scaled(gradients, _length(gradients), limit)
    return _length(gradients)


@clip_gradients.misconception(
    "The norms of the tensors are added up. Lengths of parts at right angles go together as Pythagoras has it: their squares "
    "add up."
)
def sum_of_norms(parameters, limit):
    gradients = _grads(parameters, limit)
    return _scaled(gradients, sum(_length([g]) for g in gradients), limit)


@clip_gradients.misconception("The root is missing: this is the square of the length.")
def square_of_the_length(parameters, limit):
    gradients = _grads(parameters, limit)
    return _scaled(gradients, _length(gradients) ** 2, limit)


@clip_gradients.misconception(
    "This is the root of the mean square. The length is the root of the sum: more numbers make a longer gradient."
)
def mean_for_sum(parameters, limit):
    gradients = _grads(parameters, limit)
    count = sum(g.numel() for g in gradients) or 1
    return _scaled(gradients, _length(gradients) / count**0.5, limit)


@clip_gradients.misconception(
    "The length is taken to be the largest number, or the largest of the tensors' norms. All numbers count."
)
def the_largest_alone(parameters, limit):
    gradients = _grads(parameters, limit)
    return _scaled(gradients, max((float(g.abs().max()) for g in gradients), default=0.0), limit)


@clip_gradients.misconception("The length is that of the weights. It is the gradients that may be too long.")
def length_of_the_weights(parameters, limit):
    parameters = list(parameters)
    return _scaled(_grads(parameters, limit), _length(p for p in parameters if p.grad is not None), limit)


@clip_gradients.misconception(
    "Of model.parameters() nothing is left for the second loop: the norm is right, and no gradient is shortened. Make a "
    "list of it first."
)
def gone_through_twice(parameters, limit):
    norm = _length(_grads(parameters, limit))
    return _scaled(_grads(parameters, limit), norm, limit)


@clip_gradients.misconception(
    "A parameter without a gradient stops you: its grad is None, for instance because it is frozen."
)
def none_not_expected(parameters, limit):
    if not limit > 0:
        raise ValueError("no such limit")
    gradients = [p.grad for p in parameters]
    norm = math.sqrt(sum(float(g.double().square().sum()) for g in gradients))
    return _scaled(gradients, norm, limit)


@clip_gradients.misconception(
    "The weights are scaled with their gradients, or in their place. Only gradients are clipped."
)
def weights_scaled(parameters, limit):
    parameters = list(parameters)
    gradients = _grads(parameters, limit)
    norm = _length(gradients)
    with torch.no_grad():
        for parameter in parameters:
            parameter.mul_(min(1.0, limit / (norm + 1e-6)))
    return _scaled(gradients, norm, limit)


@clip_gradients.misconception("Nothing comes back. The length before clipping is wanted, to be watched.")
def length_not_told(parameters, limit):
    gradients = _grads(parameters, limit)
    _scaled(gradients, _length(gradients), limit)


@clip_gradients.misconception(
    "A limit of 0, or below, is taken. Refuse it with a ValueError: no gradient can be that short."
)
def any_limit(parameters, limit):
    gradients = [p.grad for p in parameters if p.grad is not None]
    return _scaled(gradients, _length(gradients), limit)


@clip_gradients.misconception(
    "The gradient is divided by its length, and the limit is forgotten: all come out with the length 1."
)
def to_length_1(parameters, limit):
    gradients = _grads(parameters, limit)
    norm = _length(gradients)
    if norm > limit:
        for g in gradients:
            g.div_(norm)
    return norm


@clip_gradients.alternative
def only_if_too_long(parameters, limit):
    if limit <= 0:
        raise ValueError("limit must be above 0")
    parameters = [p for p in parameters if p.grad is not None]
    total = torch.tensor(0.0)
    for p in parameters:
        total = total + (p.grad**2).sum()
    norm = total.sqrt()
    if norm > limit:
        for p in parameters:
            p.grad *= limit / norm
    return norm


@clip_gradients.alternative
def all_in_one_row(parameters, limit):
    gradients = _grads(parameters, limit)
    if not gradients:
        return 0.0
    norm = torch.cat([g.reshape(-1) for g in gradients]).norm().item()
    factor = limit / norm if norm > limit else 1.0
    for g in gradients:
        g.copy_(g * factor)
    return norm


@clip_gradients.alternative
def norm_of_norms(parameters, limit):
    kept = list(parameters)
    gradients = _grads(kept, limit)
    norm = torch.stack([torch.zeros(()), *(g.norm().float() for g in gradients)]).norm()
    for p in kept:
        if p.grad is not None:
            p.grad = p.grad * torch.clamp(limit / (norm + 1e-6), max=1.0)
    return norm


@clip_gradients.alternative
def number_by_number(parameters, limit):
    gradients = _grads(parameters, limit)
    norm = math.hypot(*(number for g in gradients for number in g.flatten().tolist()))
    for g in gradients:
        if norm > limit:
            g.data = g.data / norm * limit
    return norm
