import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.fast_decoding import FastStep
from lmcore.gpt import GPT, GPTConfig
from lmcore.numpy_decoding import NumpyStep

CONFIG = GPTConfig(vocab_size=50, context=12, n_layers=3, n_heads=4, d_model=16)


def gpt(dtype=torch.float32):
    model = GPT(CONFIG).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model.to(dtype)


def after(model, ids, capacity=None):
    """A cache that holds these ids."""
    cache = model.new_cache(capacity)
    with torch.no_grad():
        model(ids, cache)
    return cache


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@settings(deadline=None, max_examples=30)
@given(st.integers(1, 8), st.integers(1, 4), st.integers(0, 1000))
@torch.no_grad()
def test_numpy_step_equals_the_model_and_the_fast_step_at_each_step(dtype, tolerance, prompt, steps, seed):
    torch.manual_seed(seed)
    model, ids = gpt(dtype), torch.randint(50, (1, prompt + steps))
    cache, other = after(model, ids[:, :prompt]), after(model, ids[:, :prompt])
    step, fast = NumpyStep(model, cache), FastStep(model)
    for t in range(prompt, prompt + steps):
        logits = step(ids[:, t : t + 1])
        assert logits.dtype == dtype and logits.shape == (1, 50)
        for expected in (model(ids[:, : t + 1])[:, -1], fast(ids[:, t : t + 1], other)):
            torch.testing.assert_close(logits, expected, rtol=tolerance, atol=tolerance)
    for ours, theirs in zip(cache, other, strict=True):
        assert ours.length == theirs.length == prompt + steps
        close = {"rtol": tolerance, "atol": tolerance}
        torch.testing.assert_close(ours.keys[:, :, : ours.length], theirs.keys[:, :, : ours.length], **close)
        torch.testing.assert_close(ours.values[:, :, : ours.length], theirs.values[:, :, : ours.length], **close)


def test_large_scores_do_not_overflow():
    model = gpt()
    with torch.no_grad():
        model.blocks[0].attention.qkv.weight.mul_(1000)
        model.blocks[0].feed_forward.up.weight.mul_(1000)
        cache = after(model, torch.tensor([[1, 2, 3]]))
        logits = NumpyStep(model, cache)(torch.tensor([[4]]))
        torch.testing.assert_close(logits, model(torch.tensor([[1, 2, 3, 4]]))[:, -1], rtol=1e-4, atol=1e-4)


def test_weights_and_logits_of_earlier_steps_are_left_as_they_were():
    model = gpt()
    before = [parameter.clone() for parameter in model.parameters()]
    step = NumpyStep(model, after(model, torch.tensor([[1, 2]])))
    first = step(torch.tensor([[3]]))
    copy = first.clone()
    step(torch.tensor([[4]]))
    assert torch.equal(first, copy)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_step_sees_weights_that_training_changed_and_int32_ids():
    model = gpt()
    cache, other = after(model, torch.tensor([[1]])), after(model, torch.tensor([[1]]))
    step = NumpyStep(model, cache)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.5)
        expected = model(torch.tensor([[3]]), other)[:, -1]
    torch.testing.assert_close(step(torch.tensor([[3]], dtype=torch.int32)), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (torch.zeros(1, 2, dtype=torch.int64), r"ids \(1, 1\), not \(1, 2\)"),
        (torch.zeros(2, 1, dtype=torch.int64), r"not \(2, 1\)"),
        (torch.full((1, 1), 50), "token id 50 is not in the table; token ids go from 0 to 49"),
        (torch.full((1, 1), -1), "token id -1"),
    ],
)
def test_bad_ids_are_named(ids, message):
    model = gpt()
    with pytest.raises(ValueError, match=message):
        NumpyStep(model, after(model, torch.tensor([[1]])))(ids)


def test_step_beyond_context_or_cache_is_refused():
    model, ids = gpt(), torch.zeros(1, 12, dtype=torch.int64)
    with pytest.raises(ValueError, match="context of 13 tokens is longer than this model's 12"):
        NumpyStep(model, after(model, ids, 20))(ids[:, :1])
    with pytest.raises(ValueError, match="1 more token does not fit: the cache holds 5 of at most 5"):
        NumpyStep(model, after(model, ids[:, :5], 5))(ids[:, :1])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: NumpyStep(GPT(CONFIG), m.new_cache()), r"model.eval\(\)"),
        (lambda m: NumpyStep(m, m.new_cache()), "continues 1 row; the cache has 0"),
        (lambda m: NumpyStep(m, after(m, torch.tensor([[1], [2]]))), "the cache has 2"),
        (lambda m: NumpyStep(m.bfloat16(), after(m, torch.tensor([[1]]))), "not torch.bfloat16 on cpu"),
        (lambda m: NumpyStep(m.to("meta"), []), "not torch.float32 on meta"),
        (lambda m: NumpyStep(m, after(m, torch.tensor([[1]]))[1:]), "the cache has 2 layers, this model 3"),
    ],
)
def test_what_it_cannot_do_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make(gpt())
