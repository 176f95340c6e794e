"""What the tasks forbid, and plain parts that misconceptions and alternatives are built from; no probe uses them."""

import math

import torch

# What is built here and is ready made in torch.
SOFTMAX = ("torch.softmax", "torch.log_softmax", "torch.nn.functional.softmin")
ATTENTION = (*SOFTMAX, "torch.nn.functional.scaled_dot_product_attention", "torch.nn.MultiheadAttention")


def _product(x, y):
    """Every row of x times every row of y."""
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(f"rows of width {x.shape[-1]} cannot be multiplied with rows of width {y.shape[-1]}")
    return x @ y.transpose(-2, -1)


def _weights_of(scores, dim=-1):
    e = (scores - scores.detach().amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


def _lower(queries, keys):
    return torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)


def _gather(q, k, v, mask=None, scale=None):
    """Attention; a row without any key gives zeros."""
    scores = _product(q, k) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if mask is None:
        return _weights_of(scores) @ v
    weights = _weights_of(scores.masked_fill(~mask, -math.inf))
    return weights.masked_fill(~mask, 0.0) @ v


def _split(x, n_heads):
    batch, time, width = x.shape
    return x.reshape(batch, time, n_heads, width // n_heads).transpose(1, 2)


def _merge(x):
    batch, heads, time, width = x.shape
    return x.transpose(1, 2).reshape(batch, time, heads * width)


def _projected(x, n_heads, *matrices):
    """Queries, keys, values: x through each of the matrices, in heads."""
    return [_split(x @ w.T, n_heads) for w in matrices]


def _with_past(cache, k, v):
    """Keys and values of all tokens so far."""
    if cache is None:
        return k, v
    return torch.cat((cache[0], k), dim=2), torch.cat((cache[1], v), dim=2)
