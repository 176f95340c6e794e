import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.attention import padding_mask
from lmcore.fast_decoding import FastStep
from lmcore.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab_size=50, context=12, n_layers=3, n_heads=4, d_model=16)


def gpt():
    model = GPT(CONFIG).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def close(a, b):
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 3), st.integers(0, 8), st.integers(1, 4))
@torch.no_grad()
def test_fast_step_equals_the_model_at_each_step(batch, prompt, steps):
    model, ids = gpt(), torch.randint(50, (batch, prompt + steps))
    cache, step = model.new_cache(), FastStep(model)
    if prompt:
        model(ids[:, :prompt], cache)
    for t in range(prompt, prompt + steps):
        close(step(ids[:, t : t + 1], cache), model(ids[:, : t + 1])[:, -1])


@torch.no_grad()
def test_fast_step_and_model_take_turns_with_one_cache():
    model, ids = gpt(), torch.randint(50, (2, 8))
    cache, step = model.new_cache(), FastStep(model)
    for t, take in enumerate([model, step, step, model, step]):
        logits = take(ids[:, t : t + 1], cache)
    for layer in cache:
        layer.select(torch.tensor([1, 1, 0]))
    close(step(ids[[1, 1, 0], 5:6], cache), model(ids[[1, 1, 0], :6])[:, -1])
    assert logits.shape == (2, 50)


@torch.no_grad()
def test_fast_step_honours_mask_and_positions():
    model, ids = gpt(), torch.randint(50, (2, 7))
    mask = padding_mask(torch.tensor([7, 4]), side="left")
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    cache = model.new_cache()
    model(ids[:, :6], cache, mask[:, :6], positions[:, :6])
    logits = FastStep(model)(ids[:, 6:], cache, mask, positions[:, 6:])
    close(logits[1], model(ids[1:, 3:])[0, -1])
    close(logits[0], model(ids[:1])[0, -1])


def test_fast_step_sees_weights_that_training_changed():
    model, cache = gpt(), gpt().new_cache()
    step = FastStep(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.5)
        close(step(torch.tensor([[3]]), cache), model(torch.tensor([[3]]))[:, -1])


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (torch.zeros(2, 2, dtype=torch.int64), r"ids \(batch, 1\), not \(2, 2\)"),
        (torch.zeros(2, dtype=torch.int64), r"not \(2,\)"),
        (torch.zeros(2, 1), "float32"),
        (torch.full((2, 1), 50), "token id 50"),
    ],
)
def test_bad_input_is_named(ids, message):
    model = gpt()
    with pytest.raises(ValueError, match=message):
        FastStep(model)(ids, model.new_cache())


def test_step_beyond_the_context_is_refused():
    model, cache = gpt(), gpt().new_cache(20)
    with torch.no_grad():
        model(torch.zeros(1, 12, dtype=torch.int64), cache)
    with pytest.raises(ValueError, match="context of 13 tokens is longer than this model's 12"):
        FastStep(model)(torch.zeros(1, 1, dtype=torch.int64), cache)


def test_model_in_training_is_refused():
    with pytest.raises(ValueError, match=r"model.eval\(\)"):
        FastStep(GPT(CONFIG))
