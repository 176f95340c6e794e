"""A small assignment for the tests of lmgrade."""

import random

from lmgrade import Task


def _double_all(numbers):
    return [2 * number for number in numbers]


def _letters(text):
    return {letter: text.count(letter) for letter in text}


double_all = Task("double_all", reference=_double_all)
letters = Task("letters", reference=_letters)


def some_numbers():
    return [random.randrange(2, 10**6) for _ in range(5)]


@double_all.check(points=1, title="doubles every number", hint="Each number should appear twice as large.", seconds=2)
def doubles(double_all):
    return list(double_all(some_numbers()))


@double_all.check(points=1, title="leaves its argument alone", hint="The list that was given changed.", seconds=2)
def leaves_argument(double_all):
    numbers = some_numbers()
    double_all(numbers)
    return numbers


@double_all.misconception("Yours adds two; doubling multiplies.")
def adds_two(numbers):
    return [number + 2 for number in numbers]


@double_all.misconception("Yours writes into the list it was given, which the caller still needs.")
def in_place(numbers):
    for index in range(len(numbers)):
        numbers[index] *= 2
    return numbers


@double_all.alternative
def by_adding(numbers):
    return tuple(number + number for number in numbers)


@letters.check(points=2, title="counts letters", hint="Count each letter.", seconds=2)
def counts(letters):
    text = "".join(random.choice("aab ß") for _ in range(30))
    return dict(letters(text))


@letters.misconception("Yours counts each letter once, however often it stands there.")
def once(text):
    return dict.fromkeys(text, 1)


@letters.alternative
def by_counter(text):
    from collections import Counter

    return Counter(text)
