"""What the tasks forbid, and plain parts that misconceptions and alternatives are built from; no probe uses them."""

import math

import torch

# What is built here and is ready made in torch.
NORM = ("torch.nn.functional.layer_norm", "torch.nn.functional.group_norm", "torch.nn.functional.rms_norm")
GELU = ("torch.nn.functional.gelu",)
LAYERS = (*NORM, *GELU, "torch.nn.TransformerEncoderLayer", "torch.nn.TransformerDecoderLayer")
MODERN = (*LAYERS, "torch.nn.functional.silu")


def _normed(x, weight, bias, eps=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + eps).sqrt() * weight + bias


def _norm_1(x, w):
    return _normed(x, w["norm_1_weight"], w["norm_1_bias"])


def _norm_2(x, w):
    return _normed(x, w["norm_2_weight"], w["norm_2_bias"])


def _exact(x):
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def _tanh_curve(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _bent(x, w, curve=_tanh_curve):
    """The feed-forward layer of a block."""
    return curve(x @ w["w_up"].T + w["b_up"]) @ w["w_down"].T + w["b_down"]


def _gather(q, k, v):
    """Causal attention; several query heads may share a key head."""
    k, v = (part.repeat_interleave(q.shape[1] // part.shape[1], dim=1) for part in (k, v))
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    scores = scores.masked_fill(later, -math.inf)
    weights = (scores - scores.detach().amax(-1, keepdim=True)).exp()
    return weights / weights.sum(-1, keepdim=True) @ v


def _attended(x, w, n_heads):
    """The attention of a block."""
    q, k, v = ((x @ w[f"w_{part}"].T + w[f"b_{part}"]).unflatten(-1, (n_heads, -1)).transpose(1, 2) for part in "qkv")
    return _gather(q, k, v).transpose(1, 2).flatten(2) @ w["w_o"].T + w["b_o"]


def _block(x, w, n_heads):
    x = x + _attended(_norm_1(x, w), w, n_heads)
    return x + _bent(_norm_2(x, w), w)


def _last_norm(x, weights):
    return _normed(x, weights["norm_weight"], weights["norm_bias"])


def _refuse(ids, weights):
    """What a GPT cannot read."""
    (context, _), (vocabulary, _) = weights["positions"].shape, weights["tokens"].shape
    if ids.shape[1] > context:
        raise ValueError(f"{ids.shape[1]} tokens are more than the context of {context}")
    if ids.min() < 0 or ids.max() >= vocabulary:
        raise ValueError(f"ids from {ids.min()} to {ids.max()} are not all between 0 and {vocabulary - 1}")


def _embedded(ids, weights):
    return weights["tokens"][ids] + weights["positions"][: ids.shape[1]]


def _scale_of(x, weight, eps=1e-5):
    """RMSNorm."""
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def _silu(x):
    return x * torch.sigmoid(x)


def _gated(x, w):
    """SwiGLU."""
    return (_silu(x @ w["w_gate"].T) * (x @ w["w_up"].T)) @ w["w_down"].T


def _heads(x, w, width):
    """x through a matrix, in heads of this width."""
    return (x @ w.T).unflatten(-1, (-1, width)).transpose(1, 2)


def _turned_attention(x, w, n_heads, turn):
    width = len(w["w_q"]) // n_heads
    q, k, v = (_heads(x, w[name], width) for name in ("w_q", "w_k", "w_v"))
    return _gather(turn(q), turn(k), v).transpose(1, 2).flatten(2) @ w["w_o"].T
