r"""One of several classes: accuracy, precision, recall, F1. A score for yes and no: the area under the ROC curve."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from .counts import PrecisionRecallF1, check_same_length, precision_recall_f1


def accuracy(predicted: Sequence[Hashable], target: Sequence[Hashable]) -> float:
    """Share of the predictions that equal their target.

    Args:
        predicted: ``N`` classes; list, array or tensor.
        target: the ``N`` right ones.

    Returns:
        In 0 .. 1.

    Raises:
        ValueError: lengths that differ, or nothing to score.
    """
    predicted, target = _plain(predicted), _plain(target)
    check_same_length("predictions", predicted, "targets", target)
    return sum(a == b for a, b in zip(predicted, target, strict=True)) / len(target)


def confusion_matrix(
    predicted: Sequence[Hashable], target: Sequence[Hashable], labels: Sequence[Hashable] | None = None
) -> np.ndarray:
    """How often each class was taken for each class. Every score below is read off this table.

    Args:
        predicted: ``N`` classes; list, array or tensor.
        target: the ``N`` right ones.
        labels: all ``K`` classes in the order of rows and columns; if None, those that occur, sorted.

    Returns:
        int64 ``(K, K)``; row: the right class, column: the predicted one.

    Raises:
        ValueError: lengths that differ, nothing to score, a class outside the labels, a label given twice.

    Examples:
        >>> confusion_matrix(["cat", "dog", "dog"], ["cat", "cat", "dog"])
        array([[1, 1],
               [0, 1]])
    """
    predicted, target = _plain(predicted), _plain(target)
    check_same_length("predictions", predicted, "targets", target)
    labels = sorted({*predicted, *target}) if labels is None else _plain(labels)
    row_of = {label: i for i, label in enumerate(labels)}
    if len(row_of) < len(labels):
        raise ValueError(f"a label is there twice in {labels!r}")
    matrix = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for name, classes in (("prediction", predicted), ("target", target)):
        for i, label in enumerate(classes):
            if label not in row_of:
                raise ValueError(f"{name} {i} is {label!r}, which is not one of the labels {labels!r}")
    np.add.at(matrix, ([row_of[label] for label in target], [row_of[label] for label in predicted]), 1)
    return matrix


def per_class(confusion: np.ndarray) -> list[PrecisionRecallF1]:
    r"""Precision, recall and F1 of each class against the rest.

    .. math:: P_k = \frac{C_{kk}}{\sum_i C_{ik}}, \qquad R_k = \frac{C_{kk}}{\sum_j C_{kj}}

    Args:
        confusion: ``(K, K)`` from :func:`confusion_matrix`.

    Returns:
        One for each class; 0 where the class was never predicted (precision) or never right (recall).

    Raises:
        ValueError: a table that is not square.
    """
    right, said, wanted = _counts(confusion, None)
    return [precision_recall_f1(*map(int, row)) for row in zip(right, said, wanted, strict=True)]


def micro(confusion: np.ndarray, classes: Sequence[int] | None = None) -> PrecisionRecallF1:
    """Counts of all classes added up, then precision, recall and F1 once: each *example* weighs the same.

    Over all classes the three numbers are one and the same: the accuracy. They part once a class is left out, such as
    "nothing here" when names are tagged in a text.

    Args:
        confusion: ``(K, K)`` from :func:`confusion_matrix`.
        classes: rows of the classes that count; None for all.

    Raises:
        ValueError: a table that is not square, a class outside it or given twice, no classes.
    """
    right, said, wanted = _counts(confusion, classes)
    return precision_recall_f1(int(right.sum()), int(said.sum()), int(wanted.sum()))


def macro(confusion: np.ndarray, classes: Sequence[int] | None = None) -> PrecisionRecallF1:
    """Plain mean of each of the three numbers over the classes: each *class* weighs the same, be it ever so rare.

    F1 is the mean of the classes' F1, not the F1 of the mean precision and the mean recall, which can be far from it
    (Opitz and Burst, 2019, Macro F1 and macro F1).

    Args:
        confusion: ``(K, K)`` from :func:`confusion_matrix`.
        classes: rows of the classes that count; None for all.

    Raises:
        ValueError: a table that is not square, a class outside it or given twice, no classes.
    """
    rows = [precision_recall_f1(*map(int, row)) for row in zip(*_counts(confusion, classes), strict=True)]
    return PrecisionRecallF1(*(sum(column) / len(rows) for column in zip(*rows, strict=True)))


def roc_auc(scores: Sequence[float], target: Sequence[bool]) -> float:
    r"""How probably a random positive example has a higher score than a random negative one; a tie counts half.

    .. math:: \text{AUC} = \frac{1}{P N} \sum_{i \in \text{pos}} \sum_{j \in \text{neg}}
        \left([s_i > s_j] + \tfrac{1}{2} [s_i = s_j]\right)

    That is also the area under the curve of true against false positives as the threshold falls. It is computed from
    ranks in one sort: the sum of the positives' ranks, less the least it could be, over P N. Equal scores share the
    mean of their ranks.

    Args:
        scores: ``N`` numbers, higher for "more probably positive"; any scale.
        target: ``N`` times True or 1 (positive), False or 0 (negative); at least one of each.

    Returns:
        1 if every positive stands above every negative, 0.5 for chance, 0 for all the wrong way round.

    Raises:
        ValueError: lengths that differ, a score that is NaN, a target other than 0 and 1, only one class.

    Source: Hanley and McNeil (1982), The meaning and use of the area under a receiver operating characteristic (ROC)
    curve; Mann and Whitney (1947).
    """
    scores, labels = np.asarray(scores, dtype=np.float64), _plain(target)
    check_same_length("scores", scores, "targets", labels)
    if np.isnan(scores).any():
        raise ValueError(f"score {np.flatnonzero(np.isnan(scores))[0]} is NaN; it has no place in an order")
    if wrong := [label for label in labels if label not in (0, 1)]:
        raise ValueError(f"a target is {wrong[0]!r}; it must be 0 or 1, False or True")
    positive = np.array(labels, dtype=bool)
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if positives == 0 or negatives == 0:
        raise ValueError(f"{positives} positive and {negatives} negative examples; at least one of each is needed")

    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    last_rank = sizes.cumsum()
    ranks = (last_rank - (sizes - 1) / 2)[group]
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _plain(values: Sequence) -> list:
    """Numbers and strings of Python: a tensor's element is equal to no other one as a key of a dict."""
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _counts(confusion: np.ndarray, classes: Sequence[int] | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each class: how often right, how often predicted, how often wanted."""
    if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1] or confusion.size == 0:
        raise ValueError(f"confusion has the shape {confusion.shape}; it must be (K, K)")
    rows = list(range(len(confusion))) if classes is None else _plain(classes)
    if not rows:
        raise ValueError("classes is empty; at least 1 is needed")
    for row in rows:
        if not 0 <= row < len(confusion) or rows.count(row) > 1:
            raise ValueError(f"classes are {rows}; each must be in 0 .. {len(confusion) - 1} and there once")
    return confusion.diagonal()[rows], confusion.sum(axis=0)[rows], confusion.sum(axis=1)[rows]
