"""A tolerance lies far above the distance between right answers, and far below that of mistakes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmgrade.__main__ import main
from lmgrade.tolerances import distance, measure

TASKS = """
import random

from lmgrade import Task

f = Task("f", reference=lambda number: number / 3)


@f.check(points=1, title="a third", tolerance={tolerance})
def third(f):
    return [f(random.uniform(0.1, 1)), "text"]


@f.check(points=1, title="a whole number")
def whole(f):
    return round(f(random.randrange(300, 3000)))


@f.misconception("a little more")
def more(number):
    return number / 3 + {error}


@f.misconception("a text")
def text(number):
    return str(number)


@f.alternative
def times(number):
    return number * (1 / 3)


@f.alternative
def rounded(number):
    return number / 3 + {spread}
"""


def measured(assignment_of, tolerance=1e-6, error=0.1, spread=0.0):
    return measure(assignment_of(TASKS.format(tolerance=tolerance, error=error, spread=spread), "measured"))


def test_only_answers_that_hold_floats_are_measured(assignment_of):
    (one,) = measured(assignment_of)
    assert one.check.name == "third"
    assert 0 < one.spread < 1e-15
    assert one.nearest == pytest.approx(0.1, rel=0.1)
    assert not one.faults


def test_a_tolerance_too_near_to_right_answers_is_a_fault(assignment_of):
    (one,) = measured(assignment_of, spread=5e-7)
    assert one.spread == pytest.approx(5e-7, rel=0.1)
    (fault,) = one.faults
    assert "the tolerance 1e-06 is less than 10 times" in fault


def test_a_tolerance_too_near_to_a_mistake_is_a_fault(assignment_of):
    (one,) = measured(assignment_of, tolerance=0.02)
    (fault,) = one.faults
    assert fault.startswith("a mistake is only 0.1 away") and fault.endswith("0.02")


def test_a_mistake_that_the_check_does_not_catch_is_not_its_matter(assignment_of):
    (one,) = measured(assignment_of, tolerance=0.2)
    assert one.nearest == math.inf


IN_FLOAT32 = """
import torch

from lmgrade import Task

mean = Task("mean", reference=lambda x: [x.sum() / len(x), str(x.dtype)[:{named}]])


@mean.check(points=1, title="the mean", tolerance={tolerance})
def the_mean(mean):
    return mean(torch.rand(10_000) * 1000)
"""


def in_float32(assignment_of, tolerance, named=0):
    (one,) = measure(assignment_of(IN_FLOAT32.format(tolerance=tolerance, named=named), "measured"))
    return one


def test_the_rounding_of_float32_is_a_distance_between_right_answers(assignment_of):
    narrow, wide = (in_float32(assignment_of, tolerance) for tolerance in (1e-8, 1e-3))
    assert 1e-8 < narrow.spread == wide.spread < 1e-5
    assert len(narrow.faults) == 1 and not wide.faults


def test_an_answer_that_names_the_type_says_nothing_about_rounding(assignment_of):
    assert in_float32(assignment_of, 1e-8, named=20).spread == 0


@given(value=st.floats(-1e6, 1e6), error=st.floats(1e-9, 1e6))
def test_a_distance_is_relative_to_what_is_expected_where_that_is_large(value, error):
    found = distance({"value": [value]}, {"value": [value + error]})
    assert found == pytest.approx(abs(value + error - value) / max(1, abs(value)), rel=0.05)


def test_what_no_tolerance_brings_together_is_infinitely_far():
    for got in ({"value": [1.0, 2.0]}, {"value": ["1.0"]}, {"raised": {"type": "ValueError"}}, {"value": [math.nan]}):
        assert distance({"value": [1.0]}, got) == math.inf
    assert distance({"value": [math.nan]}, {"value": [math.nan]}) == 0.0


def test_the_command_fails_on_a_fault(assignment_of, monkeypatch, capsys):
    for tolerance, status in ((1e-6, 0), (0.02, 1)):
        assignment = assignment_of(TASKS.format(tolerance=tolerance, error=0.1, spread=0.0), "measured")
        monkeypatch.setattr("lmgrade.audit_command.load", lambda name, assignment=assignment: assignment)
        assert main(["audit", "measured", "--tolerances"]) == status
        assert f"{status} faults" in capsys.readouterr().out
