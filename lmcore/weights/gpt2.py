"""A GPT in the names of transformers' ``GPT2LMHeadModel``, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from ..gpt import GPT, GPTConfig
from .files import Names, expect, fill, read_config, read_tensors, write_folder

PREFIX = "transformer."
OUTPUT = "lm_head.weight"


def tensor_names(config: GPTConfig) -> Names:
    """Our names and theirs. Each of our tensors is made of the named ones of theirs, one under the other."""
    names = {"tokens.weight": ["wte.weight"], "positions.weight": ["wpe.weight"]}
    for i in range(config.n_layers):
        for kind in ("weight", "bias"):
            names |= {
                f"blocks.{i}.attention_norm.{kind}": [f"h.{i}.ln_1.{kind}"],
                f"blocks.{i}.attention.qkv.{kind}": [f"h.{i}.attn.c_attn.{kind}"],
                f"blocks.{i}.attention.out.{kind}": [f"h.{i}.attn.c_proj.{kind}"],
                f"blocks.{i}.feed_forward_norm.{kind}": [f"h.{i}.ln_2.{kind}"],
                f"blocks.{i}.feed_forward.up.{kind}": [f"h.{i}.mlp.c_fc.{kind}"],
                f"blocks.{i}.feed_forward.down.{kind}": [f"h.{i}.mlp.c_proj.{kind}"],
            }
    return names | {"norm.weight": ["ln_f.weight"], "norm.bias": ["ln_f.bias"]}


def save_gpt2(model: GPT, folder: str | os.PathLike[str]) -> None:
    """Write a GPT as transformers does. The folder is made if need be; old files stay until the new ones are whole.

    Args:
        model: any GPT.
        folder: where ``config.json`` and ``model.safetensors`` go.
    """
    ours = model.state_dict()
    theirs = {PREFIX + names[0]: _turned(names[0], ours[name]) for name, names in tensor_names(model.config).items()}
    write_folder(Path(folder), theirs, _config_out(model.config))


def load_gpt2(folder: str | os.PathLike[str], dtype: torch.dtype = torch.float32) -> GPT:
    """Read a GPT-2 that transformers or ``save_gpt2`` wrote; OpenAI's own too, where names lack ``transformer.``.

    Args:
        folder: holds ``config.json`` and one or several ``*.safetensors``.
        dtype: what the numbers become.

    Raises:
        ValueError: a model of another kind, a feature that ours lacks, a file cut short, or tensors that are missing,
            left over or of another shape; the message names them.
        OSError: no such files.
    """
    config = read_config(Path(folder), "gpt2", _config_in)
    theirs = {}
    for name, tensor in read_tensors(Path(folder)).items():
        name = name.removeprefix(PREFIX)
        if not name.endswith((".attn.bias", ".attn.masked_bias")):  # old files keep the causal mask as well
            theirs[name] = _turned(name, tensor)
    return fill(GPT(config), theirs, tensor_names(config), copies={OUTPUT: "tokens.weight"}).to(dtype)


def _turned(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """GPT-2's code keeps the matrices of its blocks as (in, out), where ``nn.Linear`` has (out, in)."""
    return tensor.T if name.startswith("h.") and tensor.dim() == 2 else tensor


def _config_out(config: GPTConfig) -> dict[str, Any]:
    return {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "vocab_size": config.vocab_size,
        "n_positions": config.context,
        "n_layer": config.n_layers,
        "n_head": config.n_heads,
        "n_embd": config.d_model,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "embd_pdrop": config.dropout,
        "attn_pdrop": config.dropout,
        "resid_pdrop": config.dropout,
        "bos_token_id": None,
        "eos_token_id": None,
    }


def _config_in(config: dict[str, Any]) -> GPTConfig:
    expect(config, "activation_function", "gelu_new")
    expect(config, "layer_norm_epsilon", 1e-5)
    expect(config, "n_inner", None, 4 * config["n_embd"])
    expect(config, "tie_word_embeddings", True)
    expect(config, "scale_attn_weights", True)
    expect(config, "scale_attn_by_inverse_layer_idx", False)
    expect(config, "add_cross_attention", False)
    return GPTConfig(
        vocab_size=config["vocab_size"],
        context=config["n_positions"],
        n_layers=config["n_layer"],
        n_heads=config["n_head"],
        d_model=config["n_embd"],
        dropout=config.get("resid_pdrop", 0.1),
    )
