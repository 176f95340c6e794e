"""A kernel in a sandbox as jupyter_client sees it."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
from collections.abc import Callable

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from lmgrade.kernels import NOT_THE_LEARNER, quiet
from lmgrade.warm.kernel import SOCKETS

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
# Seconds for the end of a killed kernel's processes, which takes a moment, also on a machine with too much to do.
LONGEST_END = 20.0


class Manager(AsyncKernelManager):
    """jupyter_client's manager of a kernel that a sandbox forks."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(argv=["python"], display_name="Python 3", language="python")


class Forked(KernelProvisionerBase):
    """jupyter_client's view of a kernel in a sandbox: its keeper takes the signals and tells of the end.

    Args:
        fork: given the connection file's contents and listening sockets, starts a kernel and returns the socket to
            its keeper.
    """

    def __init__(self, fork: Callable[[dict, list[socket.socket]], socket.socket], **other) -> None:
        super().__init__(**other)
        self.fork = fork
        self.keeper: socket.socket | None = None
        self.ended: int | None = None
        self.why = ""

    @property
    def gone(self) -> bool:
        """Has every process of it ended, as far as its keeper says?"""
        return self.keeper is None

    @property
    def has_process(self) -> bool:
        return self.keeper is not None

    async def pre_launch(self, **other) -> dict:
        return {"cmd": []}

    async def launch_kernel(self, cmd: list[str], **other) -> dict:
        manager = self.parent
        listeners = []
        try:
            for number in range(1, len(CHANNELS) + 1):
                listener = socket.socket(socket.AF_UNIX)
                listeners.append(listener)
                listener.bind(f"{manager.ip}-{number}")
                listener.listen(8)
            connection = manager.get_connection_info()
            seen_inside = {**connection, "key": connection["key"].decode(), "ip": SOCKETS}
            self.keeper = self.fork(seen_inside, listeners)
        finally:
            for listener in listeners:
                listener.close()
        return connection

    def _listen(self, seconds: float) -> None:
        """Wait so long for news of the end."""
        if self.keeper is None:
            return
        self.keeper.settimeout(seconds)
        try:
            said = self.keeper.recv(4000)
        except (TimeoutError, BlockingIOError):
            return
        except OSError:
            said = b""
        news = json.loads(said) if said else {"ended": 1, "why": NOT_THE_LEARNER}
        self.ended, self.why = news["ended"], news["why"]
        self.keeper.close()
        self.keeper = None
        if self.why:
            quiet().info("A kernel was ended: %s", self.why)

    async def poll(self) -> int | None:
        self._listen(0)
        return self.ended

    async def wait(self) -> int | None:
        self._listen(LONGEST_END)
        return self.ended

    async def send_signal(self, signum: int) -> None:
        if self.keeper is not None:
            with contextlib.suppress(OSError):
                self.keeper.send(str(int(signum)).encode())

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)
        self._listen(LONGEST_END)

    async def terminate(self, restart: bool = False) -> None:
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        if self.keeper is not None:
            self.keeper.close()
