r"""A block of a transformer: attention gathers from others, feed-forward works on it; each adds to what was there.

The sum is the residual stream: a layer changes what is in it, and gradients run through it undisturbed. A block takes
its parts as arguments; ``gpt`` and ``llama`` show with which.
"""

from __future__ import annotations

import torch
from torch import nn

from .cache import KeyValueCache


def dropout(x: torch.Tensor, p: float) -> torch.Tensor:
    r"""Set each number to 0 with probability p, so that a model cannot rely on any single one.

    .. math:: \frac{m \odot x}{1 - p}, \qquad m_i = 1 \text{ with probability } 1 - p \text{, else } 0

    Dividing keeps the expectation, so that nothing needs to be scaled when the model is used. This is the plain form of
    ``torch.nn.functional.dropout``, which blocks use (through ``torch.nn.Dropout``: in training only).

    Args:
        x: floats of any shape.
        p: from 0 to 1; 1 gives zeros.

    Raises:
        ValueError: a p outside 0 to 1.

    Source: Srivastava et al. (2014), Dropout, section 4, scaled in training as in section 10.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p is {p}; a probability is between 0 and 1")
    if p == 1:
        return x * 0
    kept = torch.empty_like(x).bernoulli_(1 - p)
    return x * kept / (1 - p)


class PreNormBlock(nn.Module):
    r"""Normalise what goes into a layer, and add the layer's output to the untouched stream.

    .. math:: x' &= x + \operatorname{attention}(\operatorname{norm}_1(x)) \\
              y &= x' + \operatorname{feed\_forward}(\operatorname{norm}_2(x'))

    Trains without a warm-up, also when deep; the stream is normalised once, after the last block. GPT-2 and everything
    since.

    Args:
        attention: such as ``MultiHeadAttention``; called as ``attention(x, mask, cache, position_ids)``.
        feed_forward: such as ``FeedForward`` or ``SwiGLU``.
        attention_norm: the norm before attention, such as ``LayerNorm`` or ``RMSNorm``.
        feed_forward_norm: the norm before the feed-forward layer, another one of the same kind.
        dropout: the probability, in training, that a number of a layer's output is set to 0.

    Source: Radford et al. (2019), Language Models are Unsupervised Multitask Learners, section 2.3; Xiong et al.
    (2020), On Layer Normalization in the Transformer Architecture.
    """

    def __init__(
        self,
        attention: nn.Module,
        feed_forward: nn.Module,
        attention_norm: nn.Module,
        feed_forward_norm: nn.Module,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.attention_norm = attention_norm
        self.attention = attention
        self.feed_forward_norm = feed_forward_norm
        self.feed_forward = feed_forward
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: torch.Tensor,
        mask: torch.Tensor | None = None,
        cache: KeyValueCache | None = None,
        position_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """``(batch, time, d_model)`` to the same shape; the other arguments go to attention, which describes them."""
        x = x + self.dropout(self.attention(self.attention_norm(x), mask, cache, position_ids))
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))


class PostNormBlock(PreNormBlock):
    r"""Normalise after adding, as the first transformer did. The parts are those of ``PreNormBlock``.

    .. math:: x' &= \operatorname{norm}_1(x + \operatorname{attention}(x)) \\
              y &= \operatorname{norm}_2(x' + \operatorname{feed\_forward}(x'))

    Source: Vaswani et al. (2017), Attention Is All You Need, section 3.1.
    """

    def forward(
        self,
        x: torch.Tensor,
        mask: torch.Tensor | None = None,
        cache: KeyValueCache | None = None,
        position_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """As ``PreNormBlock.forward``."""
        x = self.attention_norm(x + self.dropout(self.attention(x, mask, cache, position_ids)))
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))
