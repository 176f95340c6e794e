r"""Attention: every position looks at the others and takes from each as much as it matters.

Here is attention itself, as written in the formula and through torch's fused kernel. ``heads`` makes layers of it.

Masks are bool and True where attention is allowed; they combine with ``&``.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F


def softmax(x: torch.Tensor, dim: int) -> torch.Tensor:
    r"""Turn any numbers into weights: positive, with sum 1, larger where the number is larger.

    .. math:: \operatorname{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}} = \frac{e^{x_i - m}}{\sum_j e^{x_j - m}},
        \quad m = \max_j x_j

    The second form is computed: no exponent is above 0, so that nothing overflows.

    Args:
        x: floats of any shape; minus infinity gets the weight 0.
        dim: the axis along which the weights sum to 1.

    Returns:
        The shape and dtype of ``x``. Where all numbers are minus infinity there are no weights: nan, as in torch.

    Raises:
        ValueError: numbers that are not floats, or an axis that ``x`` does not have or that is empty.

    Source: Goodfellow, Bengio and Courville (2016), Deep Learning, section 4.1.
    """
    if not x.is_floating_point():
        raise ValueError(f"softmax needs floats, not {x.dtype}")
    if not -x.dim() <= dim < x.dim():
        raise ValueError(f"dim is {dim}; x of the shape {tuple(x.shape)} has the axes {-x.dim()} to {x.dim() - 1}")
    if x.shape[dim] == 0:
        raise ValueError(f"axis {dim} of x is empty: its shape is {tuple(x.shape)}")
    shift = x.detach().amax(dim, keepdim=True)  # a constant: subtracting it changes no weight and no gradient
    e = (x - shift).exp()
    return e / e.sum(dim, keepdim=True)


def causal_mask(queries: int, keys: int | None = None, device: torch.device | str | None = None) -> torch.Tensor:
    """Who may look at whom when nobody sees the future: each query sees the keys up to its own position.

    The queries are the last ones of the sequence. With a cache there are fewer queries than keys; the last query still
    sees every key.

    Args:
        queries: T, the number of queries.
        keys: S, the number of keys; T if None.
        device: where the mask is made.

    Returns:
        bool ``(T, S)``, True at ``[t, s]`` when ``s <= t + S - T``.
    """
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril(keys - queries)


def padding_mask(lengths: torch.Tensor, time: int | None = None, side: str = "right") -> torch.Tensor:
    """Which places of a padded batch hold tokens.

    A model takes this mask as it is; attention of many heads takes ``for_all_heads`` of it.

    Args:
        lengths: integers ``(batch,)``, the number of tokens in each row.
        time: the length that rows are padded to; the longest row's if None.
        side: where the padding stands, "right" or "left".

    Returns:
        bool ``(batch, time)``, True at tokens, False at padding.

    Raises:
        ValueError: lengths that are not one axis of integers from 0 to ``time``, or another side.
    """
    if lengths.dim() != 1 or lengths.is_floating_point() or lengths.dtype == torch.bool or len(lengths) == 0:
        raise ValueError(f"lengths must be integers (batch,), not {lengths.dtype} {tuple(lengths.shape)}")
    longest = int(lengths.max())
    time = longest if time is None else time
    if longest > time or lengths.min() < 0:
        raise ValueError(f"lengths from {int(lengths.min())} to {longest} do not fit; they go from 0 to {time}")
    places = torch.arange(time, device=lengths.device)
    if side == "right":
        return places < lengths[:, None]
    if side == "left":
        return places >= time - lengths[:, None]
    raise ValueError(f"side is {side!r}; padding stands 'right' or 'left'")


def for_all_heads(mask: torch.Tensor, batch: int, keys: int) -> torch.Tensor:
    """A padding mask ``(batch, keys)`` as ``(batch, 1, 1, keys)``, the same for every head and every query.

    Raises:
        ValueError: a mask of another shape or dtype.
    """
    if mask.shape != (batch, keys) or mask.dtype != torch.bool:
        raise ValueError(f"mask must be bool ({batch}, {keys}), True at tokens, not {mask.dtype} {tuple(mask.shape)}")
    return mask[:, None, None, :]


def attention_weights(q: torch.Tensor, k: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    r"""How much each query takes from each key.

    .. math:: \operatorname{softmax}\!\left(q k^\top / \sqrt{d}\right)

    Args:
        q: queries ``(..., T, d)``.
        k: keys ``(..., S, d)``.
        mask: bool, broadcast to ``(..., T, S)``, True where attention is allowed.

    Returns:
        ``(..., T, S)``; each row sums to 1, and is 0 throughout where no key is allowed.

    Source: Vaswani et al. (2017), Attention Is All You Need, section 3.2.1.
    """
    scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5  # ... T S
    if mask is None:
        return softmax(scores, dim=-1)
    weights = softmax(scores.masked_fill(~mask, -torch.inf), dim=-1)
    return weights.masked_fill(~mask, 0.0)  # changes only rows without any key, where softmax gives nan


def scaled_dot_product_attention(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    mask: torch.Tensor | None = None,
    causal: bool = False,
    dropout: float = 0.0,
) -> torch.Tensor:
    r"""Average the values, each weighted by how well its key matches the query.

    .. math:: \operatorname{softmax}\!\left(q k^\top / \sqrt{d}\right) v

    This is the plain form: it holds all T x S weights in memory. ``fused_attention`` computes the same.

    Args:
        q: queries ``(..., T, d)``.
        k: keys ``(..., S, d)``.
        v: values ``(..., S, e)``.
        mask: bool, broadcast to ``(..., T, S)``, True where attention is allowed. A row without any True gives zeros.
        causal: forbid the keys that ``causal_mask(T, S)`` forbids, too.
        dropout: the probability that a weight is set to 0; the others grow to make up for it.

    Keys and values may have fewer heads (the axis before the last two) than queries: the first query heads then share
    the first key head, the next ones the second, and so on (Ainslie et al. 2023, GQA, section 2.2).

    Returns:
        ``(..., T, e)``, same dtype as ``v``.

    Raises:
        ValueError: shapes that do not fit, or a mask that is not bool; the message names them.

    Source: Vaswani et al. (2017), Attention Is All You Need, section 3.2.1.
    """
    _check(q, k, v, mask)
    if causal:
        mask = _and_causal(mask, q, k)
    if _grouped(q, k):
        group = q.shape[-3] // k.shape[-3]
        k, v = k.repeat_interleave(group, dim=-3), v.repeat_interleave(group, dim=-3)
    return F.dropout(attention_weights(q, k, mask), dropout) @ v


def fused_attention(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    mask: torch.Tensor | None = None,
    causal: bool = False,
    dropout: float = 0.0,
) -> torch.Tensor:
    """``scaled_dot_product_attention`` through torch's kernel: the same numbers, faster, with far less memory.

    The kernel goes through the keys in tiles and keeps a running maximum and sum of each row, so that the T x S weights
    never exist as a whole.

    Arguments, result and errors are those of ``scaled_dot_product_attention``.

    Source: Dao et al. (2022), FlashAttention, section 3.1.
    """
    _check(q, k, v, mask)
    if causal and q.shape[-2] == 1:
        causal = False  # the newest token may look at everything
    elif causal and (mask is not None or q.shape[-2] != k.shape[-2]):
        # The kernel's own causal mask lets the *first* query see the first key; ours lets the *last* see the last.
        mask, causal = _and_causal(mask, q, k), False
    return F.scaled_dot_product_attention(q, k, v, mask, dropout, causal, enable_gqa=_grouped(q, k))


def _and_causal(mask: torch.Tensor | None, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    causal = causal_mask(q.shape[-2], k.shape[-2], device=q.device)
    return causal if mask is None else mask & causal


def _check(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None) -> None:
    """Looks at shapes and dtypes only, so that it takes a microsecond and never waits for a device."""
    same_width = q.dim() == k.dim() == v.dim() >= 2 and q.shape[-1] == k.shape[-1]
    one_value_per_key = same_width and k.shape[:-1] == v.shape[:-1] and k.shape[-2] > 0
    if not one_value_per_key or (q.shape[:-2] != k.shape[:-2] and not _grouped(q, k)):
        got = f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}"
        raise ValueError(f"attention takes q (..., T, d), k (..., S, d), v (..., S, e) with S at least 1; got {got}")
    if not (q.is_floating_point() and q.dtype == k.dtype == v.dtype):
        raise ValueError(f"q, k, v must be floats of one dtype, not {q.dtype}, {k.dtype}, {v.dtype}")
    if mask is not None:
        full = (*q.shape[:-1], k.shape[-2])
        if mask.dtype != torch.bool:
            raise ValueError(f"a mask is bool, True where attention is allowed; got {mask.dtype}")
        pairs = zip(reversed(mask.shape), reversed(full), strict=False)
        if mask.dim() > len(full) or any(size not in (1, limit) for size, limit in pairs):
            raise ValueError(f"a mask of the shape {tuple(mask.shape)} does not broadcast to (..., T, S) = {full}")


def _grouped(q: torch.Tensor, k: torch.Tensor) -> bool:
    """Whether k has fewer heads than q, each shared by a whole number of q's."""
    return q.dim() > 3 and q.shape[:-3] == k.shape[:-3] and q.shape[-3] > k.shape[-3] > 0 == q.shape[-3] % k.shape[-3]
