"""The trained GPT-2 that the course brings along."""

import torch
from torch.nn import functional as F

from lmcore.data.stories import write
from lmcore.storyteller import load_storyteller
from lmcore.storyteller.gpt2_weights import FOLDER, N_HEADS, gpt2_tensors
from lmcore.storyteller.weights import storyteller_tokenizer
from lmcore.weights import load_gpt2

HELD_OUT = range(2_000_000, 2_000_020)  # seeds that no training run uses


def nats_per_token(model):
    tokenizer = storyteller_tokenizer()
    end = tokenizer.special_tokens["<|endoftext|>"]
    nats = tokens = 0
    for seed in HELD_OUT:
        ids = torch.tensor([[end, *tokenizer.encode(write(seed).text), end]])
        with torch.no_grad():
            nats += F.cross_entropy(model(ids[:, :-1])[0], ids[0, 1:], reduction="sum").item()
        tokens += ids.shape[1] - 1
    return nats / tokens


def test_its_tensors_have_the_names_and_shapes_of_gpt2s_file():
    tensors = gpt2_tensors()
    assert len(tensors) == 28 and all(name.startswith("transformer.") for name in tensors)
    assert all(tensor.dtype == torch.float32 for tensor in tensors.values())
    assert tensors["transformer.wte.weight"].shape == (storyteller_tokenizer().vocab_size, 128)
    assert tensors["transformer.h.1.attn.c_attn.weight"].shape == (128, 384)


def test_it_has_learnt_stories_though_less_well_than_the_storyteller():
    model = load_gpt2(FOLDER).eval()
    assert model.config.n_heads == N_HEADS
    storytellers, its_own = nats_per_token(load_storyteller()[0]), nats_per_token(model)
    assert storytellers < its_own < 0.5
