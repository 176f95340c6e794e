"""The oracle knows what is right, and which mistake an answer looks like."""

import pytest

from lmgrade.answers import ask
from lmgrade.oracle import Oracle

TASK = """
import random

from lmgrade import Task

f = Task("f", reference=lambda number: number)


@f.check(points=1, title="first")
def first(f):
    return f(random.randrange(1000, 10**6))


@f.check(points=1, title="second")
def second(f):
    return f(-random.randrange(1000, 10**6))


@f.check(points=1, title="third")
def third(f):
    return f(0)


@f.misconception("positive only")
def absolute(number):
    return abs(number) if number else 1


@f.misconception("always off by one")
def plus_one(number):
    return number + 1


@f.misconception("raises")
def refuses(number):
    raise ValueError
"""


@pytest.fixture
def made(assignment_of):
    assignment = assignment_of(TASK)
    task = assignment.tasks["f"]

    def answers(implementation, seed=3):
        return {check.name: ask(check, implementation, seed, task.name) for check in task.checks}

    return task, Oracle(assignment, 3), answers


def test_only_an_answer_equal_to_the_references_passes(made):
    task, oracle, answers = made
    right, wrong, raising = answers(lambda n: n), answers(lambda n: n + 1), answers(lambda n: 1 / 0)
    for check in task.checks:
        assert oracle.passes(task, check, right[check.name])
        assert not oracle.passes(task, check, wrong[check.name])
        assert not oracle.passes(task, check, raising[check.name])


def test_an_answer_to_another_seeds_question_does_not_pass(made):
    task, oracle, answers = made
    assert not oracle.passes(task, task.checks[0], answers(lambda n: n, seed=4)["first"])


def test_a_reference_that_raises_lets_nobody_pass(assignment_of):
    assignment = assignment_of(TASK.replace("lambda number: number", "lambda number: 1 / 0"))
    task = assignment.tasks["f"]
    oracle = Oracle(assignment, 3)
    for check in task.checks:
        assert not oracle.passes(task, check, oracle.expected(task, check))


def test_a_mistake_is_named_where_the_answer_is_wrong_and_only_there(made):
    task, oracle, answers = made
    found = oracle.explain(task, answers(lambda n: abs(n) if n else 1))
    assert {check: mistake.name for check, mistake in found.items()} == {"second": "absolute", "third": "absolute"}


def test_of_two_mistakes_the_one_that_agrees_on_more_checks_is_named(made):
    task, oracle, answers = made
    # The third check alone cannot tell the two: both answer 1.
    found = oracle.explain(task, answers(lambda n: n + 1))
    assert {mistake.name for mistake in found.values()} == {"plus_one"}
    assert set(found) == {"first", "second", "third"}


def test_a_mistake_that_raises_is_recognised_by_the_type_of_its_exception(made):
    task, oracle, answers = made

    def raises(number):
        raise ValueError("in other words")

    assert {mistake.name for mistake in oracle.explain(task, answers(raises)).values()} == {"refuses"}
    assert oracle.explain(task, answers(lambda n: 1 / 0)) == {}


def test_right_answers_and_unknown_mistakes_are_not_explained(made):
    task, oracle, answers = made
    assert oracle.explain(task, answers(lambda n: n)) == {}
    assert oracle.explain(task, answers(lambda n: n + 7)) == {}


def test_checks_without_an_answer_are_left_out(made):
    task, oracle, answers = made
    only = {"second": answers(lambda n: abs(n) if n else 1)["second"]}
    assert list(oracle.explain(task, only)) == ["second"]
    assert oracle.explain(task, {}) == {}


def test_an_answer_is_computed_once_however_large_the_class(made, monkeypatch):
    task, oracle, answers = made
    asked = []
    monkeypatch.setattr("lmgrade.oracle.ask", lambda check, *rest: asked.append(check) or ask(check, *rest))
    for _ in range(3):
        oracle.explain(task, answers(lambda n: n + 1))
    assert len(asked) == len(task.checks) * (1 + len(task.misconceptions))
