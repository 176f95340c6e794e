"""Processes that judge notebooks side by side, each with a judge and a warm sandbox of its own.

A notebook's cells go in and a judgement comes out (`lmgrade.judgement`), both plain data. `lmgrade.cluster` is the same
with other machines.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmgrade.judgement import Conditions

# A server that imports once and forks each worker. Not a fork of this process, which has a gradebook open.
PROCESSES = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
# Seconds until a worker is ready, and those it may take beyond a notebook's own: for kernels that start and end.
START, GRACE = 120.0, 90.0


class Lost(RuntimeError):
    """A notebook that could not be judged; the message says why."""


class NotStarted(RuntimeError):
    """A worker that judges nothing at all; the message says why."""


def prepare() -> None:
    """Start the server that workers are forked from, in the background. Nothing heavy is imported here for it."""
    # As learners' kernels have it. More threads than cores would slow all of them down.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if PROCESSES.get_start_method() == "forkserver":
        from multiprocessing import forkserver

        PROCESSES.set_forkserver_preload(["lmgrade.preloaded"])
        forkserver.ensure_running()


def cores() -> int:
    """How many processes can run at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """So many workers, until it is closed. A context manager; its threads may call `judge` at the same time.

    Args:
        conditions: of all judgements.
        workers: how many processes.
    """

    def __init__(self, conditions: Conditions, workers: int) -> None:
        self.conditions = conditions
        self.width = workers
        self._closed = False
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._workers = [_Worker(conditions) for _ in range(workers)]
        for worker in self._workers:
            self._idle.put(worker)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *error) -> None:
        self._closed = True
        for worker in self._workers:
            worker.end()

    def __str__(self) -> str:
        return f"{self.width} workers"

    def judge(self, cells: list[str]) -> dict:
        """Judge a notebook's cells when a worker is free. A worker that is lost is replaced, and asked once more.

        Raises:
            Lost: this notebook cannot be judged.
            NotStarted: none can.
        """
        worker = self._idle.get()
        try:
            for last_try in (False, True):
                try:
                    return self._ask(worker, cells)
                except Lost as error:
                    if self._closed:
                        raise NotStarted("the pool is closed") from error
                    worker.restart()
                    if last_try:
                        raise
        finally:
            self._idle.put(worker)

    def _ask(self, worker: _Worker, cells: list[str]) -> dict:
        worker.wait_until_ready()
        seconds = self.conditions.notebook_seconds + GRACE
        try:
            worker.pipe.send(cells)
            if not worker.pipe.poll(seconds):
                raise Lost(f"the process that judged it had no result after {seconds:.0f} seconds, and was stopped")
            judgement = worker.pipe.recv()
        except (EOFError, OSError) as error:
            raise Lost("the process that judged it ended before it was done") from error
        if "error" in judgement:
            raise Lost(f"it could not be judged: {judgement['error']}")
        return judgement


class _Worker:
    """One process, seen from the grader's main one."""

    _starting = threading.Lock()

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self._start()

    def _start(self) -> None:
        self.pipe, theirs = PROCESSES.Pipe()
        with theirs, self._starting:
            self.process = PROCESSES.Process(target=_serve, args=(theirs, self.conditions), daemon=True)
            self.process.start()
        self.ready = False

    def wait_until_ready(self) -> None:
        """Until it has judged nothing, in a kernel of its own: what fails then is not a learner's doing."""
        if self.ready:
            return
        try:
            said = self.pipe.recv() if self.pipe.poll(START) else f"was not ready after {START:.0f} seconds"
        except (EOFError, OSError):
            said = "ended when it was started"
        if said != "ready":
            raise NotStarted(f"a grading process {said}")
        self.ready = True

    def end(self) -> None:
        """Stop it at once. Its sandbox ends with it."""
        self.pipe.close()
        self.process.kill()
        self.process.join()

    def restart(self) -> None:
        self.end()
        self._start()


def _serve(pipe: Connection, conditions: Conditions) -> None:
    """A worker's life: notebooks come in through the pipe, judgements go out."""
    from lmgrade.judgement import judgement_of
    from lmgrade.kernels import Kernel, launch_local
    from lmgrade.sandbox import Limits, for_folder
    from lmgrade.tasks import allowed_in

    # An interrupted run is ended by its main process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process().sentinel,), daemon=True).start()
    with contextlib.ExitStack() as stack:
        try:
            launch, folder = launch_local, Path(conditions.folder)
            if conditions.sandbox:
                sandbox = for_folder(folder, allowed_in(folder), Limits(**conditions.limits))
                launch = stack.enter_context(sandbox).launch
            # While the sandbox gets warm.
            judge = conditions.judge(launch)
            for task in judge.assignment.tasks.values():
                judge.oracle.prepare(task)
            with Kernel(judge.launch):
                pipe.send("ready")
        except Exception as error:
            pipe.send(f"could not be started: {error}")
            return
        while True:
            try:
                cells = pipe.recv()
            except EOFError:
                return
            try:
                judgement = judgement_of(judge, cells)
            except Exception as error:
                judgement = {"error": f"{type(error).__name__}: {error}"}
            with contextlib.suppress(OSError):
                pipe.send(judgement)


def _end_with(sentinel: int) -> None:
    """End this process when its parent ends, however that came about and whatever is being judged."""
    wait([sentinel])
    os._exit(1)
