import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmcore.attention import causal_mask
from lmcore.blocks import PostNormBlock, PreNormBlock, dropout
from lmcore.cache import KeyValueCache
from lmcore.feed_forward import FeedForward, SwiGLU
from lmcore.heads import MultiHeadAttention
from lmcore.norms import LayerNorm, RMSNorm
from lmcore.positions import RotaryPositions

both = pytest.mark.parametrize("kind", [PreNormBlock, PostNormBlock])


def classic(kind, p=0.0):
    return kind(MultiHeadAttention(12, 3), FeedForward(12, 20, F.gelu), LayerNorm(12), LayerNorm(12), dropout=p)


@both
def test_block_equals_torch_forward_and_backward(kind):
    block = classic(kind)
    for parameter in block.parameters():
        nn.init.normal_(parameter, std=0.5)
    theirs = nn.TransformerEncoderLayer(
        12, 3, 20, dropout=0.0, activation=F.gelu, batch_first=True, norm_first=kind is PreNormBlock
    )
    pairs = {
        "attention.qkv.weight": theirs.self_attn.in_proj_weight,
        "attention.qkv.bias": theirs.self_attn.in_proj_bias,
        "attention.out.weight": theirs.self_attn.out_proj.weight,
        "attention.out.bias": theirs.self_attn.out_proj.bias,
        "feed_forward.up.weight": theirs.linear1.weight,
        "feed_forward.up.bias": theirs.linear1.bias,
        "feed_forward.down.weight": theirs.linear2.weight,
        "feed_forward.down.bias": theirs.linear2.bias,
        "attention_norm.weight": theirs.norm1.weight,
        "attention_norm.bias": theirs.norm1.bias,
        "feed_forward_norm.weight": theirs.norm2.weight,
        "feed_forward_norm.bias": theirs.norm2.bias,
    }
    ours = dict(block.named_parameters())
    assert ours.keys() == pairs.keys()
    with torch.no_grad():
        for name, parameter in pairs.items():
            parameter.copy_(ours[name])
    x, weight = torch.randn(2, 5, 12), torch.randn(2, 5, 12)
    outputs = block(x), theirs(x, src_mask=~causal_mask(5))
    torch.testing.assert_close(*outputs, rtol=1e-4, atol=1e-5)
    for output in outputs:
        (output * weight).sum().backward()
    for name, parameter in pairs.items():
        torch.testing.assert_close(ours[name].grad, parameter.grad, rtol=1e-4, atol=1e-4)


@both
def test_block_is_made_of_the_parts_it_is_given(kind):
    rotary = RotaryPositions(16, 4)
    block = kind(MultiHeadAttention(12, 3, 1, positions=rotary), SwiGLU(12, 20), RMSNorm(12), RMSNorm(12))
    x, cache = torch.randn(2, 6, 12), KeyValueCache(6)
    with torch.no_grad():
        whole = block(x, position_ids=torch.arange(6))
        parts = torch.cat((block(x[:, :4], cache=cache), block(x[:, 4:], cache=cache)), 1)
    torch.testing.assert_close(whole, parts)


@both
def test_block_drops_in_training_only(kind):
    block, x = classic(kind, p=0.5), torch.randn(2, 5, 12)
    assert not torch.equal(block(x), block(x))
    block.eval()
    assert torch.equal(block(x), block(x))


def test_stream_of_a_pre_norm_block_passes_untouched_when_layers_say_nothing():
    block, x = classic(PreNormBlock), torch.randn(2, 5, 12)
    with torch.no_grad():
        for layer in (block.attention.out, block.feed_forward.down):
            layer.weight.zero_()
            layer.bias.zero_()
    assert torch.equal(block(x), x)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 1.0])
def test_dropout_equals_torch_with_the_same_seed(p):
    x = torch.randn(40, 50, requires_grad=True)
    results = []
    for f in (dropout, F.dropout):
        torch.manual_seed(3)
        y = f(x, p)
        results.append((y, torch.autograd.grad(y.sum(), x)[0]))
    torch.testing.assert_close(*results)


def test_dropout_drops_its_share_and_keeps_the_mean():
    y = dropout(torch.ones(200, 200), 0.3)
    assert abs((y == 0).float().mean() - 0.3) < 0.02 and abs(y.mean() - 1) < 0.02
    torch.testing.assert_close(y[y != 0], torch.full_like(y[y != 0], 1 / 0.7))


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_dropout_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match=f"p is {p}"):
        dropout(torch.ones(2), p)
