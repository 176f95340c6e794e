"""``feed_forward(x, w_up, b_up, w_down, b_down, curve) -> y``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .inputs import matrix
from .parts import _exact


def _feed_forward(x, w_up, b_up, w_down, b_down, curve):
    return curve(x @ w_up.T + b_up) @ w_down.T + b_down  # ... F -> ... C


feed_forward = Task("feed_forward", reference=_feed_forward)


def _wide(channels, hidden, out):
    return matrix(hidden, channels), away_from_zero(hidden), matrix(out, hidden), away_from_zero(out)


@feed_forward.check(
    points=1,
    title="makes each vector wide, bends it, and makes it narrow again, for any sizes",
    hint="Follow one vector by hand: matrix, bias, curve, matrix, bias. A matrix (out, in) is used as x @ w.T.",
    tolerance=1e-5,
)
def wide_and_narrow(feed_forward):
    b, t, c, f, o = different(5)
    # Where all sizes are one, a matrix that was not turned gives numbers, not an error.
    return {
        "a batch": outcome(lambda: feed_forward(away_from_zero(b, t, c), *_wide(c, f, o), torch.tanh)),
        "one vector": outcome(lambda: feed_forward(away_from_zero(c), *_wide(c, f, c), torch.tanh)),
        "all sizes equal": outcome(lambda: feed_forward(away_from_zero(4, 4, 4), *_wide(4, 4, 4), torch.tanh)),
    }


@feed_forward.check(
    points=1,
    title="bends with the curve that it is given, once, where the vector is wide",
    hint="curve is a function like gelu: call it on what the first matrix and its bias have made.",
    tolerance=2e-5,
)
def the_curve_given(feed_forward):
    t, c, f = different(3)
    steep, high = 0.5 + random.random(), 0.5 + random.random()
    curves = {
        "a parabola": lambda h: steep * h.square() + high,
        "a cut": lambda h: h.clamp(-0.5, high),
        "a wave": lambda h: torch.cos(3 * h),
    }
    return {
        name: outcome(lambda curve=curve: feed_forward(away_from_zero(t, c), *_wide(c, f, c), curve))
        for name, curve in curves.items()
    } | {
        "nothing": outcome(lambda: feed_forward(away_from_zero(t, c), *_wide(c, f, c), lambda h: h)),
    }


@feed_forward.check(
    points=1,
    title="lets gradients through to x, both matrices and both biases, keeps the dtype, and leaves x as it is",
    hint="Every step from the inputs to the result has to stay in torch's sight.",
    tolerance=1e-5,
)
def layer_in_training(feed_forward):
    t, c, f = different(3)
    x, layer = away_from_zero(t, c), _wide(c, f, c)
    doubles = [part.double() for part in _wide(c, f, c)]
    return {
        "gradients": outcome(lambda: gradients(lambda x, *layer: feed_forward(x, *layer, torch.tanh), x, *layer)),
        "doubles": outcome(lambda: feed_forward(x.double(), *doubles, torch.tanh)),
        "given": outcome(lambda: feed_forward(x, *layer, torch.tanh)),
        "x and layer afterwards": [x, *layer],
    }


@feed_forward.misconception(
    "The matrices are used as they lie there. They are (out, in), so that a row makes a number of the result: turn them."
)
def matrices_not_turned(x, w_up, b_up, w_down, b_down, curve):
    return curve(x @ w_up + b_up) @ w_down + b_down


@feed_forward.misconception(
    "Nothing is bent: the curve is never called. Two matrices in a row are one matrix, and the width was for nothing."
)
def never_bent(x, w_up, b_up, w_down, b_down, curve):
    return (x @ w_up.T + b_up) @ w_down.T + b_down


@feed_forward.misconception(
    "The curve bends the result as well. What is written into the stream may have any size and sign."
)
def bent_at_the_end_too(x, w_up, b_up, w_down, b_down, curve):
    return curve(curve(x @ w_up.T + b_up) @ w_down.T + b_down)


@feed_forward.misconception(
    "The curve comes last, where the vector is narrow again. It belongs between the two matrices."
)
def bent_at_the_end(x, w_up, b_up, w_down, b_down, curve):
    return curve((x @ w_up.T + b_up) @ w_down.T + b_down)


@feed_forward.misconception("The curve bends x before the first matrix has seen it.")
def bent_at_the_beginning(x, w_up, b_up, w_down, b_down, curve):
    return (curve(x) @ w_up.T + b_up) @ w_down.T + b_down


@feed_forward.misconception("The first bias is missing: every bend then stands at 0, whatever was learnt.")
def without_b_up(x, w_up, b_up, w_down, b_down, curve):
    return curve(x @ w_up.T) @ w_down.T + b_down


@feed_forward.misconception("The second bias is missing.")
def without_b_down(x, w_up, b_up, w_down, b_down, curve):
    return curve(x @ w_up.T + b_up) @ w_down.T


@feed_forward.misconception(
    "The first bias is added after the curve. It should move the place where a number is bent, so it comes before."
)
def b_up_after_the_curve(x, w_up, b_up, w_down, b_down, curve):
    return (curve(x @ w_up.T) + b_up) @ w_down.T + b_down


@feed_forward.misconception(
    "x is added to the result. That is the block's business: it adds whatever a layer returns, and x would come twice."
)
def adds_the_stream(x, w_up, b_up, w_down, b_down, curve):
    return x + _feed_forward(x, w_up, b_up, w_down, b_down, curve)


@feed_forward.misconception("GELU is written into the layer, so that the curve you are given changes nothing.")
def always_gelu(x, w_up, b_up, w_down, b_down, curve):
    return _feed_forward(x, w_up, b_up, w_down, b_down, _exact)


@feed_forward.misconception("The curve is called twice in a row, on its own result.")
def bent_twice(x, w_up, b_up, w_down, b_down, curve):
    return _feed_forward(x, w_up, b_up, w_down, b_down, lambda h: curve(curve(h)))


@feed_forward.misconception(
    "No gradient comes back to x or to the first matrix: what stands before the curve was cut off (.detach(), no_grad)."
)
def wide_part_cut_off(x, w_up, b_up, w_down, b_down, curve):
    with torch.no_grad():
        wide = x @ w_up.T + b_up
    return curve(wide) @ w_down.T + b_down


@feed_forward.misconception(
    "x, the stream, was written into: += changes what you were given, for all who read it later."
)
def layer_in_place(x, w_up, b_up, w_down, b_down, curve):
    y = _feed_forward(x, w_up, b_up, w_down, b_down, curve)
    if not x.requires_grad and x.shape == y.shape:
        x += y
    return y


@feed_forward.misconception("The layer turns doubles into single floats.")
def layer_in_float32(x, w_up, b_up, w_down, b_down, curve):
    return _feed_forward(*(part.float() for part in (x, w_up, b_up, w_down, b_down)), curve)


@feed_forward.alternative
def two_linear_layers(x, w_up, b_up, w_down, b_down, curve):
    return torch.nn.functional.linear(curve(torch.nn.functional.linear(x, w_up, b_up)), w_down, b_down)


@feed_forward.alternative
def in_einsums(x, w_up, b_up, w_down, b_down, curve):
    wide = torch.einsum("...c,fc->...f", x, w_up) + b_up
    return torch.einsum("...f,cf->...c", curve(wide), w_down) + b_down


@feed_forward.alternative
def flat_and_back(x, w_up, b_up, w_down, b_down, curve):
    rows = x.reshape(-1, x.shape[-1])
    wide = curve(torch.addmm(b_up, rows, w_up.t()).view(*x.shape[:-1], -1))
    return torch.matmul(wide, w_down.mT) + b_down


@feed_forward.alternative
def sum_of_products(x, w_up, b_up, w_down, b_down, curve):
    wide = (x[..., None, :] * w_up).sum(-1) + b_up
    return (curve(wide)[..., None, :] * w_down).sum(-1) + b_down
