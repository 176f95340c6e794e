import dataclasses
import math

import pytest
import torch
import torch.nn.functional as F
from transformers import GPT2Config, GPT2LMHeadModel

from lmcore.gpt import GPT, GPTConfig
from lmcore.weights.gpt2 import PREFIX, tensor_names

pytestmark = pytest.mark.xdist_group("transformers")
CONFIG = GPTConfig(vocab_size=50, context=12, n_layers=3, n_heads=4, d_model=16)


def close(a, b, tolerance=1e-5):
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def gpt(std=0.3):
    model = GPT(CONFIG).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=std)
    return model


def turned(name, tensor):
    return tensor.T if "c_" in name and tensor.dim() == 2 else tensor


def transformers_twin(model):
    c = model.config
    sizes = {"n_positions": c.context, "n_layer": c.n_layers, "n_head": c.n_heads, "n_embd": c.d_model}
    theirs = GPT2LMHeadModel(GPT2Config(vocab_size=c.vocab_size, **sizes, bos_token_id=None, eos_token_id=None)).eval()
    parameters = dict(theirs.named_parameters())
    with torch.no_grad():
        for ours, (name,) in tensor_names(c).items():
            parameters[PREFIX + name].copy_(turned(name, model.state_dict()[ours]))
    return theirs


@pytest.mark.parametrize("std", [0.02, 0.3])
def test_logits_and_gradients_equal_transformers_on_random_gpt2(std):
    ours = gpt(std)
    theirs = transformers_twin(ours)
    ids, weight = torch.randint(50, (2, 9)), torch.randn(2, 9, 50)
    a, b = ours(ids), theirs(ids).logits
    close(a, b)
    for logits in (a, b):
        (logits.log_softmax(-1) * weight).mean().backward()
    gradients = {name: turned(name, parameter.grad) for name, parameter in theirs.named_parameters()}
    names = tensor_names(CONFIG)
    for name, parameter in ours.named_parameters():
        close(parameter.grad, gradients.pop(PREFIX + names[name][0]), 1e-4)
    assert not gradients


def test_left_padded_logits_equal_transformers():
    model, ids = gpt(), torch.randint(50, (2, 7))
    mask = torch.ones(2, 7, dtype=torch.bool)
    mask[1, :3] = False
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    with torch.no_grad():
        expected = transformers_twin(model)(ids, attention_mask=mask.long(), position_ids=positions).logits
        close(model(ids, mask=mask, position_ids=positions)[mask], expected[mask])


def test_positions_matter_and_can_be_given():
    model, ids = gpt(), torch.full((1, 4), 7)
    logits = model(ids)
    assert not torch.allclose(logits[:, 0], logits[:, 3])
    close(model(ids, position_ids=torch.arange(4)), logits)
    assert not torch.allclose(model(ids, position_ids=torch.arange(4) + 1), logits)


def test_output_and_embedding_share_one_weight():
    model = gpt()
    assert sum(parameter.shape == (50, 16) for parameter in model.state_dict().values()) == 1
    model(torch.zeros(1, 1, dtype=torch.int64)).logsumexp(-1).sum().backward()
    assert (model.tokens.weight.grad[1:] != 0).any()  # through the output: these tokens were never put in


def test_dropout_acts_in_training_only():
    model, ids = GPT(dataclasses.replace(CONFIG, dropout=0.2)), torch.randint(50, (2, 7))
    assert not torch.equal(model(ids), model(ids))
    model.eval()
    assert torch.equal(model(ids), model(ids))


def test_initial_weights_are_gpt2s():
    torch.manual_seed(0)
    config = GPTConfig(vocab_size=500, context=200, n_layers=8, n_heads=4, d_model=128)
    for name, weight in GPT(config).named_parameters():
        if "norm" in name:
            assert (weight == (1 if name.endswith("weight") else 0)).all(), name
        elif name.endswith("bias"):
            assert (weight == 0).all(), name
        else:
            residual = name.endswith(("attention.out.weight", "feed_forward.down.weight"))
            std = 0.02 / math.sqrt(16) if residual else 0.02
            assert abs(weight.std() / std - 1) < 0.03 and abs(weight.mean()) < 0.03 * std, name


def test_untrained_loss_is_that_of_guessing():
    logits, ids = GPT(CONFIG)(torch.randint(50, (8, 12))), torch.randint(50, (8, 12))
    assert abs(F.cross_entropy(logits.flatten(0, 1), ids.flatten()) - math.log(50)) < 0.1


@pytest.mark.parametrize(
    ("layers", "heads", "width", "published"),
    [
        (12, 12, 768, 124_439_808),
        (24, 16, 1024, 354_823_168),
        (36, 20, 1280, 774_030_080),
        (48, 25, 1600, 1_557_611_200),
    ],
)
def test_number_of_parameters_equals_the_published_one(layers, heads, width, published):
    assert GPTConfig(n_layers=layers, n_heads=heads, d_model=width).n_parameters == published


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vocab_size": 0}, "vocab_size is 0"),
        ({"context": -1}, "context is -1"),
        ({"n_layers": 0}, "n_layers is 0"),
        ({"n_heads": 0}, "n_heads is 0"),
        ({"n_heads": 3}, "n_heads is 3, which does not divide d_model, 16"),
        ({"dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_config_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(CONFIG, **change)
