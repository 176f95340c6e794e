import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.gpt import GPT, GPTConfig
from lmcore.pretraining.optimiser import AdamW, clip_gradients, parameter_groups

CONFIG = GPTConfig(vocab_size=20, context=8, n_layers=2, n_heads=2, d_model=8)


@settings(deadline=None, max_examples=50)
@given(
    lr=st.floats(1e-4, 0.5),
    betas=st.tuples(st.floats(0, 0.99), st.floats(0, 0.999)),
    eps=st.sampled_from([1e-8, 1e-3, 1.0]),  # a large one tells whether it stands outside the root
    weight_decay=st.floats(0, 0.5),
    seed=st.integers(0, 2**31),
)
def test_adamw_equals_torchs(lr, betas, eps, weight_decay, seed):
    generator = torch.Generator().manual_seed(seed)
    ours = torch.randn(3, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
    optimisers = AdamW([ours], **options), torch.optim.AdamW([theirs], **options)
    for _ in range(5):
        gradient = torch.randn(3, 4, generator=generator, dtype=torch.float64)
        for parameter, optimiser in zip((ours, theirs), optimisers, strict=True):
            parameter.grad = gradient.clone()
            optimiser.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-9)


def test_adamw_equals_the_fused_one_that_training_uses():
    models = GPT(CONFIG), GPT(CONFIG)
    models[1].load_state_dict(copy.deepcopy(models[0].state_dict()))
    optimisers = (
        AdamW(parameter_groups(models[0], 0.1), lr=1e-2, betas=(0.9, 0.95)),
        torch.optim.AdamW(parameter_groups(models[1], 0.1), lr=1e-2, betas=(0.9, 0.95), fused=True),
    )
    for _ in range(4):
        ids = torch.randint(20, (2, 8))
        for model, optimiser in zip(models, optimisers, strict=True):
            optimiser.zero_grad()
            model(ids).square().mean().backward()
            optimiser.step()
    for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_weights_decay_even_where_the_gradient_is_zero_and_not_without_one():
    with_gradient, without = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimiser = AdamW([with_gradient, without], lr=0.1, weight_decay=0.5)
    with_gradient.grad = torch.zeros(2)
    optimiser.step()
    torch.testing.assert_close(with_gradient.detach(), torch.full((2,), 0.95))
    assert torch.equal(without.detach(), torch.ones(2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": -1.0}, "lr is -1.0"),
        ({"eps": -1e-8}, "eps is -1e-08"),
        ({"weight_decay": float("nan")}, "weight_decay is nan"),
        ({"betas": (0.9, 1.0)}, r"betas are \(0.9, 1.0\)"),
        ({"betas": (-0.1, 0.9)}, r"betas are \(-0.1, 0.9\)"),
    ],
)
def test_wrong_settings_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        AdamW([torch.zeros(1)], **options)


def test_matrices_decay_and_vectors_do_not():
    model = GPT(CONFIG)
    decaying, steady = parameter_groups(model, 0.3)
    assert decaying["weight_decay"] == 0.3
    assert steady["weight_decay"] == 0
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    for name in (names[id(parameter)] for parameter in decaying["params"]):
        assert name.endswith("weight") and "norm" not in name
    for name in (names[id(parameter)] for parameter in steady["params"]):
        assert name.endswith("bias") or "norm" in name
    assert len(decaying["params"]) + len(steady["params"]) == len(names)


def test_frozen_weights_are_in_no_group():
    model = GPT(CONFIG)
    model.tokens.weight.requires_grad_(False)
    assert all(p is not model.tokens.weight for group in parameter_groups(model, 0.1) for p in group["params"])


@settings(deadline=None)
@given(st.floats(0.01, 100), st.floats(1e-3, 1e3), st.integers(0, 2**31))
def test_clipping_equals_torchs(limit, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    gradients = [scale * torch.randn(shape, generator=generator) for shape in ((3, 2), (4,), ())]
    ours, theirs = ([torch.nn.Parameter(torch.zeros_like(g)) for g in gradients] for _ in range(2))
    for parameters in (ours, theirs):
        for parameter, g in zip(parameters, gradients, strict=True):
            parameter.grad = g.clone()
    norm = clip_gradients(ours, limit)
    torch.testing.assert_close(norm, torch.nn.utils.clip_grad_norm_(theirs, limit))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a.grad, b.grad)


def test_a_short_gradient_stays_as_it_is():
    parameter = torch.nn.Parameter(torch.zeros(2))
    parameter.grad = torch.tensor([0.3, 0.4])
    assert clip_gradients([parameter], 1.0) == 0.5
    assert torch.equal(parameter.grad, torch.tensor([0.3, 0.4]))


def test_without_gradients_the_norm_is_zero():
    assert clip_gradients([torch.nn.Parameter(torch.zeros(2))], 1.0) == 0


def test_a_limit_of_zero_is_refused():
    with pytest.raises(ValueError, match=r"limit is 0.0; it must be above 0"):
        clip_gradients([], 0.0)
