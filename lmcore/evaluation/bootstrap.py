r"""How sure is a score? Draw the test set again, with replacement, a thousand times, and see how far the score moves.

The items that are drawn must be independent of each other: draw whole texts, not their tokens. For a score that is not
a mean, such as BLEU of a corpus, let the items be the rows of counts of the sentences:

>>> from lmcore.evaluation import bleu_from_statistics, bleu_statistics
>>> texts = [("the cat sat on the mat", "the cat sat on a mat"), ("a dog ran off", "a dog ran away")]
>>> rows = np.array([bleu_statistics(said, [wanted]) for said, wanted in texts])
>>> interval = bootstrap_interval(rows, lambda sample: bleu_from_statistics(sample.sum(axis=0)).score)
>>> round(interval.estimate, 1)
50.0
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .counts import check_at_least, check_same_length

Statistic = Callable[[Any], float]


class Interval(NamedTuple):
    """The score of the data at hand, and between which values it would lie on other data of the same kind."""

    estimate: float
    low: float
    high: float


class PairedComparison(NamedTuple):
    """By how much a is above b, with its interval, and how probably chance alone would show so large a difference."""

    difference: float
    low: float
    high: float
    p_value: float


def bootstrap_interval(
    items: Sequence | np.ndarray,
    statistic: Statistic = np.mean,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    r"""A confidence interval by the percentile bootstrap.

    .. math:: \left[\hat\theta^*_{(\alpha / 2)},\; \hat\theta^*_{(1 - \alpha / 2)}\right], \qquad
        \alpha = 1 - \text{confidence}

    the quantiles of the statistic over samples of ``N`` items drawn from the ``N`` given ones with replacement.

    Args:
        items: ``N`` independent observations: numbers, rows of an array, or anything else in a list.
        statistic: a sample of ``N`` items -> number. It gets an array if ``items`` is one, else a list. It must be
            defined for any sample: one that holds a single class, say, has no ROC-AUC.
        confidence: how often, over many test sets, the interval should hold the true value; between 0 and 1. With
            fewer than about 20 items it will hold it less often.
        resamples: how many samples to draw.
        seed: the same seed gives the same interval.

    Returns:
        The statistic of the items as they are, and the interval.

    Raises:
        ValueError: no items, a confidence outside 0 .. 1, a number of resamples below 1, a statistic that is NaN.

    Source: Efron and Tibshirani (1993), An introduction to the bootstrap, section 13.3.
    """
    _check_confidence(confidence)
    scores = [_checked(statistic(_take(items, places))) for places in _samples(len(items), resamples, seed)]
    return Interval(_checked(statistic(items)), *_quantiles(scores, confidence))


def paired_bootstrap(
    a: Sequence | np.ndarray,
    b: Sequence | np.ndarray,
    statistic: Statistic = np.mean,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> PairedComparison:
    r"""Is model a better than model b on the same test set?

    Both are scored on the same samples, so that what makes an item hard for both cancels out: a difference can be sure
    although the two intervals of :func:`bootstrap_interval` overlap.

    .. math:: p = \frac{1 + \#\{i : |d^*_i - d| \ge |d|\}}{1 + \text{resamples}}

    ``d`` is the difference on the items as they are, ``d*`` on a sample. Samples scatter around ``d``; if the models
    were equal they would scatter as much around 0, and this counts how often they would then go as far as ``d``.

    Args:
        a: what model a got on each of ``N`` items; see :func:`bootstrap_interval`.
        b: what model b got on the same items, in the same order.
        statistic: a sample -> number, as for :func:`bootstrap_interval`.
        confidence: of the interval of the difference.
        resamples: how many samples to draw.
        seed: the same seed gives the same result.

    Returns:
        The difference ``statistic(a) - statistic(b)``, its percentile interval, the two-sided p-value. A p-value is
        at least ``1 / (1 + resamples)``, and 1 for two equal models.

    Raises:
        ValueError: lengths that differ; else as :func:`bootstrap_interval`.

    Source: Koehn (2004), Statistical significance tests for machine translation evaluation; the shift to 0 is Efron and
    Tibshirani (1993), section 16.4.
    """
    _check_confidence(confidence)
    check_same_length("items of a", a, "items of b", b)
    difference = _checked(statistic(a)) - _checked(statistic(b))
    drawn = np.array(
        [
            _checked(statistic(_take(a, places))) - _checked(statistic(_take(b, places)))
            for places in _samples(len(a), resamples, seed)
        ]
    )
    as_far = int((np.abs(drawn - difference) >= abs(difference)).sum())
    return PairedComparison(difference, *_quantiles(drawn, confidence), (1 + as_far) / (1 + resamples))


def _samples(n: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    check_at_least("resamples", resamples, 1)
    if n == 0:
        raise ValueError("0 items; at least 1 is needed")
    generator = np.random.default_rng(seed)
    return (generator.integers(0, n, n) for _ in range(resamples))


def _take(items: Sequence | np.ndarray, places: np.ndarray) -> Sequence | np.ndarray:
    return items[places] if isinstance(items, np.ndarray) else [items[i] for i in places]


def _checked(score: float) -> float:
    if math.isnan(score):
        raise ValueError("the statistic of a sample is NaN; it must be a number for any sample of the items")
    return float(score)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must be between 0 and 1")


def _quantiles(scores: Sequence[float], confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    return tuple(np.quantile(scores, [tail, 1 - tail]).tolist())
