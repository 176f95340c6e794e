"""What a dask worker does for a grading run: it has a `lmgrade.pool.Pool`, and hands it notebooks.

The pool's processes are apart from dask's own, whose threads draw random numbers too, where a check's inputs must be
drawn undisturbed. They end with the run, or with the worker, or when nobody has asked them for a while: a run that was
killed cannot say that it is over.

Answers are JSON, so that the grader's main process unpickles nothing with a learner's words in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import platform
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lmgrade import copies, pool
from lmgrade.isolation import why_not
from lmgrade.tasks import SOLUTIONS, course_root

if TYPE_CHECKING:
    from lmgrade.judgement import Conditions

# Names the folder of the course; without it, it is looked for from the folder that the worker was started in.
COURSE = "LMGRADE_COURSE"
# Seconds after which a pool that nobody asks is ended.
IDLE = 60.0
# Of what this process has imported. What is on the disk may be newer.
IMPORTED = copies.code()


class _Unfit(Exception):
    """This worker would not judge as the main process does; its argument is the answer that says so."""


class _Kept:
    """A run's pool, how many are asking it, and when the last one was done."""

    def __init__(self, kept: pool.Pool) -> None:
        self.pool = kept
        self.asked = 0
        self.since = time.monotonic()


_pools: dict[str, _Kept] = {}
_lock = threading.Lock()


async def offer(run: str, terms: dict) -> str:
    """Get ready for a run.

    Args:
        run: its name, which no other run has.
        terms: ``assignment``; ``settings`` and ``unseeded`` of `lmgrade.judgement.Conditions`; ``seats``, how many
            notebooks at a time.

    Returns:
        JSON: ``{"ready": place}``, or as of `judge` when this worker is not fit for it.
    """
    return await asyncio.to_thread(_offer, run, terms)


def _offer(run: str, terms: dict) -> str:
    try:
        with _asked(run, terms):
            return json.dumps({"ready": _place()})
    except Exception as error:
        return _told(error)


def judge(run: str, terms: dict, cells: list[str]) -> str:
    """Judge a notebook's cells.

    Returns:
        JSON: ``{"judgement": ...}``; ``{"lost": why}`` when this notebook cannot be judged; ``{"refused": why}`` when
        none can be judged here; ``{"parts": ...}``, of `lmgrade.judgement.Conditions`, when they are others here. The
        last two come with this worker's ``place``.
    """
    try:
        with _asked(run, terms) as kept:
            return json.dumps({"judgement": kept.judge(cells)})
    except Exception as error:
        return _told(error)


def _told(error: Exception) -> str:
    if isinstance(error, pool.Lost):
        return json.dumps({"lost": str(error)})
    if isinstance(error, _Unfit):
        return json.dumps({**error.args[0], "place": _place()})
    why = str(error) if isinstance(error, pool.NotStarted) else f"{type(error).__name__}: {error}"
    return json.dumps({"refused": why, "place": _place()})


def _place() -> str:
    return f"{platform.node()}, {os.environ.get(COURSE) or os.getcwd()}"


async def leave(run: str) -> None:
    """End what is kept for a run, whatever is being judged."""
    await asyncio.to_thread(_leave, run)


def _leave(run: str) -> None:
    with _lock:
        kept = _pools.pop(run, None)
    if kept:
        kept.pool.__exit__()


@contextlib.contextmanager
def _asked(run: str, terms: dict) -> Iterator[pool.Pool]:
    """The run's pool, which does not end meanwhile."""
    with _lock:
        if run not in _pools:
            _pools[run] = _Kept(_open(terms))
            threading.Thread(target=_end_when_idle, args=(run, _pools[run]), daemon=True).start()
        kept = _pools[run]
        kept.asked += 1
    try:
        yield kept.pool
    finally:
        with _lock:
            kept.asked -= 1
            kept.since = time.monotonic()


def _end_when_idle(run: str, kept: _Kept) -> None:
    while _pools.get(run) is kept:
        time.sleep(min(1.0, IDLE))
        with _lock:
            if kept.asked or time.monotonic() - kept.since < IDLE or _pools.get(run) is not kept:
                continue
            del _pools[run]
        kept.pool.__exit__()


def _open(terms: dict) -> pool.Pool:
    conditions = _conditions(terms)
    # dask's nanny makes its worker a daemon, which may have no children, since it would leave them behind. These end
    # with whoever started them.
    multiprocessing.current_process().daemon = False
    pool.prepare()
    return pool.Pool(conditions, terms["seats"])


def _conditions(terms: dict) -> Conditions:
    """The run's, with this machine's copy of the course.

    Raises:
        _Unfit: this machine's are others, or nothing may be judged here.
    """
    if copies.code() != IMPORTED:
        raise _Unfit({"refused": "lmgrade or lmcore has changed since it was started. Restart it."})
    try:
        folder = course_root(os.environ.get(COURSE) or ".") / SOLUTIONS / terms["assignment"]
    except FileNotFoundError as error:
        raise _Unfit({"refused": f"{error}. Start it in its copy of the course, or set {COURSE} to it."}) from None
    import lmgrade.lighter  # noqa: F401 - before nbformat
    from lmgrade.judgement import Conditions

    conditions = Conditions(str(folder), **terms["settings"])
    if conditions.unseeded != terms["unseeded"]:
        raise _Unfit({"parts": conditions.parts})
    if conditions.sandbox and (why := why_not()):
        raise _Unfit({"refused": f"it can have no sandbox: {why}"})
    return conditions
