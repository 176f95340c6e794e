"""A GPT-2 that has read the storyteller's stories, as the tensors of its file: for whoever builds a GPT anew.

Its files, in ``gpt2/``, are what these lines left in ``runs/tiny-gpt2/model``, every number rounded to 16 bits. Its
tokenizer is the storyteller's::

    model = GPTConfig(vocab_size=1536, context=256, n_layers=2, n_heads=8, d_model=128)
    pretrain(replace(RECIPES["tiny"], model=model), "runs/tiny-gpt2")
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

FOLDER = Path(__file__).parent / "gpt2"

N_HEADS = 8


def gpt2_tensors() -> dict[str, torch.Tensor]:
    """All tensors of the file by their names, which are those of GPT-2's files.

    A matrix of a block is ``(in, out)`` there, and queries, keys and values are one matrix, ``attn.c_attn``
    (``lmcore.weights.load_gpt2`` makes a model of such a file).

    Returns:
        28 tensors of 2 blocks, float32, with the prefix ``transformer.``.
    """
    return {name: tensor.float() for name, tensor in load_file(FOLDER / "model.safetensors").items()}
