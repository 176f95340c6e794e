import numpy as np
import pytest
import sklearn.metrics as oracle
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lmcore.evaluation import cohen_kappa

judged = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


@settings(deadline=None)
@given(judged)
def test_kappa_equals_scikit_learn(rows):
    a, b = zip(*rows, strict=True)
    assume(len({*a, *b}) > 1)
    assert cohen_kappa(a, b) == pytest.approx(oracle.cohen_kappa_score(a, b), abs=1e-12)


def test_kappa_of_judges_who_agree_half_of_the_time_by_chance_alone_is_zero():
    assert cohen_kappa(["yes", "yes", "no", "no"], ["yes", "no", "yes", "no"]) == 0


def test_kappa_by_hand():
    # they agree on 8 of 10; one says yes 6 times, the other one 8 times: by chance 0.6 * 0.8 + 0.4 * 0.2 = 0.56
    a = ["yes"] * 6 + ["no"] * 4
    b = ["yes"] * 8 + ["no"] * 2
    assert cohen_kappa(a, b) == pytest.approx((0.8 - 0.56) / (1 - 0.56))


def test_kappa_is_one_when_they_always_agree_and_negative_when_they_never_do():
    assert cohen_kappa("abca", "abca") == 1
    assert cohen_kappa("ab", "ba") == -1


def test_kappa_takes_tensors_and_arrays():
    assert cohen_kappa(torch.tensor([0, 1, 1]), np.array([0, 1, 0])) == pytest.approx(0.4)


def test_kappa_refuses_what_has_no_answer():
    with pytest.raises(ValueError, match="3 times; kappa needs at least 2 classes"):
        cohen_kappa([1, 1, 1], [1, 1, 1])
    with pytest.raises(ValueError, match="2 judgements of a but 1 judgements of b"):
        cohen_kappa([1, 0], [1])
