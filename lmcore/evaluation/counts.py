"""What the text metrics share: n-grams, what two bags of them have in common, the F-measure, checks at the door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from numbers import Integral
from typing import NamedTuple


class PrecisionRecallF1(NamedTuple):
    """How much of what was said is right, how much of what is right was said, and both in one; each in 0 .. 1."""

    precision: float
    recall: float
    f1: float


def f_measure(precision: float, recall: float, beta: float = 1.0) -> float:
    r"""The weighted harmonic mean of precision and recall: near the smaller one of the two.

    .. math:: F_\beta = \frac{(1 + \beta^2) P R}{\beta^2 P + R}

    Args:
        precision: in 0 .. 1.
        recall: in 0 .. 1.
        beta: recall counts beta times as much as precision.

    Returns:
        In 0 .. 1; 0 if both are 0.

    Source: van Rijsbergen, Information Retrieval (1979), chapter 7.
    """
    weighted = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / weighted if weighted > 0 else 0.0


def precision_recall_f1(matches: int, said: int, wanted: int) -> PrecisionRecallF1:
    """Precision ``matches / said``, recall ``matches / wanted`` and their F1; a share of nothing is 0."""
    precision = matches / said if said else 0.0
    recall = matches / wanted if wanted else 0.0
    return PrecisionRecallF1(precision, recall, f_measure(precision, recall))


def ngram_counts(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """How often each run of ``n`` neighbours occurs; nothing if there are fewer than ``n`` tokens."""
    return Counter(zip(*(tokens[i:] for i in range(n)), strict=False))


def overlap(a: Counter, b: Counter) -> int:
    r"""How much two bags have in common: :math:`\sum_x \min(a_x, b_x)`. A word said five times matches once if it is
    wanted once ("clipping")."""
    if len(b) < len(a):
        a, b = b, a
    return sum(min(count, b[item]) for item, count in a.items())


def check_at_least(name: str, value: int, least: int) -> None:
    """Raise ``ValueError`` unless ``value`` is a whole number of at least ``least``."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is {value!r}; it must be a whole number, at least {least}")


def check_text(name: str, text: object) -> None:
    """Raise ``ValueError`` unless it is a string."""
    if not isinstance(text, str):
        raise ValueError(f"{name} is a {type(text).__name__}, {text!r}; it must be a string")


def check_pair(hypothesis: object, references: object, name: str = "references") -> None:
    """Raise ``ValueError`` unless ``hypothesis`` is a text and ``references`` a list of at least one text.

    An empty text is a text: a model may say nothing.
    """
    check_text("hypothesis", hypothesis)
    if isinstance(references, str):  # a string is a sequence too: each letter would be taken for a reference
        raise ValueError(f"{name} is one string, {references!r}; it must be a list of strings")
    if len(references) == 0:
        raise ValueError(f"{name} is empty; at least 1 is needed")
    for i, reference in enumerate(references):
        check_text(f"{name}[{i}]", reference)


def check_same_length(first: str, a: Sequence, second: str, b: Sequence) -> None:
    """Raise ``ValueError`` unless both have the same length, at least 1."""
    if len(a) != len(b):
        raise ValueError(f"{len(a)} {first} but {len(b)} {second}; each needs its own")
    if len(a) == 0:
        raise ValueError(f"0 {first}; at least 1 is needed")


def check_corpus(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Raise ``ValueError`` unless there is a list of at least one reference for each hypothesis."""
    if isinstance(hypotheses, str):
        raise ValueError(f"hypotheses is one string, {hypotheses!r}; it must be a list of strings")
    check_same_length("hypotheses", hypotheses, "lists of references", references)
    for i, (hypothesis, its_references) in enumerate(zip(hypotheses, references, strict=True)):
        check_pair(hypothesis, its_references, f"references[{i}]")
