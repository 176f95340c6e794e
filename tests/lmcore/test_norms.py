import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmcore.norms import LayerNorm, RMSNorm, layer_norm, rms_norm

both = pytest.mark.parametrize(("ours", "theirs"), [(LayerNorm, nn.LayerNorm), (RMSNorm, nn.RMSNorm)])


def close(a, b, tolerance=1e-5):
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def with_random_weights(module):
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    return module


@both
@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from([(6,), (2, 6), (2, 3, 6)]),
    st.sampled_from([1e-6, 1e-3, 1.0, 1e4]),
    st.sampled_from([1e-3, 1e-5, 1e-8]),
    st.sampled_from([0.0, 5.0]),
)
def test_norm_equals_torch_forward_and_backward(ours, theirs, shape, scale, eps, mean):
    ours, theirs = with_random_weights(ours(6, eps)), theirs(6, eps)
    theirs.load_state_dict(ours.state_dict())
    x, weight = (scale * torch.randn(shape) + mean).requires_grad_(), torch.randn(shape)
    close(ours(x), theirs(x))
    grads = [torch.autograd.grad((m(x) * weight).sum(), (x, *m.parameters())) for m in (ours, theirs)]
    for a, b in zip(*grads, strict=True):
        close(a, b)


@pytest.mark.parametrize(("layer", "formula"), [(LayerNorm, layer_norm), (RMSNorm, rms_norm)])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_layer_equals_its_formula_forward_and_backward(layer, formula, scale):
    layer = with_random_weights(layer(7, 1e-6)).double()
    x = (scale * torch.randn(3, 4, 7, dtype=torch.float64)).requires_grad_()
    fast, plain = layer(x), formula(x, *layer.parameters(), eps=1e-6)
    close(fast, plain, 1e-10)
    gradients = [torch.autograd.grad(y.cos().sum(), (x, *layer.parameters())) for y in (fast, plain)]
    for a, b in zip(*gradients, strict=True):
        close(a, b, 1e-8)


def test_layer_norm_has_mean_0_and_variance_1_and_rms_norm_mean_square_1():
    x = 3 + 5 * torch.randn(4, 64)
    close(LayerNorm(64)(x).mean(-1), torch.zeros(4))
    close(LayerNorm(64)(x).var(-1, correction=0), torch.ones(4), 1e-4)
    close(RMSNorm(64)(x).square().mean(-1), torch.ones(4), 1e-4)


@both
def test_constant_and_zero_rows_give_finite_numbers(ours, theirs):
    for x in (torch.zeros(2, 6), torch.full((2, 6), 3.0)):
        close(ours(6)(x), theirs(6, 1e-5)(x))
        assert ours(6)(x).isfinite().all()


@both
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_norm_keeps_the_dtype(ours, theirs, dtype):
    x = torch.randn(3, 6, dtype=dtype)
    close(ours(6).to(dtype)(x), theirs(6, 1e-5).to(dtype)(x), 1e-2)
    assert ours(6).to(dtype)(x).dtype == dtype


@both
def test_norm_takes_non_contiguous_input(ours, theirs):
    x = torch.randn(6, 3, 2).permute(2, 1, 0)
    close(ours(6)(x), ours(6)(x.contiguous()))


@both
def test_input_of_another_width_is_named(ours, theirs):
    with pytest.raises(ValueError, match=r"\(..., 6\), not \(2, 5\)"):
        ours(6)(torch.randn(2, 5))
