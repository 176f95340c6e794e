"""``multi_head_attention(x, w_q, w_k, w_v, w_o, n_heads, mask=None) -> y``"""

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .parts import ATTENTION, _gather, _lower, _merge, _projected, _split


def _multi_head_attention(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    return _merge(_gather(q, k, v, mask)) @ w_o.T


multi_head_attention = Task("multi_head_attention", reference=_multi_head_attention, forbidden=ATTENTION)


def _layer(channels, width, out=None):
    """Matrices of a layer, such that scores have the size of a trained model's."""
    out = channels if out is None else out
    shapes = [(width, channels)] * 3 + [(out, width)]
    return [away_from_zero(*shape) / shape[1] ** 0.5 for shape in shapes]


@multi_head_attention.check(
    points=1,
    title="with one head: queries, keys and values through their matrices, attention, the output matrix",
    hint="Do it with n_heads=1 first: then it is scaled_dot_product_attention between four matrix products.",
    tolerance=1e-5,
)
def one_head(multi_head_attention):
    b, t, c = different(3)
    x, layer = away_from_zero(b, t, c), _layer(c, c)
    return multi_head_attention(x, *layer, 1)


@multi_head_attention.check(
    points=2,
    title="with many heads, each attending by itself",
    hint="Split queries, keys and values into heads before attention, and merge what comes out, before w_o.",
    tolerance=1e-5,
)
def many_heads(multi_head_attention):
    b, t, h = different(3)
    d = 4 if h != 4 else 3
    x, layer = away_from_zero(b, t, h * d), _layer(h * d, h * d)
    return {
        "all heads": outcome(lambda: multi_head_attention(x, *layer, h)),
        "heads of width one": outcome(lambda: multi_head_attention(x, *layer, h * d)),
        "one token": outcome(lambda: multi_head_attention(x[:, :1], *layer, h)),
    }


@multi_head_attention.check(
    points=1,
    title="takes heads that are together wider or narrower than the input, and doubles",
    hint="The width of a head follows from w_q, not from x: w_q is (heads * width, channels).",
    tolerance=1e-5,
)
def other_widths(multi_head_attention):
    b, t, h, d = different(4, 2, 5)
    c = h * d + 3
    x, wide = away_from_zero(b, t, c), _layer(c, 2 * h * d)
    narrow = [w.double() for w in _layer(c, h * d, out=c + 2)]
    return {
        "wider": outcome(lambda: multi_head_attention(x, *wide, h)),
        "narrower doubles": outcome(lambda: multi_head_attention(x.double(), *narrow, h)),
    }


@multi_head_attention.check(
    points=1,
    title="hands the mask on: the future, padding, places without any key",
    hint="The same mask holds for every head. (T, T) and (batch, 1, T, T) both fit in front of scores (batch, heads, T, T).",
    tolerance=1e-5,
)
def mask_for_all_heads(multi_head_attention):
    b, t, h = different(3, 3, 6)
    x, layer = away_from_zero(b, t, 3 * h), _layer(3 * h, 3 * h)
    causal = torch.ones(t, t, dtype=torch.bool).tril()
    padded = causal & (torch.arange(t) >= torch.randint(1, t, (b, 1, 1, 1)))
    return {
        "causal": outcome(lambda: multi_head_attention(x, *layer, h, causal)),
        "padded": outcome(lambda: multi_head_attention(x, *layer, h, mask=padded)),
    }


@multi_head_attention.check(
    points=1,
    title="lets gradients reach x and all four matrices, and leaves them as they are",
    hint="Every matrix is learnt. One that gets no gradient, or a wrong one, was copied or cut off on the way.",
    tolerance=1e-4,
)
def all_matrices_learn(multi_head_attention):
    b, t, h = different(3, 2, 5)
    inputs = [away_from_zero(b, t, 2 * h), *_layer(2 * h, 2 * h)]
    return {
        "gradients": outcome(lambda: gradients(lambda *inputs: multi_head_attention(*inputs, h), *inputs)),
        "afterwards": inputs,
    }


@multi_head_attention.misconception(
    "x is multiplied with the matrices as they lie. A row of w_q makes one number of the query, so that x meets the rows: "
    "w_q is (heads * width, channels)."
)
def matrices_as_they_lie(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = _projected(x, n_heads, w_q.T, w_k.T, w_v.T)
    return _merge(_gather(q, k, v, mask)) @ w_o


@multi_head_attention.misconception(
    "The last matrix is turned around. w_o is (out, heads * width) and is used like the other three."
)
def output_matrix_turned(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    return _merge(_gather(q, k, v, mask)) @ w_o


@multi_head_attention.misconception(
    "w_o is missing. What the heads found stands side by side; the last matrix mixes it and brings it to the width that "
    "is wanted."
)
def output_matrix_missing(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    return _merge(_gather(q, k, v, mask))


@multi_head_attention.misconception(
    "There is one wide head, whatever n_heads says. Then all of a vector has to look at the same place."
)
def one_wide_head(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return _multi_head_attention(x, w_q, w_k, w_v, w_o, 1, mask)


@multi_head_attention.misconception(
    "Queries and keys have changed places. Token t then gets what others seek in it, not what it seeks in others."
)
def queries_for_keys(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return _multi_head_attention(x, w_k, w_q, w_v, w_o, n_heads, mask)


@multi_head_attention.misconception(
    "The values are the keys: w_v is not used. What a token offers in order to be found and what it gives when found are "
    "two things."
)
def keys_for_values(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return _multi_head_attention(x, w_q, w_k, w_k, w_o, n_heads, mask)


@multi_head_attention.misconception("The values are x itself, cut into heads, without w_v.")
def inputs_for_values(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k = _projected(x, n_heads, w_q, w_k)
    return _merge(_gather(q, k, _split(x, n_heads), mask)) @ w_o.T


@multi_head_attention.misconception(
    "The scale is that of all heads together. Each head multiplies short vectors: its own width decides."
)
def scale_of_all_heads(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    return _merge(_gather(q, k, v, mask, scale=w_q.shape[0] ** -0.5)) @ w_o.T


@multi_head_attention.misconception(
    "The heads were joined by reshape alone, without bringing time back in front of them, and tokens got pieces of each "
    "other. If you use merge_heads, look there."
)
def merged_by_counting(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    gathered = _gather(q, k, v, mask)
    return gathered.reshape(x.shape[0], x.shape[1], -1) @ w_o.T


@multi_head_attention.misconception(
    "The heads were cut by reshape alone, so that a head attends between pieces of several tokens. If you use "
    "split_heads, look there."
)
def split_by_counting(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = ((x @ w.T).reshape(x.shape[0], n_heads, x.shape[1], -1) for w in (w_q, w_k, w_v))
    return _merge(_gather(q, k, v, mask)) @ w_o.T


@multi_head_attention.misconception(
    "The mask gets lost on the way. Whoever hands you one wants some keys not to be seen."
)
def mask_lost(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return _multi_head_attention(x, w_q, w_k, w_v, w_o, n_heads)


@multi_head_attention.misconception(
    "Without a mask you still hide the future. Not every attention is causal: who wants that, hands you a causal mask."
)
def always_causal(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    causal = _lower(x.shape[1], x.shape[1])
    return _multi_head_attention(x, w_q, w_k, w_v, w_o, n_heads, causal if mask is None else mask & causal)


@multi_head_attention.misconception(
    "A head's width is worked out from the width of x. That is right as long as both are equal; the matrices say how wide "
    "queries really are."
)
def width_from_the_input(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    batch, time, channels = x.shape
    q, k, v = ((x @ w.T).reshape(batch, time, n_heads, channels // n_heads).transpose(1, 2) for w in (w_q, w_k, w_v))
    return _merge(_gather(q, k, v, mask)) @ w_o.T


@multi_head_attention.misconception(
    "x is added to the result. That is the residual connection, which stands around this layer, not in it."
)
def residual_inside(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    return x + _multi_head_attention(x, w_q, w_k, w_v, w_o, n_heads, mask)


@multi_head_attention.misconception(
    "Some of the matrices get no gradient: queries and keys were cut off from them (.detach(), .data, no_grad)."
)
def projections_cut_off(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    return _merge(_gather(q.detach(), k.detach(), v, mask)) @ w_o.T


@multi_head_attention.alternative
def head_after_head(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    if mask is not None and mask.dim() == 4:
        mask = mask[:, 0]
    found = []
    for q, k, v in zip(*(w.chunk(n_heads) for w in (w_q, w_k, w_v)), strict=True):
        found.append(_gather(x @ q.T, x @ k.T, x @ v.T, mask))
    return torch.cat(found, dim=-1) @ w_o.T


@multi_head_attention.alternative
def one_large_matrix(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = (x @ torch.cat((w_q, w_k, w_v)).T).chunk(3, dim=-1)
    return _merge(_gather(*(_split(part, n_heads) for part in (q, k, v)), mask)) @ w_o.T


@multi_head_attention.alternative
def heads_with_einsum(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    q, k, v = (torch.einsum("btc,hdc->bhtd", x, w.unflatten(0, (n_heads, -1))) for w in (w_q, w_k, w_v))
    return torch.einsum("bhtd,chd->btc", _gather(q, k, v, mask), w_o.unflatten(1, (n_heads, -1)))


@multi_head_attention.alternative
def with_torchs_linear(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    functional = torch.nn.functional
    q, k, v = (functional.linear(x, w).unflatten(-1, (n_heads, -1)).transpose(1, 2) for w in (w_q, w_k, w_v))
    return functional.linear(_gather(q, k, v, mask).transpose(1, 2).flatten(2), w_o)


@multi_head_attention.alternative
def sum_of_what_heads_write(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    d = w_q.shape[0] // n_heads
    gathered = _gather(*_projected(x, n_heads, w_q, w_k, w_v), mask)
    return sum(gathered[:, h] @ w_o[:, h * d : (h + 1) * d].T for h in range(n_heads))
