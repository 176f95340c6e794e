"""The warm parent of a sandbox, from outside: the process, the socket to it, the folders it sees.

What it does inside is in `lmgrade.warm`.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from weakref import finalize

from lmgrade import view
from lmgrade.allowed import copy_allowed
from lmgrade.isolation import NoSandbox, why_not

# Imported by every kernel, whatever the notebook: the kernel itself, what it imports when it starts, and what answers
# are encoded with.
ALWAYS = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.display",
    "IPython.extensions.storemagic",
    "tornado.locks",
    "tornado.platform.asyncio",
    "tornado.queues",
    "base64",
    "hashlib",
)
LONGEST_WAIT = 60.0


class Parent:
    """A warm parent, started at once and in the background. It ends when it is closed, or collected, or we end.

    Args:
        modules: modules of ``lmcore`` that learners may import (`lmgrade.allowed`).
        preload: modules that it imports.
    """

    def __init__(self, modules: tuple[str, ...], preload: tuple[str, ...]) -> None:
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            raise NoSandbox(why_not())
        folder = tempfile.mkdtemp(prefix="lmgrade-")
        allowed = Path(folder, "allowed")
        copy_allowed(modules, allowed)
        self.errors = Path(folder, "errors")
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # Not --die-with-parent, which would end it with the thread that starts it: the parent ends when the socket is
        # closed, by whatever ended this process, and with it bubblewrap's namespace of processes.
        with theirs, self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [bwrap, *view.arguments(allowed), str(theirs.fileno()), *ALWAYS, *preload],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.ready = False
        # Also when nobody closes it.
        self.close = finalize(self, _close, self.process, self.control, folder)

    def wait(self) -> None:
        """Until it is warm.

        Raises:
            NoSandbox: it ended instead, or took too long.
        """
        if self.ready:
            return
        self.control.settimeout(LONGEST_WAIT)
        try:
            said = self.control.recv(1000)
        except TimeoutError as error:
            raise NoSandbox(f"the sandbox's warm parent was not ready after {LONGEST_WAIT:g} seconds") from error
        if not said:
            lines = self.errors.read_text(errors="replace").strip().splitlines()
            raise NoSandbox(why_not() or f"the sandbox's warm parent ended: {lines[-1] if lines else 'without a word'}")
        self.ready = True

    def send(self, request: dict, sockets: list[socket.socket]) -> None:
        """Ask for a kernel (`lmgrade.warm.keeper.keep` says how).

        Raises:
            OSError: it has ended.
        """
        socket.send_fds(self.control, [json.dumps(request).encode()], [one.fileno() for one in sockets])


def _close(process: subprocess.Popen, control: socket.socket, folder: str) -> None:
    control.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)
