"""A Llama in the names of transformers' ``LlamaForCausalLM``, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from ..llama import Llama, LlamaConfig
from .files import Names, expect, fill, read_config, read_tensors, write_folder


def tensor_names(config: LlamaConfig) -> Names:
    """Our names and theirs. Each of our tensors is made of the named ones of theirs, one under the other.

    Where we have one ``qkv``, they have three matrices.
    """
    names = {"tokens.weight": ["model.embed_tokens.weight"], "norm.weight": ["model.norm.weight"]}
    for i in range(config.n_layers):
        ours, theirs = f"blocks.{i}", f"model.layers.{i}"
        names |= {
            f"{ours}.attention_norm.weight": [f"{theirs}.input_layernorm.weight"],
            f"{ours}.attention.qkv.weight": [f"{theirs}.self_attn.{part}_proj.weight" for part in "qkv"],
            f"{ours}.attention.out.weight": [f"{theirs}.self_attn.o_proj.weight"],
            f"{ours}.feed_forward_norm.weight": [f"{theirs}.post_attention_layernorm.weight"],
            f"{ours}.feed_forward.gate.weight": [f"{theirs}.mlp.gate_proj.weight"],
            f"{ours}.feed_forward.up.weight": [f"{theirs}.mlp.up_proj.weight"],
            f"{ours}.feed_forward.down.weight": [f"{theirs}.mlp.down_proj.weight"],
        }
    return names if config.tied else names | {"output.weight": ["lm_head.weight"]}


def save_llama(model: Llama, folder: str | os.PathLike[str]) -> None:
    """Write a Llama as transformers does. The folder is made if need be; old files stay until the new ones are whole.

    Args:
        model: any Llama.
        folder: where ``config.json`` and ``model.safetensors`` go.
    """
    config, ours = model.config, model.state_dict()
    heads = (config.n_heads, config.n_kv_heads, config.n_kv_heads)
    theirs: dict[str, torch.Tensor] = {}
    for name, names in tensor_names(config).items():
        rows = [n * config.head_width for n in heads] if len(names) == 3 else [len(ours[name])]
        theirs |= zip(names, ours[name].split(rows), strict=True)
    write_folder(Path(folder), theirs, _config_out(config))


def load_llama(folder: str | os.PathLike[str], dtype: torch.dtype = torch.float32) -> Llama:
    """Read a Llama that transformers or ``save_llama`` wrote.

    Args:
        folder: holds ``config.json`` and one or several ``*.safetensors``.
        dtype: what the numbers become.

    Raises:
        ValueError: a model of another kind, a feature that ours lacks (scaled rotary positions, biases), a file cut
            short, or tensors that are missing, left over or of another shape; the message names them.
        OSError: no such files.
    """
    config = read_config(Path(folder), "llama", _config_in)
    copies = {"lm_head.weight": "tokens.weight"} if config.tied else {}
    return fill(Llama(config), read_tensors(Path(folder)), tensor_names(config), copies).to(dtype)


def _config_out(config: LlamaConfig) -> dict[str, Any]:
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "vocab_size": config.vocab_size,
        "max_position_embeddings": config.context,
        "num_hidden_layers": config.n_layers,
        "num_attention_heads": config.n_heads,
        "num_key_value_heads": config.n_kv_heads,
        "hidden_size": config.d_model,
        "intermediate_size": config.d_ff,
        "head_dim": config.head_width,
        "hidden_act": "silu",
        "rms_norm_eps": config.norm_eps,
        "rope_theta": config.rotary_base,  # read by transformers 4; the next line by 5
        "rope_parameters": {"rope_type": "default", "rope_theta": config.rotary_base},
        "tie_word_embeddings": config.tied,
        "bos_token_id": None,
        "eos_token_id": None,
    }


def _config_in(config: dict[str, Any]) -> LlamaConfig:
    expect(config, "hidden_act", "silu")
    expect(config, "attention_bias", False)
    expect(config, "mlp_bias", False)
    rotary = config.get("rope_parameters") or config.get("rope_scaling") or {}
    expect(rotary, "rope_type", "default")
    expect(rotary, "type", "default")
    width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    return LlamaConfig(
        vocab_size=config["vocab_size"],
        context=config["max_position_embeddings"],
        n_layers=config["num_hidden_layers"],
        n_heads=config["num_attention_heads"],
        n_kv_heads=config.get("num_key_value_heads") or config["num_attention_heads"],
        d_model=config["hidden_size"],
        d_ff=config["intermediate_size"],
        d_head=None if width * config["num_attention_heads"] == config["hidden_size"] else width,
        rotary_base=rotary.get("rope_theta", config.get("rope_theta", 10000.0)),
        norm_eps=config["rms_norm_eps"],
        tied=config.get("tie_word_embeddings", False),
    )
