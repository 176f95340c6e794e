"""Timing on a machine that others use too."""

import math
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path


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


def machine() -> str:
    """What these figures were measured on."""
    cpuinfo = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
    settings = ", ".join(f"{name}={os.environ.get(name)}" for name in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS"))
    packages = ", ".join(f"{package} {version(package)}" for package in ("tokenizers", "tiktoken", "regex"))
    return (
        f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {packages}; {settings}"
    )
