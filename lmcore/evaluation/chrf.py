r"""chrF: n-grams of characters, so that a word with another ending is not all wrong.

.. math:: \text{chrF}_\beta = 100 \, \frac{(1 + \beta^2) \, \bar P \bar R}{\beta^2 \bar P + \bar R}

``P`` and ``R`` are the shares of the hypothesis' and of the reference's character n-grams that the other one has too,
each averaged over the orders 1 to 6. White space does not count. With ``word_order=2``, n-grams of one and two words
are averaged in as well (chrF++).

Source: Popović (2015), chrF: character n-gram F-score for automatic MT evaluation, section 2; Popović (2017), chrF++:
words helping character n-grams.
"""

from __future__ import annotations

import math
import string
from collections.abc import Sequence

import numpy as np

from .counts import check_at_least, check_corpus, check_pair, f_measure, ngram_counts, overlap


def chrf_statistics(
    hypothesis: str, references: Sequence[str], *, char_order: int = 6, word_order: int = 0, beta: float = 2.0
) -> np.ndarray:
    """The counts from which chrF is made; the counts of a corpus are the sum over its sentences.

    Args:
        hypothesis: what the model wrote.
        references: at least one text that it should have been. Only the one with the highest score counts (the first
            one of equals).
        char_order: the longest n-gram of characters.
        word_order: the longest n-gram of words; 0 for none.
        beta: what that score is made with.

    Returns:
        int64 ``(char_order + word_order, 3)``; for each order the number of n-grams in the hypothesis, in the
        reference, and in both. An order longer than the reference has 0 in all three.

    Raises:
        ValueError: no references, something that is not a text, a ``char_order`` below 1, a ``word_order`` below 0,
            a ``beta`` not above 0.
    """
    check_pair(hypothesis, references)
    check_at_least("char_order", char_order, 1)
    check_at_least("word_order", word_order, 0)
    said = _all_ngrams(hypothesis, char_order, word_order)
    candidates = []
    for reference in references:
        wanted = _all_ngrams(reference, char_order, word_order)
        rows = [(a.total() if b else 0, b.total(), overlap(a, b)) for a, b in zip(said, wanted, strict=True)]
        candidates.append(np.array(rows))
    return max(candidates, key=lambda statistics: chrf_from_statistics(statistics, beta=beta))


def chrf_from_statistics(statistics: np.ndarray, *, beta: float = 2.0) -> float:
    """chrF of the counts of a sentence, or of the sum of the counts of many.

    Args:
        statistics: ``(orders, 3)``, see :func:`chrf_statistics`.
        beta: recall counts beta times as much as precision.

    Returns:
        In 0 .. 100. Orders that hypothesis or reference are too short for are left out of the averages; 0 if all are.

    Raises:
        ValueError: a ``beta`` that is not above 0 and finite.
    """
    if not 0 < beta < math.inf:
        raise ValueError(f"beta is {beta}; it must be above 0 and finite")
    usable = [(said, wanted, both) for said, wanted, both in statistics if said and wanted]
    if not usable:
        return 0.0
    precision = sum(both / said for said, _, both in usable) / len(usable)
    recall = sum(both / wanted for _, wanted, both in usable) / len(usable)
    return float(100 * f_measure(precision, recall, beta))


def corpus_chrf(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    char_order: int = 6,
    word_order: int = 0,
    beta: float = 2.0,
) -> float:
    """chrF of a corpus: counts are added up first, then the formula is applied once.

    Args:
        hypotheses: ``N`` texts.
        references: ``N`` lists of at least one text each.
        char_order, word_order, beta: as for :func:`chrf_statistics`; ``word_order=2`` is chrF++.

    Returns:
        In 0 .. 100.

    Raises:
        ValueError: no hypotheses, not as many lists of references as hypotheses, an empty list, an order or beta out of
            range.
    """
    check_corpus(hypotheses, references)
    rows = [
        chrf_statistics(hypothesis, its_references, char_order=char_order, word_order=word_order, beta=beta)
        for hypothesis, its_references in zip(hypotheses, references, strict=True)
    ]
    return chrf_from_statistics(sum(rows), beta=beta)


def sentence_chrf(
    hypothesis: str, references: Sequence[str], *, char_order: int = 6, word_order: int = 0, beta: float = 2.0
) -> float:
    """chrF of one text: that of a corpus of one. Arguments, result and errors as for :func:`corpus_chrf`."""
    statistics = chrf_statistics(hypothesis, references, char_order=char_order, word_order=word_order, beta=beta)
    return chrf_from_statistics(statistics, beta=beta)


def _all_ngrams(text: str, char_order: int, word_order: int) -> list:
    characters = "".join(text.split())
    words = [part for word in text.split() for part in _split_punctuation(word)]
    return [
        *(ngram_counts(characters, n) for n in range(1, char_order + 1)),
        *(ngram_counts(words, n) for n in range(1, word_order + 1)),
    ]


def _split_punctuation(word: str) -> list[str]:
    """One mark at the end stands alone; if there is none, one at the beginning does."""
    if len(word) > 1 and word[-1] in string.punctuation:
        return [word[:-1], word[-1]]
    if len(word) > 1 and word[0] in string.punctuation:
        return [word[0], word[1:]]
    return [word]
