"""Answers that are nearly the same, and those that only seem so."""

import random
import re

import pytest

from lmgrade.report.fingerprints import fingerprints, tokens
from lmgrade.report.likeness import EVIDENCE, find_likeness


def program(seed, lines=12):
    """A function like no other: what is called and the order of signs come from the seed."""
    drawn = random.Random(seed)
    calls = ["append", "count", "index", "strip", "split", "lower", "join", "find", "partition", "replace"]
    body = [
        f"    x{n} = y.{drawn.choice(calls)}(z {drawn.choice('+-*/')} {drawn.randrange(100)}, {drawn.randrange(100)})"
        for n in range(lines)
    ]
    return "\n".join(["def f(y, z):", *body, "    return x0"])


def renamed(text):
    return "# my own\n" + re.sub(r"\b([xyz]\d*)\b", r"my_\1", text)


def a_class(count=20):
    return {f"s{number:02d}": {"f": program(number), "g": program(1000 + number)} for number in range(count)}


def test_a_class_of_different_answers_has_no_pairs():
    found = find_likeness(a_class())
    assert (found.pairs, found.own, found.groups()) == ([], [], [])


def test_a_renamed_copy_is_found_with_the_answers_that_are_alike():
    answers = a_class()
    answers["s07"]["g"] = renamed(answers["s03"]["g"])
    (pair,) = find_likeness(answers).pairs
    assert (pair.students, pair.answers) == (("s03", "s07"), ("g",))
    assert pair.likeness == pytest.approx(1) and pair.evidence >= EVIDENCE


def test_a_copy_with_a_changed_line_is_still_found():
    answers = a_class()
    answers["s07"]["f"] = answers["s03"]["f"].replace("    return x0", "    return sorted(x0)[::-1]")
    (pair,) = find_likeness(answers).pairs
    assert 0.8 <= pair.likeness < 1


def test_half_a_copy_in_one_answer_is_not_called_alike():
    answers = a_class()
    own, copied = answers["s07"]["f"].splitlines(), answers["s03"]["f"].splitlines()
    answers["s07"]["f"] = "\n".join(copied[:7] + own[7:])
    assert not find_likeness(answers).pairs


def test_short_answers_that_are_the_same_are_no_evidence():
    answers = {f"s{n}": {"f": "def f(x):\n    return [2 * n for n in x]"} for n in range(2)} | a_class()
    assert not find_likeness(answers).pairs


def test_what_the_class_was_given_and_what_the_course_publishes_is_left_out():
    given, solution = program("given"), program("solution")
    answers = a_class()
    for student in ("s01", "s02", "s03"):
        answers[student] = {"f": given, "g": given}
    for student in ("s04", "s05"):
        answers[student] = {"f": renamed(solution), "g": given}
    found = find_likeness(answers, [given], [solution])
    assert found.pairs == []
    assert found.own == ["s04", "s05"], "who wrote nothing has not written the solution"
    assert len(find_likeness(answers).pairs) == 10


def test_a_fragment_weighs_less_the_more_students_have_it():
    evidence = []
    for copies in (2, 5, 15):
        answers = a_class()
        for number in range(copies):
            answers[f"s{number:02d}"]["f"] = program("shared")
        evidence.append(max((pair.evidence for pair in find_likeness(answers).pairs), default=0))
    assert evidence[0] > evidence[1] > evidence[2]
    most = len(fingerprints(tokens(program("shared"))))
    assert 0.9 * most < evidence[0] <= most, "what only two have counts 1, what all begin with next to nothing"


def test_a_group_that_copied_is_one_row():
    answers = a_class(40)
    for number in range(5):
        answers[f"s{number:02d}"]["f"] = program("shared")
    answers["s20"]["g"] = answers["s21"]["g"]
    found = find_likeness(answers)
    assert len(found.pairs) == 11
    assert [(group.students, group.answers) for group in found.groups()] == [
        (["s20", "s21"], ("g",)),
        (["s00", "s01", "s02", "s03", "s04"], ("f",)),
    ]


def test_pairs_with_other_answers_alike_are_other_rows_and_separate_groups_stay_apart():
    answers = a_class(30)
    for first, second in (("s01", "s02"), ("s03", "s04")):
        answers[first]["f"] = answers[second]["f"]
    answers["s01"]["g"] = answers["s03"]["g"]
    rows = {(tuple(group.students), group.answers) for group in find_likeness(answers).groups()}
    assert rows == {(("s01", "s02"), ("f",)), (("s03", "s04"), ("f",)), (("s01", "s03"), ("g",))}


@pytest.mark.parametrize("answers", [{}, {"one": {}}, {"one": {"f": program(1)}}])
def test_a_class_of_none_or_one_has_no_pairs(answers):
    assert not find_likeness(answers).pairs


def test_two_alone_can_be_compared():
    answers = {"a": {"f": program(1)}, "b": {"f": renamed(program(1))}}
    (pair,) = find_likeness(answers).pairs
    assert pair.evidence >= EVIDENCE


def test_the_order_of_students_changes_nothing():
    answers = a_class()
    answers["s07"] = answers["s03"]
    turned = dict(reversed(answers.items()))
    assert find_likeness(answers).pairs == find_likeness(turned).pairs
