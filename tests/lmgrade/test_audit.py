"""The audit finds hidden tests that do not deserve trust."""

import pytest

from lmgrade.audit import audit

SOUND = """
import random

from lmgrade import Task

f = Task("f", reference=lambda number: number)


@f.check(points=1, title="t")
def check(f):
    return f(random.randrange(1000, 10**6))


@f.misconception("off by one")
def plus_one(number):
    return number + 1


@f.alternative
def by_int(number):
    return int(number)
"""


def faults(assignment, seeds=(1, 2, 3)):
    (result,) = audit(assignment, seeds)
    return result.faults


def test_the_small_course_is_sound(counting):
    results = audit(counting)
    assert [result.faults for result in results] == [[], []]
    assert [set(result.caught) for result in results] == [{"adds_two", "in_place"}, {"once"}]
    assert [result.accepted for result in results] == [["by_adding"], ["by_counter"]]
    assert all(result.diagnosed == 1.0 for result in results)


@pytest.mark.parametrize(
    ("change", "to", "fault"),
    [
        ("number + 1", "number", "misconception plus_one: passes every check with seed 1"),
        ("return int(number)", "return number + 1", "alternative by_int: refused by check"),
        ("reference=lambda number: number", "reference=lambda number: 1 / 0", "the reference raises"),
        ("return f(random", "return random.SystemRandom().random(), f(random", "answers differently when asked twice"),
        ("f(random.randrange(1000, 10**6))", "f(3)", "does not depend on the seed"),
        ("return f(random", "return check.__doc__ or plus_one(1), f(random", "must stay with the grader"),
        ("return f(random", "return __name__, f(random", "cut out of its file, the probe answers differently"),
        ("number + 1", "number + (number % 2)", "misconception plus_one: passes every check with seed"),
        ("number + 1", "number + (number % 2)", "misconception plus_one: caught by check at times"),
    ],
)
def test_each_fault_is_found(assignment_of, change, to, fault):
    assert not faults(assignment_of(SOUND, "sound"))
    assert SOUND.count(change) == 1
    found = faults(assignment_of(SOUND.replace(change, to)), range(1, 9))
    assert any(fault in text for text in found), found


def test_a_check_that_catches_nothing_is_a_fault(assignment_of):
    idle = '\n\n@f.check(points=1, title="idle")\ndef idle(f):\n    return random.random(), f(0) * 0\n'
    assert faults(assignment_of(SOUND + idle)) == ["check idle: catches no misconception"]


def test_a_mistake_caught_on_some_seeds_only_does_not_count_as_caught(assignment_of):
    (result,) = audit(assignment_of(SOUND.replace("number + 1", "number + (number % 2)")), range(1, 9))
    assert result.caught == {"plus_one": set()}


def test_a_mistake_that_is_taken_for_another_lowers_the_diagnosis(assignment_of):
    twin = '\n\n@f.misconception("off by one, in other words")\ndef twin(number):\n    return 1 + number\n'
    (result,) = audit(assignment_of(SOUND + twin), (1, 2))
    assert result.diagnosed == 0.5


def test_a_task_without_misconceptions_has_its_checks_as_faults_and_no_division_by_zero(assignment_of):
    text = SOUND[: SOUND.index("@f.misconception")]
    assert faults(assignment_of(text)) == ["check check: catches no misconception"]


def test_progress_is_told_for_every_task(counting):
    told = []
    audit(counting, (1,), told.append)
    assert {text.split(":")[0] for text in told} == {"double_all", "letters"}
