"""A report's content: the numbers of a class graded from end to end, and the same without names."""

import pytest

from lmgrade.report.collect import collect
from lmgrade.report.summary import given_texts, solution_texts, summarise, without_names
from lmgrade.tasks import load_folder


@pytest.fixture
def summary(graded_course, course_directory):
    course = course_directory(graded_course)
    assignment = load_folder(graded_course / "solutions" / "counting")
    graded = collect(course, assignment)
    return summarise(graded, given_texts(course, assignment), solution_texts(course, assignment))


def test_a_class_graded_from_end_to_end_has_the_known_numbers(summary):
    assert (summary.marks.count, summary.marks.mean, summary.marks.median) == (8, 23 / 8, 3.5)
    assert {row.check.name: (row.passed, row.asked) for row in summary.checks} == {
        "doubles": (6, 7),
        "leaves_argument": (7, 7),
        "counts": (5, 7),
    }
    assert [row.discrimination is None for row in summary.checks] == [False, True, False]
    assert [(row.misconception, row.students) for row in summary.mistakes] == [("adds_two", ["bob"]), ("once", ["cyd"])]
    assert [(each.student, each.kind) for each in summary.flags.flags] == [
        ("ada", "waits for a mark by hand"),
        ("dan", "refused"),
        ("eve", "process ended"),
        ("fay", "late"),
    ]
    assert (summary.seeds, summary.open, summary.seconds) == ([5], 1, None)
    assert sum(summary.histogram[1]) == 8


def test_a_disguised_copy_is_listed_and_short_answers_like_the_solution_are_not(summary):
    (pair,) = summary.likeness.pairs
    assert (pair.students, pair.answers) == (("ian", "joe"), ("letters",))
    assert {"ada", "fay"} <= set(summary.likeness.own)
    assert not {"ian", "joe", "dan"} & set(summary.likeness.own)


def test_seconds_are_summed_up_where_there_are_some(graded_of, submission):
    graded = graded_of(submission("a", "+++", seconds=2.0), submission("b", "+++"), submission("c", "+++", seconds=4.0))
    found = summarise(graded).seconds
    assert (found.count, found.median, found.most) == (2, 3.0, 4.0)


def test_without_names_nothing_that_a_learner_wrote_is_left_but_the_answers(graded_of, submission):
    words = {"name": "Secret, Sue", "refused": "secret", "notes": ["secret"], "stopped": ["secret"]}
    graded = graded_of(
        *(submission(f"secret-{number}", "+++", **words) for number in range(12)),
        ungraded=["secret-x"],
        absent=["secret-y"],
    )
    hidden = without_names(graded)
    assert "ecret" not in str(hidden.submissions) + str(hidden.ungraded + hidden.absent)
    students = [each.student for each in hidden.submissions] + hidden.ungraded + hidden.absent
    assert sorted(students) == [f"student {number:02d}" for number in range(1, 15)]
    assert [each.student for each in hidden.submissions] == sorted(each.student for each in hidden.submissions)


def test_numbers_say_nothing_of_the_alphabet(graded_of, submission):
    graded = graded_of(*(submission(f"s{number:02d}", "+++", mark=float(number)) for number in range(30)))
    orders = {tuple(each.mark for each in without_names(graded).submissions) for _ in range(3)}
    assert len(orders) == 3


def test_without_names_the_numbers_are_the_same(summary):
    hidden = summarise(without_names(summary.graded))
    assert hidden.marks == summary.marks and hidden.histogram == summary.histogram
    assert [row.discrimination for row in hidden.checks] == pytest.approx(
        [row.discrimination for row in summary.checks], nan_ok=True
    )
    assert [len(row.students) for row in hidden.mistakes] == [len(row.students) for row in summary.mistakes]
