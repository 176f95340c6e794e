import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig
from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb as gptj_rotary
from transformers.models.gptj.modeling_gptj import create_sinusoidal_positions
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb as llama_rotary

from lmcore.positions import LearnedPositions, RotaryPositions, SinusoidalPositions, sinusoidal_table

pytestmark = pytest.mark.xdist_group("transformers")
quick = settings(deadline=None, max_examples=50)
pairings = pytest.mark.parametrize("pairing", ["half", "interleaved"])
KINDS = [
    LearnedPositions(16, 8),
    SinusoidalPositions(16, 8),
    RotaryPositions(16, 8, pairing="half"),
    RotaryPositions(16, 8, pairing="interleaved"),
]
every_kind = pytest.mark.parametrize("positions", KINDS)


def close(a, b, tolerance=1e-5):
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def test_sinusoidal_table_equals_its_formula_entry_by_entry():
    table = sinusoidal_table(20, 6)
    for t in range(20):
        for i in range(3):
            angle = t / 10000 ** (2 * i / 6)
            close(table[t, 2 * i : 2 * i + 2], torch.tensor([math.sin(angle), math.cos(angle)]), 1e-6)


def test_sinusoidal_table_equals_transformers_up_to_the_order_of_columns():
    table = sinusoidal_table(50, 8)
    close(torch.cat((table[:, 0::2], table[:, 1::2]), 1), create_sinusoidal_positions(50, 8))


@quick
@given(st.integers(0, 2**20))
def test_interleaved_rotary_equals_gptj_at_any_positions(seed):
    torch.manual_seed(seed)
    x, ids = torch.randn(2, 3, 5, 8), torch.randint(40, (2, 5))
    sin, cos = create_sinusoidal_positions(40, 8)[ids].chunk(2, -1)
    expected = gptj_rotary(x.transpose(1, 2), sin, cos).transpose(1, 2)  # GPT-J: batch, time, heads, d
    close(RotaryPositions(40, 8, pairing="interleaved")(x, ids), expected)


@quick
@given(st.integers(0, 2**20), st.sampled_from([100.0, 10000.0, 500000.0]))
def test_half_rotary_equals_llama_at_any_positions(seed, base):
    torch.manual_seed(seed)
    x, ids = torch.randn(2, 3, 5, 8), torch.randint(40, (2, 5))
    rotation = {"rope_type": "default", "rope_theta": base}
    config = LlamaConfig(hidden_size=24, num_attention_heads=3, rope_parameters=rotation)
    cos, sin = LlamaRotaryEmbedding(config)(x, ids)
    close(RotaryPositions(40, 8, base, "half")(x, ids), llama_rotary(x, x, cos, sin)[0])


@pairings
def test_rotary_turns_and_does_not_stretch(pairing):
    x = torch.randn(2, 3, 16, 8)
    turned = RotaryPositions(16, 8, pairing=pairing)(x)
    close(turned.norm(dim=-1), x.norm(dim=-1))
    close(turned[:, :, 0], x[:, :, 0])
    assert not torch.allclose(turned[:, :, 1], x[:, :, 1])


@quick
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.sampled_from(["half", "interleaved"]))
def test_product_of_rotated_query_and_key_depends_on_their_distance_alone(t, s, shift, pairing):
    rotary, q, k = RotaryPositions(64, 8, pairing=pairing), torch.randn(1, 8), torch.randn(1, 8)

    def product(t, s):
        return (rotary(q, torch.tensor([t])) * rotary(k, torch.tensor([s]))).sum()

    close(product(t + shift, s + shift), product(t, s), 1e-4)


def test_the_two_pairings_differ_by_the_order_of_numbers_alone():
    x = torch.randn(2, 3, 16, 8)
    order = torch.tensor([0, 2, 4, 6, 1, 3, 5, 7])
    half, interleaved = KINDS[2], KINDS[3]
    close(half(x[..., order]), interleaved(x)[..., order])
    assert not torch.allclose(half(x), interleaved(x))


def test_rotary_is_exact_at_far_positions():
    x = torch.randn(1, 8, dtype=torch.float64)
    turned = RotaryPositions(100_001, 8)(x, torch.tensor([100_000]))
    angles = 100_000 / 10000 ** (torch.arange(4, dtype=torch.float64) / 4)
    pairs = torch.complex(x[:, :4], x[:, 4:]) * torch.polar(torch.ones_like(angles), angles)
    close(turned, torch.cat((pairs.real, pairs.imag), -1), 1e-6)


@every_kind
def test_positions_count_from_start_unless_they_are_given(positions):
    x = torch.randn(2, 5, 8)
    torch.testing.assert_close(positions(x), positions(x, torch.arange(5)))
    torch.testing.assert_close(positions(x, start=3), positions(x, torch.arange(3, 8)))
    torch.testing.assert_close(positions(x, start=3), positions(x, torch.arange(3, 8).expand(2, 5)))
    assert not torch.allclose(positions(x), positions(x, start=3))


@every_kind
def test_every_row_can_have_its_own_positions(positions):
    x, ids = torch.randn(2, 5, 8), torch.tensor([[0, 0, 0, 1, 2], [7, 3, 15, 0, 1]])
    for row in range(2):
        torch.testing.assert_close(positions(x, ids)[row], positions(x[row : row + 1], ids[row])[0])


@pytest.mark.parametrize("positions", KINDS[1:])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_computed_positions_keep_the_dtype(positions, dtype):
    assert positions(torch.randn(1, 4, 8, dtype=dtype)).dtype == dtype


def test_learned_positions_receive_gradients_of_their_tokens():
    positions = LearnedPositions(6, 2)
    positions(torch.zeros(3, 4, 2), start=1).sum().backward()
    assert positions.weight.grad[:, 0].tolist() == [0, 3, 3, 3, 3, 0]


@every_kind
def test_context_too_long_names_both_lengths(positions):
    with pytest.raises(ValueError, match="context of 17 tokens is longer than this model's 16; pass fewer tokens"):
        positions(torch.randn(1, 17, 8))
    with pytest.raises(ValueError, match="context of 20 tokens"):
        positions(torch.randn(1, 5, 8), start=15)


@every_kind
@pytest.mark.parametrize("wrong", [-1, 16])
def test_position_outside_the_table_is_named(positions, wrong):
    with pytest.raises(ValueError, match=f"position {wrong} is not in the table; positions go from 0 to 15"):
        positions(torch.randn(1, 2, 8), torch.tensor([0, wrong]))


@every_kind
def test_as_many_positions_as_tokens(positions):
    for ids in (torch.zeros(3), torch.zeros(3, 2), torch.zeros(1, 1, 2)):
        with pytest.raises(ValueError, match=r"must be \(2,\) or \(4, 2\) like the tokens"):
            positions(torch.randn(4, 2, 8), ids.long())
    with pytest.raises(ValueError, match="float32"):
        positions(torch.randn(4, 2, 8), torch.zeros(2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RotaryPositions(4, 5), "width is 5"),
        (lambda: SinusoidalPositions(4, 3), "width is 3"),
        (lambda: RotaryPositions(4, 0), "width is 0"),
        (lambda: RotaryPositions(0, 4), "context is 0"),
        (lambda: RotaryPositions(4, 4, pairing="pairs"), "'pairs'; there are 'half' and 'interleaved'"),
        (lambda: KINDS[2](torch.randn(1, 3, 6)), "width 8, not 6"),
    ],
)
def test_tables_that_cannot_be_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_tables_that_are_computed_are_not_saved():
    assert all(not positions.state_dict() for positions in KINDS[1:])
