"""What holds for GPT and Llama alike."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from lmcore.attention import padding_mask, scaled_dot_product_attention
from lmcore.gpt import GPT, GPTConfig
from lmcore.llama import Llama, LlamaConfig

CONFIGS = {
    "gpt": GPTConfig(vocab_size=50, context=12, n_layers=3, n_heads=4, d_model=16),
    "llama": LlamaConfig(50, 12, n_layers=3, n_heads=4, n_kv_heads=2, d_model=16, d_ff=40),
    "llama, tied, multi-query": LlamaConfig(50, 12, 2, n_heads=4, n_kv_heads=1, d_model=16, d_ff=40, tied=True),
    "llama, heads of another width": LlamaConfig(50, 12, 2, n_heads=4, n_kv_heads=4, d_model=16, d_ff=40, d_head=6),
}
every_config = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
IDS = torch.zeros(2, 5, dtype=torch.int64)


def new(config):
    return (GPT if isinstance(config, GPTConfig) else Llama)(config).eval()


def model_of(config):
    """With large weights, so that each part matters: with 0.02 attention is nearly uniform and hides wrong masks."""
    model = new(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def random_ids(*shape):
    return torch.randint(50, shape)


def close(a, b, tolerance=1e-5):
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


@every_config
@settings(deadline=None, max_examples=15)
@given(st.integers(0, 6))
def test_output_at_t_ignores_tokens_after_t(config, t):
    model, ids = model_of(config), random_ids(2, 8)
    other = ids.clone()
    other[:, t + 1 :] = random_ids(2, 7 - t)
    close(model(ids)[:, : t + 1], model(other)[:, : t + 1])


@every_config
@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4).filter(lambda chunks: sum(chunks) <= 12))
@torch.no_grad()
def test_cached_equals_uncached_in_chunks_of_any_size(config, chunks):
    model, ids = model_of(config), random_ids(2, sum(chunks))
    cache = model.new_cache()
    close(torch.cat([model(part, cache) for part in ids.split(chunks, 1)], 1), model(ids), 1e-4)
    assert all(layer.length == sum(chunks) for layer in cache)


@every_config
@torch.no_grad()
def test_padding_on_the_right_does_not_matter_with_or_without_a_mask(config):
    model, ids, lengths = model_of(config), random_ids(3, 7), torch.tensor([7, 2, 4])
    for mask in (None, padding_mask(lengths)):
        logits = model(ids, mask=mask)
        for row, length in enumerate(lengths):
            close(logits[row, :length], model(ids[row : row + 1, :length])[0])


@pytest.mark.parametrize(
    ("config", "with_positions"),
    [(CONFIGS["gpt"], True), (CONFIGS["llama"], True), (CONFIGS["llama"], False)],  # rotary sees distances only
    ids=["gpt", "llama", "llama without position ids"],
)
@torch.no_grad()
def test_padding_on_the_left_does_not_matter_in_the_prompt_nor_after_it(config, with_positions):
    model, ids, lengths = model_of(config), random_ids(3, 9), torch.tensor([6, 2, 4])
    mask = torch.cat((padding_mask(lengths, 6, side="left"), torch.ones(3, 3, dtype=torch.bool)), 1)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    cache, outputs = model.new_cache(), []
    for start, end in ((0, 6), (6, 7), (7, 9)):
        position_ids = positions[:, start:end] if with_positions else None
        outputs.append(model(ids[:, start:end], cache, mask[:, :end], position_ids))
    logits = torch.cat(outputs, 1)
    for row, length in enumerate(lengths):
        close(logits[row, 6 - length :], model(ids[row : row + 1, 6 - length :])[0], 1e-4)
    assert logits.isfinite().all()


@every_config
def test_gradients_stay_finite_where_a_row_is_padding_only(config):
    model, mask = model_of(config), padding_mask(torch.tensor([5, 0]))
    model(IDS, mask=mask).sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


@every_config
def test_rows_of_a_batch_are_independent(config):
    model, ids = model_of(config), random_ids(3, 7)
    close(torch.cat([model(row[None]) for row in ids]), model(ids))


@every_config
def test_logits_of_hidden_are_the_output_and_may_be_taken_of_some_positions(config):
    model, ids = model_of(config), random_ids(2, 7)
    close(model.logits(model.hidden(ids)[:, -1]), model(ids)[:, -1])


@every_config
def test_plain_attention_gives_the_same_model(config):
    model, ids = model_of(config), random_ids(2, 9)
    fused = model(ids)
    for block in model.blocks:
        block.attention.attend = scaled_dot_product_attention
    close(model(ids), fused)


@every_config
def test_non_contiguous_ids_and_int32_are_welcome(config):
    model, ids = model_of(config), random_ids(7, 2)
    close(model(ids.T), model(ids.T.contiguous()))
    close(model(ids.T.int()), model(ids.T))


@every_config
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-5), (torch.bfloat16, 0.1)])
def test_model_runs_in_other_dtypes(config, dtype, tolerance):
    model, ids = new(config), random_ids(2, 7)
    exact = model(ids)
    other = model.to(dtype)
    with torch.no_grad():
        cached = other(ids, other.new_cache())
    assert other(ids).dtype == cached.dtype == dtype
    close(other(ids).float(), exact, tolerance)
    close(cached.float(), exact, tolerance)


@every_config
def test_model_runs_under_autocast_with_and_without_cache(config):
    model, ids = new(config), random_ids(2, 7)
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        close(model(ids).float(), model(ids, model.new_cache()).float(), 1e-2)


@every_config
def test_model_compiles_as_one_graph(config):
    model, ids = model_of(config), random_ids(2, 7)
    close(torch.compile(model, backend="eager", fullgraph=True)(ids), model(ids))


@every_config
def test_number_of_parameters_equals_the_counted_one(config):
    assert sum(parameter.numel() for parameter in new(config).parameters()) == config.n_parameters


@every_config
def test_flops_equal_counted_ones(config):
    model, ids = new(config), random_ids(2, 5)
    for block in model.blocks:
        block.attention.attend = scaled_dot_product_attention  # torch does not count what its CPU kernel does
    with FlopCounterMode(display=False) as forward:
        logits = model(ids)
    with FlopCounterMode(display=False) as backward:
        logits.sum().backward()
    assert forward.get_total_flops() == config.forward_flops(2, 5)
    assert backward.get_total_flops() == 2 * config.forward_flops(2, 5)
    cache = model.new_cache()
    with torch.no_grad():
        model(ids, cache)
        with FlopCounterMode(display=False) as step:
            model(ids[:, :1], cache)
    assert step.get_total_flops() == config.forward_flops(2, 1, past=5)


@every_config
def test_nothing_waits_for_the_device(config):
    """Tensors on the meta device have no values: a check that looked at one, and would wait for a GPU, would fail."""
    model, ids = new(config).to("meta"), IDS.to("meta")
    assert model(ids).shape == model(ids, None, torch.ones_like(ids, dtype=torch.bool), ids[0]).shape == (2, 5, 50)
    with torch.no_grad():
        assert model(ids[:, :1], model.new_cache()).device.type == "meta"


@every_config
def test_same_seed_gives_the_same_weights(config):
    models = []
    for _ in range(2):
        torch.manual_seed(5)
        models.append(new(config))
    assert all(torch.equal(a, b) for a, b in zip(*(model.parameters() for model in models), strict=True))


@every_config
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m(IDS[0]), r"\(batch, time\).*\(5,\)"),
        (lambda m: m(IDS[:, :0]), r"\(2, 0\)"),
        (lambda m: m(IDS.float()), "float32"),
        (lambda m: m(IDS + 50), "token id 50 is not in the table; token ids go from 0 to 49"),
        (lambda m: m(IDS - 1), "token id -1"),
        (lambda m: m(torch.zeros(1, 13, dtype=torch.int64)), "context of 13 tokens is longer than this model's 12"),
        (lambda m: m(IDS, position_ids=torch.arange(8, 13)), "position 12 is not in the table"),
        (lambda m: m(IDS, position_ids=torch.arange(4)), r"\(5,\) or \(2, 5\)"),
        (lambda m: m(IDS, mask=torch.ones(2, 4, dtype=torch.bool)), r"bool \(2, 5\).*\(2, 4\)"),
        (lambda m: m(IDS, mask=torch.ones(2, 5)), "not torch.float32"),
        (lambda m: m(IDS, m.new_cache()[1:]), "the cache has . layers, this model"),
        (lambda m: m(IDS, m.new_cache(4)), "5 more tokens do not fit: the cache holds 0 of at most 4"),
        (lambda m: m.new_cache(0), "capacity is 0"),
    ],
)
def test_bad_input_is_named(config, call, message):
    with torch.no_grad(), pytest.raises(ValueError, match=message):
        call(new(config))


@every_config
@torch.no_grad()
def test_cache_and_context_together_are_limited_and_a_refusal_leaves_the_cache_as_it_was(config):
    model = new(config)
    cache = model.new_cache(20)
    model(random_ids(1, 10), cache)
    with pytest.raises(ValueError, match="context of 13 tokens"):
        model(random_ids(1, 3), cache)
    assert all(layer.length == 10 for layer in cache)


@every_config
def test_cache_is_refused_where_gradients_are_recorded(config):
    model = new(config)
    with pytest.raises(ValueError, match="no_grad"):
        model(IDS, model.new_cache())
