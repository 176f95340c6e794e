"""Start learners' kernels where they can do no harm: in bubblewrap, forked from a parent that is warm already.

`Sandbox.launch` is a launcher as `lmgrade.kernels` describes it. Bubblewrap shows the machine as `lmgrade.view` says;
`lmgrade.warm` is what runs inside, and says how one kernel is kept from the next.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from weakref import finalize

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from jupyter_core.utils import run_sync

from lmgrade import view
from lmgrade.allowed import copy_allowed, file_of, with_what_they_import
from lmgrade.kernels import quiet
from lmgrade.warm.kernel import SOCKETS

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
# Imported by every kernel, whatever the notebook: the kernel itself, and what answers are encoded with.
ALWAYS = ("ipykernel.kernelapp", "ipykernel.ipkernel", "IPython.core.completer", "IPython.display", "base64", "hashlib")
# Slow to import, so imported once, where an assignment's files name the package on the left.
HEAVY = {
    "numpy": ("numpy",),
    "torch": ("torch", "safetensors.torch"),
    "matplotlib": ("matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib_inline.backend_inline"),
}
LONGEST_WAIT = 60.0


class NoSandbox(RuntimeError):
    """There can be no sandbox on this machine; the message says what to install or which setting to change."""


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


def why_not() -> str | None:
    """Why no sandbox can be had here, and what to do about it; None where it works. Takes a tenth of a second."""
    if sys.platform != "linux":
        return f"a sandbox needs Linux, and this is {sys.platform}. Grade on Linux or in a container."
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return "bubblewrap is not installed. Install it: `sudo apt-get install bubblewrap` (or your system's package)."
    tried = subprocess.run(
        [bwrap, *view.arguments(None), "check"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    if tried.returncode == 0:
        return None
    said = tried.stderr.strip().splitlines()
    return f"bubblewrap cannot make a sandbox here: {said[-1] if said else f'status {tried.returncode}'}. {_setting()}"


def _setting() -> str:
    settings = {
        "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
        "kernel/unprivileged_userns_clone": ("0", "1"),
        "user/max_user_namespaces": ("0", "10000"),
    }
    for name, (forbids, allows) in settings.items():
        with contextlib.suppress(OSError):
            if Path("/proc/sys", name).read_text().strip() == forbids:
                return f"User namespaces are forbidden: `sudo sysctl {name.replace('/', '.')}={allows}` allows them."
    if os.geteuid() == 0:
        return "In a container, allow namespaces: `podman run`, or `docker run --privileged`."
    return "User namespaces must be allowed for your user; ask whoever runs this machine."


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
        self._parent = _Parent(self.modules, self.preload)

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
        with tempfile.TemporaryDirectory(prefix="lmgrade-") as folder:
            manager = _Manager(shutdown_wait_time=0, log=quiet(), transport="ipc", ip=os.path.join(folder, "k"))
            for number, channel in enumerate(CHANNELS, start=1):
                setattr(manager, f"{channel}_port", number)
            kernel = manager.provisioner = _Forked(parent=manager, sandbox=self)
            try:
                run_sync(manager.start_kernel)()
                yield manager
            finally:
                run_sync(manager.shutdown_kernel)(now=True)
                if not kernel.gone:
                    self._parent.close()

    def fork(self, connection: dict, listeners: list[socket.socket]) -> socket.socket:
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
                    self._parent = _Parent(self.modules, self.preload)
        raise AssertionError


class _Parent:
    """The process, its socket, and the folders it sees."""

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
        socket.send_fds(self.control, [json.dumps(request).encode()], [one.fileno() for one in sockets])


def _close(process: subprocess.Popen, control: socket.socket, folder: str) -> None:
    control.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)


class _Manager(AsyncKernelManager):
    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(argv=["python"], display_name="Python 3", language="python")


class _Forked(KernelProvisionerBase):
    """jupyter_client's view of a kernel in a sandbox: its keeper takes the signals and tells of the end."""

    def __init__(self, sandbox: Sandbox, **other) -> None:
        super().__init__(**other)
        self.sandbox = sandbox
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
            self.keeper = self.sandbox.fork(seen_inside, listeners)
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
        news = json.loads(said) if said else {"ended": 1, "why": "its keeper ended"}
        self.ended, self.why = news["ended"], news["why"]
        self.keeper.close()
        self.keeper = None
        if self.why:
            quiet().info("A kernel was ended: %s", self.why)

    async def poll(self) -> int | None:
        self._listen(0)
        return self.ended

    async def wait(self) -> int | None:
        self._listen(LONGEST_WAIT)
        return self.ended

    async def send_signal(self, signum: int) -> None:
        if self.keeper is not None:
            with contextlib.suppress(OSError):
                self.keeper.send(str(int(signum)).encode())

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)
        self._listen(5)

    async def terminate(self, restart: bool = False) -> None:
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        if self.keeper is not None:
            self.keeper.close()
