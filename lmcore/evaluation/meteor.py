r"""METEOR: align the words of hypothesis and reference one to one, then ask how many found a partner and in what order.

.. math::

    \text{METEOR} = \left(1 - \gamma \left(\frac{\text{chunks}}{m}\right)^{\beta}\right)
    \frac{P R}{\alpha P + (1 - \alpha) R}, \qquad P = \frac{m}{|h|}, \quad R = \frac{m}{|r|}

``m`` is the number of pairs. A chunk is a run of pairs that are neighbours, in the same order, in both texts: one chunk
if the whole order is right, ``m`` if no two words are together. Even a perfect text of ``m`` words is one chunk, so its
score is :math:`1 - \gamma / m^\beta`, not 1.

Two modules of the paper are here, exact words and equal stems; the third, synonyms, needs a dictionary.

Source: Banerjee and Lavie (2005), METEOR: an automatic metric for MT evaluation, section 2, the parameters'
values too; their names are those of Lavie and Agarwal (2007).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

from .counts import check_pair
from .ter import lower_words


def align(
    hypothesis: Sequence[str], reference: Sequence[str], stem: Callable[[str], str] | None = None
) -> list[tuple[int, int]]:
    """Pair equal words, each used once; then, of those left over, words with an equal stem.

    From the last word backwards, each word takes the last free partner. The paper asks for the alignment with the
    fewest crossings instead, which takes a search; this is what NLTK does, and differs only where a form is repeated.

    Args:
        hypothesis: words.
        reference: words.
        stem: word -> its stem, such as ``nltk.stem.PorterStemmer().stem``. None pairs equal words alone.

    Returns:
        Pairs ``(place in the hypothesis, place in the reference)`` in order of the first.
    """
    free = dict(enumerate(hypothesis))
    wanted = dict(enumerate(reference))
    pairs = []
    for form in (str, stem) if stem else (str,):
        places = defaultdict(list)
        for j, word in wanted.items():
            places[form(word)].append(j)
        for i in reversed(list(free)):
            if found := places[form(free[i])]:
                j = found.pop()
                pairs.append((i, j))
                del free[i], wanted[j]
    return sorted(pairs)


def meteor(
    hypothesis: str,
    references: Sequence[str],
    *,
    stem: Callable[[str], str] | None = None,
    tokenize: Callable[[str], list[str]] = lower_words,
    alpha: float = 0.9,
    beta: float = 3.0,
    gamma: float = 0.5,
) -> float:
    """METEOR of one text; that of a corpus is often given as the mean over its texts.

    Args:
        hypothesis: what the model wrote.
        references: at least one text that it should have been; the one with the highest score counts.
        stem: as for :func:`align`.
        tokenize: text -> words; by default words between white space, in lower case.
        alpha: weight of recall against precision, in 0 .. 1.
        beta: how sharply the penalty grows with the share of chunks, at least 0.
        gamma: the largest penalty, in 0 .. 1.

    Returns:
        In 0 .. 1; 0 if no word has a partner.

    Raises:
        ValueError: no references, something that is not a text, a parameter out of range.
    """
    check_pair(hypothesis, references)
    for name, value, most in (("alpha", alpha, 1), ("beta", beta, math.inf), ("gamma", gamma, 1)):
        if not 0 <= value <= most:
            raise ValueError(f"{name} is {value}; it must be in 0 .. {most}")
    said = tokenize(hypothesis)

    def score(wanted: list[str]) -> float:
        pairs = align(said, wanted, stem)
        if not pairs:
            return 0.0
        precision, recall = len(pairs) / len(said), len(pairs) / len(wanted)
        mean = precision * recall / (alpha * precision + (1 - alpha) * recall)
        together = sum((i + 1, j + 1) == after for (i, j), after in pairwise(pairs))
        chunks = len(pairs) - together
        return (1 - gamma * (chunks / len(pairs)) ** beta) * mean

    return max(score(tokenize(reference)) for reference in references)
