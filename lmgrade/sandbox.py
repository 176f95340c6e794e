"""Start learners' kernels where they can do no harm: in bubblewrap, forked from a parent that is warm already.

`Sandbox.launch` is a launcher as `lmgrade.kernels` describes it. Bubblewrap shows the machine as `lmgrade.view` says;
`lmgrade.warm` is what runs inside, and says how one kernel is kept from the next.
"""

from __future__ import annotations

import ast
import contextlib
import os
import socket
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lmgrade.allowed import file_of, with_what_they_import
from lmgrade.parent import Parent

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager

# Slow to import, so imported once, where an assignment's files name the package on the left.
HEAVY = {
    "numpy": ("numpy", "numpy.random"),
    # numpy.random is seeded before each probe, and is not to be loaded then by a kernel that is out of memory.
    "torch": ("torch", "safetensors.torch", "numpy.random"),
    "matplotlib": ("matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib_inline.backend_inline"),
}


@dataclass(frozen=True)
class Limits:
    """What one learner's kernel may use, its processes together.

    Args:
        memory: bytes, beyond what the warm parent brought; for each process's address space too.
        cpu_seconds: processor time of each process. Wall time is the judge's.
        processes: processes and threads.
        open_files: of each process.
        file_size: bytes in one file.
        scratch: bytes in the scratch folder, and again in shared memory.
        output: bytes that may leave the kernel in its whole life.
    """

    memory: int = 4 * 2**30
    cpu_seconds: int = 600
    processes: int = 128
    open_files: int = 256
    file_size: int = 256 * 2**20
    scratch: int = 256 * 2**20
    output: int = 256 * 2**20


class Sandbox:
    """A warm parent in bubblewrap, from which kernels are forked until it is closed. Also a context manager.

    It starts at once and in the background; the first kernel waits for it. A parent that died is started anew.

    Args:
        modules: modules of ``lmcore`` that learners may import (`lmgrade.allowed`).
        preload: modules to import once for all kernels, such as ``torch``.
        limits: of each kernel.
    """

    def __init__(self, modules: Iterable[str] = (), preload: Iterable[str] = (), limits: Limits | None = None) -> None:
        self.modules = tuple(modules)
        self.preload = tuple(preload)
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._parent = Parent(self.modules, self.preload)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def close(self) -> None:
        """End the parent and with it every kernel that is left."""
        self._parent.close()

    @contextlib.contextmanager
    def launch(self) -> Iterator[AsyncKernelManager]:
        """A kernel in a fork of the warm parent; no process of it is left behind.

        Raises:
            NoSandbox: the parent cannot be started.
        """
        # Not above: they take a second, in which the parent gets warm.
        from jupyter_core.utils import run_sync

        from lmgrade.forked import CHANNELS, Forked, Manager
        from lmgrade.kernels import quiet

        with tempfile.TemporaryDirectory(prefix="lmgrade-") as folder:
            manager = Manager(shutdown_wait_time=0, log=quiet(), transport="ipc", ip=os.path.join(folder, "k"))
            for number, channel in enumerate(CHANNELS, start=1):
                setattr(manager, f"{channel}_port", number)
            kernel = manager.provisioner = Forked(parent=manager, fork=self._fork)
            try:
                run_sync(manager.start_kernel)()
                yield manager
            finally:
                run_sync(manager.shutdown_kernel)(now=True)
                if not kernel.gone:
                    self._parent.close()

    def _fork(self, connection: dict, listeners: list[socket.socket]) -> socket.socket:
        """Have the parent fork a kernel; returns the socket to its keeper."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = {"connection": connection, "limits": asdict(self.limits)}
        with self._lock, theirs:
            for last_try in (False, True):
                try:
                    self._parent.wait()
                    self._parent.send(request, [theirs, *listeners])
                    return ours
                except OSError:
                    if last_try:
                        raise
                    self._parent.close()
                    self._parent = Parent(self.modules, self.preload)
        raise AssertionError


def for_folder(folder: Path, allowed: Iterable[str] = (), limits: Limits | None = None) -> Sandbox:
    """A sandbox for the assignment in a folder of ``solutions/``: it is warm for what the files there import.

    Args:
        folder: the assignment's.
        allowed: the modules of ``lmcore`` that learners may import (`Assignment.allowed`).
        limits: of each kernel.
    """
    files = [*folder.rglob("*.py"), *map(file_of, with_what_they_import(allowed))]
    imported = {name for file in files for name in _imports(file.read_text(encoding="utf-8"))}
    preload = [module for name, modules in HEAVY.items() if name in imported for module in modules]
    return Sandbox(allowed, preload, limits)


def _imports(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]
