"""The references that stand in gpt's tasks files, against transformers' models and torch's own layers."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from lmcore.positions import RotaryPositions
from lmgrade.tasks import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def reference():
    tasks = load("gpt", ROOT).tasks
    return lambda name: tasks[name].reference


@pytest.fixture(scope="module")
def theirs():
    """A random GPT-2 of transformers', with weights large enough for every part to count."""
    torch.manual_seed(1)
    config = GPT2Config(vocab_size=23, n_positions=9, n_embd=12, n_layer=3, n_head=3, initializer_range=0.5)
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or ".ln_" in name:
                parameter.copy_(torch.randn_like(parameter))
    return model


def test_a_gpt2_of_transformers_gives_the_same_logits(reference, theirs):
    ids = torch.randint(23, (2, 9), generator=torch.Generator().manual_seed(2))
    weights = reference("from_gpt2")(theirs.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(reference("gpt")(ids, weights, 3), theirs(ids).logits, rtol=1e-4, atol=1e-4)


def test_its_parameters_are_counted_right(reference, theirs):
    assert reference("n_parameters")(23, 9, 3, 12) == theirs.num_parameters()


def test_a_block_is_transformers_block(reference, theirs):
    x = torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(3))
    weights = reference("from_gpt2")(theirs.state_dict())
    with torch.no_grad():
        wanted = theirs.transformer.h[1](x)
        got = reference("block")(x, weights["blocks"][1], 3)
    torch.testing.assert_close(got, wanted[0] if isinstance(wanted, tuple) else wanted, rtol=1e-4, atol=1e-4)


def test_a_feed_forward_layer_is_two_linear_layers_of_torch(reference):
    torch.manual_seed(1)
    x, w_up, b_up, w_down, b_down = (torch.randn(shape) for shape in ((2, 3, 4), (7, 4), (7,), (5, 7), (5,)))
    wanted = F.linear(torch.tanh(F.linear(x, w_up, b_up)), w_down, b_down)
    torch.testing.assert_close(reference("feed_forward")(x, w_up, b_up, w_down, b_down, torch.tanh), wanted)


def test_modern_blocks_give_a_llama_of_transformers_its_logits(reference):
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=23,
        hidden_size=12,
        intermediate_size=20,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=6,
        max_position_embeddings=9,
        rms_norm_eps=1e-5,
        initializer_range=0.5,
    )
    model = LlamaForCausalLM(config).eval()
    ids = torch.randint(23, (2, 9))
    turn = RotaryPositions(9, 6)
    with torch.no_grad():
        x = model.model.embed_tokens(ids)
        for layer in model.model.layers:
            attention, wide = layer.self_attn, layer.mlp
            w = {"norm_1": layer.input_layernorm.weight, "norm_2": layer.post_attention_layernorm.weight}
            w |= {f"w_{part}": getattr(attention, f"{part}_proj").weight for part in "qkvo"}
            w |= {f"w_{part}": getattr(wide, f"{part}_proj").weight for part in ("gate", "up", "down")}
            x = reference("modern_block")(x, w, 4, turn)
        got = F.linear(F.rms_norm(x, (12,), model.model.norm.weight, 1e-5), model.lm_head.weight)
        torch.testing.assert_close(got, model(ids).logits, rtol=1e-4, atol=1e-4)
