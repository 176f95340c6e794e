import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.attention import (
    attention_weights,
    causal_mask,
    for_all_heads,
    fused_attention,
    padding_mask,
    scaled_dot_product_attention,
    softmax,
)

quick = settings(deadline=None, max_examples=80)
both = pytest.mark.parametrize("attend", [scaled_dot_product_attention, fused_attention])
TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5, torch.bfloat16: 5e-2, torch.float16: 5e-3}


def close(a, b, tolerance=1e-5):
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


@quick
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data(), st.sampled_from([1e-3, 1.0, 100.0, 1e4, 1e30]))
def test_softmax_equals_torch_along_any_axis_at_any_size(shape, data, scale):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = (scale * torch.randn(shape)).requires_grad_()
    close(softmax(x, dim), torch.softmax(x, dim))
    weight = torch.randn(shape)
    close(*(torch.autograd.grad((f(x, dim) * weight).sum(), x)[0] for f in (softmax, torch.softmax)))


def test_softmax_gives_minus_infinity_no_weight():
    x = torch.tensor([[0.0, -math.inf, 0.0], [-math.inf, 5.0, -math.inf]])
    assert softmax(x, -1).tolist() == [[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]


def test_softmax_of_nothing_but_minus_infinity_is_nan_as_in_torch():
    assert softmax(torch.full((2,), -math.inf), 0).isnan().all()


def test_softmax_leaves_its_input_and_keeps_the_dtype():
    for dtype in TOLERANCE:
        x = torch.randn(3, 4, dtype=dtype)
        before = x.clone()
        y = softmax(x, 0)
        assert torch.equal(x, before) and y.dtype == dtype
        close(y, torch.softmax(x, 0), TOLERANCE[dtype])


@pytest.mark.parametrize(
    ("x", "dim", "message"),
    [
        (torch.ones(2, dtype=torch.int64), 0, "floats, not torch.int64"),
        (torch.ones(2, 3), 2, r"dim is 2; .* -2 to 1"),
        (torch.ones(2, 3), -3, "dim is -3"),
        (torch.ones(2, 0), 1, "axis 1 of x is empty"),
    ],
)
def test_softmax_refuses(x, dim, message):
    with pytest.raises(ValueError, match=message):
        softmax(x, dim)


def test_causal_mask_allows_each_query_the_keys_up_to_its_own_position():
    assert causal_mask(3).int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert causal_mask(2, 4).int().tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert causal_mask(3, 2).int().tolist() == [[0, 0], [1, 0], [1, 1]]
    assert causal_mask(2).dtype == torch.bool


def test_padding_mask_is_true_at_tokens_on_either_side():
    lengths = torch.tensor([1, 3, 0])
    assert padding_mask(lengths).int().tolist() == [[1, 0, 0], [1, 1, 1], [0, 0, 0]]
    assert padding_mask(lengths, 4, side="left").int().tolist() == [[0, 0, 0, 1], [0, 1, 1, 1], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("lengths", "time", "side", "message"),
    [
        ([1, 5], 4, "right", "from 1 to 5 do not fit; they go from 0 to 4"),
        ([-1, 3], 4, "right", "from -1 to 3"),
        ([1.0], 4, "right", "integers.*float32"),
        ([[1]], 4, "right", r"\(1, 1\)"),
        ([], 4, "right", "integers"),
        ([1], 4, "middle", "side is 'middle'"),
    ],
)
def test_padding_mask_refuses(lengths, time, side, message):
    with pytest.raises(ValueError, match=message):
        padding_mask(torch.tensor(lengths), time, side)


def test_mask_for_all_heads_must_be_bool_of_the_right_shape():
    mask = torch.ones(2, 3, dtype=torch.bool)
    assert for_all_heads(mask, 2, 3).shape == (2, 1, 1, 3)
    with pytest.raises(ValueError, match=r"bool \(2, 4\).*\(2, 3\)"):
        for_all_heads(mask, 2, 4)
    with pytest.raises(ValueError, match=r"not torch.int64"):
        for_all_heads(mask.long(), 2, 3)


def test_attention_of_an_example_worked_by_hand():
    q = torch.tensor([[math.log(3.0) * math.sqrt(2), 0.0]])
    k = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    v = torch.tensor([[4.0], [8.0]])
    close(attention_weights(q, k), torch.tensor([[0.75, 0.25]]))
    close(scaled_dot_product_attention(q, k, v), torch.tensor([[5.0]]))


@st.composite
def problems(draw):
    """q, k, v and a mask of any kind; sometimes with shared heads, sometimes not contiguous."""
    batch, groups, kv_heads = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    queries, keys = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    d, e = draw(st.sampled_from([(1, 1), (4, 4), (8, 8), (4, 6)]))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    torch.manual_seed(draw(st.integers(0, 2**20)))

    def tensor(heads, time, width):
        if draw(st.booleans()):
            return torch.randn(batch, time, heads, width, dtype=dtype).transpose(1, 2).requires_grad_()
        return torch.randn(batch, heads, time, width, dtype=dtype).requires_grad_()

    q, k, v = tensor(groups * kv_heads, queries, d), tensor(kv_heads, keys, d), tensor(kv_heads, keys, e)
    every = (batch, groups * kv_heads, queries, keys)
    shape = draw(st.sampled_from([None, (queries, keys), (batch, 1, 1, keys), every]))
    mask = None if shape is None else torch.rand(shape) < draw(st.sampled_from([0.2, 0.7]))
    return q, k, v, mask, draw(st.booleans())


@settings(deadline=None, max_examples=250)
@given(problems())
def test_fused_attention_equals_the_plain_form(problem):
    q, k, v, mask, causal = problem
    plain = scaled_dot_product_attention(q, k, v, mask, causal)
    fused = fused_attention(q, k, v, mask, causal)
    weight = torch.randn_like(plain)
    close(fused, plain)
    for a, b in zip(*(torch.autograd.grad((x * weight).sum(), (q, k, v)) for x in (fused, plain)), strict=True):
        close(a, b)
        assert a.isfinite().all()


@quick
@given(problems())
def test_plain_attention_equals_torch_where_some_key_is_allowed(problem):
    q, k, v, mask, causal = problem
    group = q.shape[1] // k.shape[1]
    allowed = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool) if mask is None else mask
    allowed = allowed & causal_mask(q.shape[2], k.shape[2]) if causal else allowed
    expected = F.scaled_dot_product_attention(
        q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1), allowed.expand(*q.shape[:3], k.shape[2])
    )
    some = allowed.any(-1, keepdim=True).expand(*q.shape[:3], 1)
    ours = scaled_dot_product_attention(q, k, v, mask, causal)
    close(ours.where(some, 0.0), expected.where(some, 0.0))


@both
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_row_without_allowed_keys_gives_zeros(attend, dtype):
    q, k, v = (torch.randn(2, 3, 4, 8, dtype=dtype).requires_grad_() for _ in range(3))
    mask = torch.ones(4, 4, dtype=torch.bool)
    mask[2] = False
    out = attend(q, k, v, mask)
    assert (out[:, :, 2] == 0).all() and (out[:, :, [0, 1, 3]] != 0).any()
    grads = torch.autograd.grad(out.sum(), (q, k, v))
    assert all(grad.isfinite().all() for grad in grads) and (grads[0][:, :, 2] == 0).all()


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_attention_keeps_the_dtype_and_its_numbers(dtype):
    q, k, v = (torch.randn(2, 2, 9, 8, dtype=torch.float64) for _ in range(3))
    exact = scaled_dot_product_attention(q, k, v, causal=True)
    for attend in (scaled_dot_product_attention, fused_attention):
        out = attend(q.to(dtype), k.to(dtype), v.to(dtype), causal=True)
        assert out.dtype == dtype
        close(out.double(), exact, TOLERANCE[dtype])


@both
def test_attention_does_not_overflow_on_huge_scores(attend):
    q, k, v = 1e4 * torch.randn(2, 3, 5, 8), 1e4 * torch.randn(2, 3, 5, 8), torch.randn(2, 3, 5, 8)
    assert attend(q, k, v, causal=True).isfinite().all()


@both
@pytest.mark.parametrize("shape", [(5, 8), (3, 5, 8), (2, 3, 5, 8), (2, 2, 3, 5, 8)])
def test_attention_takes_any_number_of_leading_axes(attend, shape):
    q, k, v = (torch.randn(shape) for _ in range(3))
    expected = (q @ k.transpose(-1, -2) / math.sqrt(8)).softmax(-1) @ v
    close(attend(q, k, v), expected)


@both
def test_order_of_keys_does_not_matter(attend):
    q, k, v = torch.randn(2, 3, 4, 8), torch.randn(2, 3, 6, 8), torch.randn(2, 3, 6, 8)
    order = torch.randperm(6)
    close(attend(q, k[:, :, order], v[:, :, order]), attend(q, k, v))


@both
def test_dropout_drops_weights_and_scales_the_others(attend):
    q, k = torch.randn(1, 1, 64, 8), torch.randn(1, 1, 64, 8)
    weights = attention_weights(q, k)
    dropped = attend(q, k, torch.eye(64)[None, None], dropout=0.25)
    share = (dropped == 0).float().mean()
    assert 0.2 < share < 0.3
    close(dropped[dropped != 0], (weights / 0.75)[dropped != 0])


def test_weights_sum_to_one_over_the_keys():
    weights = attention_weights(torch.randn(2, 4, 8), torch.randn(2, 6, 8), torch.rand(4, 6) < 0.5)
    sums = weights.sum(-1)
    close(sums, (sums > 0).float())


@both
@pytest.mark.parametrize(
    ("q", "k", "v", "mask"),
    [
        ((2, 3, 4), (2, 5, 6), (2, 5, 4), None),  # widths
        ((2, 3, 4), (2, 5, 4), (2, 6, 4), None),  # as many values as keys
        ((2, 3, 4), (1, 5, 4), (1, 5, 4), None),  # batch
        ((2, 3, 4), (5, 4), (5, 4), None),  # axes
        ((4,), (4,), (4,), None),
        ((2, 4, 3, 4), (2, 3, 5, 4), (2, 3, 5, 4), None),  # 3 key heads for 4 query heads
        ((2, 2, 3, 4), (2, 4, 5, 4), (2, 4, 5, 4), None),  # more key heads than query heads
        ((2, 2, 3, 4), (2, 0, 5, 4), (2, 0, 5, 4), None),
        ((2, 3, 4), (2, 0, 4), (2, 0, 4), None),  # no keys
        ((2, 3, 4), (2, 5, 4), (2, 5, 4), (5, 3)),
        ((2, 3, 4), (2, 5, 4), (2, 5, 4), (1, 1, 3, 5)),
        ((2, 3, 4), (2, 5, 4), (2, 5, 4), (4, 3, 5)),
    ],
)
def test_shapes_that_do_not_fit_are_named(attend, q, k, v, mask):
    wrong = mask or q
    mask = mask and torch.ones(mask, dtype=torch.bool)
    with pytest.raises(ValueError, match=str(tuple(wrong)).replace("(", r"\(").replace(")", r"\)")):
        attend(torch.randn(q), torch.randn(k), torch.randn(v), mask)


@both
def test_dtypes_that_do_not_fit_are_named(attend):
    x = torch.randn(1, 3, 4)
    with pytest.raises(ValueError, match=r"float32, torch.float64"):
        attend(x, x.double(), x)
    with pytest.raises(ValueError, match=r"floats.*int64"):
        attend(x.long(), x.long(), x.long())
    with pytest.raises(ValueError, match=r"bool.*float32"):
        attend(x, x, x, torch.zeros(3, 3))
