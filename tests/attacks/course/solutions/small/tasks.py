"""The assignment that everybody attacks: three small functions, four checks."""

import random

import torch

from lmcore import attention
from lmgrade import Task


def _letters(text):
    return {letter: text.count(letter) for letter in text}


def _mean(numbers):
    return sum(numbers) / len(numbers)


softmax = Task("softmax", reference=attention.softmax, forbidden=("torch.softmax",))
letters = Task("letters", reference=_letters)
mean = Task("mean", reference=_mean)


@softmax.check(points=1, title="turns rows into weights", tolerance=1e-5, seconds=2)
def hidden_rows(softmax):
    return softmax(torch.randn(3, 5), dim=-1)


@softmax.check(points=1, title="stays finite on large numbers", tolerance=1e-5, seconds=2)
def hidden_large(softmax):
    return softmax(1000 + torch.randn(2, 4), dim=-1)


@letters.check(points=1, title="counts letters", seconds=2)
def hidden_counts(letters):
    return letters("".join(random.choice("abcde") for _ in range(200)))


@mean.check(points=1, title="averages", seconds=2)
def hidden_average(mean):
    return mean([random.uniform(1000, 2000) for _ in range(7)])
