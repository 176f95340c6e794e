r"""One decoding step of a GPT, written out flat.

A small model on a CPU spends most of a decoding step not on arithmetic but on the way to it: every layer is a module
that is called, looks its weights up by name and checks what it was given. Here the weights are looked up once, and the
step is a list of operations. It is the same function as ``GPT.forward``, with the same cache; a test holds them equal.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .attention import for_all_heads, fused_attention, scaled_dot_product_attention
from .blocks import PreNormBlock
from .cache import KeyValueCache, layer_caches
from .embedding import TokenEmbedding, look_up
from .feed_forward import FeedForward
from .gpt import GPT
from .heads import MultiHeadAttention
from .norms import LayerNorm
from .positions import LearnedPositions, position_rows

PARTS_OF_GPT = {GPT, TokenEmbedding, LearnedPositions, PreNormBlock, MultiHeadAttention, FeedForward, LayerNorm}
PARTS_OF_TORCH = {nn.ModuleList, nn.Dropout, nn.Linear, nn.GELU}


class FastStep:
    """``model(ids, cache, mask, position_ids)[:, -1]`` for one new token in each row.

    The first tokens, the prompt, go through the model itself::

        cache = model.new_cache()
        logits = model(prompt, cache)[:, -1]
        step = FastStep(model)
        while ...:
            logits = step(next_ids, cache)

    It holds the tensors that are the model's when it is made: make it anew after ``model.to(...)``. Hooks on the
    model's modules are not called.

    Args:
        model: a GPT in evaluation mode.

    Raises:
        ValueError: a model in training mode, which has dropout.
    """

    def __init__(self, model: GPT) -> None:
        if model.training:
            raise ValueError("the model is in training mode; call model.eval() first")
        self.model = model
        self.blocks = []
        for block in model.blocks:
            attention, feed_forward = block.attention, block.feed_forward
            norms = _norm(block.attention_norm), _norm(block.feed_forward_norm)
            matrices = [_matrix(layer) for layer in (attention.qkv, attention.out, feed_forward.up, feed_forward.down)]
            self.blocks.append((*norms, *matrices))
        self.last_norm = _norm(model.norm)
        self.tokens, self.positions = model.tokens.weight.detach(), model.positions.weight.detach()

    @torch.no_grad()
    def __call__(
        self,
        ids: torch.Tensor,
        cache: list[KeyValueCache],
        mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The logits after one more token.

        Args:
            ids: integers ``(batch, 1)``.
            cache: the tokens before; the new ones are added.
            mask: as in ``GPT.forward``.
            position_ids: as in ``GPT.forward``.

        Returns:
            logits ``(batch, vocab_size)``.

        Raises:
            ValueError: another number of ids, and whatever ``GPT.forward`` refuses.
        """
        batch, n_heads = len(ids), self.model.config.n_heads
        start = layer_caches(cache, len(self.blocks))[0].length
        if ids.shape != (batch, 1):
            raise ValueError(f"a step takes ids (batch, 1), not {tuple(ids.shape)}; longer ones go through the model")
        if mask is not None:
            mask = for_all_heads(mask, batch, start + 1)
        x = look_up(ids, self.tokens, "token id") + position_rows(self.positions, batch, 1, position_ids, start)
        x = x[:, 0]  # B C
        for weights, kept in zip(self.blocks, cache, strict=True):
            attention_norm, feed_forward_norm, qkv, out, up, down = weights
            heads = torch.addmm(qkv[0], torch.layer_norm(x, *attention_norm), qkv[1]).view(batch, 3 * n_heads, 1, -1)
            q, k, v = heads.split(n_heads, dim=1)  # B H 1 D
            k, v = kept.append(k, v)  # B H S D
            gathered = F.scaled_dot_product_attention(q, k, v, mask)  # B H 1 D
            x = x + torch.addmm(out[0], gathered.view(batch, -1), out[1])
            h = F.gelu(torch.addmm(up[0], torch.layer_norm(x, *feed_forward_norm), up[1]), approximate="tanh")
            x = x + torch.addmm(down[0], h, down[1])
        return F.linear(torch.layer_norm(x, *self.last_norm), self.tokens)  # B V


def is_plain_gpt(model: nn.Module) -> bool:
    """Whether ``FastStep`` and ``NumpyStep`` compute what this model does: a GPT none of whose parts was exchanged.

    Who exchanges an activation or an attention, or hangs a hook into a layer, gets the model itself, slower.
    """
    modules = list(model.modules())
    return (
        {type(module) for module in modules} == PARTS_OF_GPT | PARTS_OF_TORCH
        and not any(module._forward_hooks or module._forward_pre_hooks for module in modules)
        and all(
            block.attention.attend in (fused_attention, scaled_dot_product_attention)
            and block.attention.causal
            and block.attention.positions is None
            and block.feed_forward.activation.approximate == "tanh"
            for block in model.blocks
        )
    )


def _norm(layer: LayerNorm) -> tuple[list[int], torch.Tensor, torch.Tensor, float]:
    return list(layer.weight.shape), layer.weight.detach(), layer.bias.detach(), layer.eps


def _matrix(layer: nn.Linear) -> tuple[torch.Tensor, torch.Tensor]:
    """Bias and weight as ``torch.addmm`` takes them."""
    return layer.bias.detach(), layer.weight.detach().t()
