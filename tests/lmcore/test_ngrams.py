import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.data import english_story
from lmcore.ngrams import BigramModel, NGramModel
from lmcore.tokenization import CharacterTokenizer

quick = settings(deadline=None)
TOKENIZER = CharacterTokenizer.train(english_story())
IDS = TOKENIZER.encode(english_story())


def test_probabilities_of_a_worked_example():
    # After 0: 1 twice, 2 once. After 1: 0 twice. After 2: nothing.
    model = BigramModel.train([0, 1, 0, 1, 0, 2], vocab_size=3, smoothing=1.0)
    expected = torch.tensor([[1 / 6, 3 / 6, 2 / 6], [3 / 5, 1 / 5, 1 / 5], [1 / 3, 1 / 3, 1 / 3]])
    torch.testing.assert_close(model.probabilities, expected.double())
    model = BigramModel.train([0, 1, 0, 1, 0, 2], vocab_size=3, smoothing=2.5)
    assert model.probabilities[0].tolist() == pytest.approx([2.5 / 10.5, 4.5 / 10.5, 3.5 / 10.5])


def test_without_smoothing_unseen_pairs_have_probability_0_and_unseen_rows_are_uniform():
    model = BigramModel.train([0, 1, 0], vocab_size=3, smoothing=0)
    assert model.probabilities.tolist() == [[0, 1, 0], [1, 0, 0], pytest.approx([1 / 3] * 3)]
    assert model.log_prob([0, 0]) == -math.inf
    assert model.perplexity([0, 0]) == math.inf


@quick
@given(st.lists(st.integers(0, 6)), st.floats(0, 1e6))
def test_each_row_sums_to_1(ids, smoothing):
    rows = BigramModel.train(ids, 7, smoothing).probabilities.sum(dim=1)
    torch.testing.assert_close(rows, torch.ones(7, dtype=torch.float64))


@quick
@given(st.lists(st.integers(0, 6), min_size=2), st.lists(st.integers(0, 6), min_size=2), st.floats(0.01, 10))
def test_perplexity_is_the_exponential_of_torchs_cross_entropy(train_on, ids, smoothing):
    model = BigramModel.train(train_on, 7, smoothing)
    logits = model.probabilities.log()[torch.tensor(ids[:-1])]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]))
    assert model.perplexity(ids) == pytest.approx(loss.exp().item())
    assert model.log_prob(ids) == pytest.approx(-loss.item() * (len(ids) - 1))


def test_model_that_knows_nothing_has_the_perplexity_of_its_vocabulary():
    assert BigramModel.train([], 50).perplexity([3, 4, 5]) == pytest.approx(50)


def test_training_text_is_less_surprising_than_the_text_backwards():
    model = BigramModel.train(IDS, TOKENIZER.vocab_size, smoothing=0.1)
    assert model.perplexity(IDS) < 12
    assert model.perplexity(IDS[::-1]) > 1.5 * model.perplexity(IDS)


def test_tensor_and_list_give_the_same_model():
    model, other = (BigramModel.train(ids, TOKENIZER.vocab_size) for ids in (IDS, torch.tensor(IDS)))
    assert torch.equal(model.counts, other.counts)
    assert model.log_prob(IDS) == other.log_prob(torch.tensor(IDS, dtype=torch.int32))


def test_samples_follow_the_probabilities():
    model = BigramModel.train([0, 1, 0, 1, 0, 2, 0], vocab_size=3, smoothing=0.5)
    ids = model.sample(20_000, torch.Generator().manual_seed(0))
    again = BigramModel.train(ids, 3, smoothing=0)
    torch.testing.assert_close(again.probabilities, model.probabilities, atol=0.02, rtol=0)


def test_first_id_is_drawn_as_often_as_it_came_before_another():
    model = BigramModel.train([0, 0, 0, 1, 2], vocab_size=3, smoothing=0)
    generator = torch.Generator().manual_seed(0)
    first = [model.sample(1, generator)[0] for _ in range(2000)]
    assert set(first) == {0, 1}
    assert first.count(0) / 2000 == pytest.approx(3 / 4, abs=0.04)


def test_same_seed_gives_the_same_text_and_another_seed_another_one():
    model = BigramModel.train(IDS, TOKENIZER.vocab_size)
    a, b, c = (model.sample(50, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert a == b != c


def test_sample_has_the_length_and_the_start_that_were_asked_for():
    model = BigramModel.train([0, 1, 0, 1, 0], vocab_size=2, smoothing=0)
    generator = torch.Generator().manual_seed(0)
    assert model.sample(4, generator, start=1) == [1, 0, 1, 0]
    assert model.sample(0, generator) == []
    assert len(BigramModel.train([], 2, smoothing=0).sample(3, generator)) == 3


@pytest.mark.parametrize(
    ("ids", "vocab_size", "smoothing", "message"),
    [
        ([0, 3], 3, 1, r"id 3 is not in 0 \.\. 2"),
        ([0, -1], 3, 1, r"id -1 is not in 0 \.\. 2"),
        ([0.5], 3, 1, "integers"),
        ([[0, 1]], 3, 1, "shape"),
        ([0], 0, 1, "vocab_size is 0"),
        ([0], 100_000, 1, "vocab_size is 100000; .* 8192"),
        ([0], 3, -0.1, "smoothing is -0.1"),
        ([0], 3, math.inf, "smoothing is inf"),
        ([0], 3, math.nan, "smoothing is nan"),
    ],
)
def test_impossible_training_is_refused(ids, vocab_size, smoothing, message):
    with pytest.raises(ValueError, match=message):
        BigramModel.train(ids, vocab_size, smoothing)


def test_impossible_use_is_refused():
    model = BigramModel.train([0, 1, 0], 2)
    with pytest.raises(ValueError, match=r"id 2 is not in 0 \.\. 1"):
        model.log_prob([0, 2])
    with pytest.raises(ValueError, match="at least 2 ids"):
        model.perplexity([0])
    with pytest.raises(ValueError, match="start is 2"):
        model.sample(3, torch.Generator(), start=2)
    with pytest.raises(ValueError, match="length is -1"):
        model.sample(-1, torch.Generator())
    for counts in (torch.ones(2, 3), torch.ones(4), torch.zeros(0, 0), torch.tensor([[-1]]), torch.tensor([[0.5]])):
        with pytest.raises(ValueError, match="count"):
            BigramModel(counts)


# Longer pasts


def test_ngram_probabilities_of_a_worked_example():
    # Of 5 tokens 3 are 0 and 2 are 1. After 0: 1 twice. After 0 1: 0 twice. After 1 0: 1 once.
    model = NGramModel.train([0, 1, 0, 1, 0], vocab_size=2, order=3, strength=2)
    once = (2 + 2 * 1 / 2) / (5 + 2)
    after_0 = (2 + 2 * once) / (2 + 2)
    assert model.shorter(1).probability([0], 1) == pytest.approx(once)
    assert model.shorter(2).probability([1, 0], 1) == pytest.approx(after_0)
    assert model.probability([1, 0], 1) == pytest.approx((1 + 2 * after_0) / (1 + 2))
    assert model.probability([0], 1) == pytest.approx(after_0), "a short past is all there is"
    assert model.log_prob([1, 0, 1]) == pytest.approx(
        math.log(model.probability([1], 0)) + math.log(model.probability([1, 0], 1))
    )


@quick
@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4), max_size=6), st.integers(1, 4), st.floats(1e-3, 100))
def test_ngram_probabilities_sum_to_1_after_every_past(ids, past, order, strength):
    model = NGramModel.train(ids, 5, order, strength)
    assert math.fsum(model.probability(past, token) for token in range(5)) == pytest.approx(1)


def test_a_past_never_seen_says_what_the_shorter_one_says():
    model = NGramModel.train([0, 1, 2, 0, 1, 2], vocab_size=4, order=3)
    assert model.probability([3, 1], 2) == model.shorter(2).probability([1], 2)
    assert model.probability([3, 3], 2) == model.shorter(1).probability([], 2)


def test_with_little_strength_a_bigram_of_seen_pairs_is_the_plain_one():
    plain = BigramModel.train(IDS, TOKENIZER.vocab_size, smoothing=0)
    model = NGramModel.train(IDS, TOKENIZER.vocab_size, order=2, strength=1e-9)
    assert model.perplexity(IDS) == pytest.approx(plain.perplexity(IDS), rel=1e-6)


def test_shorter_is_the_model_trained_with_that_order():
    model = NGramModel.train(IDS, TOKENIZER.vocab_size, order=4, strength=0.7)
    for order in (1, 2, 3, 4):
        alone = NGramModel.train(IDS, TOKENIZER.vocab_size, order, strength=0.7)
        assert model.shorter(order).log_prob(IDS) == alone.log_prob(IDS)


def test_pasts_that_occur_again_make_longer_ones_better():
    model = NGramModel.train(IDS[:3000], TOKENIZER.vocab_size, order=5)
    perplexities = [model.shorter(order).perplexity(IDS[3000:]) for order in (1, 2, 3)]
    assert perplexities == sorted(perplexities, reverse=True)


def test_ngram_samples_follow_the_probabilities():
    model = NGramModel.train([0, 1, 1, 0, 1, 1, 0], vocab_size=2, order=3, strength=0.5)
    ids = model.sample(8_000, torch.Generator().manual_seed(0), start=[0])
    assert ids[0] == 0
    followers = [c for a, b, c in zip(ids, ids[1:], ids[2:], strict=False) if (a, b) == (0, 1)]
    assert sum(followers) / len(followers) == pytest.approx(model.probability([0, 1], 1), abs=0.03)


def test_impossible_ngrams_are_refused():
    for size, order in ((0, 2), (3, 0)):
        with pytest.raises(ValueError, match="both must be at least 1"):
            NGramModel(size, order)
    for strength in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match="strength is"):
            NGramModel(3, 2, strength)
    model = NGramModel.train([0, 1, 0], 2, order=2)
    with pytest.raises(ValueError, match=r"order 3 is not in 1 \.\. 2"):
        model.shorter(3)
    with pytest.raises(ValueError, match=r"id 2 is not in 0 \.\. 1"):
        model.log_prob([0, 2])
    with pytest.raises(ValueError, match="at least 2 ids"):
        model.perplexity([0])
    with pytest.raises(ValueError, match="the start alone has 2 ids"):
        model.sample(1, torch.Generator(), start=[0, 1])
