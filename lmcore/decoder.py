"""What every decoder does: embed tokens, go through the blocks, make logits. A family says how it embeds and writes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .attention import for_all_heads
from .cache import KeyValueCache, layer_caches


class Decoder(nn.Module):
    """The part that ``GPT`` and ``Llama`` have in common.

    A family's class makes, in ``__init__``, ``config`` (with ``context``), ``blocks`` and ``norm``, and defines
    ``embed`` and ``output_weight``.
    """

    blocks: nn.ModuleList
    norm: nn.Module

    def embed(self, ids: torch.Tensor, position_ids: torch.Tensor | None, start: int) -> torch.Tensor:
        """Token ids ``(batch, time)`` to vectors ``(batch, time, d_model)``; the first one stands at ``start``."""
        raise NotImplementedError

    @property
    def output_weight(self) -> torch.Tensor:
        """``(vocab_size, d_model)``: a row for each token, whose product with a hidden vector is the token's logit."""
        raise NotImplementedError

    def forward(
        self,
        ids: torch.Tensor,
        cache: list[KeyValueCache] | None = None,
        mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """At each position, how likely each token is to come next.

        Args:
            ids: integers ``(batch, time)``.
            cache: from ``new_cache``. It holds the tokens before ``ids``; those of ``ids`` are added.
            mask: bool ``(batch, tokens)``, True at tokens and False at padding, for those in the cache and in ``ids``;
                see ``padding_mask``. Padding on the right needs none: nothing before it can see it.
            position_ids: integers ``(time,)`` or ``(batch, time)``; if None tokens count from 0, or from the end of the
                cache. Padding on the left needs them where positions are learned; rotary ones tell distances only.

        Returns:
            logits ``(batch, time, vocab_size)``; ``softmax`` makes them probabilities.

        Raises:
            ValueError: ids that are not integers ``(batch, time)`` or outside the vocabulary, more tokens than the
                context or the cache has room for, a mask or positions that do not fit the ids. On a GPU ids outside the
                vocabulary stop the program instead, as checking would mean waiting at each step (``look_up``).
        """
        return self.logits(self.hidden(ids, cache, mask, position_ids))

    def hidden(
        self,
        ids: torch.Tensor,
        cache: list[KeyValueCache] | None = None,
        mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """What the model makes of each position, before the output: ``(batch, time, d_model)``.

        For whoever needs the logits of a few positions only: ``model.logits(model.hidden(ids)[:, -1])``. The arguments
        are those of ``forward``.
        """
        caches = layer_caches(cache, len(self.blocks))
        start = caches[0].length if cache else 0
        x = self.embed(ids, position_ids, start)  # B T C
        if mask is not None:
            mask = for_all_heads(mask, len(ids), start + ids.shape[1])  # B 1 1 S
        for block, layer_cache in zip(self.blocks, caches, strict=True):
            x = block(x, mask, layer_cache, position_ids)  # B T C
        return self.norm(x)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """``hidden`` to logits: ``(..., d_model)`` to ``(..., vocab_size)``."""
        return F.linear(hidden, self.output_weight)

    def new_cache(self, capacity: int | None = None) -> list[KeyValueCache]:
        """An empty cache for each layer, of ``capacity`` tokens; the context if None."""
        return [KeyValueCache(self.config.context if capacity is None else capacity) for _ in self.blocks]
