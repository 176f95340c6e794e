r"""BLEU: how many runs of one to four words does a translation share with the references of good translators?

.. math::

    \text{BLEU} = 100 \cdot \text{BP} \cdot \exp\left(\frac{1}{4} \sum_{n=1}^{4} \ln p_n\right), \qquad
    \text{BP} = \min\left(1, e^{1 - r / c}\right)

``p_n`` is the share of the hypothesis' n-grams that a reference has too, none counted more often than the reference
that has it most often; ``c`` is the length of the hypothesis, ``r`` that of the reference nearest in length. The
brevity penalty BP stands in for recall, since many references cannot be recalled all at once.

The corpus' score is not the mean of its sentences' scores: counts are added up over the corpus first. So a sentence is
described by its counts (:func:`bleu_statistics`), and counts can be added, and drawn again by a bootstrap.

Source: Papineni et al. (2002), section 2; Post (2018), A call for clarity in reporting BLEU scores.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .counts import check_at_least, check_corpus, check_pair, ngram_counts, overlap

SMOOTHING = {"none": None, "floor": 0.1, "add-k": 1.0, "exp": None}
"""What to do about an order without a match, whose precision 0 would make the score 0: name -> default value.

* ``none``: leave it so, as in the first paper;
* ``floor``: count ``value`` matches instead of 0 (method 1);
* ``add-k``: add ``value`` to the matches and to the total of every order but the first (method 2);
* ``exp``: the first such order counts 1/2 match, the next one 1/4, ... (method 3; what NIST's script does).

Source: Chen and Cherry (2014), A systematic comparison of smoothing techniques for sentence-level BLEU, section 3.
"""

_SPLITS = [  # for alphabets of Western languages, in this order
    (re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])"), r" \1 "),  # signs and symbols stand alone, but for .,'-
    (re.compile(r"([^0-9])([\.,])"), r"\1 \2 "),  # full stop and comma unless after a digit
    (re.compile(r"([\.,])([^0-9])"), r" \1 \2"),  # ... or before one: 3.14 is one token
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),  # a dash after a digit
]


class BLEUScore(NamedTuple):
    """A score with its parts, so that one can see why.

    ``score`` and ``precisions`` (one for each order) are in 0 .. 100, ``brevity_penalty`` in 0 .. 1, lengths in tokens.
    """

    score: float
    precisions: tuple[float, ...]
    brevity_penalty: float
    hypothesis_length: int
    reference_length: int


def tokenize_13a(text: str) -> list[str]:
    """Split a text as the script ``mteval-v13a`` does, by which BLEU scores are published.

    Source: https://www.nist.gov/itl/iad/mig/tools, mteval-v13a.pl, function NormalizeText.
    """
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for escaped, sign in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(escaped, sign)
    text = f" {text} "
    for pattern, spaced in _SPLITS:
        text = pattern.sub(spaced, text)
    return text.split()


def bleu_statistics(
    hypothesis: str,
    references: Sequence[str],
    *,
    tokenize: Callable[[str], list[str]] = tokenize_13a,
    max_order: int = 4,
) -> np.ndarray:
    """The counts from which BLEU is made; the counts of a corpus are the sum over its sentences.

    Args:
        hypothesis: what the model wrote.
        references: at least one text that it should have been.
        tokenize: text -> tokens. Scores made with different tokenizers cannot be compared.
        max_order: the longest n-gram.

    Returns:
        int64 ``(2 + 2 * max_order,)``: length of the hypothesis, of the reference nearest in length (the shorter one of
        two equally near), matches of order 1, 2, ..., n-grams of order 1, 2, ...

    Raises:
        ValueError: no references, something that is not a text, a ``max_order`` below 1.
    """
    check_pair(hypothesis, references)
    check_at_least("max_order", max_order, 1)
    words = tokenize(hypothesis)
    references_words = [tokenize(reference) for reference in references]
    nearest = min((len(reference) for reference in references_words), key=lambda n: (abs(n - len(words)), n))
    matches = []
    for n in range(1, max_order + 1):
        most = Counter()  # of each n-gram: how often it is in the reference that has it most often
        for reference in references_words:
            most |= ngram_counts(reference, n)
        matches.append(overlap(ngram_counts(words, n), most))
    totals = [max(0, len(words) - n + 1) for n in range(1, max_order + 1)]
    return np.array([len(words), nearest, *matches, *totals])


def bleu_from_statistics(
    statistics: Sequence[int] | np.ndarray,
    *,
    smoothing: str = "exp",
    smoothing_value: float | None = None,
    effective_order: bool = False,
) -> BLEUScore:
    """BLEU of the counts of a sentence, or of the sum of the counts of many.

    Args:
        statistics: ``(2 + 2 * max_order,)``, see :func:`bleu_statistics`.
        smoothing: a name in :data:`SMOOTHING`.
        smoothing_value: for ``floor`` and ``add-k``, above 0; None takes the default.
        effective_order: leave out orders longer than the hypothesis, which has no n-grams to be right or wrong.

    Returns:
        The score and its parts; 0 if no word matches at all, whatever the smoothing.

    Raises:
        ValueError: an unknown smoothing, a value it does not take.
    """
    k = _smoothing_value(smoothing, smoothing_value)
    length, reference_length, *counts = (int(count) for count in statistics)
    max_order = len(counts) // 2
    matches, totals = counts[:max_order], counts[max_order:]
    penalty = min(1.0, math.exp(1 - reference_length / length)) if length else float(reference_length == 0)
    if not any(matches):
        return BLEUScore(0.0, (0.0,) * max_order, penalty, length, reference_length)

    if smoothing == "add-k":
        matches = [matches[0], *(count + k for count in matches[1:])]
        totals = [totals[0], *(count + k for count in totals[1:])]
    precisions, halved = [], 1.0
    for right, total in zip(matches, totals, strict=True):
        if right == 0 and smoothing == "exp":
            halved /= 2
            right = halved
        elif right == 0 and smoothing == "floor":
            right = k
        precisions.append(right / total if total else 0.0)

    used = precisions[: sum(total > 0 for total in totals)] if effective_order else precisions
    mean = math.exp(sum(map(math.log, used)) / len(used)) if all(used) else 0.0
    return BLEUScore(100 * penalty * mean, tuple(100 * p for p in precisions), penalty, length, reference_length)


def corpus_bleu(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    tokenize: Callable[[str], list[str]] = tokenize_13a,
    max_order: int = 4,
    smoothing: str = "exp",
    smoothing_value: float | None = None,
) -> BLEUScore:
    """BLEU of a corpus: counts are added up first, then the formula is applied once.

    Args:
        hypotheses: ``N`` texts.
        references: ``N`` lists of at least one text each; their number may vary.
        tokenize, max_order: as for :func:`bleu_statistics`.
        smoothing, smoothing_value: as for :func:`bleu_from_statistics`.

    Returns:
        The score in 0 .. 100, and its parts.

    Raises:
        ValueError: no hypotheses, not as many lists of references as hypotheses, an empty list, an unknown smoothing.
    """
    check_corpus(hypotheses, references)
    rows = [
        bleu_statistics(hypothesis, its_references, tokenize=tokenize, max_order=max_order)
        for hypothesis, its_references in zip(hypotheses, references, strict=True)
    ]
    return bleu_from_statistics(sum(rows), smoothing=smoothing, smoothing_value=smoothing_value)


def sentence_bleu(
    hypothesis: str,
    references: Sequence[str],
    *,
    tokenize: Callable[[str], list[str]] = tokenize_13a,
    max_order: int = 4,
    smoothing: str = "exp",
    smoothing_value: float | None = None,
) -> BLEUScore:
    """BLEU of one text, by orders that it is long enough for. Rough: BLEU was made for corpora.

    Arguments, result and errors as for :func:`corpus_bleu`, for one hypothesis and its references.
    """
    statistics = bleu_statistics(hypothesis, references, tokenize=tokenize, max_order=max_order)
    return bleu_from_statistics(statistics, smoothing=smoothing, smoothing_value=smoothing_value, effective_order=True)


def _smoothing_value(smoothing: str, value: float | None) -> float | None:
    if smoothing not in SMOOTHING:
        raise ValueError(f"smoothing is {smoothing!r}; it must be one of {', '.join(SMOOTHING)}")
    default = SMOOTHING[smoothing]
    if value is None:
        return default
    if default is None:
        raise ValueError(f"smoothing {smoothing!r} takes no value, but smoothing_value is {value}")
    if not 0 < value < math.inf:
        raise ValueError(f"smoothing_value is {value}; it must be above 0 and finite")
    return value
