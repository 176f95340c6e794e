r"""LLaMA's recipe, the modern decoder: the frame of GPT-2 with four parts exchanged.

================== =========================== ===========================
part               GPT-2                       here
================== =========================== ===========================
positions          learned vectors, added once rotary, in every attention
norm               LayerNorm                   RMSNorm
feed-forward       4d wide, GELU               SwiGLU
keys and values    one for each query head     shared by groups of heads
================== =========================== ===========================

And no biases, and no dropout.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from .blocks import PreNormBlock
from .decoder import Decoder
from .embedding import TokenEmbedding
from .feed_forward import SwiGLU
from .heads import MultiHeadAttention
from .norms import RMSNorm
from .positions import RotaryPositions


@dataclass(frozen=True)
class LlamaConfig:
    """The size of a Llama.

    ============= ========== ======== ======= ========== ======= ====== =============
    model         vocab_size n_layers n_heads n_kv_heads d_model d_ff   n_parameters
    ============= ========== ======== ======= ========== ======= ====== =============
    LLaMA 7B      32000      32       32      32         4096    11008  6,738,415,616
    TinyLlama     32000      22       32      4          2048    5632   1,100,048,384
    SmolLM2 135M  49152      30       9       3          576     1536     134,515,008
    ============= ========== ======== ======= ========== ======= ====== =============

    Args:
        vocab_size: number of different token ids.
        context: the largest number of tokens that it can look at.
        n_layers: number of blocks.
        n_heads: number of query heads in a block.
        n_kv_heads: number of key and value heads, a divisor of ``n_heads``.
        d_model: width of the residual stream.
        d_ff: width inside the feed-forward layer.
        d_head: width of a head, even; ``d_model / n_heads`` if None.
        rotary_base: how slow the slowest rotation is; longer contexts want more.
        norm_eps: what the norms add under the root.
        tied: whether output and token vectors share their weights, which spares small models much.

    Raises:
        ValueError: a size below 1, heads that do not divide, or heads of odd width.

    Source: Touvron et al. (2023), LLaMA, section 2.2; Touvron et al. (2023), Llama 2, section 2.2, for grouped queries.
    """

    vocab_size: int
    context: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_model: int
    d_ff: int
    d_head: int | None = None
    rotary_base: float = 10000.0
    norm_eps: float = 1e-5
    tied: bool = False

    def __post_init__(self) -> None:
        for name in ("vocab_size", "context", "n_layers", "n_heads", "n_kv_heads", "d_model", "d_ff"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.n_heads % self.n_kv_heads:
            raise ValueError(f"n_kv_heads is {self.n_kv_heads}, which does not divide n_heads, {self.n_heads}")
        if self.d_head is None and self.d_model % self.n_heads:
            raise ValueError(f"n_heads is {self.n_heads}, which does not divide d_model, {self.d_model}")
        if self.head_width < 2 or self.head_width % 2:
            raise ValueError(f"heads are {self.head_width} wide; rotary positions need an even width")

    @property
    def head_width(self) -> int:
        """``d_head``, or what follows from the other sizes."""
        return self.d_model // self.n_heads if self.d_head is None else self.d_head

    @property
    def _block_matrices(self) -> int:
        """Number of weights in the matrices of one block."""
        query_and_out = 2 * self.d_model * self.n_heads * self.head_width
        key_and_value = 2 * self.d_model * self.n_kv_heads * self.head_width
        return query_and_out + key_and_value + 3 * self.d_model * self.d_ff

    @property
    def n_parameters(self) -> int:
        """Number of learned numbers; weights that are shared count once."""
        tables = self.vocab_size * self.d_model * (1 if self.tied else 2)
        return tables + self.n_layers * (self._block_matrices + 2 * self.d_model) + self.d_model

    def forward_flops(self, batch: int, time: int, past: int = 0) -> int:
        """Floating-point operations of matrix products in one forward pass, as ``GPTConfig.forward_flops``.

        Args:
            batch: number of rows.
            time: number of tokens in each.
            past: number of tokens in the cache.
        """
        per_token = 2 * (self.n_layers * self._block_matrices + self.vocab_size * self.d_model)
        per_pair = 2 * self.n_layers * 2 * self.n_heads * self.head_width
        return batch * time * (per_token + (past + time) * per_pair)


class Llama(Decoder):
    r"""The modern decoder: pre-norm blocks of grouped-query attention with rotary positions, and SwiGLU.

    Matrices begin normal with standard deviation :math:`1 / \sqrt{\text{inputs}}`, so that numbers keep their size on
    the way through one, however wide it is, and token vectors with :math:`1 / \sqrt{\text{d\_model}}`. The two matrices
    of a block that write into the residual stream are smaller by :math:`1 / \sqrt{2 \cdot \text{n\_layers}}`, as in
    GPT-2. At the widths of large models this is much the same as the 0.02 that is usual there; a narrow model that
    begins with 0.02 takes several times as long to learn to copy.

    Args:
        config: its size.

    Source: Touvron et al. (2023), LLaMA, section 2.2, which does not tell how weights begin; LeCun et al. (1998),
    Efficient BackProp, section 4.6.
    """

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        d = config.d_model
        self.config = config
        self.tokens = TokenEmbedding(config.vocab_size, d)
        rotary = RotaryPositions(config.context, config.head_width, config.rotary_base, pairing="half")
        self.blocks = nn.ModuleList(
            PreNormBlock(
                attention=MultiHeadAttention(
                    d, config.n_heads, config.n_kv_heads, config.d_head, bias=False, positions=rotary
                ),
                feed_forward=SwiGLU(d, config.d_ff),
                attention_norm=RMSNorm(d, config.norm_eps),
                feed_forward_norm=RMSNorm(d, config.norm_eps),
            )
            for _ in range(config.n_layers)
        )
        self.norm = RMSNorm(d, config.norm_eps)
        self.output = None if config.tied else nn.Linear(d, config.vocab_size, bias=False)
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """Draw all weights anew, from torch's global generator."""
        for name, parameter in self.named_parameters():
            if "norm" in name:
                parameter.fill_(1.0)
            else:
                writes = name.endswith(("attention.out.weight", "feed_forward.down.weight"))
                depth = 2 * self.config.n_layers if writes else 1
                parameter.normal_(std=(parameter.shape[1] * depth) ** -0.5)

    def embed(self, ids: torch.Tensor, position_ids: torch.Tensor | None, start: int) -> torch.Tensor:
        """Token vectors, ``(batch, time, d_model)``; positions come in later, where queries meet keys."""
        return self.tokens(ids)

    @property
    def output_weight(self) -> torch.Tensor:
        """A matrix of its own, or the token vectors."""
        return self.tokens.weight if self.output is None else self.output.weight
