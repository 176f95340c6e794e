"""``layer_norm(x, weight, bias, eps=1e-5) -> normed``"""

import torch

from lmcore import norms
from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .inputs import spread
from .parts import NORM, _normed

layer_norm = Task("layer_norm", reference=norms.layer_norm, forbidden=NORM)


@layer_norm.check(
    points=1,
    title="brings each token's vector to mean 0 and variance 1, by itself",
    hint="With weight 1 and bias 0, look at one row of what comes out: its mean, and the mean of its squares.",
    tolerance=1e-4,
)
def each_vector_by_itself(layer_norm):
    b, t, d = different(3, 3, 7)
    x = 20 * spread(b, t, d) + 30 * away_from_zero(b, t, 1)
    # All axes are of one size: the wrong one gives numbers, not an error.
    cube = 20 * spread(4, 4, 4) + 30 * away_from_zero(4, 4, 1)
    return {
        "a batch": outcome(lambda: layer_norm(x.clone(), torch.ones(d), torch.zeros(d))),
        "all sizes equal": outcome(lambda: layer_norm(cube.clone(), torch.ones(4), torch.zeros(4))),
    }


@layer_norm.check(
    points=1,
    title="gives each place of the vector its own scale and shift, for any number of axes",
    hint="weight multiplies what has been normed, and bias is added at the end; each has a number for every channel.",
    tolerance=1e-4,
)
def own_scale_and_shift(layer_norm):
    a, b, t, d = different(4, 3, 7)
    shapes = [(d,), (t, d), (d, d), (a, b, t, d), (1, 1, d)]
    weight, bias = away_from_zero(d), away_from_zero(d)
    return [outcome(lambda shape=shape: layer_norm(20 * spread(*shape) + 10, weight, bias)) for shape in shapes]


@layer_norm.check(
    points=1,
    title="holds for vectors that are flat, tiny, or far from 0, and with another eps",
    hint="Try a vector of equal numbers, one of numbers below 0.001, and one of 40000, 40001, 40002.",
    tolerance=1e-2,
)
def eps_and_far_from_zero(layer_norm):
    t, d = different(2, 4, 7)
    weight, bias = away_from_zero(d), away_from_zero(d)
    flat = (5 * away_from_zero(t, 1)).round().expand(t, d)
    tiny, far = 1e-3 * spread(t, d), 4000 + spread(t, d)
    return {
        "flat": outcome(lambda: layer_norm(flat.clone(), weight, bias)),
        "tiny": outcome(lambda: layer_norm(tiny.clone(), weight, bias)),
        "far": outcome(lambda: layer_norm(far.clone(), weight, bias)),
        "another eps": outcome(lambda: layer_norm(spread(t, d), weight, bias, 0.5)),
        "eps by its name": outcome(lambda: layer_norm(spread(t, d), weight, bias, eps=0.25)),
    }


@layer_norm.check(
    points=1,
    title="keeps the dtype, lets gradients through, and leaves x as it is",
    hint="Write nothing into x, and let torch see every step from x to the result, the mean and the spread too.",
    tolerance=1e-4,
)
def norm_in_training(layer_norm):
    b, t, d = different(3, 3, 7)
    x, weight, bias = 4 * spread(b, t, d) + 2, away_from_zero(d), away_from_zero(d)
    doubles = (20 * spread(t, d)).double()
    return {
        "gradients": outcome(lambda: gradients(layer_norm, x, weight, bias)),
        "doubles": outcome(lambda: layer_norm(doubles, weight.double(), bias.double())),
        "one vector for all": outcome(lambda: layer_norm(20 * spread(1, d).expand(t, d), weight, bias)),
        "given": outcome(lambda: layer_norm(x, weight, bias)),
        "x afterwards": x,
    }


@layer_norm.misconception(
    "The squares are divided by d - 1, as x.var() and x.std() do unless they are told otherwise. Here nothing is "
    "estimated from a sample: the mean of the squares is wanted, over all d."
)
def divided_by_one_less(x, weight, bias, eps=1e-5):
    return (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + eps).sqrt() * weight + bias


@layer_norm.misconception(
    "eps is added to the standard deviation, outside the root. Under the root it is the variance that it belongs to; "
    "for tiny vectors that makes a large difference."
)
def eps_outside_the_root(x, weight, bias, eps=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True).sqrt() + eps) * weight + bias


@layer_norm.misconception("eps is not used: a vector of equal numbers has the variance 0, and 0 / 0 is nan.")
def without_eps(x, weight, bias, eps=1e-5):
    return _normed(x, weight, bias, 0.0)


@layer_norm.misconception("eps is always 0.00001, whatever was asked for: the argument changes nothing.")
def eps_written_in(x, weight, bias, eps=1e-5):
    return _normed(x, weight, bias)


@layer_norm.misconception(
    "Mean and variance are taken over the tokens, one pair for each channel. A token would then be changed by its "
    "neighbours, the later ones too. Each vector is normed by itself."
)
def over_the_tokens(x, weight, bias, eps=1e-5):
    dim = -2 if x.dim() > 1 else -1
    centred = x - x.mean(dim, keepdim=True)
    return centred / (centred.square().mean(dim, keepdim=True) + eps).sqrt() * weight + bias


@layer_norm.misconception(
    "Mean and variance have lost their axis. Of one vector all is right; of a table, row 1 gets the mean of column 1, or the "
    "shapes do not fit. keepdim=True keeps the axis."
)
def axis_lost(x, weight, bias, eps=1e-5):
    return (x - x.mean(-1)) / (x.var(-1, correction=0) + eps).sqrt() * weight + bias


@layer_norm.misconception("There is one mean and one variance for the whole tensor. Each token's vector has its own.")
def over_everything(x, weight, bias, eps=1e-5):
    centred = x - x.mean()
    return centred / (centred.square().mean() + eps).sqrt() * weight + bias


@layer_norm.misconception(
    "A whole text shares one mean and one variance: they are taken over tokens and channels together, the last two axes."
)
def over_each_text(x, weight, bias, eps=1e-5):
    dims = (-2, -1) if x.dim() > 1 else -1
    centred = x - x.mean(dims, keepdim=True)
    return centred / (centred.square().mean(dims, keepdim=True) + eps).sqrt() * weight + bias


@layer_norm.misconception(
    "You divide by the variance. It is measured in squares; its root, the standard deviation, has the scale of the "
    "numbers themselves."
)
def by_the_variance(x, weight, bias, eps=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + eps) * weight + bias


@layer_norm.misconception(
    "The mean stays where it is: you divide x itself by the root of its mean square. That is RMSNorm, a younger relative."
)
def mean_left_in(x, weight, bias, eps=1e-5):
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight + bias


@layer_norm.misconception(
    "The spread is right, but what is divided by it is x, not its distance from the mean: the results do not sum to 0."
)
def not_centred(x, weight, bias, eps=1e-5):
    return x / (x.var(-1, correction=0, keepdim=True) + eps).sqrt() * weight + bias


@layer_norm.misconception("bias is never added.")
def norm_without_bias(x, weight, bias, eps=1e-5):
    return _normed(x, weight, 0.0, eps)


@layer_norm.misconception(
    "What you return is normed, and that is all: the learnt scale and shift, weight and bias, are missing."
)
def neither_scale_nor_shift(x, weight, bias, eps=1e-5):
    return _normed(x, 1.0, 0.0, eps)


@layer_norm.misconception("The bias comes too early: weight then scales it as well. First scale, then shift.")
def bias_before_weight(x, weight, bias, eps=1e-5):
    return (_normed(x, 1.0, 0.0, eps) + bias) * weight


@layer_norm.misconception(
    "The variance is computed as the mean of the squares less the square of the mean. Far from 0 both are huge and nearly "
    "equal, and float32 loses what is between them: subtract the mean first, then square."
)
def squares_less_square(x, weight, bias, eps=1e-5):
    mean = x.mean(-1, keepdim=True)
    variance = x.square().mean(-1, keepdim=True) - mean.square()
    return (x - mean) / (variance + eps).sqrt() * weight + bias


@layer_norm.misconception(
    "x has been changed: -= writes into the tensor that you were given, which is the residual stream itself."
)
def norm_in_place(x, weight, bias, eps=1e-5):
    x -= x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight + bias


@layer_norm.misconception(
    "Forward all is right, but mean and spread were cut off from x (.detach(), .data, .item()). They move when x moves, "
    "so the gradient has to go through them too."
)
def statistics_cut_off(x, weight, bias, eps=1e-5):
    mean, spread_ = x.detach().mean(-1, keepdim=True), x.detach().var(-1, correction=0, keepdim=True)
    return (x - mean) / (spread_ + eps).sqrt() * weight + bias


@layer_norm.misconception("What comes in as doubles goes out as single floats. The norm keeps the dtype of x.")
def norm_in_float32(x, weight, bias, eps=1e-5):
    return _normed(x.float(), weight.float(), bias.float(), eps)


@layer_norm.alternative
def through_var(x, weight, bias, eps=1e-5):
    return (
        weight * (x - x.mean(dim=-1, keepdim=True)) / torch.sqrt(x.var(-1, unbiased=False, keepdim=True) + eps) + bias
    )


@layer_norm.alternative
def both_at_once(x, weight, bias, eps=1e-5):
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return torch.addcmul(bias, (x - mean) * torch.rsqrt(variance + eps), weight)


@layer_norm.alternative
def sums_by_hand(x, weight, bias, eps=1e-5):
    d = x.shape[-1]
    centred = x - (x.sum(-1) / d)[..., None]
    return centred * ((centred**2).sum(-1) / d + eps)[..., None] ** -0.5 * weight + bias


@layer_norm.alternative
def vector_by_vector(x, weight, bias, eps=1e-5):
    rows = []
    for row in x.reshape(-1, x.shape[-1]):
        row = row - row.mean()
        rows.append(row / (row @ row / len(row) + eps).sqrt() * weight + bias)
    return torch.stack(rows).view(x.shape)


@layer_norm.alternative
def centred_by_a_matrix(x, weight, bias, eps=1e-5):
    d = x.shape[-1]
    centred = x - x.mean(-1, keepdim=True)
    # Centring twice changes nothing but rounding.
    centred = centred @ (torch.eye(d, dtype=x.dtype) - torch.full((d, d), 1 / d, dtype=x.dtype))
    return centred / (torch.einsum("...d,...d->...", centred, centred)[..., None] / d + eps).sqrt() * weight + bias
