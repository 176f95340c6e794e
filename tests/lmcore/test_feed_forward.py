import pytest
import torch
import torch.nn.functional as F

from lmcore.feed_forward import FeedForward, SwiGLU, gelu, gelu_tanh, silu

X = torch.cat((torch.linspace(-20, 20, 4001), torch.tensor([-1e4, 1e4, 0.0]))).double()


@pytest.mark.parametrize(
    ("ours", "theirs"), [(gelu, F.gelu), (gelu_tanh, lambda x: F.gelu(x, approximate="tanh")), (silu, F.silu)]
)
def test_curve_equals_torch_on_both_sides_of_zero(ours, theirs):
    x = X.clone().requires_grad_()
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-9, atol=1e-9)
    a, b = (torch.autograd.grad(f(x).sum(), x)[0] for f in (ours, theirs))
    torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def test_the_two_gelus_are_near_and_not_equal():
    distance = (gelu(X) - gelu_tanh(X)).abs().max()
    assert 1e-4 < distance < 5e-4


def test_feed_forward_equals_its_formula():
    layer, x = FeedForward(6, 10), torch.randn(2, 3, 6)
    hidden = F.gelu(x @ layer.up.weight.T + layer.up.bias, approximate="tanh")
    torch.testing.assert_close(layer(x), hidden @ layer.down.weight.T + layer.down.bias)


def test_feed_forward_bends_with_the_curve_it_is_given():
    layer, x = FeedForward(6, 10, activation=F.relu), torch.randn(2, 3, 6)
    torch.testing.assert_close(layer(x), layer.down(layer.up(x).clamp(min=0)))


def test_swiglu_equals_its_formula():
    layer, x = SwiGLU(6, 10), torch.randn(2, 3, 6)
    gate, up = x @ layer.gate.weight.T, x @ layer.up.weight.T
    torch.testing.assert_close(layer(x), (gate * torch.sigmoid(gate) * up) @ layer.down.weight.T)
    assert sum(p.numel() for p in layer.parameters()) == 3 * 6 * 10


@pytest.mark.parametrize("layer", [FeedForward(6, 10), SwiGLU(6, 10)])
def test_each_position_is_on_its_own(layer):
    x = torch.randn(2, 3, 6)
    torch.testing.assert_close(layer(x)[1, 2], layer(x[1, 2]))


@pytest.mark.parametrize("layer", [FeedForward(6, 10), SwiGLU(6, 10)])
def test_input_of_another_width_is_named(layer):
    with pytest.raises(ValueError, match=r"\(..., 6\), not \(2, 5\)"):
        layer(torch.randn(2, 5))
