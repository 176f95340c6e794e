import doctest
from itertools import product

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import lmcore.evaluation.bootstrap
import lmcore.evaluation.classification
from lmcore.evaluation import bleu_from_statistics, bleu_statistics, bootstrap_interval, corpus_bleu, paired_bootstrap

quick = settings(deadline=None, max_examples=20)
numbers = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20)


@quick
@given(numbers, st.sampled_from([np.mean, np.median, np.max]), st.floats(0.5, 0.99), st.integers(0, 100))
def test_interval_equals_scipys_percentile_bootstrap(values, statistic, confidence, seed):
    ours = bootstrap_interval(values, statistic, confidence=confidence, resamples=60, seed=seed)
    theirs = scipy.stats.bootstrap(
        (values,),
        statistic,
        method="percentile",
        vectorized=False,
        n_resamples=60,
        batch=1,
        confidence_level=confidence,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    assert ours == pytest.approx((statistic(values), theirs.low, theirs.high))


def test_interval_approaches_the_quantiles_over_all_possible_samples():
    values = [0, 1, 5, 2]
    means = [np.mean(sample) for sample in product(values, repeat=4)]
    interval = bootstrap_interval(values, confidence=0.8, resamples=20_000)
    assert interval == pytest.approx((2, *np.quantile(means, [0.1, 0.9])), abs=0.01)


def test_interval_holds_the_true_mean_as_often_as_it_says():
    draw = np.random.default_rng(0)
    held = 0
    for i in range(300):
        _, low, high = bootstrap_interval(draw.exponential(size=60), confidence=0.9, resamples=200, seed=i)
        held += low <= 1 <= high
    assert 0.83 < held / 300 < 0.95


def test_same_seed_gives_the_same_interval_and_another_seed_another():
    values = np.random.default_rng(0).normal(size=50)
    assert bootstrap_interval(values, seed=3) == bootstrap_interval(values, seed=3)
    assert bootstrap_interval(values, seed=3) != bootstrap_interval(values, seed=4)


def test_single_value_and_equal_values_have_an_interval_without_width():
    assert bootstrap_interval([3.0]) == (3, 3, 3)
    assert bootstrap_interval([2, 2, 2]) == (2, 2, 2)


def test_counts_of_sentences_give_the_interval_of_the_corpus():
    texts = [("the cat sat on the mat", "the cat sat on a mat"), ("a dog ran off", "a dog ran away"), ("b", "x y")]
    rows = np.array([bleu_statistics(said, [wanted]) for said, wanted in texts])

    def of_rows(sample):
        return bleu_from_statistics(sample.sum(axis=0)).score

    def of_texts(sample):
        return corpus_bleu([said for said, _ in sample], [[wanted] for _, wanted in sample]).score

    fast, slow = bootstrap_interval(rows, of_rows, resamples=40), bootstrap_interval(texts, of_texts, resamples=40)
    assert fast == pytest.approx(slow)
    assert fast.estimate == pytest.approx(of_texts(texts))
    assert fast.low < fast.estimate < fast.high


@pytest.mark.parametrize("shift", [0, 0.1, 0.2, 0.4])
def test_p_value_is_near_that_of_the_paired_t_test(shift):
    draw = np.random.default_rng(1)
    hard = draw.normal(scale=5, size=200)  # items differ much more than the models do
    a, b = hard + shift + draw.normal(size=200), hard + draw.normal(size=200)
    ours, theirs = paired_bootstrap(a, b, resamples=2000), scipy.stats.ttest_rel(a, b)
    assert ours.difference == pytest.approx(np.mean(a - b))
    assert ours.p_value == pytest.approx(theirs.pvalue, abs=0.03)
    interval = theirs.confidence_interval()
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), abs=0.03)


def test_equal_models_have_p_value_1_and_one_that_is_always_better_the_least_there_is():
    values = np.random.default_rng(0).normal(size=20)
    assert paired_bootstrap(values, values, resamples=99) == (0, 0, 0, 1)
    better = paired_bootstrap(values + 1, values, resamples=99)
    assert better == pytest.approx((1, 1, 1, 1 / 100))
    assert paired_bootstrap(values, values + 1, resamples=99) == pytest.approx((-1, -1, -1, 1 / 100))


def test_both_models_are_scored_on_the_same_samples():
    # The difference is 1 on each item, however the items are drawn; on separate samples it would scatter by hundreds.
    hard = 1000 * np.random.default_rng(0).normal(size=30)
    comparison = paired_bootstrap(list(hard + 1), list(hard))
    assert (comparison.low, comparison.high) == pytest.approx((1, 1))


def test_models_that_are_equal_by_chance_are_rarely_called_different():
    draw = np.random.default_rng(0)
    found = [paired_bootstrap(*draw.normal(size=(2, 40)), resamples=199, seed=i).p_value < 0.05 for i in range(200)]
    assert 0.01 < np.mean(found) < 0.11


@pytest.mark.parametrize("module", [lmcore.evaluation.bootstrap, lmcore.evaluation.classification])
def test_examples_in_docstrings_print_what_they_say(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bootstrap_interval([]), "0 items"),
        (lambda: bootstrap_interval([1], confidence=1), "confidence is 1"),
        (lambda: bootstrap_interval([1], confidence=95), "confidence is 95"),
        (lambda: bootstrap_interval([1], resamples=0), "resamples is 0"),
        (lambda: bootstrap_interval([1, float("nan")]), "is NaN"),
        (lambda: paired_bootstrap([1, 2], [1]), "2 items of a but 1 items of b"),
        (lambda: paired_bootstrap([], []), "0 items of a"),
        (lambda: paired_bootstrap([1], [1], confidence=0), "confidence is 0"),
        (lambda: paired_bootstrap([1], [1], resamples=-5), "resamples is -5"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
