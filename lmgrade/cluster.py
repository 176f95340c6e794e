"""The workers of a dask cluster judge notebooks: a `lmgrade.pool.Pool` on other machines.

What a worker does is in `lmgrade.on_worker`. This side looks every second which workers there are, asks each new one
whether it would judge as this machine does, and gives each as many notebooks at a time as it has threads.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from distributed import CancelledError, Client, KilledWorker
from distributed.client import ClosedClientError
from distributed.security import Security

from lmgrade import copies, on_worker
from lmgrade.judgement import Conditions
from lmgrade.pool import Lost, NotStarted

# Seconds for the scheduler's first answer, between two looks at the workers, and for the end of the run.
CONNECT, PERIOD, END = 10.0, 1.0, 5.0
# Seconds without a worker after which somebody should know that they are waited for.
SILENT = 5.0
# Workers that may end while they judge a notebook; it is not given to a further one then.
MOST_ENDED = 2
ELSEWHERE = "Start it in the course's environment, and in its copy of the course."
KEPT = "What has been judged is kept: the same command goes on from here."


class _Gone(Exception):
    """The worker ended while it judged."""


class _Unanswered(Exception):
    """The scheduler was lost, and with it the question."""


@dataclass(eq=False)
class _Worker:
    """A dask worker; ``ready`` when it has said that it judges as this machine does."""

    address: str
    threads: int
    name: str
    free: int
    ready: bool = False
    refused: bool = False
    gone: bool = False


class Cluster:
    """The workers that a scheduler has and those that come later. A context manager; its threads may call `judge`.

    Args:
        conditions: of all judgements.
        address: the scheduler's, such as ``tcp://10.0.0.5:8786``; with ``tls://``, dask's configuration names the
            certificates.
        tell: told, in a sentence, of workers that are not used or are waited for.
        patience: seconds without a worker that can be used, after which the run is given up.

    Raises:
        NotStarted: no scheduler can be reached, or there are no certificates.
    """

    # How many may ask at the same time. More would be in vain: the gradebook has one writer.
    width = 64

    def __init__(
        self, conditions: Conditions, address: str, tell: Callable[[str], None] = print, patience: float = 60.0
    ) -> None:
        self.conditions = conditions
        self.address = address
        self.tell = tell
        self.patience = patience
        self._run = secrets.token_hex(8)
        # What goes wrong reaches the terminal in words of ours.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        if address.startswith("tls://") and not Security().get_connection_args("client")["ssl_context"]:
            raise NotStarted(
                f"for {address} dask has no certificates: name them in its configuration, under distributed.comm.tls."
            )
        try:
            self._client = Client(address, timeout=CONNECT, name="lmgrade", set_as_default=False)
        except Exception as error:
            raise NotStarted(
                f"no dask scheduler can be reached at {address}: {error}. Start one with `dask scheduler`; it says at "
                "which address."
            ) from error
        self._workers: dict[str, _Worker] = {}
        self._used: set[str] = set()
        self._changed = threading.Condition()
        self._over = ""
        threading.Thread(target=self._watch, daemon=True).start()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *error) -> None:
        self._end("the run is over")
        # Neither a worker nor a scheduler that hangs holds up the end.
        leaving = threading.Thread(target=self._leave, daemon=True)
        leaving.start()
        leaving.join(END)
        with contextlib.suppress(Exception):
            self._client.close(END)

    def __str__(self) -> str:
        return f"{len(self._used)} worker{'s' if len(self._used) != 1 else ''} of {self.address}"

    def judge(self, cells: list[str]) -> dict:
        """Judge a notebook's cells when a worker is free. Where that one ends meanwhile, another is asked.

        Raises:
            Lost: this notebook cannot be judged.
            NotStarted: none can.
        """
        ended = []
        while len(ended) < MOST_ENDED:
            worker = self._take()
            try:
                answer = self._ask(worker, cells)
            except _Gone:
                ended.append(worker.name)
                continue
            except _Unanswered:
                # Until it is known what has become of it.
                time.sleep(PERIOD)
                continue
            finally:
                with self._changed:
                    worker.free += 1
                    self._changed.notify_all()
            if "judgement" in answer:
                return answer["judgement"]
            if "lost" in answer:
                raise Lost(answer["lost"])
            self._refuse(worker, answer)
        raise Lost(f"the workers {' and '.join(ended)} ended while they judged it")

    def _take(self) -> _Worker:
        """A place at the worker with the most free ones, when there is one."""
        with self._changed:
            while not self._over:
                if free := [worker for worker in self._workers.values() if worker.ready and worker.free]:
                    worker = max(free, key=lambda one: one.free)
                    worker.free -= 1
                    return worker
                self._changed.wait()
        raise NotStarted(self._over)

    def _ask(self, worker: _Worker, cells: list[str]) -> dict:
        try:
            return json.loads(self._answer(worker, cells))
        except (_Gone, NotStarted):
            raise
        except KilledWorker as error:
            raise _Gone from error
        except (CancelledError, ClosedClientError) as error:
            raise _Unanswered from error
        except Exception as error:  # of dask's: whatever happens to a worker's own code, it answers with JSON
            said = str(error).split(". ")[0]
            self._end(
                f"the scheduler at {self.address} could not hand out a notebook: {said}. Start it in the course's "
                f"environment. {KEPT}"
            )
            raise NotStarted(self._over) from error

    def _answer(self, worker: _Worker, cells: list[str]) -> str:
        future = self._client.submit(
            on_worker.judge,
            self._run,
            self._terms(worker),
            cells,
            key=f"lmgrade-{secrets.token_hex(8)}",
            workers=[worker.address],
            allow_other_workers=False,
        )
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        try:
            while not done.wait(PERIOD):
                if self._over:
                    raise NotStarted(self._over)
                if worker.gone:
                    raise _Gone
            return future.result()
        finally:
            # Nobody waits for it any more.
            with contextlib.suppress(Exception):
                future.cancel()

    def _terms(self, worker: _Worker) -> dict:
        return {
            "assignment": Path(self.conditions.folder).name,
            "settings": self.conditions.settings,
            "unseeded": self.conditions.unseeded,
            "seats": worker.threads,
        }

    def _watch(self) -> None:
        """See to workers that come and go, until the run is over."""
        last, told = time.monotonic(), False
        while not self._over:
            present = self._present()
            if present is not None:
                self._look(present)
            alone = time.monotonic() - last
            if self._client.status in ("closing", "closed"):
                self._end(f"the scheduler at {self.address} cannot be reached any more. {KEPT}")
            elif present and any(worker.ready for worker in self._workers.values()):
                last, told = time.monotonic(), False
            elif alone > self.patience:
                self._end(
                    f"no worker of {self.address} could be used for {self.patience:g} seconds. Start some, each in a "
                    f"copy of the course: `dask worker {self.address}`. {KEPT}"
                )
            elif alone > SILENT and not told:
                self.tell(f"waiting for workers of {self.address}")
                told = True
            time.sleep(PERIOD)

    def _present(self) -> dict[str, dict] | None:
        """What the scheduler says of its workers, by address; None when it says nothing."""
        with contextlib.suppress(Exception):
            about = self._client.scheduler_info()["workers"]
            # What it said last is given again while it is gone.
            return about if self._client.status == "running" else None
        return None

    def _look(self, present: dict[str, dict]) -> None:
        with self._changed:
            for address in self._workers.keys() - present.keys():
                worker = self._workers.pop(address)
                worker.ready, worker.gone = False, True
            new = [
                _Worker(address, about["nthreads"], address, free=about["nthreads"])
                for address, about in present.items()
                if address not in self._workers
            ]
            self._workers.update({worker.address: worker for worker in new})
        for worker in new:
            threading.Thread(target=self._offer, args=(worker,), daemon=True).start()

    def _offer(self, worker: _Worker) -> None:
        """Ask a new worker whether it can be used."""
        try:
            answer = self._client.run(
                on_worker.offer, self._run, self._terms(worker), workers=[worker.address], on_error="return"
            )[worker.address]
            answer = json.loads(answer) if isinstance(answer, str) else {"refused": f"{answer}. {ELSEWHERE}"}
        except Exception as error:  # it may have ended already
            answer = {"refused": f"it cannot be asked: {error}."}
        if "ready" not in answer:
            return self._refuse(worker, answer)
        with self._changed:
            worker.name = f"{worker.address} ({answer['ready']})"
            worker.ready = not worker.gone
            self._used.add(worker.address)
            self._changed.notify_all()
        return None

    def _refuse(self, worker: _Worker, answer: dict) -> None:
        """Not to use a worker any more; it may end, be put right and come again."""
        with self._changed:
            known = worker.refused or worker.gone
            worker.ready, worker.refused = False, True
        if known or self._over:
            return
        if "parts" in answer:
            found = copies.differences(self.conditions.parts, answer["parts"])
            why = f"its marks could be others: {found}. Bring it up to date and restart it."
        else:
            why = answer["refused"]
        place = f" ({answer['place']})" if "place" in answer else ""
        self.tell(f"worker {worker.address}{place} is not used: {why}")

    def _leave(self) -> None:
        with contextlib.suppress(Exception):
            self._client.run(on_worker.leave, self._run, workers=self._ready(), on_error="ignore")

    def _ready(self) -> list[str]:
        return [worker.address for worker in self._workers.values() if worker.ready]

    def _end(self, why: str) -> None:
        with self._changed:
            self._over = self._over or why
            self._changed.notify_all()
