r"""TER: how many edits turn a translation into its reference, if moving a block of words counts as one edit?

.. math:: \text{TER} = 100 \, \frac{\text{insertions} + \text{deletions} + \text{substitutions} + \text{shifts}}
    {\text{words of the reference}}

Without shifts this is the word error rate. To find the fewest edits with shifts is NP-hard, so a greedy search does:
shift the block that brings the edit distance down most, again and again, then edit word by word. What may be shifted,
and which one of equals is taken, follows the Tercom program, so that numbers compare with published ones.

Source: Snover et al. (2006), A study of translation edit rate with targeted human annotation.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .counts import check_corpus, check_pair

# Tercom's limits, without which long texts would take forever
LONGEST_SHIFT = 10
"""Words in a block."""
FARTHEST_SHIFT = 50
"""Words between where a block stands in the hypothesis and in the reference."""
MOST_SHIFTS_TRIED = 1000
"""For one text; then the search stops with the shifts made so far."""

Row = list[int]


class TERScore(NamedTuple):
    """``score`` is 0 for a perfect text and may exceed 100; ``edits`` / ``reference_length`` words is its fraction."""

    score: float
    edits: int
    reference_length: float


def lower_words(text: str) -> list[str]:
    """Words between white space, in lower case."""
    return text.lower().split()


def edit_distance(hypothesis: Sequence[Hashable], reference: Sequence[Hashable]) -> int:
    r"""The fewest insertions, deletions and substitutions that turn one sequence into the other.

    .. math:: d_{i,j} = \min\left(d_{i-1,j-1} + [a_i \ne b_j],\; d_{i-1,j} + 1,\; d_{i,j-1} + 1\right)

    Args:
        hypothesis: words, characters, ids: anything that can be compared.
        reference: the same.

    Source: Levenshtein (1966); Wagner and Fischer (1974), The string-to-string correction problem.
    """
    return _table(hypothesis, reference)[-1][-1]


def shift_edit_distance(hypothesis: Sequence[Hashable], reference: Sequence[Hashable]) -> int:
    """The number of edits that the greedy search of TER finds, each shift of a block being one.

    The edit distance under it is exact. Tercom and sacreBLEU look only at about 25 words on either side of the diagonal
    and may find more edits where a long text is displaced by more than that.

    Args:
        hypothesis: words.
        reference: words.

    Returns:
        At most :func:`edit_distance`.
    """
    words, reference = list(hypothesis), list(reference)
    shifts = tried = 0
    table = _table(words, reference)
    while True:
        best = None
        for start, length, target in _possible_shifts(words, reference, table):
            tried += 1
            if tried >= MOST_SHIFTS_TRIED:
                return shifts + table[-1][-1]
            shifted, unchanged = _shift(words, start, length, target)
            row = table[unchanged]
            for word in shifted[unchanged:]:
                row = _next_row(row, word, reference)
            candidate = (table[-1][-1] - row[-1], length, -start, -target, shifted)
            if best is None or candidate[:4] > best[:4]:
                best = candidate
        if best is None or best[0] <= 0:
            return shifts + table[-1][-1]
        shifts += 1
        words = best[-1]
        table = _table(words, reference)


def ter_statistics(
    hypothesis: str, references: Sequence[str], *, tokenize: Callable[[str], list[str]] = lower_words
) -> np.ndarray:
    """The counts from which TER is made; the counts of a corpus are the sum over its sentences.

    Args:
        hypothesis: what the model wrote.
        references: at least one text that it should have been.
        tokenize: text -> words.

    Returns:
        float64 ``(2,)``: edits to the reference that needs fewest, and the mean length of the references in words.

    Raises:
        ValueError: no references, or something that is not a text.
    """
    check_pair(hypothesis, references)
    words = tokenize(hypothesis)
    references_words = [tokenize(reference) for reference in references]
    edits = min(shift_edit_distance(words, reference) for reference in references_words)
    return np.array([edits, sum(map(len, references_words)) / len(references)])


def ter_from_statistics(statistics: Sequence[float] | np.ndarray) -> TERScore:
    """TER of the counts of a sentence, or of the sum of the counts of many.

    Args:
        statistics: ``(2,)``, see :func:`ter_statistics`.

    Returns:
        The score. For references without any word it is 0 if nothing was said, else 100.
    """
    edits, length = statistics
    rate = edits / length if length else float(edits > 0)
    return TERScore(float(100 * rate), int(edits), float(length))


def corpus_ter(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    tokenize: Callable[[str], list[str]] = lower_words,
) -> TERScore:
    """TER of a corpus: all edits over all words of the references.

    Args:
        hypotheses: ``N`` texts.
        references: ``N`` lists of at least one text each.
        tokenize: text -> words.

    Returns:
        The score, from 0 (perfect) upwards, and its parts.

    Raises:
        ValueError: no hypotheses, not as many lists of references as hypotheses, or an empty list.
    """
    check_corpus(hypotheses, references)
    rows = [
        ter_statistics(hypothesis, its_references, tokenize=tokenize)
        for hypothesis, its_references in zip(hypotheses, references, strict=True)
    ]
    return ter_from_statistics(sum(rows))


def sentence_ter(
    hypothesis: str, references: Sequence[str], *, tokenize: Callable[[str], list[str]] = lower_words
) -> TERScore:
    """TER of one text: that of a corpus of one. Arguments, result and errors as for :func:`corpus_ter`."""
    return ter_from_statistics(ter_statistics(hypothesis, references, tokenize=tokenize))


def _table(words: Sequence[Hashable], reference: Sequence[Hashable]) -> list[Row]:
    """``table[i][j]``: edits that turn the first ``i`` words into the first ``j`` words of the reference."""
    table = [list(range(len(reference) + 1))]
    for word in words:
        table.append(_next_row(table[-1], word, reference))
    return table


def _next_row(row: Row, word: Hashable, reference: Sequence[Hashable]) -> Row:
    left = row[0] + 1
    new = [left]
    for wanted, diagonal, above in zip(reference, row, row[1:], strict=False):
        if word != wanted:
            diagonal += 1
        left = min(diagonal, above + 1, left + 1)
        new.append(left)
    return new


def _alignment(words: Sequence, reference: Sequence, table: list[Row]) -> tuple[list[int], list[bool], list[bool]]:
    """Walk the table back along a cheapest way; of equally cheap steps substitution goes first, then deletion.

    Returns:
        For each word of the reference the place in the hypothesis of its partner (of the word before, if it has none;
        -1 before the first); whether each word of the hypothesis is wrong; whether each word of the reference is.
    """
    place, words_wrong, reference_wrong = [0] * len(reference), [True] * len(words), [True] * len(reference)
    i, j = len(words), len(reference)
    while i or j:
        if i and j and table[i][j] == table[i - 1][j - 1] + (words[i - 1] != reference[j - 1]):
            i, j = i - 1, j - 1
            place[j] = i
            words_wrong[i] = reference_wrong[j] = words[i] != reference[j]
        elif i and table[i][j] == table[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
            place[j] = i - 1
    return place, words_wrong, reference_wrong


def _possible_shifts(words: Sequence, reference: Sequence, table: list[Row]) -> Iterator[tuple[int, int, int]]:
    """``(start, length, target)``: move ``length`` words from ``start`` to before the word at ``target``.

    A block may move if the reference has the same words somewhere, something is wrong at both places, and it is not
    aligned with them already.
    """
    place, words_wrong, reference_wrong = _alignment(words, reference, table)
    for start, there, length in _common_blocks(words, reference):
        if not any(words_wrong[start : start + length]) or not any(reference_wrong[there : there + length]):
            continue
        if start <= place[there] < start + length:
            continue
        for target in {place[j] + 1 if j >= 0 else 0 for j in range(there - 1, there + length)}:
            yield start, length, target


def _common_blocks(words: Sequence, reference: Sequence) -> Iterator[tuple[int, int, int]]:
    """``(start, there, length)`` of every run of words that stands in both."""
    for start in range(len(words)):
        for there in range(max(0, start - FARTHEST_SHIFT), min(len(reference), start + FARTHEST_SHIFT + 1)):
            longest = min(LONGEST_SHIFT, len(words) - start, len(reference) - there)
            for length in range(1, longest + 1):
                if words[start + length - 1] != reference[there + length - 1]:
                    break
                yield start, there, length


def _shift(words: list, start: int, length: int, target: int) -> tuple[list, int]:
    """The words with a block moved, and how many words at the beginning stay what they were.

    A target inside the block, or just behind it, moves the block on by so many words.
    """
    block, rest = words[start : start + length], words[:start] + words[start + length :]
    at = target if target <= start + length else target - length
    return rest[:at] + block + rest[at:], min(start, at)
