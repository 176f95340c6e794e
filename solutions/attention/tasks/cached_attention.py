"""``cached_attention(x, cache, w_q, w_k, w_v, w_o, n_heads) -> (y, cache)``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero

from .parts import ATTENTION, _gather, _lower, _merge, _projected, _with_past


def _cached_attention(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    k, v = _with_past(cache, k, v)
    return _merge(_gather(q, k, v, _lower(q.shape[2], k.shape[2]))) @ w_o.T, (k, v)


cached_attention = Task("cached_attention", reference=_cached_attention, forbidden=ATTENTION)


def _matrices(channels, width):
    return [away_from_zero(*shape) / shape[1] ** 0.5 for shape in [(width, channels)] * 3 + [(channels, width)]]


def _read(cached_attention, x, sizes, layer, n_heads):
    """Read x in chunks; what comes out, chunk by chunk, and the last cache."""
    cache, outputs = None, []
    for chunk in x.split(sizes, dim=1):
        y, cache = cached_attention(chunk, cache, *layer, n_heads)
        outputs.append(y)
    return {"outputs": outputs, "cache": list(cache)}


@cached_attention.check(
    points=1,
    title="without a cache: causal attention of many heads, and a cache of all keys and values",
    hint="The first call is multi_head_attention with a causal mask; what it returns besides are k and v, in heads.",
    tolerance=1e-5,
)
def from_nothing(cached_attention):
    b, t, h, d = different(4, 2, 5)
    x, layer = away_from_zero(b, t, h * d + 1), _matrices(h * d + 1, h * d)
    return _read(cached_attention, x, [t], layer, h)


@cached_attention.check(
    points=1,
    title="token by token, gives what reading all at once gives",
    hint="Each new token's key and value go behind those in the cache, and it looks at all of them, itself too.",
    tolerance=1e-5,
)
def token_by_token(cached_attention):
    b, h, d = different(3, 2, 4)
    t = random.randint(4, 6)
    x, layer = away_from_zero(b, t, h * d), _matrices(h * d, h * d)
    return _read(cached_attention, x, [1] * t, layer, h)


@cached_attention.check(
    points=1,
    title="in chunks of several tokens, and with two continuations of one beginning",
    hint="Within a chunk nobody may see the future, and the cache that you are given stays as it is: somebody else may "
    "go on from it.",
    tolerance=1e-5,
)
def chunks_and_branches(cached_attention):
    b, h, d = different(3, 2, 4)
    x, layer = away_from_zero(b, 9, h * d), _matrices(h * d, h * d)

    def branches():
        _, cache = cached_attention(x[:, :4], None, *layer, h)
        first = cached_attention(x[:, 4:6], cache, *layer, h)[0]
        second = cached_attention(x[:, 6:8], cache, *layer, h)[0]
        return {"first": first, "second": second, "cache afterwards": list(cache)}

    return {
        "chunks": outcome(lambda: _read(cached_attention, x, [2, 4, 3], layer, h)),
        "branches": outcome(branches),
    }


@cached_attention.misconception(
    "In a chunk the first tokens see the later ones. One new token needs no mask; several do."
)
def chunk_without_mask(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    k, v = _with_past(cache, k, v)
    return _merge(_gather(q, k, v)) @ w_o.T, (k, v)


@cached_attention.misconception(
    "The mask lines the first new token up with the very first key, and new tokens see almost nothing of what is in the "
    "cache. They stand at the end."
)
def mask_from_the_start(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    k, v = _with_past(cache, k, v)
    mask = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).tril()
    return _merge(_gather(q, k, v, mask)) @ w_o.T, (k, v)


@cached_attention.misconception("The cache is never read: each chunk is attended to as if nothing had been before it.")
def past_not_read(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    y = _merge(_gather(q, k, v, _lower(q.shape[2], k.shape[2]))) @ w_o.T
    return y, _with_past(cache, k, v)


@cached_attention.misconception(
    "The cache that you return holds the new tokens only. Two tokens later, everything before them is forgotten."
)
def only_the_newest_kept(x, cache, w_q, w_k, w_v, w_o, n_heads):
    y, _ = _cached_attention(x, cache, w_q, w_k, w_v, w_o, n_heads)
    return y, tuple(_projected(x, n_heads, w_k, w_v))


@cached_attention.misconception(
    "New keys and values are put in front of the old ones. Their order is the order of the text, and the mask relies on "
    "it."
)
def new_ones_in_front(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    if cache is not None:
        k, v = torch.cat((k, cache[0]), dim=2), torch.cat((v, cache[1]), dim=2)
    return _merge(_gather(q, k, v, _lower(q.shape[2], k.shape[2]))) @ w_o.T, (k, v)


@cached_attention.misconception(
    "Only the keys are kept; the values are those of the new tokens, padded or repeated. A key that is found has to give "
    "its own value."
)
def values_not_kept(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    if cache is not None:
        k = torch.cat((cache[0], k), dim=2)
        v = torch.cat((torch.zeros_like(cache[1]), v), dim=2)
    return _merge(_gather(q, k, v, _lower(q.shape[2], k.shape[2]))) @ w_o.T, (k, v)


@cached_attention.misconception(
    "The cache was handed back with keys and values exchanged, or put together in that order: keys first, then values."
)
def exchanged_in_cache(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    if cache is not None:
        k, v = torch.cat((cache[1], k), dim=2), torch.cat((cache[0], v), dim=2)
    return _merge(_gather(q, k, v, _lower(q.shape[2], k.shape[2]))) @ w_o.T, (v, k)


@cached_attention.misconception(
    "The cache holds the keys as they were before being cut into heads. It should hold (batch, heads, tokens, width): "
    "what attention takes, so that nothing is done twice."
)
def cache_without_heads(x, cache, w_q, w_k, w_v, w_o, n_heads):
    wide_k, wide_v = x @ w_k.T, x @ w_v.T
    if cache is not None:
        wide_k, wide_v = torch.cat((cache[0], wide_k), dim=1), torch.cat((cache[1], wide_v), dim=1)
    (q,) = _projected(x, n_heads, w_q)
    k, v = (part.unflatten(-1, (n_heads, -1)).transpose(1, 2) for part in (wide_k, wide_v))
    return _merge(_gather(q, k, v, _lower(q.shape[2], k.shape[2]))) @ w_o.T, (wide_k, wide_v)


@cached_attention.misconception(
    "A new token looks at what was before and not at itself: its own key and value join the cache too late."
)
def without_itself(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    k, v = _with_past(cache, k, v)
    mask = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).tril(k.shape[2] - q.shape[2] - 1)
    return _merge(_gather(q, k, v, mask)) @ w_o.T, (k, v)


@cached_attention.misconception(
    "The cache that was given has been changed. Two continuations of one beginning now find each other's words in it. "
    "Join old and new into new tensors."
)
def cache_changed(x, cache, w_q, w_k, w_v, w_o, n_heads):
    y, (k, v) = _cached_attention(x, cache, w_q, w_k, w_v, w_o, n_heads)
    if cache is not None:
        for old, new in zip(cache, (k, v), strict=True):
            old.resize_(new.shape).copy_(new)
        return y, cache
    return y, (k, v)


@cached_attention.misconception(
    "Old and new are joined along the heads: there are more and more heads, and the time stands still. The axis that "
    "grows is time."
)
def joined_along_heads(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    if cache is not None:
        k, v = torch.cat((cache[0], k), dim=1), torch.cat((cache[1], v), dim=1)
        q = q.repeat(1, k.shape[1] // q.shape[1], 1, 1)
    gathered = _gather(q, k, v, _lower(q.shape[2], k.shape[2]))[:, :n_heads]
    return _merge(gathered) @ w_o.T, (k, v)


@cached_attention.alternative
def keys_and_values_stacked(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    kv = torch.stack((k, v))
    if cache is not None:
        kv = torch.cat((torch.stack(tuple(cache)), kv), dim=3)
    y = _merge(_gather(q, kv[0], kv[1], _lower(q.shape[2], kv.shape[3]))) @ w_o.T
    return y, kv


@cached_attention.alternative
def past_and_present_apart(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    old = 0 if cache is None else cache[0].shape[2]
    keys = k if cache is None else torch.cat([cache[0], k], 2)
    values = v if cache is None else torch.cat([cache[1], v], 2)
    rows = [
        _gather(q[:, :, t : t + 1], keys[:, :, : old + t + 1], values[:, :, : old + t + 1]) for t in range(q.shape[2])
    ]
    return [_merge(torch.cat(rows, dim=2)) @ w_o.T, [keys, values]]


@cached_attention.alternative
def places_compared(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = _projected(x, n_heads, w_q, w_k, w_v)
    if cache is None:
        cache = k[:, :, :0], v[:, :, :0]
    k, v = (torch.cat((old, new), dim=-2) for old, new in zip(cache, (k, v), strict=True))
    places = torch.arange(k.shape[2])
    mask = places <= places[-q.shape[2] :, None]
    return _merge(_gather(q, k, v, mask)) @ w_o.T, (k, v)


@cached_attention.alternative
def in_one_product(x, cache, w_q, w_k, w_v, w_o, n_heads):
    q, k, v = (
        part.unflatten(-1, (n_heads, -1)).transpose(1, 2) for part in (x @ torch.cat((w_q, w_k, w_v)).T).chunk(3, -1)
    )
    k, v = _with_past(cache, k, v)
    return _merge(_gather(q, k, v, _lower(q.shape[2], k.shape[2]))) @ w_o.T, (k, v)
