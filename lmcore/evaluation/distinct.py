r"""Distinct-n: does a model always say the same?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from .counts import check_at_least, check_text, ngram_counts


def distinct_n(texts: Sequence[str], n: int = 1, *, tokenize: Callable[[str], list[str]] = str.split) -> float:
    r"""The share of different n-grams among all n-grams of some texts.

    .. math:: \text{distinct-}n = \frac{\text{number of different } n\text{-grams}}{\text{number of } n\text{-grams}}

    It says nothing about being right: random words score 1. It falls as more text is counted, so compare equal amounts.
    (The paper divides by the number of tokens, which keeps the score of longer n-grams below 1; most programs since
    divide by the number of n-grams, as here.)

    Args:
        texts: what the model wrote; no n-gram goes from one text into the next.
        n: tokens in an n-gram, at least 1.
        tokenize: text -> tokens.

    Returns:
        Above 0, at most 1; 0 if no text is long enough for an n-gram.

    Raises:
        ValueError: no texts, one string instead of a list of them, an ``n`` below 1.

    Source: Li et al. (2016), A diversity-promoting objective function for neural conversation models, section 5.
    """
    check_at_least("n", n, 1)
    if isinstance(texts, str):
        raise ValueError(f"texts is one string, {texts!r}; it must be a list of strings")
    if len(texts) == 0:
        raise ValueError("texts is empty; at least 1 is needed")
    counts = Counter()
    for i, text in enumerate(texts):
        check_text(f"texts[{i}]", text)
        counts += ngram_counts(tokenize(text), n)
    return len(counts) / counts.total() if counts else 0.0
