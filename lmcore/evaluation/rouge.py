r"""ROUGE: how much of the reference is in a summary (recall), and how much of the summary is in the reference?

ROUGE-1 and ROUGE-2 compare words and pairs of neighbours. ROUGE-L compares the longest sequence of words that both
texts have in the same order, gaps allowed. ROUGE-Lsum does so sentence by sentence, a sentence being a line. All give
precision, recall and their F-measure. ROUGE of a corpus is the mean over its texts.

Source: Lin (2004), ROUGE: a package for automatic evaluation of summaries, sections 2 and 3.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from .counts import (
    PrecisionRecallF1,
    check_at_least,
    check_pair,
    ngram_counts,
    overlap,
    precision_recall_f1,
)

Tokenize = Callable[[str], list[str]]


def tokenize_rouge(text: str) -> list[str]:
    """Runs of the letters a to z and digits, in lower case, as in the first ROUGE program.

    All else is white space to it, so that a text in another alphabet has no words: pass your own ``tokenize`` for it.
    """
    return re.findall(r"[a-z0-9]+", text.lower())


def rouge_n(
    hypothesis: str, references: Sequence[str], n: int = 1, *, tokenize: Tokenize = tokenize_rouge
) -> PrecisionRecallF1:
    r"""The n-grams in common.

    .. math:: R = \frac{\sum_g \min(h_g, r_g)}{\sum_g r_g}, \qquad P = \frac{\sum_g \min(h_g, r_g)}{\sum_g h_g}

    where ``h`` and ``r`` count the n-grams ``g`` of hypothesis and reference.

    Args:
        hypothesis: what the model wrote.
        references: at least one text that it should have been. The one with the highest F-measure counts.
        n: words in an n-gram, at least 1.
        tokenize: text -> words.

    Returns:
        Precision, recall, F1; all 0 if one of the texts has no n-gram.

    Raises:
        ValueError: no references, something that is not a text, an ``n`` below 1.

    Source: Lin (2004), section 2.
    """
    check_at_least("n", n, 1)

    def score(said: str, wanted: str) -> PrecisionRecallF1:
        a, b = ngram_counts(tokenize(said), n), ngram_counts(tokenize(wanted), n)
        return precision_recall_f1(overlap(a, b), a.total(), b.total())

    return _best(score, hypothesis, references)


def rouge_l(hypothesis: str, references: Sequence[str], *, tokenize: Tokenize = tokenize_rouge) -> PrecisionRecallF1:
    r"""The longest common subsequence (LCS), as a share of either text.

    .. math:: R = \frac{|\text{LCS}(h, r)|}{|r|}, \qquad P = \frac{|\text{LCS}(h, r)|}{|h|}

    Arguments, result and errors as for :func:`rouge_n`.

    Source: Lin (2004), section 3.1.
    """

    def score(said: str, wanted: str) -> PrecisionRecallF1:
        a, b = tokenize(said), tokenize(wanted)
        return precision_recall_f1(_lcs_table(b, a)[-1][-1], len(a), len(b))

    return _best(score, hypothesis, references)


def rouge_lsum(hypothesis: str, references: Sequence[str], *, tokenize: Tokenize = tokenize_rouge) -> PrecisionRecallF1:
    r"""The longest common subsequences of lines: for texts of several sentences, one a line.

    .. math:: R = \frac{1}{|r|} \sum_{i} \left| \bigcup_j \text{LCS}(r_i, h_j) \right|, \qquad
        P = \frac{1}{|h|} \sum_{i} \left| \bigcup_j \text{LCS}(r_i, h_j) \right|

    Each line ``r_i`` of the reference gathers the words that it shares with any line ``h_j`` of the hypothesis. No word
    matches more often than either text has it; the formula does not say so, the authors' program does it.

    Arguments, result and errors as for :func:`rouge_n`.

    Source: Lin (2004), section 3.2; ROUGE-1.5.5.
    """

    def score(said: str, wanted: str) -> PrecisionRecallF1:
        a, b = ([tokenize(line) for line in text.split("\n")] for text in (said, wanted))
        left_a, left_b = (Counter(word for line in lines for word in line) for lines in (a, b))
        lengths = left_a.total(), left_b.total()
        matches = 0
        for line in b:
            together = set().union(*(_lcs_places(line, other) for other in a))
            for word in (line[i] for i in sorted(together)):
                if left_a[word] and left_b[word]:
                    matches += 1
                    left_a[word] -= 1
                    left_b[word] -= 1
        return precision_recall_f1(matches, *lengths)

    return _best(score, hypothesis, references)


def _best(
    score: Callable[[str, str], PrecisionRecallF1], hypothesis: str, references: Sequence[str]
) -> PrecisionRecallF1:
    check_pair(hypothesis, references)
    return max((score(hypothesis, reference) for reference in references), key=lambda s: s.f1)


def _lcs_table(a: Sequence[str], b: Sequence[str]) -> list[list[int]]:
    """``table[i][j]``: length of the longest common subsequence of the first ``i`` and the first ``j`` words."""
    table = [[0] * (len(b) + 1)]
    for word in a:
        above, row = table[-1], [0]
        for j, other in enumerate(b):
            row.append(above[j] + 1 if word == other else max(above[j + 1], row[j]))
        table.append(row)
    return table


def _lcs_places(a: Sequence[str], b: Sequence[str]) -> set[int]:
    """Which words of ``a`` make up the longest common subsequence; of several, the one ROUGE-1.5.5 takes."""
    table = _lcs_table(a, b)
    i, j, places = len(a), len(b), set()
    while i and j:
        if a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
            places.add(i)
        elif table[i][j - 1] > table[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return places
