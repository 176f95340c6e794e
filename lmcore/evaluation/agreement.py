r"""Do two people who judge the same things agree more often than chance would let them?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from .classification import confusion_matrix
from .counts import check_same_length


def cohen_kappa(a: Sequence[Hashable], b: Sequence[Hashable]) -> float:
    r"""Agreement of two judges beyond the agreement that chance would give.

    .. math:: \kappa = \frac{p_o - p_e}{1 - p_e}, \qquad p_e = \sum_k p_a(k) \, p_b(k)

    ``p_o`` is the share of things on which they agree. ``p_e`` is the share on which they would agree if each judge
    kept to their own habits, so often this class and so often that one, without looking at the things.

    Args:
        a: what one judge said about ``N`` things; list, array or tensor.
        b: what the other one said about the same things, in the same order.

    Returns:
        1 if they always agree, 0 if as often as chance, below 0 if less often.

    Raises:
        ValueError: lengths that differ, nothing to compare, or both said the same one class throughout, which leaves
            chance nothing to miss.

    Source: Cohen (1960), A coefficient of agreement for nominal scales.
    """
    check_same_length("judgements of a", a, "judgements of b", b)
    together = confusion_matrix(a, b)
    n = together.sum()
    observed = together.trace() / n
    by_chance = (together.sum(axis=0) / n) @ (together.sum(axis=1) / n)
    if len(together) == 1:
        raise ValueError(f"both judges said one and the same class {n} times; kappa needs at least 2 classes")
    return float((observed - by_chance) / (1 - by_chance))
