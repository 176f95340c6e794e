"""A kernel's keeper: starts it behind the fence, carries bytes between it and the grader, ends it when it must end.

The grader's clients connect to listening sockets that the grader made; the kernel's own sockets lie in its scratch
folder, which nobody outside sees. So the two share no folder, and what the kernel can say is counted.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import time

from . import fence, syscalls
from .frames import Frames, NotZMTP
from .kernel import READY, SOCKETS, run

PERIOD = 0.1
CHUNK = 2**18
# What the grader's end keeps for a piece of a message beside its bytes, and a little more.
PIECE = 256


def keep(request: dict, control: socket.socket, *listeners: socket.socket) -> None:
    """Run one kernel to its end and tell the grader how it ended. Does not return.

    Args:
        request: ``connection`` (the connection file's contents) and ``limits`` (of `lmgrade.sandbox.Limits`).
        control: to the grader, who sends the numbers of signals and learns of the end; its closing is the kernel's end.
        listeners: the grader's sockets, one for each of the kernel's, in the order of its numbers from 1.
    """
    limits = request["limits"]
    try:
        fence.leave(fence.an_unused_user())
        fence.cover(limits["scratch"])
        told, ready = os.pipe()
        first = os.fork()
        if first == 0:
            for mine in (control, *listeners):
                mine.close()
            os.close(told)
            _first(request["connection"], limits, ready)
        os.close(ready)
        fence.drop_privileges()
    except OSError as error:
        control.send(json.dumps({"ended": 1, "why": str(error)}).encode())
        os._exit(1)
    keeper = _Keeper(first, told, control, listeners, limits)
    try:
        why = keeper.work()
    except Exception as error:
        why = f"its keeper failed: {error!r}"
    with contextlib.suppress(ProcessLookupError):
        os.kill(first, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    with contextlib.suppress(OSError):
        control.send(json.dumps({"ended": status, "why": why}).encode())
    os._exit(0)


def _first(connection: dict, limits: dict, ready: int) -> None:
    """The namespace's process 1: starts the kernel, collects the dead, ends with the kernel. Does not return."""
    try:
        fence.die_with_parent()
        fence.first_process()
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        # Nothing else that was open in the warm parent is the learner's.
        os.dup2(ready, 3)
        os.closerange(4, 2**16)
        fence.limit(**{name: value for name, value in limits.items() if name not in ("scratch", "output")})
        fence.drop_privileges()
        syscalls.refuse()
        kernel = os.fork()
        if kernel == 0:
            fence.let_be_seen()
            os.setsid()
            run(connection, 3)
            os._exit(0)
        os.close(3)

        def interrupt(number, frame):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(kernel, number)

        signal.signal(signal.SIGINT, interrupt)
        while True:
            pid, status = os.wait()
            if pid == kernel:
                status = os.waitstatus_to_exitcode(status)
                os._exit(status if status >= 0 else 128 - status)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(3, repr(error).encode())
    finally:
        os._exit(1)


class _Keeper:
    def __init__(self, first: int, told: int, control: socket.socket, listeners, limits: dict) -> None:
        self.first = first
        self.control = control
        self.listeners = listeners
        self.limits = limits
        self.room = limits["output"]
        self.inherited = 0
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ, self._told)
        self.selector.register(told, selectors.EVENT_READ, self._ready)
        self.selector.register(os.pidfd_open(first), selectors.EVENT_READ, self._ended)
        self.why = ""

    def work(self) -> str:
        """Serve until the kernel must end; why it must, or nothing when it ended by itself or was told to."""
        self.over = False
        looked = time.monotonic()
        while not self.over:
            for key, events in self.selector.select(PERIOD):
                key.data(key.fileobj, events)
            if time.monotonic() - looked > PERIOD:
                self._look()
                looked = time.monotonic()
        return self.why

    def _end(self, why: str = "") -> None:
        self.over, self.why = True, self.why or why

    def _ended(self, descriptor: int, events: int) -> None:
        self._end()

    def _told(self, control: socket.socket, events: int) -> None:
        said = control.recv(100)
        number = int(said or signal.SIGKILL)
        if number == signal.SIGKILL:
            return self._end()
        return os.kill(self.first, number)

    def _ready(self, told: int, events: int) -> None:
        self.selector.unregister(told)
        said = os.read(told, 2000)
        if said != READY:
            self._end(f"it did not start: {said.decode(errors='replace')}")
        else:
            self.inherited = _memory(precisely=False)
            for number, listener in enumerate(self.listeners, start=1):
                listener.setblocking(False)
                self.selector.register(listener, selectors.EVENT_READ, lambda one, _, n=number: self._accept(one, n))
        os.close(told)

    def _accept(self, listener: socket.socket, number: int) -> None:
        outside, _ = listener.accept()
        inside = socket.socket(socket.AF_UNIX)
        try:
            inside.connect(f"{SOCKETS}-{number}")
        except OSError:
            outside.close()
            inside.close()
            return
        for one in (outside, inside):
            one.setblocking(False)
        _Pair(self, outside, inside)

    def spend(self, count: int, pieces: int) -> None:
        """Count what the kernel has said."""
        self.room -= count + PIECE * pieces
        if self.room < 0:
            self._end(f"it sent more than {self.limits['output']} bytes, each piece of a message taken for {PIECE}")

    def _look(self) -> None:
        most = self.limits["memory"]
        if _memory(precisely=False) - self.inherited > most and (used := _memory(precisely=True)) > most:
            self._end(f"its processes used {used >> 20} MiB of memory; {most >> 20} are allowed")


def _memory(precisely: bool) -> int:
    """Memory of the kernel's processes together, in bytes.

    What two of them share after a fork is counted twice, or, ``precisely``, in shares, which takes longer. A process
    that hides from that is counted whole.
    """
    total = 0
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            try:
                total += _sum(f"/proc/{name}/{'smaps_rollup' if precisely else 'status'}")
            except PermissionError:
                total += _sum(f"/proc/{name}/status")
    return total


def _sum(path: str) -> int:
    with open(path) as file:
        kinds = ("RssAnon:", "RssShmem:", "Pss_Anon:", "Pss_Shmem:")
        return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(kinds))


class _Pair:
    """Two connected sockets, each told what the other says; nothing more is read while the other cannot take it."""

    def __init__(self, keeper: _Keeper, outside: socket.socket, inside: socket.socket) -> None:
        self.keeper = keeper
        self.inside = inside
        self.frames = Frames()
        self.other = {outside: inside, inside: outside}
        self.waiting = {outside: b"", inside: b""}
        for one in self.other:
            keeper.selector.register(one, selectors.EVENT_READ, self._serve)

    def _serve(self, one: socket.socket, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._send(one, self.waiting[one])
            if events & selectors.EVENT_READ:
                data = one.recv(CHUNK)
                if not data:
                    return self._close()
                if one is self.inside:
                    self.keeper.spend(len(data), self.frames.count(data))
                self._send(self.other[one], data)
        except BlockingIOError:
            pass
        except (OSError, NotZMTP):
            return self._close()
        return self._watch()

    def _send(self, to: socket.socket, data: bytes) -> None:
        try:
            sent = to.send(data)
        except BlockingIOError:
            sent = 0
        self.waiting[to] = data[sent:]

    def _watch(self) -> None:
        for one, other in self.other.items():
            events = (0 if self.waiting[other] else selectors.EVENT_READ) | (
                selectors.EVENT_WRITE if self.waiting[one] else 0
            )
            with contextlib.suppress(KeyError):
                self.keeper.selector.unregister(one)
            if events:
                self.keeper.selector.register(one, events, self._serve)

    def _close(self) -> None:
        for one in self.other:
            with contextlib.suppress(KeyError, ValueError):
                self.keeper.selector.unregister(one)
            one.close()
