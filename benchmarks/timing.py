"""Timing on a machine that others use too."""

import math
import time
from collections.abc import Callable


def best_seconds(
    rounds: int, *sides: Callable[[], Callable[[], object]], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The shortest time of each side, the sides in turns in each round.

    Args:
        rounds: how often.
        sides: each prepares a fresh run, which is not timed, and returns the function that is.
        clock: ``perf_counter`` for wall time; ``process_time``, which other programs disturb less, where both sides
            work on one thread.
    """
    best = [math.inf] * len(sides)
    for _ in range(rounds):
        for i, prepare in enumerate(sides):
            work = prepare()
            start = clock()
            work()
            best[i] = min(best[i], clock() - start)
    return best


def geometric_mean(ratios: list[float]) -> float:
    """The mean of ratios: twice as fast and half as fast give 1."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))
