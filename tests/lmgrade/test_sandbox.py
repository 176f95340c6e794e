"""The sandbox, tried from inside: every test runs code there as a learner's notebook would."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lmgrade import kernels, sandbox
from lmgrade.isolation import NoSandbox, why_not
from lmgrade.judge import Judge
from lmgrade.kernels import Kernel
from lmgrade.sandbox import Limits, Sandbox

ROOT = Path(__file__).resolve().parents[2]
MEMORY, SCRATCH = 600 * 2**20, 16 * 2**20
LIMITS = Limits(
    memory=MEMORY, cpu_seconds=4, processes=64, open_files=128, file_size=8 * 2**20, scratch=SCRATCH, output=64 * 2**20
)

pytestmark = [
    pytest.mark.skipif(why_not() is not None, reason=f"no sandbox on this machine: {why_not()}"),
    pytest.mark.xdist_group("sandbox"),
]


@pytest.fixture(scope="module")
def warm():
    """One warm parent for all tests that leave it in order."""
    with Sandbox(limits=LIMITS) as warm:
        yield warm


@pytest.fixture
def kernel(warm):
    with Kernel(warm.launch, interrupt_seconds=1) as kernel:
        yield kernel


def told(outcome):
    return "".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outcome.outputs)


def value(kernel, source, seconds=10):
    """What the last expression of some code comes to, as data."""
    before, _, last = source.rpartition("\n")
    outcome = kernel.run(f"{before}\nimport json as _json; print(_json.dumps({last}))", seconds)
    assert outcome.status == "ok", outcome
    return json.loads(told(outcome))


def fails_with(kernel, source):
    """The name of the exception that some code ends with."""
    return value(
        kernel,
        f"try:\n    exec({source!r})\n    _name = None\nexcept BaseException as error:\n"
        "    _name = type(error).__name__ + ': ' + str(error)\n_name",
    )


def processes(marker):
    """The processes of this machine whose command line holds a marker."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def gone(marker, seconds=5):
    deadline = time.monotonic() + seconds
    while processes(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes(marker)


# What a kernel can still do


def test_cells_run_errors_are_told_and_names_live_on(kernel):
    assert kernel.run("number = 7; print('printed')", 5).status == "ok"
    assert value(kernel, "number") == 7
    assert kernel.run("1 / 0", 5).status == "error"
    assert kernel.run("import sys; sys.exit(3)", 5).status == "error" and kernel.alive


def test_a_cell_is_interrupted_and_the_kernel_can_be_used_again(kernel):
    kernel.run("number = 7", 5)
    started = time.monotonic()
    assert kernel.run("while True: pass", 0.5).status == "timeout"
    assert time.monotonic() - started < 4 and kernel.alive
    assert value(kernel, "number") == 7


def test_scratch_can_be_written_and_programs_can_be_run(kernel):
    write = "from pathlib import Path\nPath('a.txt').write_text('a')\nPath.cwd().joinpath('a.txt').read_text()"
    assert value(kernel, write) == "a"
    assert value(kernel, "import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')\nf.closed") is True
    echo = "import subprocess\nsubprocess.run(['echo', 'hello'], capture_output=True, text=True).stdout"
    assert value(kernel, echo) == "hello\n"
    pool = "from multiprocessing import Pool\nwith Pool(2) as pool: sizes = pool.map(abs, [-1, -2])\nsizes"
    assert value(kernel, pool) == [1, 2]


# The network


def test_nothing_outside_can_be_reached(kernel):
    said = fails_with(kernel, "import socket; socket.create_connection(('1.1.1.1', 53), timeout=3)")
    assert "unreachable" in said.lower(), said
    said = fails_with(kernel, "import urllib.request as u; u.urlopen('http://example.com', timeout=3)")
    assert said.startswith("URLError"), said
    said = fails_with(
        kernel, "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))"
    )
    assert said.startswith("OSError"), said
    assert [line for line in value(kernel, "open('/proc/net/dev').read().splitlines()[2:]") if "lo:" not in line] == []


def test_services_of_the_graders_machine_cannot_be_reached(kernel):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        port = server.getsockname()[1]
        assert fails_with(kernel, f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=3)")
        name = f"lmgrade-test-{os.getpid()}"
        local.bind(f"\0{name}")
        local.listen()
        assert fails_with(kernel, f"import socket; socket.socket(socket.AF_UNIX).connect('\\0{name}')")


def test_sockets_that_no_namespace_holds_cannot_be_made(kernel):
    # A virtual machine's line to its host, raw packets, Bluetooth, the kernel's ciphers.
    for kind, style in ((40, 1), (17, 3), (31, 3), (38, 5)):
        assert "PermissionError" in fails_with(kernel, f"import socket; socket.socket({kind}, {style})"), kind
    assert fails_with(kernel, "import socket; socket.socketpair(40)").startswith("PermissionError")
    assert fails_with(kernel, "import socket; socket.socketpair(); socket.socket(socket.AF_INET6)") is None


# Files


def test_course_homes_and_temporary_files_of_the_machine_are_not_there(kernel, tmp_path):
    (tmp_path / "secret").write_text("secret")
    places = [ROOT / "solutions", ROOT / "lmgrade", ROOT / "nbgrader_config.py", ROOT / ".git", tmp_path / "secret"]
    places += [Path("/etc/passwd"), Path("/etc/shadow"), Path("/var"), Path("/run"), Path("/boot"), Path("/sys/fs")]
    # The interpreter and its environment may lie in a home or in a temporary folder, and are shown.
    shown = [Path(sys.base_prefix), Path(sys.prefix)]
    for folder in (Path.home(), Path(tempfile.gettempdir())):
        places += [path for path in folder.iterdir() if not any(prefix.is_relative_to(path) for prefix in shown)]
    places = [str(path) for path in places if os.path.lexists(path)]
    assert value(kernel, f"import os\n[place for place in {places!r} if os.path.lexists(place)]") == []


def test_no_file_of_the_course_can_be_found_by_looking_everywhere(kernel):
    looking = """
import os
found = []
for top, folders, names in os.walk('/'):
    folders[:] = [name for name in folders if os.path.join(top, name) not in ('/proc', '/usr', '/sys')]
    found += [os.path.join(top, name) for name in names if name in ('bpe_plain.py', 'judge.py', 'merge_pair.py')]
found"""
    assert value(kernel, looking, 30) == []


def test_lmcore_and_lmgrade_cannot_be_imported(kernel):
    for name in ("lmcore", "lmcore.tokenization", "lmgrade", "lmgrade.judge", "warm", "warm.keeper"):
        assert "ModuleNotFoundError" in fails_with(kernel, f"import {name}"), name


def test_nothing_but_scratch_and_shared_memory_can_be_written(kernel):
    looking = """
import os
found = []
for top, folders, names in os.walk('/'):
    own = ('/proc', '/home/learner', '/dev/shm', '/dev/pts')
    folders[:] = [name for name in folders if os.path.join(top, name) not in own]
    if os.access(top, os.W_OK): found.append(top)
found"""
    assert value(kernel, looking, 60) == []
    site = Path(pytest.__file__).parents[1]
    places = [
        site / "evil.pth",
        "/usr/evil",
        "/evil",
        "/etc/evil",
        "/dev/evil",
        "/opt/evil",
        "/proc/sys/kernel/hostname",
    ]
    for place in map(str, places):
        assert fails_with(kernel, f"open({place!r}, 'w').write('x')"), place
    assert fails_with(kernel, f"import os; os.chmod({str(site)!r}, 0o777)")


def test_scratch_and_shared_memory_are_bounded(kernel):
    fill = """
written = 0
try:
    for number in range(100):
        with open(f'{folder}/{number}', 'wb') as file:
            for _ in range(64): written += file.write(bytes(2**16))
except OSError as error: why = error.strerror
(written, why)"""
    # /tmp is the scratch folder, unless this environment lies in it: then nothing can be written there.
    writable = value(kernel, "import os\n[f for f in ('/home/learner', '/dev/shm', '/tmp') if os.access(f, os.W_OK)]")
    assert writable[:2] == ["/home/learner", "/dev/shm"]
    for folder in writable:
        written, why = value(kernel, f"folder = {folder!r}\n" + fill)
        assert written <= SCRATCH and "space" in why
        kernel.run("import glob, os\nfor path in glob.glob(f'{folder}/[0-9]*'): os.unlink(path)", 5)
    many = """
count = 0
try:
    while True:
        open(f'/home/learner/f{count}', 'w').close()
        count += 1
except OSError: pass
count"""
    assert value(kernel, many, 20) < 10_000


def test_one_file_is_bounded_and_so_are_open_files(kernel):
    assert "File too large" in fails_with(kernel, f"open('big', 'wb').truncate({9 * 2**20})")
    assert "Too many open files" in fails_with(kernel, "files = [open('/dev/null') for _ in range(1000)]")
    assert value(kernel, "import resource\nresource.getrlimit(resource.RLIMIT_CORE)") == [0, 0]


# Processes


def test_a_kernel_sees_its_own_processes_only(kernel):
    assert sorted(value(kernel, "import os\n[int(n) for n in os.listdir('/proc') if n.isdigit()]")) == [1, 2]
    assert value(kernel, "os.getpid()") == 2


def test_the_process_around_the_kernel_can_be_neither_read_nor_stopped(kernel):
    for name in ("environ", "mem", "maps"):
        assert "PermissionError" in fails_with(kernel, f"open('/proc/1/{name}', 'rb').read(1)"), name
    for name in ("fd/0", "root", "cwd", "exe"):
        assert "PermissionError" in fails_with(kernel, f"import os; os.readlink('/proc/1/{name}')"), name
    kernel.run("import os\nfor number in (9, 15, 19): os.kill(1, number)", 5)
    attach = "import ctypes; print(ctypes.CDLL(None).ptrace(16, 1, 0, 0))"
    assert told(kernel.run(attach, 5)) == "-1\n"
    assert kernel.alive and value(kernel, "1 + 1") == 2


def test_the_kernel_is_nobody_and_can_become_nothing_else(kernel):
    assert value(kernel, "import os\n(os.getuid(), os.getgid())") == [1000, 1000]
    status = value(kernel, "open('/proc/self/status').read()")
    assert "CapEff:\t0000000000000000" in status and "CapPrm:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
    assert fails_with(kernel, "import os; os.setuid(0)")
    again = "['unshare', '--user', '--map-root-user', 'true'], check=True, capture_output=True"
    assert fails_with(kernel, f"import subprocess; subprocess.run({again})")
    call = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); r = libc.{}; print(r, ctypes.get_errno())"
    for refused in (
        "unshare(0x10000000)",
        "mount(b'x', b'/home', b'tmpfs', 0, b'')",
        "memfd_create(b'x', 0)",
        "shmget(0, 4096, 0o1600)",
    ):
        assert told(kernel.run(call.format(refused), 5)) == "-1 1\n", refused


def test_the_graders_environment_stays_outside(monkeypatch):
    monkeypatch.setenv("GRADER_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", f"{os.environ.get('PYTHONPATH', '')}:/secret")
    with Sandbox(limits=LIMITS) as fresh, Kernel(fresh.launch) as kernel:
        environment = value(kernel, "import os\ndict(os.environ)")
        assert not any("secret" in text or str(ROOT) in text.split(":") for text in environment.values())
        assert environment["HOME"] == value(kernel, "os.getcwd()") == "/home/learner"
        files = [name for name in value(kernel, "os.listdir()") if not name.startswith(".kernel-")]
        assert files == [".ipython"]
        places = value(kernel, "[os.path.realpath(f'/proc/self/fd/{n}') for n in range(100)]")
        assert {place for place in places if not place.startswith("/proc/")} <= {"/dev/null"}


def test_a_process_left_behind_is_gone_with_the_kernel(warm):
    marker = f"left-behind-{os.getpid()}"
    leave = f"""
import os, subprocess, sys
idle = [sys.executable, '-c', 'import time; time.sleep(600)', {marker!r}]
subprocess.Popen(idle, start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: os.execv(sys.executable, idle)
    os._exit(0)"""
    with Kernel(warm.launch) as kernel:
        assert kernel.run(leave, 5).status == "ok"
        time.sleep(0.5)
        assert len(processes(marker)) == 2
    assert processes(marker) == []


def test_a_kernel_that_hangs_for_good_is_gone_too(warm):
    marker = f"stubborn-{os.getpid()}"
    idle = f"[sys.executable, '-c', 'import time; time.sleep(600)', {marker!r}]"
    with Kernel(warm.launch, interrupt_seconds=1) as kernel:
        kernel.run(f"import subprocess, sys\nsubprocess.Popen({idle})", 5)
        stubborn = "import signal\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass"
        assert kernel.run(stubborn, 0.5).status == "timeout"
        assert not kernel.alive
    assert processes(marker) == []


def test_a_kernel_that_ends_itself_is_dead(warm):
    for end in ("import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)", "import ctypes; ctypes.string_at(0)"):
        with Kernel(warm.launch) as kernel:
            assert kernel.run(end, 20).status == "dead", end


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="a system call's number is this machine's")
def test_no_user_namespace_can_be_made_in_any_other_way(kernel):
    # clone(CLONE_NEWUSER | SIGCHLD), which no filter refuses: the namespace itself has no room for another.
    clone = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
made = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
if made == 0: os._exit(0)
[made, os.strerror(ctypes.get_errno())]"""
    assert value(kernel, clone) == [-1, "No space left on device"]


# Limits


def ends_in_time(warm, source, seconds=8.0, allowed=20.0):
    started = time.monotonic()
    with Kernel(warm.launch, interrupt_seconds=1) as kernel:
        outcome = kernel.run(source, seconds)
    assert time.monotonic() - started < allowed
    return outcome


def test_too_much_memory_at_once_is_an_error_and_the_kernel_lives(kernel):
    assert kernel.run("x = bytearray(2 * 10**9)", 5).outputs[-1].ename == "MemoryError"
    assert value(kernel, "1 + 1") == 2


@pytest.mark.parametrize(
    "bomb",
    ["x = []\nwhile True: x.append(bytearray(10**7))", "import numpy\nx = []\nwhile True: x.append(numpy.ones(10**6))"],
    ids=["bytes", "arrays"],
)
def test_a_memory_bomb_ends(warm, bomb):
    outcome = ends_in_time(warm, bomb)
    assert outcome.status in ("error", "dead")
    assert not outcome.why or "MiB of memory" in outcome.why


def test_memory_of_children_together_is_counted(warm):
    # Each within its own limit, together beyond.
    bomb = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(b'x' * (150 * 2**20))
        time.sleep(60)
time.sleep(60)"""
    outcome = ends_in_time(warm, bomb)
    assert outcome.status == "dead"
    assert f"{MEMORY >> 20} are allowed" in outcome.why


@pytest.mark.parametrize(
    "bomb",
    [
        "import os\nwhile True: os.fork()",
        "import os\ndef bomb():\n    while True:\n        try: os.fork()\n        except OSError: pass\nbomb()",
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()",
        "import subprocess\nwhile True: subprocess.Popen(['sleep', '60'])",
    ],
    ids=["forks", "stubborn-forks", "threads", "programs"],
)
def test_a_fork_bomb_ends_and_stays_small(warm, bomb):
    outcome = ends_in_time(warm, bomb, seconds=2)
    assert outcome.status in ("error", "timeout", "dead")


def test_processes_and_threads_are_counted_together(kernel):
    count = """
import os, time
made = 0
try:
    while True:
        if os.fork() == 0: time.sleep(60)
        made += 1
except OSError: pass
made"""
    assert 10 < value(kernel, count) <= LIMITS.processes


def test_processor_time_is_bounded(warm):
    outcome = ends_in_time(warm, "while True: pass", seconds=15)
    assert outcome.status == "dead"
    assert outcome.seconds < 10


@pytest.mark.parametrize(
    "flood",
    [
        "while True: print('x' * 100_000)",
        "while True: display({'text/plain': 'x' * 10**6}, raw=True)",
        "import os\nwhile True: os.write(1, b'x' * 2**16)",
        "import threading\ndef flood():\n    while True: print('y' * 10**5)\n"
        "for _ in range(8): threading.Thread(target=flood).start()",
    ],
    ids=["prints", "displays", "descriptor", "threads"],
)
def test_a_flood_of_output_ends(warm, flood):
    outcome = ends_in_time(warm, flood, seconds=4)
    # Threads go on when their cell is done.
    assert outcome.status in ("error", "timeout", "dead") or "threading" in flood
    assert sum(len(str(output)) for output in outcome.outputs) <= kernels.MOST_OUTPUT + 10**6


def test_what_leaves_a_kernel_is_bounded_whatever_it_speaks():
    # On the connections themselves, past zmq: parts of a message without an end, which a reader would have to keep.
    endless = """
import os, socket
sockets = []
for n in range(100):
    try:
        one = socket.socket(fileno=os.dup(n))
        one.getpeername()
        if '.kernel-2' in str(one.getsockname()): sockets.append(n)
    except OSError: pass
part = bytes([3]) + (2**20).to_bytes(8, 'big') + bytes(2**20)
for n in sockets: os.set_blocking(n, True)
while True:
    for n in sockets:
        left = memoryview(part)
        while left: left = left[os.write(n, left):]"""
    with Sandbox(limits=Limits(output=32 * 2**20)) as small:
        outcome = ends_in_time(small, endless, seconds=15, allowed=25)
    assert outcome.status == "dead" and str(32 * 2**20) in outcome.why


def test_pieces_of_messages_are_counted_which_take_more_memory_than_they_have_bytes(monkeypatch):
    flood = "get_ipython().kernel.iopub_socket.send_multipart([b''] * 100_000)"
    with Sandbox(limits=Limits(output=16 * 2**20)) as small:
        outcome = ends_in_time(small, flood + "\nimport time; time.sleep(9)", seconds=10)
    assert outcome.status == "dead" and "each piece of a message" in outcome.why


def test_a_kernel_that_speaks_an_older_zmq_is_not_heard(warm):
    # Its pieces look different: what is counted would not be what is sent.
    replace = """
import os, socket, threading
os.unlink('/home/learner/.kernel-1')
listener = socket.socket(socket.AF_UNIX)
listener.bind('/home/learner/.kernel-1')
listener.listen()
def serve():
    while True:
        peer, _ = listener.accept()
        peer.sendall(b'\\x01\\x00' + b'\\x01\\x01' * 1_000_000)
threading.Thread(target=serve).start()"""
    with Kernel(warm.launch, interrupt_seconds=1) as kernel:
        assert kernel.run(replace, 5).status == "ok"
        assert kernel.run("while True: pass", 0.5).status == "timeout" and not kernel.alive


def test_a_giant_message_is_not_read(warm, monkeypatch):
    monkeypatch.setattr(kernels, "LARGEST_MESSAGE", 2**20)
    with Kernel(warm.launch, interrupt_seconds=1) as kernel:
        outcome = kernel.run("display({'text/plain': 'x' * 10**7}, raw=True)", 5)
        assert len(told(outcome)) < 2**20 and outcome.seconds < 10


# One kernel and the next


def test_two_kernels_of_one_parent_do_not_see_each_other(warm):
    with Kernel(warm.launch) as one, Kernel(warm.launch) as two:
        one.run("open('left.txt', 'w').write('one')\nopen('/dev/shm/left', 'w').write('one')", 5)
        one.run("import subprocess; child = subprocess.Popen(['sleep', '60'])", 5)
        one.run("import socket\ns = socket.socket(socket.AF_UNIX); s.bind('\\0here'); s.listen()", 5)
        one.run("import math, builtins\nmath.pi = 3\nbuiltins.abs = lambda x: 7", 5)
        assert value(two, "import os\n[n for n in os.listdir() + os.listdir('/dev/shm') if 'left' in n]") == []
        assert sorted(value(two, "[int(n) for n in os.listdir('/proc') if n.isdigit()]")) == [1, 2]
        assert fails_with(two, "import socket; socket.socket(socket.AF_UNIX).connect('\\0here')")
        assert value(two, "import math\n[abs(-1), math.pi > 3]") == [1, True]
    with Kernel(warm.launch) as three:
        assert value(three, "import os\n[n for n in os.listdir() + os.listdir('/dev/shm') if 'left' in n]") == []
        assert value(three, "import math\n[abs(-1), math.pi > 3]") == [1, True]


@pytest.mark.timeout(120)
def test_what_one_learner_does_to_torch_the_next_does_not_find():
    patch = """
import torch
torch.softmax = lambda *a, **k: 'patched'
torch.set_default_dtype(torch.float64)
torch.nn.Linear(512, 512)(torch.ones(64, 512)).sum().backward()"""
    look = "import torch\n(torch.softmax(torch.zeros(2), 0).tolist(), str(torch.get_default_dtype()))"
    with Sandbox(preload=["torch"], limits=Limits()) as warm:
        with Kernel(warm.launch) as one:
            assert one.run(patch, 20).status == "ok"
        with Kernel(warm.launch) as two:
            assert value(two, look) == [[0.5, 0.5], "torch.float32"]
            # A product that several threads share works after the fork.
            assert value(two, "float((torch.ones(512, 512) @ torch.ones(512, 512)).sum())", 20) == 512**3


# The warm parent


def test_what_the_parent_has_imported_need_not_be_imported_again():
    with Sandbox(preload=["fractions"], limits=LIMITS) as fresh, Kernel(fresh.launch) as kernel:
        assert value(kernel, "import sys\n['fractions' in sys.modules, 'statistics' in sys.modules]") == [True, False]


def test_nothing_is_left_when_the_sandbox_is_closed(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    fresh = Sandbox(limits=LIMITS)
    parent = fresh._parent.process
    with Kernel(fresh.launch):
        pass
    fresh.close()
    assert parent.poll() is not None
    assert list(tmp_path.iterdir()) == []


def test_a_parent_that_died_is_started_anew(warm):
    fresh = Sandbox(limits=LIMITS)
    with Kernel(fresh.launch):
        pass
    fresh._parent.process.kill()
    fresh._parent.control.shutdown(socket.SHUT_RDWR)
    with Kernel(fresh.launch) as kernel:
        assert kernel.run("1", 5).status == "ok"
    fresh.close()


def end_everything_in(sandbox):
    """What the machine would do to a sandbox at its worst."""
    left = [sandbox._parent.process.pid]
    for pid in left:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            left += map(int, task.read_text().split())
    for pid in left:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("moment", ["cell 1 of 1", "two: two adds one"])
def test_a_sandbox_that_is_killed_in_the_middle_costs_nobody_a_point(three_tasks, moment):
    names = ("one", "two", "three")
    source = "\n".join(f"def {name}(number):\n    return number + 1" for name in names)
    killed = []

    def progress(doing):
        if doing == moment and not killed:
            killed.append(doing)
            end_everything_in(sandbox)

    with Sandbox(limits=LIMITS) as sandbox:
        report = Judge(three_tasks, 5, sandbox.launch).grade([source], progress)
    assert killed and [report.points(name) for name in names] == [1, 1, 1]
    assert [outcome.status for outcome in report.outcomes] == ["ok"]


def test_nothing_outlives_a_grader_that_is_killed(tmp_path):
    marker = f"orphan-{os.getpid()}"
    idle = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{marker}'])"
    )
    grader = f"""
import time
from lmgrade.isolation import NoSandbox, why_not
from lmgrade.kernels import Kernel
from lmgrade.sandbox import Sandbox
with Kernel(Sandbox().launch) as kernel:
    kernel.run({idle!r}, 5)
    print('running', flush=True)
    time.sleep(600)"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", grader]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
    assert process.stdout.readline() == "running\n"
    time.sleep(0.5)
    assert len(processes(marker)) >= 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert gone(marker)


def test_an_assignment_brings_what_it_allows_and_no_more(assignment_of):
    text = (
        "from lmgrade import Task\nALLOWED = ('lmcore.tokenization.pretokenization',)\n"
        "one = Task('one', reference=abs)\n@one.check(points=1, title='x')\ndef check(one):\n    return one(-1)\n"
    )
    made = assignment_of(text)
    with sandbox.for_folder(made.folder, made.allowed, LIMITS) as allowing, Kernel(allowing.launch) as kernel:
        source = "from lmcore.tokenization.pretokenization import pretokenize\nlist(pretokenize('a b'))"
        assert value(kernel, source) == ["a", " b"]
        for module in ("lmcore.tokenization.bpe_plain", "lmcore.attention", "lmcore.data"):
            assert "ModuleNotFoundError" in fails_with(kernel, f"import {module}")
        assert fails_with(kernel, "import lmcore.tokenization as t; open(t.__file__, 'a').write('x')")


# Machines where it does not work


def test_without_bubblewrap_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "apt-get install bubblewrap" in why_not()
    with pytest.raises(NoSandbox, match="apt-get install bubblewrap"):
        Sandbox()


def test_where_namespaces_are_forbidden_it_says_which_setting(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    said = why_not()
    assert "No permissions to create new namespace" in said
    assert any(word in said for word in ("sysctl", "podman", "ask whoever"))
    with pytest.raises(NoSandbox, match="No permissions"), Kernel(Sandbox().launch):
        pass


# As another user


@pytest.mark.timeout(280)
def test_all_this_holds_for_an_ordinary_user():
    if os.geteuid() != 0:
        pytest.skip("these tests are run by an ordinary user already, and only root can become one")
    user = 47110
    home = Path.home()
    # This machine as it is, but root's home is open to others as far as the interpreter and the course lie in it.
    needed = [Path(sys.base_prefix), Path(sys.prefix), ROOT]
    needed = sorted({path for path in needed if path.is_relative_to(home)})
    world = ["bwrap", "--dev-bind", "/", "/", "--perms", "0755", "--tmpfs", str(home)]
    for way in sorted({way for path in needed for way in path.parents if way != home and way.is_relative_to(home)}):
        world += ["--dir", str(way)]
    for path in needed:
        world += ["--ro-bind", str(path), str(path)]
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all"]
    pytest_of_theirs = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, user, user)
        environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
        environment |= {"HOME": folder, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        tests = [__file__, "-k", "not ordinary_user", f"--basetemp={folder}/tests"]
        command = [*world, "--chdir", str(ROOT), *become, *pytest_of_theirs, *tests]
        run = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    assert "skipped" not in run.stdout.splitlines()[-1]
