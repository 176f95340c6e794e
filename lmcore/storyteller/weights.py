"""The storyteller's numbers alone, without the classes that compute with them: for whoever builds those anew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from ..tokenization import BPETokenizer

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class BlockWeights:
    """One block's numbers. A matrix is used as ``x @ w.T``.

    Args:
        attention_norm: ``(channels,)``, the weight of the RMSNorm before attention.
        w_q: ``(heads * width, channels)``, queries of all heads, one head's rows after another's.
        w_k: likewise, keys.
        w_v: likewise, values.
        w_o: ``(channels, heads * width)``.
        feed_forward_norm: ``(channels,)``, the weight of the RMSNorm before the feed-forward layer.
        w_gate: ``(hidden, channels)``, the gate of SwiGLU.
        w_up: likewise, what the gate lets through.
        w_down: ``(channels, hidden)``.
    """

    attention_norm: Tensor
    w_q: Tensor
    w_k: Tensor
    w_v: Tensor
    w_o: Tensor
    feed_forward_norm: Tensor
    w_gate: Tensor
    w_up: Tensor
    w_down: Tensor


@dataclass(frozen=True)
class StorytellerWeights:
    """All numbers of the storyteller, and the sizes that cannot be seen from them.

    Args:
        tokens: ``(vocabulary, channels)``, a vector for each token; the output uses the same.
        blocks: in order.
        norm: ``(channels,)``, the weight of the RMSNorm before the output.
        n_heads: heads of each block.
        context: the largest number of tokens.
        rotary_base: of the rotary positions, whose pairing is "half".
        norm_eps: what the norms add under the root.
    """

    tokens: Tensor
    blocks: tuple[BlockWeights, ...]
    norm: Tensor
    n_heads: int
    context: int
    rotary_base: float
    norm_eps: float


def storyteller_weights() -> StorytellerWeights:
    """The numbers of ``load_storyteller()``'s model, as float32."""
    config = json.loads((_HERE / "config.json").read_text(encoding="utf-8"))
    tensors = {name: tensor.float() for name, tensor in load_file(_HERE / "model.safetensors").items()}
    return StorytellerWeights(
        tokens=tensors["model.embed_tokens.weight"],
        blocks=tuple(_block(tensors, f"model.layers.{i}") for i in range(config["num_hidden_layers"])),
        norm=tensors["model.norm.weight"],
        n_heads=config["num_attention_heads"],
        context=config["max_position_embeddings"],
        rotary_base=config["rope_theta"],
        norm_eps=config["rms_norm_eps"],
    )


def storyteller_tokenizer() -> BPETokenizer:
    """The tokenizer of ``load_storyteller()``."""
    return BPETokenizer.load(_HERE / "tokenizer.json")


def _block(tensors: dict[str, Tensor], name: str) -> BlockWeights:
    return BlockWeights(
        attention_norm=tensors[f"{name}.input_layernorm.weight"],
        w_q=tensors[f"{name}.self_attn.q_proj.weight"],
        w_k=tensors[f"{name}.self_attn.k_proj.weight"],
        w_v=tensors[f"{name}.self_attn.v_proj.weight"],
        w_o=tensors[f"{name}.self_attn.o_proj.weight"],
        feed_forward_norm=tensors[f"{name}.post_attention_layernorm.weight"],
        w_gate=tensors[f"{name}.mlp.gate_proj.weight"],
        w_up=tensors[f"{name}.mlp.up_proj.weight"],
        w_down=tensors[f"{name}.mlp.down_proj.weight"],
    )
