"""``split_heads(x, n_heads) -> heads``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients


def _split_heads(x, n_heads):
    batch, time, width = x.shape
    if n_heads < 1 or width % n_heads:
        raise ValueError(f"{n_heads} heads do not divide a width of {width}")
    return x.reshape(batch, time, n_heads, width // n_heads).transpose(1, 2)  # B H T D


split_heads = Task("split_heads", reference=_split_heads)


@split_heads.check(
    points=1,
    title="gives each head its own slice of every token's vector",
    hint="Number the entries of one sentence, 0, 1, 2, ..., split, and look at what head 0 got.",
)
def slices_of_tokens(split_heads):
    b, t, h, d = different(4, 2, 6)
    x = torch.randn(b, t, h * d)
    square = torch.randn(3, 3, 9)
    return {"heads": split_heads(x, h), "all sizes equal": outcome(lambda: split_heads(square, 3))}


@split_heads.check(
    points=1,
    title="takes one token, one head, any dtype, and tensors that do not lie in memory in order",
    hint="The result has four axes for any sizes, and the dtype of x. Where view refuses a tensor, reshape copies it.",
)
def as_they_come(split_heads):
    b, t, h, d = different(4, 2, 6)
    turned = torch.randn(b, h * d, t).transpose(1, 2)
    spread = torch.randn(b, 1, h * d).expand(b, t, h * d)
    columns = torch.randn(b, t, 2 * h * d).double()[:, :, ::2]
    return {
        "turned": outcome(lambda: split_heads(turned, h)),
        "spread": outcome(lambda: split_heads(spread, h)),
        "every second column": outcome(lambda: split_heads(columns, h)),
        "one token": outcome(lambda: split_heads(torch.randn(b, 1, h * d), h)),
        "one head": outcome(lambda: split_heads(torch.randn(b, t, d), 1)),
        "heads of width one": outcome(lambda: split_heads(torch.randn(b, t, h), h)),
    }


@split_heads.check(
    points=1,
    title="refuses heads that do not divide the width, and lets gradients through",
    hint="A remainder means that some numbers would belong to no head: raise a ValueError that names both numbers.",
    tolerance=1e-6,
)
def no_remainder(split_heads):
    b, t, h, d = different(4, 2, 6)
    x = away_from_zero(b, t, h * d)
    return {
        "gradients": outcome(lambda: gradients(lambda x: split_heads(x, h), x)),
        "one number too many": outcome(lambda: split_heads(torch.randn(b, t, h * d + 1), h)),
        "more heads than numbers": outcome(lambda: split_heads(torch.randn(b, t, d), random.randint(d + 1, 20))),
        "no heads": outcome(lambda: split_heads(x, 0)),
    }


def _divides(x, n_heads):
    if n_heads < 1 or x.shape[-1] % n_heads:
        raise ValueError("no such heads")
    return x.shape[-1] // n_heads


@split_heads.misconception(
    "The shape is right and the numbers are not: view and reshape only count numbers off in order, so a head has got the "
    "first tokens whole, where it should have got a piece of every token. Axes are exchanged by transpose."
)
def reshaped_at_once(x, n_heads):
    width = _divides(x, n_heads)
    return x.reshape(x.shape[0], n_heads, x.shape[1], width)


@split_heads.misconception(
    "A head gets every n-th number: 0, n, 2n, ... It should get neighbours, the first head the first D numbers."
)
def every_nth_number(x, n_heads):
    width = _divides(x, n_heads)
    return x.reshape(x.shape[0], x.shape[1], width, n_heads).permute(0, 3, 1, 2)


@split_heads.misconception(
    "Heads stand behind time: (batch, time, heads, width). Attention multiplies the last two axes, which must be time "
    "and width."
)
def heads_behind_time(x, n_heads):
    return x.reshape(x.shape[0], x.shape[1], n_heads, _divides(x, n_heads))


@split_heads.misconception(
    "The axes are (batch, heads, width, time): time and width have changed places once too often."
)
def time_last(x, n_heads):
    width = _divides(x, n_heads)
    return x.reshape(x.shape[0], x.shape[1], n_heads, width).permute(0, 2, 3, 1)


@split_heads.misconception(
    "Batch and heads have become one axis. A mask for each sentence could no longer be lined up with it: keep four axes."
)
def batch_times_heads(x, n_heads):
    width = _divides(x, n_heads)
    return x.reshape(x.shape[0], x.shape[1], n_heads, width).transpose(1, 2).flatten(0, 1)


@split_heads.misconception(
    "Heads stand in front of the batch: a list of heads, stacked at the first place. They belong behind it."
)
def heads_in_front(x, n_heads):
    return torch.stack(x.split(_divides(x, n_heads), dim=-1))


@split_heads.misconception(
    "Axes of size 1 are lost: squeeze drops all of them. One token, or one head, is a tensor of four axes like any other."
)
def squeezed_heads(x, n_heads):
    return x.reshape(x.shape[0], x.shape[1], n_heads, _divides(x, n_heads)).transpose(1, 2).squeeze()


@split_heads.misconception(
    "The heads have another dtype than x. A tensor made by torch.zeros holds float32, whatever is written into it."
)
def heads_in_float32(x, n_heads):
    return x.reshape(x.shape[0], x.shape[1], n_heads, _divides(x, n_heads)).transpose(1, 2).float()


@split_heads.misconception(
    "With a width that the heads do not divide, the numbers left over are dropped, and nobody hears of it. Refuse."
)
def remainder_dropped(x, n_heads):
    width = x.shape[-1] // n_heads
    if not width:
        raise ValueError("no width")
    return x[..., : width * n_heads].reshape(x.shape[0], x.shape[1], n_heads, width).transpose(1, 2)


@split_heads.misconception(
    "With a width that the heads do not divide, what comes is torch's message about shapes, or an extra head. Look for a "
    "remainder first and say what is wrong."
)
def remainder_not_asked(x, n_heads):
    return x.reshape(x.shape[0], x.shape[1], n_heads, -1).transpose(1, 2)


@split_heads.misconception(
    "Every head gets the whole vector. Heads share it: with n heads, each has an n-th of the width."
)
def whole_vector_for_each(x, n_heads):
    _divides(x, n_heads)
    return x.unsqueeze(1).expand(-1, n_heads, -1, -1)


@split_heads.misconception("n_heads is taken for the width of a head. It says how many heads there are.")
def count_for_width(x, n_heads):
    _divides(x, n_heads)
    return x.reshape(x.shape[0], x.shape[1], -1, n_heads).transpose(1, 2)


@split_heads.alternative
def stacked_slices(x, n_heads):
    if n_heads < 1 or x.shape[-1] % n_heads:
        raise ValueError("heads do not divide the width")
    return torch.stack(x.chunk(n_heads, dim=-1), dim=1)


@split_heads.alternative
def unflattened(x, n_heads):
    if n_heads == 0 or x.size(-1) % n_heads != 0:
        raise ValueError("heads do not divide the width")
    return x.unflatten(-1, (n_heads, -1)).permute(0, 2, 1, 3)


@split_heads.alternative
def viewed(x, n_heads):
    if n_heads < 1 or x.shape[-1] % n_heads:
        raise ValueError("heads do not divide the width")
    return x.view(*x.shape[:2], n_heads, x.shape[-1] // n_heads).transpose(1, 2)


@split_heads.alternative
def contiguous_view(x, n_heads):
    b, t, c = x.shape
    if n_heads < 1 or c // max(n_heads, 1) * n_heads != c:
        raise ValueError("heads do not divide the width")
    return x.contiguous().view(b, t, n_heads, -1).swapaxes(1, 2).contiguous()


@split_heads.alternative
def filled_in_a_loop(x, n_heads):
    if n_heads < 1 or x.shape[2] % n_heads:
        raise ValueError("heads do not divide the width")
    d = x.shape[2] // n_heads
    heads = x.new_zeros(x.shape[0], n_heads, x.shape[1], d)
    for h in range(n_heads):
        heads[:, h] = x[:, :, h * d : (h + 1) * d]
    return heads
