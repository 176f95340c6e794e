r"""How well does a key match a query? Four answers, from the simplest to the most general.

Each takes queries ``(..., T, d)`` and keys ``(..., S, e)`` and gives scores ``(..., T, S)``, any number, larger for a
better match. ``attention.softmax`` turns a row of scores into weights.
"""

from __future__ import annotations

import torch


def dot_score(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    r"""Similar vectors match: :math:`q^\top k`. Nothing is learned; queries and keys have the same width.

    Source: Luong, Pham and Manning (2015), Effective Approaches to Attention-based Neural Machine Translation,
    section 3.1.
    """
    return _product(q, k)


def multiplicative_score(q: torch.Tensor, k: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    r"""A matrix learns what matches what: :math:`q^\top W k`.

    Args:
        q: queries ``(..., T, d)``.
        k: keys ``(..., S, e)``.
        w: ``(d, e)``.

    Source: Luong, Pham and Manning (2015), section 3.1 ("general").
    """
    return _product(_product(q, w.transpose(-2, -1)), k)


def reduced_rank_score(q: torch.Tensor, k: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    r"""The matrix as a product of two thin ones: :math:`q^\top U^\top V k = (U q)^\top (V k)`.

    With r far below d and e there is far less to learn. This is what one head of a transformer does, and U q and V k
    are what it calls query and key.

    Args:
        q: queries ``(..., T, d)``.
        k: keys ``(..., S, e)``.
        u: ``(r, d)``.
        v: ``(r, e)``.

    Source: Vaswani et al. (2017), Attention Is All You Need, section 3.2.2.
    """
    return _product(_product(q, u), _product(k, v))


def additive_score(q: torch.Tensor, k: torch.Tensor, w: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    r"""A small network with one hidden layer: :math:`v^\top \tanh(W q + U k)`.

    Args:
        q: queries ``(..., T, d)``.
        k: keys ``(..., S, e)``.
        w: ``(h, d)``.
        u: ``(h, e)``.
        v: ``(h,)``.

    It holds T x S x h numbers in memory, which is why the others are more common.

    Source: Bahdanau, Cho and Bengio (2015), section 3.1 and appendix A.1.2.
    """
    hidden = _product(q, w).unsqueeze(-2) + _product(k, u).unsqueeze(-3)  # ... T S h
    return torch.tanh(hidden) @ v


def _product(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Every row of x times every row of y."""
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(f"rows of width {x.shape[-1]} cannot be multiplied with rows of width {y.shape[-1]}")
    return x @ y.transpose(-2, -1)
