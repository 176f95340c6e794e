r"""Layers of attention: one head, and many side by side.

A head learns three projections: what a token asks for (query), what it offers (key), and what it gives (value).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from .attention import fused_attention, scaled_dot_product_attention
from .cache import KeyValueCache


class SelfAttentionHead(nn.Module):
    r"""One head of self-attention, in its plain form.

    .. math:: \operatorname{attention}(x W_q^\top, x W_k^\top, x W_v^\top)

    Args:
        d_model: width of the input.
        d_head: width of queries, keys, values and of the output.
        causal: let no position see a later one.

    Source: Vaswani et al. (2017), Attention Is All You Need, section 3.2.2.
    """

    def __init__(self, d_model: int, d_head: int, causal: bool = True) -> None:
        super().__init__()
        self.causal = causal
        self.query = nn.Linear(d_model, d_head, bias=False)
        self.key = nn.Linear(d_model, d_head, bias=False)
        self.value = nn.Linear(d_model, d_head, bias=False)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Let every position gather from the others.

        Args:
            x: ``(batch, time, d_model)``.
            mask: bool, broadcast to ``(batch, time, time)``, True where attention is allowed.

        Returns:
            ``(batch, time, d_head)``.

        Raises:
            ValueError: an input of another width, or a mask that does not fit.
        """
        check_width(x, self.query.in_features)
        return scaled_dot_product_attention(self.query(x), self.key(x), self.value(x), mask, self.causal)


class MultiHeadAttention(nn.Module):
    r"""Many heads side by side, each looking for something else; a last projection mixes what they found.

    .. math:: \operatorname{concat}(\text{head}_1, \dots, \text{head}_n) W_o^\top + b_o

    The projections of all heads are one matrix, ``qkv``: one large product is faster than three times ``n_heads`` small
    ones. Its rows are the queries of all heads, then the keys of all heads, then the values.

    Args:
        d_model: width of input and output.
        n_heads: number of query heads.
        n_kv_heads: number of key and value heads; ``n_heads`` if None. Fewer make the cache smaller: query heads share
            keys and values in groups of ``n_heads / n_kv_heads`` (1: multi-query attention).
        d_head: width of a head; ``d_model / n_heads`` if None.
        bias: whether the projections have a bias.
        causal: let no position see a later one.
        positions: what tells queries and keys where they are, such as ``RotaryPositions``; None for nothing.
        dropout: the probability, in training, that an attention weight is set to 0.
        attend: attention itself: ``fused_attention`` or its plain form.

    Raises:
        ValueError: heads that do not divide ``d_model``, or key heads that do not divide the query heads.

    Source: Vaswani et al. (2017), section 3.2.2; Ainslie et al. (2023), GQA, section 2.2.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        n_kv_heads: int | None = None,
        d_head: int | None = None,
        bias: bool = True,
        causal: bool = True,
        positions: nn.Module | None = None,
        dropout: float = 0.0,
        attend: Callable[..., torch.Tensor] = fused_attention,
    ) -> None:
        super().__init__()
        n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
        if n_heads < 1 or (d_head is None and d_model % n_heads):
            raise ValueError(f"{n_heads} heads do not divide a width of {d_model}")
        if n_kv_heads < 1 or n_heads % n_kv_heads:
            raise ValueError(f"{n_kv_heads} key heads do not divide {n_heads} query heads")
        self.d_head = d_model // n_heads if d_head is None else d_head
        self.heads = (n_heads, n_kv_heads, n_kv_heads)
        self.causal = causal
        self.positions = positions
        self.dropout = dropout
        self.attend = attend
        self.qkv = nn.Linear(d_model, sum(self.heads) * self.d_head, bias=bias)
        self.out = nn.Linear(n_heads * self.d_head, d_model, bias=bias)

    def forward(
        self,
        x: torch.Tensor,
        mask: torch.Tensor | None = None,
        cache: KeyValueCache | None = None,
        position_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Let every position gather from the others, and from those in the cache.

        Args:
            x: ``(batch, time, d_model)``.
            mask: bool, broadcast to ``(batch, n_heads, time, keys)``, True where attention is allowed; ``keys`` counts
                the tokens in the cache and those of ``x``. A padding mask goes in as ``for_all_heads`` of it.
            cache: keys and values of the tokens before ``x``; those of ``x`` are added to it.
            position_ids: integers ``(time,)`` or ``(batch, time)``, where the tokens of ``x`` stand; if None they
                follow the tokens in the cache.

        Returns:
            ``(batch, time, d_model)``.

        Raises:
            ValueError: an input of another width, a mask that does not fit, a cache that is full.
        """
        check_width(x, self.qkv.in_features)
        batch, time, _ = x.shape
        qkv = self.qkv(x).view(batch, time, -1, self.d_head)  # B T (H + 2 Hkv) D
        q, k, v = (part.transpose(1, 2) for part in qkv.split(self.heads, dim=2))  # B H T D, twice B Hkv T D
        if self.positions is not None:
            start = 0 if cache is None else cache.length
            q, k = self.positions(q, position_ids, start), self.positions(k, position_ids, start)
        if cache is not None:
            k, v = cache.append(k, v)  # B Hkv S D
        dropout = self.dropout if self.training else 0.0
        gathered = self.attend(q, k, v, mask, self.causal, dropout)  # B H T D
        return self.out(gathered.transpose(1, 2).flatten(2))  # B T C


def check_width(x: torch.Tensor, d_model: int) -> None:
    """Raise a ValueError unless x is ``(batch, time, d_model)``."""
    if x.dim() != 3 or x.shape[-1] != d_model:
        raise ValueError(f"this layer takes (batch, time, {d_model}), not {tuple(x.shape)}")
