"""Small changes to a function are all made, one at a time, and undone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmgrade.mutants import mutants


def clip(value, low=0, high=10):
    """Keep a value between two others."""
    if low > high:
        raise ValueError(f"{low} + {high}")
    while value > high:
        value = high
    return max(value, low)


def scaled(values: list[float], *, by: float = 2.0) -> list[float]:
    total = 0
    for value in values:
        if value < 0:
            continue
        total += value * by
    return [total, *values[1:-1]]


def uses(values):
    return scaled(values, by=math.sqrt(4)) if values else None


def names(function):
    return [mutant.name for mutant in mutants(function)]


def test_every_kind_of_change_is_made():
    assert names(clip) == [
        "clip: 0 -> 1",
        "clip: 0 -> -1",
        "clip: 10 -> 11",
        "clip: 10 -> 9",
        "clip: without the refusal if low > high",
        "clip: low > high -> low >= high",
        "clip: value > high -> value >= high",
    ]
    assert {
        "scaled: without continue",
        "scaled: without total += value * by",
        "scaled: total += value * by -> total -= value * by",
        "scaled: if value < 0: -> if not value < 0:",
        "scaled: value * by -> value",
        "scaled: 2.0 -> 4.0",
        "scaled: 1:-1 -> :-1",
        "scaled: 1:-1 -> 1:",
        "scaled: -1 -> 1",
    } <= set(names(scaled))
    assert "uses: scaled(values, by=math.sqrt(4)) -> scaled(values)" in names(uses)
    assert "uses: math.sqrt(4) -> 4" in names(uses)


def test_two_changes_of_one_text_have_two_names():
    def twice(a):
        return (a + 1) * (a + 1)

    assert "test_two_changes_of_one_text_have_two_names.<locals>.twice: a + 1 -> a - 1 (2)" in names(twice)
    assert len(set(names(twice))) == len(names(twice))


def test_what_an_exception_says_is_not_changed():
    assert not any("f'" in name or "ValueError" in name for name in names(clip))


def test_changes_inside_a_refusal_know_it_and_all_know_their_line_and_parts():
    by_name = {mutant.name: mutant for mutant in mutants(clip)}
    inside = by_name["clip: low > high -> low >= high"]
    assert inside.guard == "low > high"
    assert not inside.drops_guard
    assert by_name["clip: without the refusal if low > high"].drops_guard
    loop = by_name["clip: value > high -> value >= high"]
    assert loop.guard == ""
    assert {"clip", "clip: while value > high:"} <= loop.parts
    with open(__file__, encoding="utf-8") as file:
        assert file.read().splitlines()[loop.line - 1].strip() == "while value > high:"


def changed(function, name):
    return next(mutant for mutant in mutants(function) if mutant.name == name)


def test_a_change_is_seen_by_whoever_calls_and_ends_with_the_block():
    with changed(scaled, "scaled: 2.0 -> 4.0").in_place():
        assert scaled([1.0]) == [4.0]
    assert scaled([1.0]) == [2.0]
    with changed(scaled, "scaled: value * by -> value").in_place():
        assert uses([3.0, 1.0, 1.0]) == [5.0, 1.0]
    with pytest.raises(ZeroDivisionError), changed(scaled, "scaled: value * by -> by").in_place():
        assert scaled([9.0]) == [2.0]
        raise ZeroDivisionError
    assert scaled([9.0]) == [18.0]


class Base:
    def size(self):
        return 1


class Grown(Base):
    def size(self):
        return super().size() + 1


def test_methods_that_call_their_parents_can_be_changed():
    with changed(Grown.size, "Grown.size: super().size() + 1 -> super().size() - 1").in_place():
        assert Grown().size() == 0
    assert Grown().size() == 2


@pytest.mark.parametrize("function", [len, lambda x: x, math.sqrt])
def test_a_function_without_a_text_is_refused(function):
    with pytest.raises(ValueError, match=r"is not written with def|has no text"):
        names(function)


@given(value=st.integers(-20, 20))
def test_all_changes_can_be_made_and_leave_nothing_behind(value):
    before = clip(value)
    for mutant in mutants(clip):
        with mutant.in_place():
            assert clip.__code__.co_filename.startswith("<mutant of clip")
    assert clip(value) == before
