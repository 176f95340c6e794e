"""Looking inside a model: where its heads look, and what becomes of its answers without one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch

from .attention import scaled_dot_product_attention
from .decoder import Decoder
from .decoding import evaluation_mode
from .heads import MultiHeadAttention


@torch.no_grad()
def attention_maps(model: Decoder, ids: torch.Tensor) -> torch.Tensor:
    """The attention weights of every head while a model reads a text.

    Args:
        model: a ``GPT`` or ``Llama``. It is used in evaluation mode, and left as it was.
        ids: integers ``(time,)``.

    Returns:
        ``(layers, heads, time, time)``: at ``[layer, head, t, s]`` how much position t takes from position s.

    Raises:
        ValueError: ids of another shape, or that the model does not take.
    """
    if ids.dim() != 1:
        raise ValueError(f"ids must be one text (time,), not {tuple(ids.shape)}")
    maps = []

    def recording(attend: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        def attend_and_record(q, k, v, mask, causal, dropout):
            # The average of unit vectors is a row of the weights themselves.
            unit = torch.eye(k.shape[-2], dtype=v.dtype, device=v.device).expand(*k.shape[:-1], -1)
            maps.append(scaled_dot_product_attention(q, k, unit, mask, causal)[0])
            return attend(q, k, v, mask, causal, dropout)

        return attend_and_record

    with ExitStack() as stack:
        stack.enter_context(evaluation_mode(model))
        for block in model.blocks:
            stack.enter_context(_attending(block.attention, recording(block.attention.attend)))
        model.hidden(ids[None])
    return torch.stack(maps)


@contextmanager
def ablated(model: Decoder, layer: int, head: int) -> Iterator[None]:
    """Within, one head adds nothing: its output is set to 0 before the heads are mixed.

    Args:
        model: a ``GPT`` or ``Llama``; it is as before afterwards.
        layer: number of the block, from 0.
        head: number of the query head, from 0.

    Raises:
        ValueError: a layer or a head that the model does not have.
    """
    layers = len(model.blocks)
    if not 0 <= layer < layers:
        raise ValueError(f"layer is {layer}; the model's layers are 0 to {layers - 1}")
    attention = model.blocks[layer].attention
    heads = attention.heads[0]
    if not 0 <= head < heads:
        raise ValueError(f"head is {head}; the heads of a layer are 0 to {heads - 1}")
    attend = attention.attend

    def attend_without(*arguments):
        gathered = attend(*arguments)  # B H T D
        others = torch.arange(heads, device=gathered.device) != head
        return gathered * others[:, None, None]

    with _attending(attention, attend_without):
        yield


@contextmanager
def _attending(layer: MultiHeadAttention, attend: Callable[..., torch.Tensor]) -> Iterator[None]:
    before, layer.attend = layer.attend, attend
    try:
        yield
    finally:
        layer.attend = before
