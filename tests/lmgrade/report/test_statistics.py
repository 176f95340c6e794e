"""Numbers, against numpy's and scipy's where they have them."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pointbiserialr

from lmgrade.report import statistics
from lmgrade.report.collect import Result
from lmgrade.report.statistics import check_rows, discrimination, flags, histogram, mistake_rows, spread

points = st.integers(0, 400).map(lambda quarters: quarters / 4)


@given(st.lists(points, min_size=1))
def test_a_spread_is_numpys(numbers):
    found = spread(numbers)
    quartiles = np.quantile(numbers, [0.25, 0.5, 0.75])
    assert (found.quartile1, found.median, found.quartile3) == pytest.approx(tuple(quartiles))
    assert (found.mean, found.deviation) == pytest.approx((np.mean(numbers), np.std(numbers)))
    assert (found.count, found.least, found.most) == (len(numbers), min(numbers), max(numbers))


def test_nothing_has_no_spread():
    assert spread([]) is None


@given(st.lists(points), points)
def test_a_histogram_is_numpys_and_holds_every_mark_once(marks, most):
    edges, counts = histogram(marks, most)
    assert counts == np.histogram(marks, edges)[0].tolist() and sum(counts) == len(marks)
    assert edges[0] == 0 and edges[-1] >= max([most, *marks]) and len(counts) <= statistics.MOST_BARS


@pytest.mark.parametrize(
    ("most", "width", "bars"), [(1, 0.1, 10), (10, 1, 10), (30, 2, 15), (34, 5, 7), (1000, 100, 10)]
)
def test_bars_begin_at_round_numbers(most, width, bars):
    edges, counts = histogram([], most)
    assert edges[1] == pytest.approx(width) and len(counts) == bars


@given(st.lists(st.tuples(st.booleans(), points)))
def test_discrimination_is_the_point_biserial_correlation(rows):
    passed, rest = [row[0] for row in rows], [row[1] for row in rows]
    found = discrimination(passed, rest)
    if len(set(passed)) < 2 or len(set(rest)) < 2:
        assert found is None
    else:
        assert found == pytest.approx(pointbiserialr(passed, rest).statistic, abs=1e-9)
        assert -1 - 1e-9 <= found <= 1 + 1e-9


def test_discrimination_is_the_formula_of_its_docstring():
    passed, rest = [True, True, False, False, True], [9.0, 7.0, 1.0, 4.0, 5.0]
    p, s = 3 / 5, np.std(rest)
    expected = (np.mean([9, 7, 5]) - np.mean([1, 4])) / s * math.sqrt(p * (1 - p))
    assert discrimination(passed, rest) == pytest.approx(expected)


@given(st.lists(st.tuples(st.booleans(), points)))
def test_discrimination_changes_its_sign_when_the_weaker_pass(rows):
    passed, rest = [row[0] for row in rows], [row[1] for row in rows]
    found = discrimination(passed, rest)
    turned = discrimination([not each for each in passed], rest)
    assert turned == (None if found is None else pytest.approx(-found))


def test_discrimination_of_lists_that_do_not_fit_is_refused():
    with pytest.raises(ValueError, match="2 submissions answered the check and 1 have points"):
        discrimination([True, False], [1.0])


def test_a_check_counts_those_it_was_put_to_and_leaves_its_own_points_out_of_the_rest(graded_of, submission):
    graded = graded_of(
        submission("a", "+++"),
        submission("b", "+-+"),
        submission("c", "-+-"),
        submission("d", "---"),
        submission("refused"),
    )
    doubles, leaves, counts = check_rows(graded)
    assert (doubles.asked, doubles.passed, doubles.rate) == (4, 2, 0.5)
    assert counts.statuses == {"passed": 2, "wrong": 2}
    assert doubles.discrimination == pytest.approx(pointbiserialr([1, 1, 0, 0], [3, 2, 1, 0]).statistic)
    assert leaves.discrimination == pytest.approx(pointbiserialr([1, 0, 1, 0], [3, 3, 0, 0]).statistic)


def test_a_check_that_nobody_was_asked_has_no_rate(graded_of, submission):
    row = check_rows(graded_of(submission("refused")))[0]
    assert (row.asked, row.rate, row.discrimination) == (0, None, None)


def test_misconceptions_are_counted_by_student_with_their_hints(graded_of, submission):
    both = {"doubles": "adds_two", "leaves_argument": "adds_two"}
    graded = graded_of(
        submission("b", "--+", both),
        submission("a", "-++", {"doubles": "adds_two"}),
        submission("c", "++-", {"counts": "forgotten"}),
    )
    first, second = mistake_rows(graded)
    assert (first.task, first.misconception, first.students) == ("double_all", "adds_two", ["a", "b"])
    assert first.hint == "Yours adds two; doubling multiplies."
    assert (second.misconception, second.hint) == ("forgotten", "")


def test_each_thing_that_a_person_should_see_is_flagged_once(graded_of, submission):
    died = submission("died", "++-")
    died.results[2] = dataclasses.replace(died.results[2], status="kernel died")
    slow = submission("slow", "---")
    slow.results = [dataclasses.replace(each, status="too slow") for each in slow.results]
    old = submission("old", "+++")
    old.results.append(Result("letters", "gone", "passed", 1))
    graded = graded_of(
        submission("fine", "+++"),
        submission("refused", refused="it is empty", notes=["Nothing could be graded."]),
        submission("late", "+++", seconds_late=90_000),
        submission("open", "+++", open_cells=["question"]),
        submission("mended", "+++", notes=["Put back."]),
        submission("stopped", "+++", stopped=["after 8 seconds", "after 8 seconds"]),
        submission("lost", "", missing=["counting.ipynb"]),
        died,
        slow,
        old,
    )
    found = flags(graded)
    assert [(each.student, each.kind, each.detail) for each in found.flags] == [
        ("refused", "refused", "it is empty"),
        ("late", "late", "by 1 day"),
        ("open", "waits for a mark by hand", "question"),
        ("mended", "notebook mended", "Put back."),
        ("stopped", "cell stopped", "after 8 seconds"),
        ("lost", "autograded notebook missing", "counting.ipynb"),
        ("died", "process ended", "letters"),
        ("slow", "too slow", "double_all, letters"),
        ("old", "graded with other checks", "the checks have changed since; grade again"),
    ]
    assert found.students() == {each.student for each in graded.submissions} - {"fine"}


def test_students_with_the_same_flag_are_one_row_and_the_gravest_come_first(graded_of, submission):
    waiting = [submission(name, "+++", open_cells=["question"]) for name in "ab"]
    found = flags(graded_of(*waiting, submission("c", refused="it is empty")))
    assert found.grouped() == [
        ("refused", "it is empty", ["c"]),
        ("waits for a mark by hand", "question", ["a", "b"]),
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.5, "by less than a second"), (59, "by 59 seconds"), (60, "by 1 minute"), (7300, "by 2 hours")],
)
def test_lateness_is_said_in_the_largest_unit_that_fits(graded_of, submission, seconds, said):
    assert flags(graded_of(submission("a", "+++", seconds_late=seconds))).flags[0].detail == said
