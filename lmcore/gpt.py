r"""GPT-2: a stack of blocks between an embedding and an output that share their weights.

::

    ids -> token vectors + position vectors -> [block] x n_layers -> norm -> logits
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from .blocks import PreNormBlock
from .decoder import Decoder
from .embedding import TokenEmbedding
from .feed_forward import FeedForward
from .heads import MultiHeadAttention
from .norms import LayerNorm
from .positions import LearnedPositions


@dataclass(frozen=True)
class GPTConfig:
    """The size of a GPT. The defaults are the smallest GPT-2's.

    ====== ======== ======= ======= =============
    GPT-2  n_layers n_heads d_model n_parameters
    ====== ======== ======= ======= =============
    small  12       12      768       124,439,808
    medium 24       16      1024      354,823,168
    large  36       20      1280      774,030,080
    XL     48       25      1600    1,557,611,200
    ====== ======== ======= ======= =============

    Args:
        vocab_size: number of different token ids.
        context: the largest number of tokens that it can look at.
        n_layers: number of blocks.
        n_heads: number of attention heads in a block; divides ``d_model``.
        d_model: width of the residual stream.
        dropout: the probability, in training, that a number is set to 0: after the embedding, among attention weights,
            and at the output of each layer.

    Raises:
        ValueError: a size below 1, heads that do not divide ``d_model``, or a dropout outside 0 to 1.

    Source: Radford et al. (2019), Language Models are Unsupervised Multitask Learners, section 2.3.
    """

    vocab_size: int = 50257
    context: int = 1024
    n_layers: int = 12
    n_heads: int = 12
    d_model: int = 768
    dropout: float = 0.0

    def __post_init__(self) -> None:
        for name in ("vocab_size", "context", "n_layers", "n_heads", "d_model"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.d_model % self.n_heads:
            raise ValueError(f"n_heads is {self.n_heads}, which does not divide d_model, {self.d_model}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}; it must be from 0 to below 1")

    @property
    def n_parameters(self) -> int:
        """Number of learned numbers; tokens and output share theirs, which count once."""
        d = self.d_model
        attention = 4 * d * d + 4 * d  # query, key, value, out; and their biases
        feed_forward = 8 * d * d + 5 * d  # d to 4d and back; and their biases
        norms = 4 * d  # two, each with weight and bias
        embedding = self.vocab_size * d + self.context * d
        return embedding + self.n_layers * (attention + feed_forward + norms) + 2 * d

    def forward_flops(self, batch: int, time: int, past: int = 0) -> int:
        """Floating-point operations of matrix products in one forward pass; a training step costs three times as many.

        A product of (m, k) with (k, n) counts 2mkn. Attention counts every pair of query and key, also those that the
        causal mask forbids.

        Args:
            batch: number of rows.
            time: number of tokens in each.
            past: number of tokens in the cache.
        """
        d = self.d_model
        per_token = 2 * (self.n_layers * 12 * d * d + self.vocab_size * d)
        per_pair = 2 * self.n_layers * 2 * d  # the score, and the weight times the value
        return batch * time * (per_token + (past + time) * per_pair)


class GPT(Decoder):
    r"""GPT-2: pre-norm blocks, learned positions, output weights tied to the token vectors.

    Initialised as GPT-2 was: matrices normal with standard deviation 0.02, biases 0; the two matrices of a block that
    write into the residual stream are smaller by :math:`1 / \sqrt{2 \cdot \text{n\_layers}}`, so that the sum of all
    they add has the same variance at any depth.

    ``Decoder`` says how it is called.

    Args:
        config: its size.

    Source: Radford et al. (2019), section 2.3; for the tied weights Press and Wolf (2017).
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        d = config.d_model
        self.config = config
        self.tokens = TokenEmbedding(config.vocab_size, d)
        self.positions = LearnedPositions(config.context, d)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            PreNormBlock(
                attention=MultiHeadAttention(d, config.n_heads, dropout=config.dropout),
                feed_forward=FeedForward(d, 4 * d),
                attention_norm=LayerNorm(d),
                feed_forward_norm=LayerNorm(d),
                dropout=config.dropout,
            )
            for _ in range(config.n_layers)
        )
        self.norm = LayerNorm(d)
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """Draw all weights anew, from torch's global generator."""
        for name, parameter in self.named_parameters():
            if "norm" in name:
                parameter.fill_(1.0 if name.endswith("weight") else 0.0)
            elif name.endswith("bias"):
                parameter.zero_()
            elif name.endswith(("attention.out.weight", "feed_forward.down.weight")):
                parameter.normal_(std=0.02 / (2 * self.config.n_layers) ** 0.5)
            else:
                parameter.normal_(std=0.02)

    def embed(self, ids: torch.Tensor, position_ids: torch.Tensor | None, start: int) -> torch.Tensor:
        """Token vectors plus position vectors, ``(batch, time, d_model)``."""
        return self.dropout(self.positions(self.tokens(ids), position_ids, start))

    @property
    def output_weight(self) -> torch.Tensor:
        """The token vectors."""
        return self.tokens.weight
