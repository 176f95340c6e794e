import dataclasses

import pytest
import torch
from transformers import LlamaConfig as TheirConfig
from transformers import LlamaForCausalLM

from lmcore.llama import Llama, LlamaConfig
from lmcore.weights.llama import tensor_names

pytestmark = pytest.mark.xdist_group("transformers")
CONFIG = LlamaConfig(vocab_size=50, context=12, n_layers=3, n_heads=4, n_kv_heads=2, d_model=16, d_ff=40)
VARIANTS = [
    CONFIG,
    dataclasses.replace(CONFIG, n_kv_heads=1, tied=True, rotary_base=500.0, norm_eps=1e-3),
    dataclasses.replace(CONFIG, n_kv_heads=4, d_head=6),
]


def close(a, b, tolerance=1e-5):
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def llama(config=CONFIG):
    model = Llama(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def transformers_twin(model):
    c = model.config
    theirs = LlamaForCausalLM(
        TheirConfig(
            vocab_size=c.vocab_size,
            max_position_embeddings=c.context,
            num_hidden_layers=c.n_layers,
            num_attention_heads=c.n_heads,
            num_key_value_heads=c.n_kv_heads,
            hidden_size=c.d_model,
            intermediate_size=c.d_ff,
            head_dim=c.head_width,
            rms_norm_eps=c.norm_eps,
            rope_parameters={"rope_type": "default", "rope_theta": c.rotary_base},
            tie_word_embeddings=c.tied,
            bos_token_id=None,
            eos_token_id=None,
        )
    ).eval()
    parameters = dict(theirs.named_parameters())
    with torch.no_grad():
        for ours, names in tensor_names(c).items():
            rows = [len(parameters[name]) for name in names]
            for name, part in zip(names, model.state_dict()[ours].split(rows), strict=True):
                parameters[name].copy_(part)
    return theirs


@pytest.mark.parametrize("config", VARIANTS)
def test_logits_and_gradients_equal_transformers_on_random_llama(config):
    ours = llama(config)
    theirs = transformers_twin(ours)
    ids, weight = torch.randint(50, (2, 9)), torch.randn(2, 9, 50)
    a, b = ours(ids), theirs(ids).logits
    close(a, b)
    for logits in (a, b):
        (logits.log_softmax(-1) * weight).mean().backward()
    gradients = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    names = tensor_names(config)
    for name, parameter in ours.named_parameters():
        close(parameter.grad, torch.cat([gradients.pop(part) for part in names[name]]), 1e-4)
    assert not gradients


def test_logits_equal_transformers_at_given_positions():
    model, ids, positions = llama(), torch.randint(50, (2, 5)), torch.tensor([[0, 1, 2, 3, 4], [1, 3, 4, 8, 11]])
    with torch.no_grad():
        close(model(ids, position_ids=positions), transformers_twin(model)(ids, position_ids=positions).logits)


def test_only_distances_of_positions_matter():
    model, ids = llama(), torch.randint(50, (1, 5))
    close(model(ids, position_ids=torch.arange(5) + 7), model(ids), 1e-4)
    assert not torch.allclose(model(ids, position_ids=2 * torch.arange(5)), model(ids), atol=1e-3)


@pytest.mark.parametrize(
    ("sizes", "tied", "published"),
    [
        ((32000, 4096, 32, 32, 32, 4096, 11008), False, 6_738_415_616),  # LLaMA 7B
        ((32000, 2048, 22, 32, 4, 2048, 5632), False, 1_100_048_384),  # TinyLlama
        ((49152, 8192, 30, 9, 3, 576, 1536), True, 134_515_008),  # SmolLM2 135M
    ],
)
def test_number_of_parameters_equals_the_published_one(sizes, tied, published):
    assert LlamaConfig(*sizes, tied=tied).n_parameters == published


def test_initial_weights_are_normal_and_norms_one():
    torch.manual_seed(0)
    for name, weight in Llama(dataclasses.replace(CONFIG, d_model=128, d_ff=300, vocab_size=500)).named_parameters():
        if "norm" in name:
            assert (weight == 1).all(), name
        else:
            writes = name.endswith(("attention.out.weight", "feed_forward.down.weight"))
            expected = (weight.shape[1] * (2 * CONFIG.n_layers if writes else 1)) ** -0.5
            assert abs(weight.std() / expected - 1) < 0.03, name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d_ff": 0}, "d_ff is 0"),
        ({"n_kv_heads": 3}, "n_kv_heads is 3, which does not divide n_heads, 4"),
        ({"d_model": 18}, "n_heads is 4, which does not divide d_model, 18"),
        ({"d_model": 12}, "heads are 3 wide"),
        ({"d_head": 5}, "heads are 5 wide"),
        ({"d_head": 0}, "heads are 0 wide"),
    ],
)
def test_config_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(CONFIG, **change)
