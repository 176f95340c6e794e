"""What isolation this machine has: each protection is tried from inside the sandbox, none is taken on trust."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lmgrade.kernels import Kernel, Outcome
from lmgrade.sandbox import Limits, Sandbox

MIB = 2**20
# Small ones, which are reached in a moment.
LIMITS = Limits(
    memory=400 * MIB,
    cpu_seconds=2,
    processes=48,
    open_files=128,
    file_size=4 * MIB,
    scratch=8 * MIB,
    output=32 * MIB,
)
COURSE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Trial:
    """An attempt to get out or to take too much.

    Args:
        what: the protection, as a person reads it.
        source: the attempt; it prints what it got.
        failed: given the outcome and what was printed, did the attempt fail?
    """

    what: str
    source: str
    failed: Callable[[Outcome, str], bool]


def _refused(source: str) -> str:
    return f"try:\n    {source}\n    print('got through')\nexcept Exception as error:\n    print(type(error).__name__)"


def _is_refused(outcome: Outcome, said: str) -> bool:
    return outcome.status == "ok" and said.strip().endswith("Error")


def _at_most(limit: int) -> Callable[[Outcome, str], bool]:
    return lambda outcome, said: outcome.status == "ok" and said.isdigit() and int(said) <= limit


def _ended_by_sandbox(outcome: Outcome, said: str) -> bool:
    return outcome.status == "dead"


CHILDREN = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        x = bytearray(b'x' * (100 * 2**20))
        time.sleep(9)
time.sleep(9)"""
FORKS = """
import os, time
made = 0
try:
    while True:
        if os.fork() == 0: time.sleep(60)
        made += 1
except OSError: print(made)"""
FILES = """
written = 0
try:
    for n in range(99): written += open(f'{n}', 'wb').write(bytes(2**20))
except OSError: print(written)"""
SEEN = """
import os
print([place for place in {places!r} if os.path.lexists(place)])"""


def trials(port: int) -> list[Trial]:
    """All of them, for this machine's paths and a service of it that listens on ``port``."""
    places = [COURSE / "lmgrade/judge.py", COURSE / "solutions", Path("/etc/passwd"), Path("/var"), Path("/run")]
    seen = SEEN.format(places=[str(place) for place in places if place.exists()])
    reach = f"import socket; socket.create_connection(('127.0.0.1', {port}), 3)"
    return [
        Trial("no service of this machine, no network", _refused(reach), _is_refused),
        Trial("no file of the grader", seen, lambda outcome, said: said == "[]"),
        Trial("no other process in sight", "import os\nprint(sum(map(str.isdigit, os.listdir('/proc'))))", _at_most(2)),
        Trial("nothing installed can be changed", _refused("open('/usr/evil', 'w')"), _is_refused),
        Trial("no way back to privileges", _refused("import os; os.setuid(0)"), _is_refused),
        Trial("no memory outside of every limit (seccomp)", _refused("import os; os.memfd_create('x')"), _is_refused),
        Trial("one file's size", _refused(f"open('big', 'wb').truncate({LIMITS.file_size + 1})"), _is_refused),
        Trial("the scratch folder's size", FILES, _at_most(LIMITS.scratch)),
        Trial("open files", _refused(f"x = [open('/dev/null') for _ in range({LIMITS.open_files})]"), _is_refused),
        Trial("processes and threads", FORKS, _at_most(LIMITS.processes)),
        Trial("memory of one process", _refused("bytearray(2 * 10**9)"), _is_refused),
        Trial("memory of all processes", CHILDREN, _ended_by_sandbox),
        Trial("processor time", "while True: pass", _ended_by_sandbox),
        Trial("output", "while True: display('x' * 10**6)", _ended_by_sandbox),
    ]


def examine() -> Iterator[tuple[str, bool, str]]:
    """Try each protection: what it is, whether it holds, and what came of the attempt.

    Raises:
        NoSandbox: there is no sandbox on this machine.
    """
    with Sandbox(limits=LIMITS) as sandbox, socket.create_server(("127.0.0.1", 0)) as server:
        for trial in trials(server.getsockname()[1]):
            with Kernel(sandbox.launch, interrupt_seconds=1) as kernel:
                outcome = kernel.run(trial.source, 8)
            said = "".join(output.get("text", "") for output in outcome.outputs).strip()
            came = outcome.why or said.splitlines()[-1][:80] if outcome.why or said else outcome.status
            yield trial.what, trial.failed(outcome, said), came
        yield _left_behind(sandbox)


def _left_behind(sandbox: Sandbox) -> tuple[str, bool, str]:
    started = time.monotonic()
    seconds = f"6{os.getpid()}"
    with Kernel(sandbox.launch) as kernel:
        kernel.run(f"import subprocess; subprocess.Popen(['sleep', '{seconds}'], start_new_session=True)", 5)
    took = f"started and ended in {time.monotonic() - started:.2f} s"
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if seconds.encode() in _read(path)]
    return "nothing outlives a kernel", not left, took


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
