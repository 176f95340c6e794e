"""Learner code runs here: a kernel in a process of its own, told what to run and for how long.

`launch_local` is the seam: whoever starts the process differently (in a sandbox, forked from a warm parent, on another
machine) writes another launcher and gives it to the judge. A launcher is a context manager that yields a running
jupyter_client kernel manager and leaves no process behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import nbformat
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.session import json_unpacker
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from traitlets import Type, default

Launcher = Callable[[], contextlib.AbstractContextManager[AsyncKernelManager]]

# What a kernel needs of the grader's environment. Everything else (tokens, database URLs) stays out.
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "SYSTEMROOT", "LD_LIBRARY_PATH")
# Why a kernel is dead that the machine ended and not its learner.
NOT_THE_LEARNER = "the sandbox around it ended"
# What one run may put out, in characters; the rest is dropped as it comes.
MOST_OUTPUT = 32 * 2**20
# Bytes in one part of a message: a kernel that sends more loses its connection, before the grader has read it.
LARGEST_MESSAGE = 32 * 2**20
# Commas and opening brackets in one part of a message, each of which may take a hundred times as much memory once read.
MOST_PIECES = 1_000_000
TOO_MANY_PIECES = {"name": "stdout", "text": f"[an output of more than {MOST_PIECES} pieces was left out]\n"}


class _ThisPython(AsyncKernelManager):
    """An ipykernel on the grader's own interpreter, whatever kernels the machine has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
        )


@contextlib.contextmanager
def launch_local() -> Iterator[AsyncKernelManager]:
    """A kernel in a plain process, in an empty folder that is its home, with an environment of a few variables.

    The process is apart from the grader's, and that is all: it can read the grader's files, and what it starts in a
    session of its own outlives it. For notebooks of one's own; those of others belong into `lmgrade.sandbox`.
    """
    with tempfile.TemporaryDirectory(prefix="lmgrade-", ignore_cleanup_errors=True) as scratch:
        environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        environment |= {
            "HOME": scratch,
            "TMPDIR": scratch,
            "IPYTHONDIR": os.path.join(scratch, ".ipython"),
            "MPLBACKEND": "agg",
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        # Never left to nbclient, whose own clean-up waits a second for a polite shutdown.
        manager = _ThisPython(shutdown_wait_time=0, log=quiet())
        if sys.platform != "win32":
            # Sockets in the folder instead of ports that any process of the machine could connect to.
            manager.transport, manager.ip = "ipc", os.path.join(scratch, ".kernel")
        client = NotebookClient(nbformat.v4.new_notebook(), km=manager)
        # What the process itself writes is not for the grader's terminal.
        client.start_new_kernel(env=environment, cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield manager
        finally:
            _kill(manager)


def quiet() -> logging.Logger:
    """A logger that says nothing: a kernel killed by a learner's code is told in the feedback, not as an error here."""
    logger = logging.getLogger("lmgrade.kernels")
    logger.setLevel(logging.CRITICAL)
    return logger


def _kill(manager: AsyncKernelManager) -> None:
    run_sync(manager.shutdown_kernel)(now=True)


@dataclass
class Outcome:
    """What running one piece of code came to, and its outputs.

    The status is ``"ok"``, ``"error"``, ``"timeout"``, ``"dead"`` (the process ended while it ran) or ``"not run"``
    (the process had ended before, or no time was left). ``why`` says more where the sandbox ended it.
    """

    status: str
    outputs: list = field(default_factory=list)
    seconds: float = 0.0
    why: str = ""


class _Channel(AsyncZMQSocketChannel):
    """jupyter_client's, for a process that may talk without a pause: then, too, time passes and others have a turn."""

    async def get_msg(self, timeout: float | None = None) -> dict:
        if timeout is not None and timeout <= 0:
            raise queue.Empty
        await asyncio.sleep(0)
        return await super().get_msg(timeout)


def unpack(part: bytes) -> dict:
    """A part of a message as data; where that has too many pieces, what may stand for it as a printed text."""
    if sum(map(part.count, (b",", b"[", b"{"))) > MOST_PIECES:
        return dict(TOO_MANY_PIECES)
    return json_unpacker(part)


class _Connection(AsyncKernelClient):
    """jupyter_client's, whose sockets take no giant messages."""

    shell_channel_class = Type(_Channel)
    iopub_channel_class = Type(_Channel)

    @default("context")
    def _limited(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        # An option of the context is one of each socket made in it.
        context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
        return context

    async def wait_for_ready(self, timeout: float = 60) -> None:
        """Until the kernel has answered a question and said on its other channel that it is idle again.

        jupyter_client's own listens to silence for 0.2 s instead, to be sure that nothing older is still to come.

        Raises:
            RuntimeError: the kernel ended, or took longer.
        """
        deadline = time.monotonic() + timeout

        def left(most: float) -> float:
            """It may talk of other things for ever, so each look at what it says has the time that is left."""
            return min(most, deadline - time.monotonic())

        while left(1) > 0:
            asked = self.kernel_info()
            with contextlib.suppress(queue.Empty):
                while (await self.get_shell_msg(timeout=left(1)))["parent_header"].get("msg_id") != asked:
                    pass
                while True:
                    # Nothing comes when the other channel was not connected yet: ask again.
                    said = await self.get_iopub_msg(timeout=left(0.2))
                    of_it = said["parent_header"].get("msg_id") == asked
                    if of_it and said["content"].get("execution_state") == "idle":
                        return
            if not await self.is_alive():
                raise RuntimeError("the kernel ended before it answered")
        raise RuntimeError(f"the kernel did not answer in {timeout:g} seconds")


class _Client(NotebookClient):
    """nbclient's, for a process that may say anything: it keeps outputs while there is room, no broken messages.

    ``failed`` says whether the reply to the last cell called it an error, which it can be without any output: traceback
    printing may be switched off, or memory too short for it.
    """

    room = 0
    failed = False

    def process_message(self, msg, cell, cell_index):
        try:
            return super().process_message(msg, cell, cell_index)
        except CellControlSignal:
            raise
        except Exception:
            return None

    def output(self, outs, msg, display_id, cell_index):
        had_room, self.room = self.room > 0, self.room - 1000 - len(str(msg["content"]))
        if self.room > 0:
            return super().output(outs, msg, display_id, cell_index)
        if had_room:
            # As an error: one that would have come later is not seen.
            why = "too much had been put out by then, the rest was left out"
            outs.append(nbformat.v4.new_output("error", ename="Stopped", evalue=why, traceback=[f"Stopped: {why}"]))
        return None


class Kernel:
    """One learner's process. A context manager.

    Args:
        launch: starts the process (see the module).
        start_seconds: how long it may take to answer for the first time.
        interrupt_seconds: how long interrupted code may go on before the process is given up.
    """

    def __init__(self, launch: Launcher = launch_local, start_seconds: int = 60, interrupt_seconds: int = 3):
        self.launch = launch
        self.start_seconds = start_seconds
        self.interrupt_seconds = interrupt_seconds

    def __enter__(self) -> Kernel:
        self._stack = contextlib.ExitStack()
        self._manager = self._stack.enter_context(self.launch())
        self._manager.client_factory = _Connection
        self._manager.session.unpack = unpack
        self._client = _Client(
            nbformat.v4.new_notebook(),
            km=self._manager,
            startup_timeout=self.start_seconds,
            allow_errors=True,
            interrupt_on_timeout=False,
            store_widget_state=False,
            # A connection lost over a giant message says nothing more: it is made anew, as after a cell that hangs.
            raise_on_iopub_timeout=True,
            log=quiet(),
            on_cell_executed=self._replied,
        )
        try:
            self._client.start_new_kernel_client()
        except BaseException as error:
            self._stack.close()
            if why := getattr(self._manager.provisioner, "why", ""):
                raise RuntimeError(f"a learner's kernel was not started: {why}") from error
            raise
        self.alive = True
        return self

    def __exit__(self, *error) -> None:
        self.alive = False
        if self._client.kc is not None:
            self._client.kc.stop_channels()
        self._stack.close()

    def run(self, source: str, seconds: float, room: int | None = None) -> Outcome:
        """Run code and wait at most ``seconds``; afterwards `alive` says whether the process can be used again.

        Outputs are kept up to ``room`` characters, `MOST_OUTPUT` when None; `room_left` says what was left of it.
        """
        if not self.alive or seconds <= 0:
            return Outcome("not run")
        started = time.monotonic()
        cell = nbformat.v4.new_code_cell(source)
        # A display made by an earlier cell is not looked for among this one's outputs.
        self._client.reset_execution_trackers()
        self._client.nb.cells = [cell]
        self._client.room = MOST_OUTPUT if room is None else room
        self._client.failed = False
        # Not `timeout`, which holds whole seconds only.
        self._client.timeout_func = lambda cell: seconds
        status = "ok"
        try:
            self._client.execute_cell(cell, 0)
        except CellTimeoutError:
            status = "timeout"
            self._interrupt()
        except DeadKernelError:
            status = "dead"
            self.alive = False
        except Exception as error:  # it does not keep to the protocol, so nothing it says can be used
            logging.getLogger("lmgrade").warning("A kernel was given up: %r", error)
            status = "dead"
            self.alive = False
        flooded = self._client.room < 0
        if status == "ok" and any(output.output_type == "error" for output in cell.outputs):
            status = "error"
        elif status == "ok" and self._client.failed:
            status = "error"
            why = "the cell failed, and what it failed with was not shown"
            cell.outputs.append(
                nbformat.v4.new_output("error", ename="Failed", evalue=why, traceback=[f"Failed: {why}"])
            )
            flooded = True
        # A full queue loses what is put into it, which could be the next answer.
        if flooded and status in ("ok", "error"):
            self._connect_anew()
        why = getattr(self._manager.provisioner, "why", "") if status == "dead" else ""
        return Outcome(status, list(cell.outputs), time.monotonic() - started, why)

    def _replied(self, cell, cell_index, execute_reply) -> None:
        self._client.failed = execute_reply["content"].get("status") != "ok"

    @property
    def room_left(self) -> int:
        """Characters that the last run could still have put out."""
        return max(0, self._client.room)

    def _interrupt(self) -> None:
        """Stop what is running."""
        run_sync(self._manager.interrupt_kernel)()
        # nbclient loses the outputs of every later cell on a connection whose cell has timed out.
        self._connect_anew()

    def _connect_anew(self) -> None:
        """Leave behind what is still on its way; the process is given up when it does not answer in time."""
        self._client.kc.stop_channels()
        self._client.kc = None
        self._client.startup_timeout = self.interrupt_seconds
        try:
            self._client.start_new_kernel_client()
        except Exception:  # no answer, or none that can be read
            self.alive = False
