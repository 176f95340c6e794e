"""Small changes to a reference are caught, or told one by one."""

import pytest

from lmgrade.__main__ import main
from lmgrade.mutations import mutate, share

TASKS = """
import random

from lmgrade import Task


def positive(numbers):
    if any(number is None for number in numbers):
        raise ValueError("no number")
    return [number for number in numbers if number > 0]


f = Task("f", reference=positive)


@f.check(points=1, title="keeps what is above nothing")
def signs(f):
    return f([random.randrange(1, 9), -random.randrange(1, 9)])


@f.misconception("keeps all")
def all_of_them(numbers):
    return list(numbers)


@f.alternative
def by_filter(numbers):
    return list(filter(lambda number: number > 0, numbers))
"""
ZERO = """
@f.check(points=1, title="drops nothing and ones")
def zero(f):
    return f([0, 1, random.randrange(2, 9)])
"""
BOUNDS = ["positive: number > 0 -> number >= 0", "positive: 0 -> 1", "positive: 0 -> -1"]


def results(assignment_of, text):
    (result,) = mutate(assignment_of(text, "mutated"))
    return result


def told(changes):
    return [change.name for change in changes]


def test_what_no_check_asks_survives_until_one_does(assignment_of):
    loose = results(assignment_of, TASKS)
    assert told(loose.survived) == BOUNDS
    strict = results(assignment_of, TASKS + ZERO)
    assert not strict.survived
    assert set(BOUNDS) <= set(told(strict.caught))
    assert share([loose]) < share([strict]) == 1.0
    assert len(loose.caught) + len(loose.survived) == len(strict.caught)


def test_refusals_that_no_check_provokes_are_told_apart_and_counted_once(assignment_of):
    asked = """
@f.check(points=1, title="refuses what is no number")
def refuses(f):
    try:
        return f([random.randrange(9), None])
    except ValueError:
        return random.randrange(9)
"""
    unprovoked = results(assignment_of, TASKS + ZERO)
    (refusal,) = told(unprovoked.unasked)
    assert refusal.startswith("positive: without the refusal if any(")
    assert not any("is None" in name for name in told(unprovoked.caught))
    provoked = results(assignment_of, TASKS + ZERO + asked)
    assert not provoked.unasked
    assert refusal in told(provoked.caught)
    assert "positive: number is None -> number is not None" in told(provoked.caught)


def test_equivalent_changes_are_not_counted_and_must_be_true(assignment_of):
    listing = 'f.equivalent("positive: number > 0 -> number >= 0", reason="zero is never asked")\n'
    listed = results(assignment_of, TASKS + listing)
    assert told(listed.equivalent) == BOUNDS[:1]
    assert told(listed.survived) == BOUNDS[1:]
    assert not listed.faults
    wrong = results(assignment_of, TASKS + ZERO + listing)
    assert wrong.faults == [f"listed as equivalent, but zero catches it: {BOUNDS[0]}"]
    gone = results(assignment_of, TASKS + ZERO + 'f.equivalent("positive: a -> b", reason="gone")')
    assert gone.faults == ["listed, but no such change or part is there: positive: a -> b"]


@pytest.mark.parametrize("part", ["positive", "positive: return [number for number in numbers if number > 0]"])
def test_parts_that_are_not_asked_are_left_out(assignment_of, part):
    left_out = results(assignment_of, TASKS + f'f.unasked({part!r}, reason="more than is asked")')
    assert not left_out.survived
    assert not left_out.faults
    assert set(BOUNDS) <= set(told(left_out.unasked))


def test_a_listing_needs_a_reason_and_stands_once(assignment_of):
    with pytest.raises(ValueError, match="without a reason"):
        assignment_of(TASKS + 'f.equivalent("positive: 0 -> 1", reason="")', "mutated")
    twice = 'f.unasked("positive", reason="a")\n' * 2
    with pytest.raises(ValueError, match="lists 'positive' twice"):
        assignment_of(TASKS + twice, "mutated")


def test_a_change_without_an_end_is_caught_by_the_clock(assignment_of, monkeypatch):
    monkeypatch.setattr("lmgrade.mutations.SECONDS", 0.2)
    text = TASKS.replace(
        "    return [number for number in numbers if number > 0]",
        """    kept, place = [], 0
    while place < len(numbers):
        try:
            kept += [numbers[place]] if numbers[place] > 0 else []
        except Exception:
            pass
        place += 1
    return kept""",
    )
    result = results(assignment_of, text + ZERO)
    assert "positive: without place += 1" in told(result.caught)


def test_helpers_of_the_same_file_are_changed_but_not_what_is_another_task(assignment_of):
    text = TASKS.replace("numbers if number > 0]", "numbers if above(number)]").replace(
        "def positive", "def above(number):\n    return number > 0\n\n\ndef positive"
    )
    assert "above: number > 0 -> number >= 0" in told(results(assignment_of, text).survived)
    second = """
g = Task("g", reference=above)


@g.check(points=1, title="above zero")
def zero(g):
    return [g(number) for number in (-1, 0, 1, random.randrange(9))]
"""
    first, other = mutate(assignment_of(text + second, "mutated"))
    assert not any(name.startswith("above") for name in told(first.survived + first.caught))
    assert other.caught


def test_a_reference_without_a_text_is_a_fault(assignment_of):
    text = TASKS.replace("reference=positive", "reference=lambda numbers: positive(numbers)")
    assert "is not written with def" in results(assignment_of, text).faults[0]


def test_the_command_fails_when_too_many_survive(assignment_of, monkeypatch, capsys):
    for text, status in ((TASKS, 1), (TASKS + ZERO, 0)):
        assignment = assignment_of(text, "mutated")
        monkeypatch.setattr("lmgrade.audit_command.load", lambda name, assignment=assignment: assignment)
        assert main(["audit", "mutated", "--mutations"]) == status
        said = " ".join(capsys.readouterr().out.split())
        assert ("survived, line 10: positive: number > 0 -> number >= 0" in said) == bool(status)
    assert "100.0% of the changes caught" in said
