"""``modern_block(x, w, n_heads, turn) -> x``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .inputs import matrix, spread, turning
from .parts import MODERN, _exact, _gated, _gather, _heads, _normed, _scale_of, _silu, _turned_attention


def _rms_norm(x, weight):
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weight


def _modern_block(x, w, n_heads, turn):
    width = len(w["w_q"]) // n_heads
    read = _rms_norm(x, w["norm_1"])
    q, k, v = ((read @ w[name].T).unflatten(-1, (-1, width)).transpose(1, 2) for name in ("w_q", "w_k", "w_v"))
    x = x + _gather(turn(q), turn(k), v).transpose(1, 2).flatten(2) @ w["w_o"].T
    read = _rms_norm(x, w["norm_2"])
    gate = read @ w["w_gate"].T
    return x + (gate * torch.sigmoid(gate) * (read @ w["w_up"].T)) @ w["w_down"].T


modern_block = Task("modern_block", reference=_modern_block, forbidden=MODERN)


def _modern_weights(channels, hidden, n_heads, key_heads, width):
    shapes = {
        "w_q": (n_heads * width, channels),
        "w_k": (key_heads * width, channels),
        "w_v": (key_heads * width, channels),
        "w_o": (channels, n_heads * width),
        "w_gate": (hidden, channels),
        "w_up": (hidden, channels),
        "w_down": (channels, hidden),
    }
    norms = {name: away_from_zero(channels) for name in ("norm_1", "norm_2")}
    return norms | {name: matrix(*shape) for name, shape in shapes.items()}


@modern_block.check(
    points=1,
    title="lets attention read through RMSNorm, with turned queries and keys, in heads of any width",
    hint="Here the feed-forward layer writes nothing. A head is as wide as w_q has rows for it, whatever the channels are.",
    tolerance=2e-5,
)
def modern_attention(modern_block):
    b, t, h = different(3, 2, 5)
    width = 2 * random.randint(2, 4)
    channels = h * (width - 1) + 1  # narrower than all heads together
    w = _modern_weights(channels, 9, h, h, width)
    w["w_down"] = torch.zeros_like(w["w_down"])
    turn = turning(width)
    same = _modern_weights(h * width, 9, h, h, width)
    same["w_down"] = torch.zeros_like(same["w_down"])
    return {
        "wide heads": outcome(lambda: modern_block(3 * away_from_zero(b, t, channels) + 1, w, h, turn)),
        "heads that fill the channels": outcome(lambda: modern_block(3 * spread(b, t, h * width) + 1, same, h, turn)),
    }


@modern_block.check(
    points=1,
    title="lets neighbouring query heads share a key and value head",
    hint="How many key heads there are follows from the rows of w_k. The first query heads share the first key head.",
    tolerance=2e-5,
)
def grouped_queries(modern_block):
    b, t, shared = different(3, 2, 4)
    width, key_heads = 4, 2
    h = key_heads * shared
    w = _modern_weights(7, 10, h, key_heads, width)
    single = _modern_weights(7, 10, h, 1, width)
    turn = turning(width)
    return {
        "two key heads": outcome(lambda: modern_block(2 * away_from_zero(b, t, 7), w, h, turn)),
        "one for all": outcome(lambda: modern_block(2 * away_from_zero(b, t, 7), single, h, turn)),
    }


@modern_block.check(
    points=1,
    title="lets a gate decide what goes through the feed-forward layer",
    hint="Here attention writes nothing. silu(gate) times up, number by number; then down.",
    tolerance=2e-5,
)
def gated_layer(modern_block):
    b, t, h = different(3, 2, 5)
    channels, hidden = 4 * h, 4 * h + random.randint(1, 5)
    w = _modern_weights(channels, hidden, h, h, 4)
    w["w_o"] = torch.zeros_like(w["w_o"])
    turn = turning(4)
    square = _modern_weights(channels, channels, h, h, 4)
    square["w_o"] = torch.zeros_like(square["w_o"])
    tiny = 1e-3 * away_from_zero(b, t, channels)
    return {
        "tiny": outcome(lambda: modern_block(tiny, w, h, turn)),
        "gated": outcome(lambda: modern_block(3 * away_from_zero(b, t, channels) + 1, w, h, turn)),
        "as wide inside as outside": outcome(
            lambda: modern_block(3 * away_from_zero(b, t, channels) + 1, square, h, turn)
        ),
    }


@modern_block.check(
    points=1,
    title="holds for zeros, lets gradients through, keeps the dtype, and leaves x and the weights as they are",
    hint="The root has 0.00001 under it, so that a vector of zeros stays one. Write nothing into x.",
    tolerance=1e-4,
)
def modern_in_training(modern_block):
    b, t, h = different(3, 2, 4)
    w = _modern_weights(6, 10, h, h, 4)
    turn, names = turning(4), list(w)
    x = away_from_zero(b, t, 6)
    empty = x.clone()
    empty[0, 0], empty[1, 0] = 0, empty[1, 0] / 1000
    doubles = {name: part.double() for name, part in w.items()}
    return {
        "gradients": outcome(
            lambda: gradients(
                lambda x, *parts: modern_block(x, dict(zip(names, parts, strict=True)), h, turn), x, *w.values()
            )
        ),
        "vectors of zeros and nearly so": outcome(lambda: modern_block(empty, w, h, turn)),
        "doubles": outcome(lambda: modern_block(x.double(), doubles, h, turn)),
        "given": outcome(lambda: modern_block(x, w, h, turn)),
        "afterwards": [x, *w.values()],
    }


@modern_block.misconception(
    "The mean is taken off before attention reads, or before the feed-forward layer does. RMSNorm divides by the root of "
    "the mean square and leaves the mean alone."
)
def mean_taken_off(x, w, n_heads, turn):
    x = x + _turned_attention(_normed(x, w["norm_1"], 0.0), w, n_heads, turn)
    return x + _gated(_normed(x, w["norm_2"], 0.0), w)


@modern_block.misconception(
    "Vectors are divided by their length, the root of the sum. RMSNorm divides by the root of the mean, so that each "
    "number is about 1 in size, however wide the vector is."
)
def divided_by_the_length(x, w, n_heads, turn):
    def unit(x, weight):
        return x / (x.square().sum(-1, keepdim=True) + 1e-5).sqrt() * weight

    x = x + _turned_attention(unit(x, w["norm_1"]), w, n_heads, turn)
    return x + _gated(unit(x, w["norm_2"]), w)


@modern_block.misconception(
    "Without eps under the root of RMSNorm, a vector of zeros becomes nan, and soon everything does."
)
def rms_without_eps(x, w, n_heads, turn):
    x = x + _turned_attention(_scale_of(x, w["norm_1"], 0.0), w, n_heads, turn)
    return x + _gated(_scale_of(x, w["norm_2"], 0.0), w)


@modern_block.misconception("The weights of RMSNorm are not used: what is normed has to be multiplied by them.")
def rms_without_weights(x, w, n_heads, turn):
    x = x + _turned_attention(_scale_of(x, 1.0), w, n_heads, turn)
    return x + _gated(_scale_of(x, 1.0), w)


@modern_block.misconception("Nothing is turned: this attention cannot tell how far away a token stands.")
def never_turned(x, w, n_heads, turn):
    return _modern_block(x, w, n_heads, lambda heads: heads)


@modern_block.misconception(
    "Values are turned as well. Positions decide who looks at whom; what is handed over should not depend on them."
)
def values_turned(x, w, n_heads, turn):
    read, width = _scale_of(x, w["norm_1"]), len(w["w_q"]) // n_heads
    q, k, v = (turn(_heads(read, w[name], width)) for name in ("w_q", "w_k", "w_v"))
    x = x + _gather(q, k, v).transpose(1, 2).flatten(2) @ w["w_o"].T
    return x + _gated(_scale_of(x, w["norm_2"]), w)


@modern_block.misconception(
    "Only queries are turned. Turned against keys that stand still, they tell where they are, not how far apart the two are."
)
def keys_not_turned(x, w, n_heads, turn):
    read, width = _scale_of(x, w["norm_1"]), len(w["w_q"]) // n_heads
    q, k, v = (_heads(read, w[name], width) for name in ("w_q", "w_k", "w_v"))
    x = x + _gather(turn(q), k, v).transpose(1, 2).flatten(2) @ w["w_o"].T
    return x + _gated(_scale_of(x, w["norm_2"]), w)


@modern_block.misconception(
    "Key heads are dealt out in turns: query heads 0, 2, 4 share one, heads 1, 3, 5 the other. Neighbours share."
)
def shared_in_turns(x, w, n_heads, turn):
    read, width = _scale_of(x, w["norm_1"]), len(w["w_q"]) // n_heads
    q, k, v = (_heads(read, w[name], width) for name in ("w_q", "w_k", "w_v"))
    k, v = (part.repeat(1, n_heads // part.shape[1], 1, 1) for part in (k, v))
    x = x + _gather(turn(q), turn(k), v).transpose(1, 2).flatten(2) @ w["w_o"].T
    return x + _gated(_scale_of(x, w["norm_2"]), w)


@modern_block.misconception(
    "Keys and values are cut into as many heads as queries, so that with fewer rows their heads are narrower and nothing "
    "fits. All heads are equally wide; there are fewer of them."
)
def as_many_key_heads(x, w, n_heads, turn):
    read = _scale_of(x, w["norm_1"])
    q, k, v = ((read @ w[name].T).unflatten(-1, (n_heads, -1)).transpose(1, 2) for name in ("w_q", "w_k", "w_v"))
    x = x + _gather(turn(q), turn(k), v).transpose(1, 2).flatten(2) @ w["w_o"].T
    return x + _gated(_scale_of(x, w["norm_2"]), w)


@modern_block.misconception(
    "The width of a head is taken from the channels. It follows from the rows of w_q: together, heads may be wider or "
    "narrower than the stream."
)
def width_from_the_channels(x, w, n_heads, turn):
    read, width = _scale_of(x, w["norm_1"]), x.shape[-1] // n_heads
    q, k, v = (_heads(read, w[name], width) for name in ("w_q", "w_k", "w_v"))
    x = x + _gather(turn(q), turn(k), v).transpose(1, 2).flatten(2) @ w["w_o"].T
    return x + _gated(_scale_of(x, w["norm_2"]), w)


@modern_block.misconception(
    "SiLU bends the wrong branch: what goes through is bent, and the gate is left straight. It is the gate's job to open "
    "and close."
)
def wrong_branch_bent(x, w, n_heads, turn):
    return _modern_block(x, w | {"w_gate": w["w_up"], "w_up": w["w_gate"]}, n_heads, turn)


@modern_block.misconception("The gate is a plain sigmoid. SiLU is the sigmoid times the number itself.")
def plain_sigmoid_gate(x, w, n_heads, turn):
    x = x + _turned_attention(_scale_of(x, w["norm_1"]), w, n_heads, turn)
    read = _scale_of(x, w["norm_2"])
    return x + (torch.sigmoid(read @ w["w_gate"].T) * (read @ w["w_up"].T)) @ w["w_down"].T


@modern_block.misconception(
    "The gate is bent by GELU. That is a relative, GEGLU; these weights were trained with SiLU."
)
def gelu_gate(x, w, n_heads, turn):
    x = x + _turned_attention(_scale_of(x, w["norm_1"]), w, n_heads, turn)
    read = _scale_of(x, w["norm_2"])
    return x + (_exact(read @ w["w_gate"].T) * (read @ w["w_up"].T)) @ w["w_down"].T


@modern_block.misconception(
    "Gate and up are added. A gate multiplies: 0 keeps everything back, whatever stands behind it."
)
def gate_is_added(x, w, n_heads, turn):
    x = x + _turned_attention(_scale_of(x, w["norm_1"]), w, n_heads, turn)
    read = _scale_of(x, w["norm_2"])
    return x + (_silu(read @ w["w_gate"].T) + read @ w["w_up"].T) @ w["w_down"].T


@modern_block.misconception("There is no gate: up is bent and goes down, as in the older layer. w_gate is not used.")
def gate_not_used(x, w, n_heads, turn):
    x = x + _turned_attention(_scale_of(x, w["norm_1"]), w, n_heads, turn)
    return x + _silu(_scale_of(x, w["norm_2"]) @ w["w_up"].T) @ w["w_down"].T


@modern_block.misconception("Only the first layer reads through a norm. The feed-forward layer has one too, norm_2.")
def second_norm_missing(x, w, n_heads, turn):
    x = x + _turned_attention(_scale_of(x, w["norm_1"]), w, n_heads, turn)
    return x + _gated(x, w)


@modern_block.misconception(
    "Everybody sees the future: this attention has no causal mask. Without one, a model copies the next word in training, "
    "and can do nothing when there is none."
)
def future_is_seen(x, w, n_heads, turn):
    read, width = _scale_of(x, w["norm_1"]), len(w["w_q"]) // n_heads
    q, k, v = (_heads(read, w[name], width) for name in ("w_q", "w_k", "w_v"))
    q, k = turn(q), turn(k)
    k, v = (part.repeat_interleave(n_heads // part.shape[1], dim=1) for part in (k, v))
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    e = (scores - scores.detach().amax(-1, keepdim=True)).exp()
    x = x + (e / e.sum(-1, keepdim=True) @ v).transpose(1, 2).flatten(2) @ w["w_o"].T
    return x + _gated(_scale_of(x, w["norm_2"]), w)


@modern_block.misconception("The stream was written into: x += changes it for whoever gave it to you.")
def modern_stream_in_place(x, w, n_heads, turn):
    x += _turned_attention(_scale_of(x, w["norm_1"]), w, n_heads, turn)
    x += _gated(_scale_of(x, w["norm_2"]), w)
    return x


@modern_block.alternative
def rms_by_rsqrt(x, w, n_heads, turn):
    for norm, layer in (
        ("norm_1", lambda read: _turned_attention(read, w, n_heads, turn)),
        ("norm_2", lambda read: _gated(read, w)),
    ):
        x = x + layer(x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5) * w[norm])
    return x


@modern_block.alternative
def gate_and_up_in_one_product(x, w, n_heads, turn):
    x = x + _turned_attention(_scale_of(x, w["norm_1"]), w, n_heads, turn)
    gate, up = (_scale_of(x, w["norm_2"]) @ torch.cat([w["w_gate"], w["w_up"]]).T).chunk(2, -1)
    return x + (gate / (1 + (-gate).exp()) * up) @ w["w_down"].T


@modern_block.alternative
def through_fused_attention(x, w, n_heads, turn):
    b, t, _ = x.shape
    width = w["w_q"].shape[0] // n_heads
    read = w["norm_1"] * x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)
    q, k, v = (torch.nn.functional.linear(read, w[f"w_{p}"]).view(b, t, -1, width).transpose(1, 2) for p in "qkv")
    gathered = torch.nn.functional.scaled_dot_product_attention(turn(q), turn(k), v, is_causal=True, enable_gqa=True)
    x = x + torch.nn.functional.linear(gathered.transpose(1, 2).reshape(b, t, -1), w["w_o"])
    return x + _gated(_scale_of(x, w["norm_2"]), w)


@modern_block.alternative
def head_by_head(x, w, n_heads, turn):
    read, width = _scale_of(x, w["norm_1"]), len(w["w_q"]) // n_heads
    shared = n_heads * width // len(w["w_k"])
    found = 0
    for head in range(n_heads):
        rows = slice(head * width, (head + 1) * width)
        key_rows = slice(head // shared * width, (head // shared + 1) * width)
        q, k, v = read @ w["w_q"][rows].T, read @ w["w_k"][key_rows].T, read @ w["w_v"][key_rows].T
        q, k = turn(q[:, None]), turn(k[:, None])
        found = found + _gather(q, k, v[:, None])[:, 0] @ w["w_o"][:, rows].T
    x = x + found
    return x + _gated(_scale_of(x, w["norm_2"]), w)
