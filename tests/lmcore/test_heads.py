import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmcore.attention import causal_mask, for_all_heads, padding_mask, scaled_dot_product_attention
from lmcore.cache import KeyValueCache
from lmcore.heads import MultiHeadAttention, SelfAttentionHead
from lmcore.positions import RotaryPositions

quick = settings(deadline=None, max_examples=50)


def close(a, b, tolerance=1e-5):
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def rotary():
    return RotaryPositions(64, 4, pairing="half")


def test_one_head_equals_its_formula():
    head, x = SelfAttentionHead(8, 4), torch.randn(2, 5, 8)
    q, k, v = x @ head.query.weight.T, x @ head.key.weight.T, x @ head.value.weight.T
    scores = (q @ k.mT / 2).masked_fill(~causal_mask(5), -torch.inf)
    close(head(x), scores.softmax(-1) @ v)


def test_one_head_honours_a_mask():
    head, x = SelfAttentionHead(8, 4, causal=False), torch.randn(2, 5, 8)
    not_itself = ~torch.eye(5, dtype=torch.bool)
    scores = (head.query(x) @ head.key(x).mT / 2).masked_fill(~not_itself, -torch.inf)
    close(head(x, not_itself), scores.softmax(-1) @ head.value(x))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_many_heads_equal_torch_forward_and_backward(causal, padded, bias):
    ours = MultiHeadAttention(12, 3, causal=causal, bias=bias)
    theirs = nn.MultiheadAttention(12, 3, bias=bias, batch_first=True)
    theirs.in_proj_weight.data, theirs.out_proj.weight.data = ours.qkv.weight.data.clone(), ours.out.weight.data.clone()
    if bias:
        theirs.in_proj_bias.data, theirs.out_proj.bias.data = ours.qkv.bias.data.clone(), ours.out.bias.data.clone()
    x, weight = torch.randn(2, 6, 12), torch.randn(2, 6, 12)
    tokens = padding_mask(torch.tensor([6, 3])) if padded else None
    a = ours(x, None if tokens is None else for_all_heads(tokens, 2, 6))
    b, _ = theirs(
        x, x, x, key_padding_mask=None if tokens is None else ~tokens, attn_mask=~causal_mask(6) if causal else None
    )
    close(a, b)
    for out in (a, b):
        (out * weight).sum().backward()
    close(ours.qkv.weight.grad, theirs.in_proj_weight.grad)
    close(ours.out.weight.grad, theirs.out_proj.weight.grad)
    if bias:
        close(ours.qkv.bias.grad, theirs.in_proj_bias.grad)


@pytest.mark.parametrize("n_kv_heads", [1, 2])
def test_shared_key_heads_equal_repeated_ones(n_kv_heads):
    shared, full = MultiHeadAttention(16, 4, n_kv_heads), MultiHeadAttention(16, 4)
    q, k, v = shared.qkv.weight.split([16, 4 * n_kv_heads, 4 * n_kv_heads])
    bq, bk, bv = shared.qkv.bias.split([16, 4 * n_kv_heads, 4 * n_kv_heads])

    def repeated(rows):
        return rows.unflatten(0, (n_kv_heads, 4)).repeat_interleave(4 // n_kv_heads, 0).flatten(0, 1)

    full.load_state_dict(
        {
            "qkv.weight": torch.cat((q, repeated(k), repeated(v))),
            "qkv.bias": torch.cat((bq, repeated(bk), repeated(bv))),
            "out.weight": shared.out.weight,
            "out.bias": shared.out.bias,
        }
    )
    x = torch.randn(2, 5, 16)
    close(shared(x), full(x))


@pytest.mark.parametrize("kv", [4, 2])
def test_plain_and_fused_attention_are_exchangeable_parts(kv):
    layer, x = MultiHeadAttention(16, 4, kv, positions=rotary()), torch.randn(2, 5, 16)
    mask = torch.rand(2, 1, 5, 5) < 0.6
    fused = layer(x), layer(x, mask)
    layer.attend = scaled_dot_product_attention
    close(layer(x), fused[0])
    close(layer(x, mask), fused[1])


@quick
@given(st.integers(0, 6), st.booleans())
def test_output_at_t_ignores_tokens_after_t(t, turned):
    layer = MultiHeadAttention(16, 4, 2, positions=rotary() if turned else None)
    head = SelfAttentionHead(16, 4)
    x = torch.randn(2, 7, 16)
    y = x.clone()
    y[:, t + 1 :] = 1e3 * torch.randn(2, 6 - t, 16)
    for part in (layer, head):
        close(part(x)[:, : t + 1], part(y)[:, : t + 1])
        assert t == 6 or not torch.allclose(part(x)[:, t + 1 :], part(y)[:, t + 1 :])


def test_without_a_causal_mask_later_tokens_matter():
    layer, x = MultiHeadAttention(16, 4, causal=False), torch.randn(1, 5, 16)
    y = x.clone()
    y[:, -1] += 1
    assert not torch.allclose(layer(x)[:, 0], layer(y)[:, 0])


def test_without_positions_a_permutation_goes_through():
    x, order = torch.randn(2, 6, 16), torch.randperm(6)
    for layer in (MultiHeadAttention(16, 4, causal=False), SelfAttentionHead(16, 4, causal=False)):
        close(layer(x[:, order]), layer(x)[:, order])


def test_with_positions_a_permutation_does_not_go_through():
    layer, x = MultiHeadAttention(16, 4, causal=False, positions=rotary()), torch.randn(2, 6, 16)
    assert not torch.allclose(layer(x.flip(1)), layer(x).flip(1))


def test_rotary_attention_sees_distances_and_not_places():
    layer, x = MultiHeadAttention(16, 4, positions=rotary()), torch.randn(2, 6, 16)
    close(layer(x, position_ids=torch.arange(6) + 50), layer(x))
    assert not torch.allclose(layer(x, position_ids=2 * torch.arange(6)), layer(x))


@quick
@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.sampled_from([1, 2, 4]), st.booleans())
def test_cached_equals_uncached_in_chunks_of_any_size(chunks, kv, turned):
    layer = MultiHeadAttention(16, 4, kv, positions=rotary() if turned else None)
    x, cache = torch.randn(2, sum(chunks), 16), KeyValueCache(sum(chunks))
    with torch.no_grad():
        parts = [layer(part, cache=cache) for part in x.split(chunks, 1)]
        close(torch.cat(parts, 1), layer(x))
    assert cache.keys.shape == (2, kv, sum(chunks), 4)


def test_padding_on_the_right_does_not_matter():
    layer, x = MultiHeadAttention(16, 4, causal=False), torch.randn(2, 6, 16)
    mask = for_all_heads(padding_mask(torch.tensor([4, 4]), 6), 2, 6)
    close(layer(x, mask)[:, :4], layer(x[:, :4]))


def test_input_may_be_non_contiguous():
    layer, x = MultiHeadAttention(16, 4), torch.randn(5, 16, 2).permute(2, 0, 1)
    close(layer(x), layer(x.contiguous()))


def test_width_of_a_head_can_be_given():
    layer = MultiHeadAttention(10, 4, 2, d_head=6)
    assert layer.qkv.weight.shape == (8 * 6, 10) and layer(torch.randn(1, 3, 10)).shape == (1, 3, 10)


def test_dropout_acts_in_training_only():
    layer, x = MultiHeadAttention(16, 4, dropout=0.5), torch.randn(2, 6, 16)
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, 4), "4 heads do not divide a width of 10"),
        ((10, 0), "0 heads"),
        ((12, 4, 3), "3 key heads do not divide 4 query heads"),
        ((12, 4, 0), "0 key heads"),
        ((12, 2, 4), "4 key heads do not divide 2"),
    ],
)
def test_heads_that_do_not_divide_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(*arguments)


@pytest.mark.parametrize("layer", [MultiHeadAttention(16, 4), SelfAttentionHead(16, 4)])
@pytest.mark.parametrize("shape", [(2, 3, 15), (3, 16), (1, 2, 3, 16)])
def test_input_of_another_shape_is_named(layer, shape):
    with pytest.raises(ValueError, match=r"\(batch, time, 16\), not \(" + str(shape[0])):
        layer(torch.randn(shape))
