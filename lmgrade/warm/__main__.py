"""The warm parent: imports once what every kernel needs, then forks a keeper for each kernel asked for.

It reads requests from the socket whose number it is given, says what came of the start there, and ends with the
grader: the socket's end is the sign.
"""

import gc
import importlib.util
import json
import os
import signal
import socket
import sys
import time

from . import fence
from .keeper import keep

LARGEST_REQUEST = 2**16


def main(control: socket.socket, preload: list[str]) -> None:
    """Import ``preload`` and serve requests until the grader is gone."""
    started = time.monotonic()
    # Nobody debugs what is graded, and ipykernel starts three times as fast where there is no debugger.
    sys.modules["debugpy"] = None
    for name in preload:
        importlib.import_module(name)
    if (threads := len(os.listdir("/proc/self/task"))) > 1:
        raise RuntimeError(f"importing {', '.join(preload)} left {threads} threads; a process with several cannot fork")
    fence.uncover_proc()
    # What is there now stays: the collector of a forked kernel need not copy it.
    gc.collect()
    gc.freeze()
    # Nobody waits for keepers: each tells the grader itself how its kernel ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(json.dumps({"ready": time.monotonic() - started}).encode())
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, LARGEST_REQUEST, 8)
        if not data:
            return
        if os.fork() == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
            try:
                keep(json.loads(data), *sockets)
            finally:
                os._exit(1)
        for descriptor in descriptors:
            os.close(descriptor)


def _read_packages() -> None:
    """Raises an OSError where packages are for their owner alone, and the kernel is another user's."""
    for name in ("ipykernel", "zmq", "json"):
        with open(importlib.util.find_spec(name).origin):
            pass


def check() -> None:
    """Try the fence once, without a kernel; raises what a kernel's start would raise."""
    fence.uncover_proc()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            fence.leave(fence.an_unused_user())
            fence.cover(scratch=2**20)
            _read_packages()
            first = os.fork()
            if first == 0:
                fence.first_process()
                os._exit(0)
            status = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    if sys.argv[1] == "check":
        check()
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
