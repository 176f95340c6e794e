import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.generation import logits_process as theirs

from lmcore.choosing import draw, greedy, row_generators
from lmcore.sampling import keep_top_k, keep_top_p, penalise_repetition, usual_parts, with_temperature

pytestmark = pytest.mark.xdist_group("transformers")
INF = math.inf
LOGITS = torch.tensor([[2.0, 1.0, -1.0, 0.5]])
SEEN = torch.tensor([[True, False, True, False]])
numbers = st.integers(-8, 8).map(lambda n: n / 2) | st.floats(-30, 30, width=32)  # halves make ties


@st.composite
def some_logits(draw_one):
    rows, vocab = draw_one(st.integers(1, 4)), draw_one(st.integers(1, 12))
    row = st.lists(numbers, min_size=vocab, max_size=vocab)
    return torch.tensor(draw_one(st.lists(row, min_size=rows, max_size=rows)))


def kept(logits):
    return [[i for i, x in enumerate(row) if x > -INF] for row in logits.tolist()]


def frequencies(logits, count=4000):
    ids = draw(logits.expand(count, -1), row_generators(range(count)))
    return torch.bincount(ids, minlength=logits.shape[1])


def follows(counts, probabilities):
    """Pearson's chi-square below what it exceeds once in 10^6 draws of this many tokens, near enough."""
    expected = counts.sum() * probabilities
    assert not counts[expected == 0].any()
    counts, expected = counts[expected > 0], expected[expected > 0]
    freedom = max(len(counts) - 1, 1)
    assert ((counts - expected) ** 2 / expected).sum() < freedom + 5 * math.sqrt(2 * freedom) + 12


@settings(deadline=None, max_examples=60)
@given(some_logits(), st.integers(1, 15), st.floats(1e-6, 0.999), st.floats(0.05, 20.0), st.floats(0.2, 5.0), st.data())
def test_every_part_equals_transformers(logits, k, p, temperature, penalty, data):
    some_ids = st.lists(st.integers(0, logits.shape[1] - 1), min_size=3, max_size=3)
    ids = torch.tensor([data.draw(some_ids) for _ in logits])
    seen = torch.zeros_like(logits, dtype=torch.bool).scatter(1, ids, True)
    before = logits.clone()
    for ours, expected in (
        (with_temperature(logits, temperature), theirs.TemperatureLogitsWarper(temperature)(ids, logits)),
        (keep_top_k(logits, k), theirs.TopKLogitsWarper(k)(ids, logits)),
        (keep_top_p(logits, p), theirs.TopPLogitsWarper(p)(ids, logits)),
        (penalise_repetition(logits, seen, penalty), theirs.RepetitionPenaltyLogitsProcessor(penalty)(ids, logits)),
    ):
        torch.testing.assert_close(ours, expected, rtol=1e-6, atol=0)
        assert torch.equal(logits, before), "the logits that were given have changed"


@settings(deadline=None, max_examples=30)
@given(some_logits(), st.integers(1, 12), st.floats(0.01, 0.99), st.floats(0.3, 3.0), st.floats(0.5, 2.0))
def test_usual_parts_equal_transformers_in_its_order(logits, k, p, temperature, penalty):
    ids = torch.zeros(len(logits), 1, dtype=torch.int64)
    seen = torch.zeros_like(logits, dtype=torch.bool).index_fill(1, torch.tensor([0]), True)
    ours = logits
    for part in usual_parts(temperature, k, p, penalty):
        ours = part(ours, seen)
    expected = theirs.RepetitionPenaltyLogitsProcessor(penalty)(ids, logits)
    for warper in (theirs.TemperatureLogitsWarper(temperature), theirs.TopKLogitsWarper(k), theirs.TopPLogitsWarper(p)):
        expected = warper(ids, expected)
    torch.testing.assert_close(ours, expected, rtol=1e-6, atol=0)


def test_parts_that_change_nothing_are_left_out():
    assert usual_parts() == usual_parts(temperature=1, top_p=1.0) == []
    assert len(usual_parts(0.5, 3, 0.5, 1.1)) == 4


def test_penalty_makes_seen_tokens_less_likely_whatever_their_sign():
    assert penalise_repetition(LOGITS, SEEN, 2.0).tolist() == [[1.0, 1.0, -2.0, 0.5]]


def test_more_than_the_vocabulary_is_everything():
    assert torch.equal(keep_top_k(LOGITS, 100), LOGITS)


def test_tokens_as_likely_as_the_kth_stay():
    assert kept(keep_top_k(torch.tensor([[1.0, 3.0, 1.0, 0.0]]), 2)) == [[0, 1, 2]]


def test_k_of_one_keeps_the_best_of_each_row():
    assert kept(keep_top_k(torch.tensor([[1.0, 3.0, -INF], [-1.0, -INF, -2.0]]), 1)) == [[1], [0]]


def test_token_that_crosses_p_stays():
    logits = torch.tensor([[0.5, 0.25, 0.125, 0.125]]).log()[:, [2, 0, 3, 1]]
    assert kept(keep_top_p(logits, 0.5)) == [[1]]  # exactly enough is enough
    assert kept(keep_top_p(logits, 0.51)) == kept(keep_top_p(logits, 0.75)) == [[1, 3]]
    assert len(kept(keep_top_p(logits, 0.76))[0]) == 3


def test_tiny_p_keeps_exactly_one_token_also_of_equal_ones():
    assert kept(keep_top_p(LOGITS, 1e-12)) == [[0]]
    assert len(kept(keep_top_p(torch.zeros(1, 1000), 1e-12))[0]) == 1


def test_p_of_one_keeps_everything_however_unlikely():
    logits = torch.tensor([[0.0, -200.0, -INF]])
    assert torch.equal(keep_top_p(logits, 1.0), logits)


@settings(deadline=None, max_examples=60)
@given(some_logits(), st.floats(0.01, 0.99))
def test_nucleus_is_as_small_as_can_be_and_large_enough(logits, p):
    probabilities = logits.double().softmax(-1)
    for row, indices in zip(probabilities, kept(keep_top_p(logits, p)), strict=True):
        share = row[indices].sum()
        assert share >= p - 1e-5
        assert len(indices) == 1 or share - row[indices].min() <= p + 1e-5
        others = [x for i, x in enumerate(row.tolist()) if i not in indices]
        assert row[indices].min() >= max(others, default=0.0)


def test_forbidden_tokens_stay_forbidden():
    logits = torch.tensor([[1.0, -INF, 2.0, -INF]])
    seen = torch.ones(1, 4, dtype=torch.bool)
    for part in usual_parts(0.5, 3, 0.99, 1.5):
        logits = part(logits, seen)
    assert kept(logits) == [[0, 2]]
    assert not frequencies(logits, 200)[[1, 3]].any()


@pytest.mark.parametrize("bad", [math.nan, INF])
@pytest.mark.parametrize("choose", [greedy, lambda x: draw(x, row_generators([0, 1]))], ids=["greedy", "draw"])
@pytest.mark.parametrize("parts", [[], usual_parts(0.7), usual_parts(top_k=2), usual_parts(top_p=0.3)])
def test_nan_and_infinity_are_named_whatever_was_done_to_them(bad, choose, parts):
    logits = torch.tensor([[0.0, 1.0, 2.0, -INF], [0.0, 3.0, bad, 1.0]])
    for part in parts:
        logits = part(logits, torch.ones_like(logits, dtype=torch.bool))
    # Top-p makes nan of infinity, which softmax cannot take.
    with pytest.raises(ValueError, match=r"row 1 has (nan|infinity) as a logit of token 2"):
        choose(logits)


@pytest.mark.parametrize("choose", [greedy, lambda x: draw(x, row_generators([0, 1]))], ids=["greedy", "draw"])
def test_row_without_any_token_is_named(choose):
    with pytest.raises(ValueError, match="row 1 has no token left: all 3 logits are minus infinity"):
        choose(torch.tensor([[0.0, 1.0, 2.0], [-INF] * 3]))


def test_greedy_takes_the_first_of_the_likeliest():
    assert greedy(torch.tensor([[1.0, 3.0, 3.0], [-5.0, -INF, -9.0]])).tolist() == [1, 0]


@pytest.mark.parametrize("logits", [LOGITS, torch.zeros(1, 7), torch.tensor([[-INF, 3.0, -INF, 1.0, -1.0]])])
def test_tokens_are_drawn_as_often_as_they_are_likely(logits):
    follows(frequencies(logits), logits[0].double().softmax(-1))


def test_parts_change_how_often_tokens_are_drawn():
    logits = LOGITS
    for part in usual_parts(0.5, 3):
        logits = part(logits, SEEN)
    follows(frequencies(logits), torch.tensor([4.0, 2.0, -INF, 1.0]).double().softmax(-1))


def test_one_generator_draws_as_often_as_tokens_are_likely():
    (generator,) = row_generators([7])
    ids = torch.tensor([draw(LOGITS, [generator]).item() for _ in range(4000)])
    follows(torch.bincount(ids, minlength=4), LOGITS[0].double().softmax(-1))


def test_rows_draw_each_from_their_own_generator():
    logits = torch.zeros(3, 1000)
    together = [draw(logits, generators).tolist() for generators in [row_generators([4, 5, 6])] for _ in range(5)]
    alone = [draw(logits[:1], generators).item() for generators in [row_generators([5])] for _ in range(5)]
    assert [ids[1] for ids in together] == alone
    assert len({ids[0] for ids in together} | set(alone)) > 6


@pytest.mark.parametrize(("point", "token"), [(0.0, 1), (0.4999, 1), (0.5, 3), (1 - 2**-53, 3)])
def test_ends_of_the_line_fall_on_tokens_that_are_allowed(point, token, monkeypatch):
    monkeypatch.setattr(torch, "rand", lambda *size, dtype, generator: torch.full(size, point, dtype=dtype))
    assert draw(torch.tensor([[-INF, 0.0, -INF, 0.0, -INF]]), [None]).tolist() == [token]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_dtypes_are_welcome(dtype):
    logits = LOGITS.to(dtype)
    for part in usual_parts(0.5, 3, 0.9, 1.5):
        logits = part(logits, SEEN)
    assert logits.dtype == dtype
    assert draw(logits, row_generators([0])).shape == greedy(logits).shape == (1,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: with_temperature(LOGITS, 0), "temperature is 0.*use greedy"),
        (lambda: with_temperature(LOGITS, -0.5), "temperature is -0.5; it must be a finite number above 0"),
        (lambda: with_temperature(LOGITS, math.nan), "temperature is nan"),
        (lambda: with_temperature(LOGITS, INF), "temperature is inf"),
        (lambda: keep_top_k(LOGITS, 0), "k is 0; it must be an int of at least 1"),
        (lambda: keep_top_k(LOGITS, 2.0), "k is 2.0; it must be an int"),
        (lambda: keep_top_p(LOGITS, 0), "p is 0; it must be above 0 and at most 1"),
        (lambda: keep_top_p(LOGITS, 1.01), "p is 1.01"),
        (lambda: keep_top_p(LOGITS, math.nan), "p is nan"),
        (lambda: penalise_repetition(LOGITS, SEEN, 0.0), "repetition penalty is 0.0; it must be a finite"),
        (lambda: penalise_repetition(LOGITS, SEEN[:, :3], 1.5), r"seen must be bool \(1, 4\), not torch.bool \(1, 3\)"),
        (lambda: penalise_repetition(LOGITS, SEEN.int(), 1.5), "not torch.int32"),
        (lambda: usual_parts(temperature=0), "use greedy"),
        (lambda: usual_parts(top_k=0), "k is 0"),
        (lambda: usual_parts(top_p=0), "p is 0"),
        (lambda: usual_parts(repetition_penalty=-1), "repetition penalty is -1"),
        (lambda: keep_top_k(LOGITS[0], 1), r"logits must be floats \(batch, vocab\), not torch.float32 \(4,\)"),
        (lambda: keep_top_p(LOGITS[:, :0], 0.5), r"\(1, 0\)"),
        (lambda: with_temperature(LOGITS.long(), 2.0), "int64"),
        (lambda: penalise_repetition(LOGITS[0], SEEN[0], 2.0), r"\(4,\)"),
        (lambda: greedy(LOGITS[0]), r"\(4,\)"),
        (lambda: draw(LOGITS[0], row_generators([1])), r"\(4,\)"),
        (lambda: draw(LOGITS, row_generators([1, 2])), "2 generators for 1 rows"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
