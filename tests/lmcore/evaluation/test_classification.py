import math

import numpy as np
import pytest
import sklearn.metrics as oracle
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.evaluation import accuracy, confusion_matrix, f_measure, macro, micro, per_class, roc_auc

quick = settings(deadline=None)
classes = st.sampled_from(["cat", "dog", "кот", ""])
examples = st.lists(st.tuples(classes, classes), min_size=1, max_size=30) | st.lists(
    st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=1, max_size=30
)
scored = st.lists(
    st.tuples(st.integers(-2, 2) | st.floats(allow_nan=False, allow_infinity=False), st.booleans()), min_size=2
).filter(lambda rows: len({target for _, target in rows}) == 2)


@pytest.mark.filterwarnings("ignore:A single label was found")
@quick
@given(examples)
def test_scores_equal_scikit_learn(rows):
    predicted, target = zip(*rows, strict=True)
    confusion, labels = confusion_matrix(predicted, target), sorted({*predicted, *target})
    assert confusion.tolist() == oracle.confusion_matrix(target, predicted, labels=labels).tolist()
    assert accuracy(predicted, target) == pytest.approx(oracle.accuracy_score(target, predicted))

    def expected(average):
        return oracle.precision_recall_fscore_support(target, predicted, average=average, zero_division=0)[:3]

    assert np.array(per_class(confusion)) == pytest.approx(np.transpose(expected(None)), abs=1e-9)
    assert micro(confusion) == pytest.approx(expected("micro"), abs=1e-9)
    assert macro(confusion) == pytest.approx(expected("macro"), abs=1e-9)


@quick
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=20),
    st.lists(st.integers(0, 4), min_size=1, unique=True),
)
def test_averages_over_some_classes_equal_scikit_learn_also_for_classes_that_never_occur(rows, chosen):
    predicted, target = zip(*rows, strict=True)
    confusion = confusion_matrix(predicted, target, labels=range(5))
    for ours, average in ((micro, "micro"), (macro, "macro")):
        expected = oracle.precision_recall_fscore_support(
            target, predicted, labels=chosen, average=average, zero_division=0
        )
        assert ours(confusion, chosen) == pytest.approx(expected[:3], abs=1e-9)


@quick
@given(examples)
def test_micro_average_over_all_classes_is_the_accuracy(rows):
    predicted, target = zip(*rows, strict=True)
    assert micro(confusion_matrix(predicted, target)) == pytest.approx((accuracy(predicted, target),) * 3)


def test_worked_example():
    predicted, target = list("aaabbc"), list("aabbbb")
    confusion = confusion_matrix(predicted, target)
    assert confusion.tolist() == [[2, 0, 0], [1, 2, 1], [0, 0, 0]]  # row: what is right
    assert per_class(confusion) == [pytest.approx((2 / 3, 1, 4 / 5)), pytest.approx((1, 1 / 2, 2 / 3)), (0, 0, 0)]
    assert macro(confusion) == pytest.approx((5 / 9, 1 / 2, (4 / 5 + 2 / 3) / 3))
    assert micro(confusion, [0, 1]) == pytest.approx((4 / 5, 4 / 6, 8 / 11))
    assert accuracy(predicted, target) == 4 / 6


def test_macro_f1_is_the_mean_of_f1s_not_the_f1_of_means():
    average = macro(confusion_matrix([0, 0, 0, 1], [0, 1, 1, 1]))
    assert average.f1 == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert f_measure(average.precision, average.recall) == pytest.approx(2 / 3)


def test_rows_follow_the_given_labels():
    assert confusion_matrix(["b"], ["a"], labels=["b", "z", "a"]).tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0]]


def test_lists_arrays_and_tensors_give_the_same():
    predicted, target = [0, 1, 1, 2], [0, 1, 2, 2]
    for convert in (np.array, torch.tensor):
        assert accuracy(convert(predicted), convert(target)) == 3 / 4
        assert np.array_equal(
            confusion_matrix(convert(predicted), convert(target)), confusion_matrix(predicted, target)
        )
    for convert in (np.array, torch.tensor):
        assert roc_auc(convert([0.1, 0.9, 0.9]), convert([False, True, False])) == 0.75


@quick
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1), st.floats(0.1, 4))
def test_f_measure_equals_scikit_learn(rows, beta):
    predicted, target = zip(*rows, strict=True)
    scores = per_class(confusion_matrix(predicted, target, labels=[False, True]))[1]
    expected = oracle.fbeta_score(target, predicted, beta=beta, zero_division=0)
    assert f_measure(scores.precision, scores.recall, beta) == pytest.approx(expected, abs=1e-9)


@quick
@given(scored)
def test_roc_auc_equals_scikit_learn_and_the_count_over_all_pairs(rows):
    scores, target = zip(*rows, strict=True)
    ours = roc_auc(scores, target)
    assert ours == pytest.approx(oracle.roc_auc_score(target, scores), abs=1e-9)
    pairs = [(a > b) + (a == b) / 2 for a, wanted in rows if wanted for b, other in rows if not other]
    assert ours == pytest.approx(sum(pairs) / len(pairs), abs=1e-9)


def test_roc_auc_of_worked_examples():
    assert roc_auc([0.9, 0.8, 0.1], [1, 1, 0]) == 1
    assert roc_auc([0.9, 0.8, 0.1], [0, 0, 1]) == 0
    assert roc_auc([5, 5, 5, 5], [1, 0, 0, 1]) == 0.5
    assert roc_auc([0.9, 0.5, 0.5, 0.1], [1, 0, 1, 0]) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert roc_auc([-math.inf, math.inf], [0, 1]) == 1


@quick
@given(scored)
def test_roc_auc_depends_on_the_order_of_scores_alone(rows):
    scores, target = zip(*rows, strict=True)
    order = sorted(set(scores))
    assert roc_auc([order.index(score) for score in scores], target) == roc_auc(scores, target)
    assert roc_auc([-score for score in scores], target) == pytest.approx(1 - roc_auc(scores, target))


SQUARE = np.eye(2, dtype=int)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy([1, 2], [1]), "2 predictions but 1 targets"),
        (lambda: accuracy([], []), "0 predictions"),
        (lambda: confusion_matrix([1], [1, 2]), "1 predictions but 2 targets"),
        (lambda: confusion_matrix(["a", "x"], ["a", "b"], ["a", "b"]), r"prediction 1 is 'x'.*\['a', 'b'\]"),
        (lambda: confusion_matrix(["a"], ["c"], ["a", "b"]), "target 0 is 'c'"),
        (lambda: confusion_matrix(["a"], ["a"], ["a", "a"]), "twice"),
        (lambda: per_class(np.zeros((2, 3))), r"shape \(2, 3\)"),
        (lambda: micro(SQUARE, [2]), r"classes are \[2\]; each must be in 0 \.\. 1"),
        (lambda: micro(SQUARE, [-1]), r"classes are \[-1\]"),
        (lambda: macro(SQUARE, [0, 0]), "there once"),
        (lambda: macro(SQUARE, []), "classes is empty"),
        (lambda: roc_auc([1, 2], [1]), "2 scores but 1 targets"),
        (lambda: roc_auc([1, math.nan], [0, 1]), "score 1 is NaN"),
        (lambda: roc_auc([1, 2], [1, 1]), "2 positive and 0 negative"),
        (lambda: roc_auc([1, 2], [0, 0]), "0 positive and 2 negative"),
        (lambda: roc_auc([1, 2], [1, 2]), "a target is 2"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
