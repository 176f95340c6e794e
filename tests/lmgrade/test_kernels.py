"""A learner's process: told what to run and for how long, whatever it does."""

import json
import os
import time
from pathlib import Path

import pytest

from lmgrade import kernels
from lmgrade.kernels import Kernel


@pytest.fixture(scope="module")
def kernel():
    """One process for all tests that leave it in order."""
    with Kernel(interrupt_seconds=2) as kernel:
        yield kernel


def told(outcome):
    """What a cell's last expression or print came to."""
    return "".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outcome.outputs)


def ends(pid, seconds=3):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_names_live_on_from_cell_to_cell_and_outputs_do_not(kernel):
    assert kernel.run("number = 7; print('printed')", 5).status == "ok"
    outcome = kernel.run("number", 5)
    assert (outcome.status, told(outcome)) == ("ok", "7")


def test_an_empty_cell_is_run_and_says_nothing(kernel):
    for source in ("", "\n  \n", "# remark"):
        outcome = kernel.run(source, 5)
        assert (outcome.status, outcome.outputs) == ("ok", [])


@pytest.mark.parametrize(
    "source",
    ["1 / 0", "def", "raise SystemExit", "import sys; sys.exit(3)", "raise KeyboardInterrupt", "'a\0b'", "%nothing"],
)
def test_an_exception_is_an_outcome_and_the_kernel_lives(kernel, source):
    outcome = kernel.run(source, 5)
    assert outcome.status == "error" and kernel.alive
    assert told(kernel.run("1 + 1", 5)) == "2"


def test_an_error_whose_message_is_held_back_is_an_error():
    with Kernel() as kernel:
        kernel.run("get_ipython().showtraceback = get_ipython()._showtraceback = lambda *a, **k: None", 5)
        outcome = kernel.run("1 / 0", 5)
    assert outcome.status == "error" and "was not shown" in outcome.outputs[-1].evalue


def test_a_giant_message_is_not_read(monkeypatch):
    monkeypatch.setattr(kernels, "LARGEST_MESSAGE", 2**20)
    with Kernel(interrupt_seconds=1) as kernel:
        outcome = kernel.run("display({'text/plain': 'x' * 10**7}, raw=True)", 5)
    assert len(told(outcome)) < 2**20 and outcome.seconds < 10


SEND = """
kernel = get_ipython().kernel
PACK = kernel.session.pack
kernel.session.pack = lambda data: b"[" + b"[]," * {count} + b"[]]" if data == {{"a": "bomb"}} else PACK(data)
kernel.session.send(kernel.iopub_socket, "display_data", {content}, parent={parent}, ident=b"x")
kernel.session.pack = PACK
"""


@pytest.mark.parametrize(
    "content, parent", [("{'a': 'bomb'}", "kernel.get_parent()"), ("{}", "{'header': {'a': 'bomb'}}")]
)
def test_a_message_of_very_many_pieces_is_not_read(kernel, content, parent):
    read = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "json_unpacker", lambda part: read.append(len(part)) or json.loads(part))
        outcome = kernel.run(SEND.format(count=500_001, content=content, parent=parent) + "print('after')", 10)
    assert outcome.status == "ok" and told(outcome).endswith("after\n") and max(read) < 10**5
    assert told(kernel.run(f"print(',' * {kernels.MOST_PIECES + 1})", 10)) == kernels.TOO_MANY_PIECES["text"]
    assert len(told(kernel.run(f"print(',' * {kernels.MOST_PIECES // 2})", 10))) > kernels.MOST_PIECES // 2


def test_a_warning_on_stderr_is_no_error(kernel):
    assert kernel.run("import sys; print('careful', file=sys.stderr)", 5).status == "ok"


def test_input_does_not_wait_for_anybody(kernel):
    outcome = kernel.run("input('name? ')", 5)
    assert outcome.status == "error" and outcome.outputs[-1].ename == "StdinNotImplementedError"


@pytest.mark.parametrize("seconds", [0.3, 1])
def test_time_is_up_to_a_fraction_of_a_second_and_the_kernel_can_be_used_again(kernel, seconds):
    started = time.monotonic()
    outcome = kernel.run("print('before', flush=True)\nwhile True: pass", seconds)
    assert outcome.status == "timeout" and kernel.alive
    assert seconds <= time.monotonic() - started < seconds + 3
    assert told(kernel.run("1 + 1", 5)) == "2"


@pytest.mark.parametrize("seconds", [0, -1.0])
def test_without_time_nothing_is_run(kernel, seconds):
    kernel.run("ran = False", 5)
    outcome = kernel.run("ran = True", seconds)
    assert (outcome.status, outcome.outputs) == ("not run", [])
    assert told(kernel.run("ran", 5)) == "False"


def test_what_a_cell_says_after_its_time_is_not_taken_for_the_next_cells(kernel):
    late = "import time\ntry:\n    time.sleep(30)\nexcept KeyboardInterrupt:\n    print('late')\n'late too'"
    assert kernel.run(late, 0.3).status == "timeout"
    assert told(kernel.run("'on time'", 5)) == "'on time'"


def test_a_display_that_a_later_cell_updates_spoils_neither(kernel):
    first = kernel.run("handle = display('first', display_id=True)", 5)
    second = kernel.run("print('second')\nhandle.update('updated')", 5)
    assert (first.status, told(first)) == ("ok", "'first'")
    assert (second.status, told(second)) == ("ok", "second\n")
    assert set(second.outputs[0]) == {"output_type", "name", "text"}
    within = kernel.run("handle = display('a', display_id=True)\nhandle.update('b')", 5)
    assert told(within) == "'b'"


def test_outputs_are_kept_up_to_a_limit_and_the_answer_of_the_next_cell_is_not_lost(kernel, monkeypatch):
    monkeypatch.setattr(kernels, "MOST_OUTPUT", 100_000)
    outcome = kernel.run("for number in range(50):\n    display('x' * 10_000)", 10)
    # Whatever it was that is left out, an error for all we know: the cell cannot count as one that ran well.
    assert outcome.status == "error" and "the rest was left out" in outcome.outputs[-1].evalue
    assert 50_000 < len(told(outcome)) <= 100_000
    assert len(kernel.run("for number in range(1000):\n    display(number)", 20).outputs) <= 100
    assert told(kernel.run("1 + 1", 5)) == "2"


BROKEN_MESSAGES = """
kernel = get_ipython().kernel
def say(kind, content, **other):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent(), **other)
say("display_data", {})
say("display_data", {"data": 7, "metadata": [], "transient": "x"})
say("stream", {"name": 7})
say("stream", {"text": {}, "name": "stdout"})
say("error", {})
say("update_display_data", {"transient": {"display_id": ["x"]}})
say("clear_output", {})
say("comm_open", {})
say("comm_msg", {"comm_id": "x", "data": None})
say("nonsense", {})
say("status", {})
display({"text/plain": {"no": "text"}}, raw=True)
print("after")
"""


def test_messages_that_break_the_protocol_are_dropped(kernel):
    outcome = kernel.run(BROKEN_MESSAGES, 5)
    assert outcome.status == "ok" and told(outcome) == "after\n"


def test_a_kernel_that_sends_garbage_is_given_up_and_nothing_is_raised(caplog):
    with Kernel() as kernel:
        outcome = kernel.run("get_ipython().kernel.iopub_socket.send_multipart([b'x', b'garbage'])", 5)
        assert outcome.status == "dead" and not kernel.alive
    assert "A kernel was given up" in caplog.text


WHISPER = """
import threading, time
send, kernel = get_ipython().kernel.session.send, get_ipython().kernel
def whisper():
    while True:
        send(kernel.iopub_socket, "stream", {"name": "stdout", "text": "."}, {"msg_id": "nobody"})
        time.sleep(0.02)
kernel.session.send = lambda stream, kind, *other, **more: kind != "status" and send(stream, kind, *other, **more)
threading.Thread(target=whisper, daemon=True).start()
"""


def test_a_process_that_whispers_for_ever_is_given_up():
    with Kernel(interrupt_seconds=1) as kernel:
        kernel.run(WHISPER, 5)
        started = time.monotonic()
        assert kernel.run("while True: pass", 0.5).status in ("timeout", "not run")
        assert time.monotonic() - started < 20 and not kernel.alive


def test_after_a_giant_message_the_next_cell_is_heard(monkeypatch):
    monkeypatch.setattr(kernels, "LARGEST_MESSAGE", 2**20)
    with Kernel(interrupt_seconds=5) as kernel:
        assert kernel.run("display({'text/plain': 'x' * 2**22}, raw=True)", 20).status == "timeout"
        assert told(kernel.run("1 + 1", 5)) == "2"


def test_a_process_that_ends_is_dead_and_later_cells_are_not_run():
    with Kernel() as kernel:
        assert kernel.run("import os; os._exit(1)", 10).status == "dead"
        assert not kernel.alive
        assert kernel.run("1", 5).status == "not run"


SEES = """
import json, os, sys
json.dumps({
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "files": [name for name in os.listdir() if name != ".ipython" and not name.startswith(".kernel-")],
    "modules": sorted(sys.modules),
    "arguments": sys.argv,
    "pid": os.getpid(),
})
"""


def test_a_kernel_sees_an_empty_home_and_nothing_of_the_graders_environment(monkeypatch, capfd):
    monkeypatch.setenv("GRADER_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/secret")
    monkeypatch.setenv("PYTHONSTARTUP", "/secret")
    with Kernel() as kernel:
        sees = json.loads(eval(told(kernel.run(SEES, 5))))
        kernel.run("import os; os.write(1, b'to the terminal'); os.write(2, b'to the terminal')", 5)
        kernel.run("import subprocess; subprocess.run('echo to the terminal >&2; echo to the terminal', shell=True)", 5)
    environment = sees["environment"]
    assert not any("secret" in value for value in environment.values())
    allowed = {"HOME", "TMPDIR", "IPYTHONDIR", "MPLBACKEND", "OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE"}
    # jupyter_client and ipykernel add their own.
    added = {name for name in environment if name.startswith(("JPY_", "PYDEVD_")) or name in ("TERM", "CLICOLOR")}
    added |= {"PAGER", "GIT_PAGER", "CLICOLOR_FORCE", "FORCE_COLOR", "NO_COLOR", "LC_CTYPE"} & set(environment)
    assert set(environment) - added <= allowed | set(kernels.KEPT_VARIABLES)
    assert environment["HOME"] == sees["folder"] == environment["TMPDIR"]
    assert sees["files"] == []
    assert not [name for name in sees["modules"] if name.split(".")[0] in ("lmgrade", "lmcore", "nbgrader", "pytest")]
    assert not os.path.exists(sees["folder"]), "the folder is left behind"
    assert ends(sees["pid"])
    written = capfd.readouterr()
    assert "to the terminal" not in written.out + written.err


def test_no_port_is_open_to_other_processes():
    with Kernel() as kernel:
        assert kernel._manager.transport == "ipc"
        sockets = told(kernel.run("import glob, os; print([os.stat(p).st_mode & 0o77 for p in ['.']])", 5))
    assert sockets == "[0]\n", "others can look into the folder of the sockets"


def test_children_end_with_the_kernel_also_when_it_hangs():
    with Kernel(interrupt_seconds=1) as kernel:
        pid = int(told(kernel.run("import subprocess\nchild = subprocess.Popen(['sleep', '60'])\nchild.pid", 5)))
        stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
        assert kernel.run(stubborn, 0.5).status == "timeout"
        assert not kernel.alive
    assert ends(pid)


def test_a_launcher_that_fails_says_so():
    def broken():
        raise RuntimeError("no kernel here")

    with pytest.raises(RuntimeError, match="no kernel here"), Kernel(broken):
        pass
