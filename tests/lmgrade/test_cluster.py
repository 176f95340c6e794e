"""``python -m lmgrade class --scheduler``: dask workers, each a process of its own, judge a class; some of them die."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from nbgrader.api import Gradebook

from lmgrade import cluster, on_worker
from lmgrade.__main__ import main
from lmgrade.cluster import Cluster
from lmgrade.isolation import why_not
from lmgrade.judgement import Conditions
from lmgrade.pool import Lost, NotStarted

pytestmark = [pytest.mark.xdist_group("cluster"), pytest.mark.timeout(300)]
needs_sandbox = pytest.mark.skipif(why_not() is not None, reason=f"no sandbox on this machine: {why_not()}")

ROOT = Path(cluster.__file__).resolve().parents[1]
SLOW = "import time\ntime.sleep(1)\ndef double_all(n): return [2 * x for x in n]"
RIGHT = ["def double_all(n): return [2 * x for x in n]", "def letters(text): return {c: text.count(c) for c in text}"]
# From a kernel without a sandbox: its judge, the server that the judge was forked from, the dask worker.
KILLS = """\
import os, signal

def parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

os.kill(parent(parent(os.getppid())), signal.SIGKILL)
"""
FULL = {"test-double-all": 2, "test-letters": 2}


class Machines:
    """A scheduler and workers, each a process of dask's own command. They outlive a test."""

    def __init__(self, folder, course):
        self.folder, self.course, self.processes = folder, course, []
        (folder / "hasty.py").write_text("from lmgrade import on_worker\non_worker.IDLE = 2.0\n")
        known = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port=0", f"--scheduler-file={known}")
        self.address = wait_for(lambda: known.exists() and json.loads(known.read_text() or "{}").get("address"))
        self.workers = []

    def worker(self, *arguments, course=None):
        preload = f"--preload={self.folder / 'hasty.py'}"
        arguments = ("--nthreads=1", preload, f"--local-directory={self.folder}", *arguments)
        return self._start("worker", self.address, *arguments, LMGRADE_COURSE=str(course or self.course))

    def plain(self, count):
        """So many workers without a nanny, which would start them again."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < count:
            self.workers.append(self.worker("--no-nanny"))
        return self.workers

    def _start(self, *command, **environment):
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        log = (self.folder / f"{len(self.processes)}.log").open("w")
        command = [sys.executable, "-m", "dask", *command, "--host=127.0.0.1", "--no-dashboard"]
        environment = os.environ | {"PYTHONPATH": path} | environment
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=environment)
        self.processes.append(process)
        return process


@contextlib.contextmanager
def machines_in(folder, course):
    made = Machines(folder, course)
    try:
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def machines(released_course, tmp_path_factory):
    with machines_in(tmp_path_factory.mktemp("machines"), released_course) as made:
        yield made


@pytest.fixture
def conditions(course):
    return Conditions(str(course / "solutions/counting"), 7, sandbox=why_not() is None)


def wait_for(found, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} seconds")


def started(course, *arguments):
    """The command in a process of its own."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "lmgrade", "class", "counting", *arguments]
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.Popen(command, cwd=course, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def marks(course):
    """The points given by machine, by student and cell."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            s.student.id: {g.name: g.auto_score for n in s.notebooks for g in n.grades if g.cell.cell_type == "code"}
            for s in gradebook.assignment_submissions("counting")
        }


def judged(course):
    folder = course / "judgements/counting/judged"
    return {path.parent.name: path.read_bytes() for path in folder.glob("*/counting.json")}


def judging(worker):
    """The judges that a worker has for a run."""
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process(worker.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                # Forked by a server of the worker's, which stays.
                if all("forkserver" in " ".join(one.cmdline()) for one in (process, process.parent())):
                    found.append(process)
    return found


def test_two_machines_give_the_judgements_of_one_byte_for_byte(course, submit, grade, machines, tmp_path, monkeypatch):
    machines.plain(1)
    nanny = machines.worker("--nthreads=2")  # under dask's nanny, as dask's command has it
    submit("ada", question="Seven.")
    submit("broken", b'{"cells": [')
    submit("exits", letters="def letters(text):\n    import os\n    os._exit(1)")
    submit("half", double_all="def double_all(n):\n    return [x + 2 for x in n]")
    submit("loud", double_all="1 / 0", letters="import sys\nprint('one', chr(0xdcff))\nprint('two', file=sys.stderr)")
    for number in range(5):
        submit(f"slow-{number}", double_all=SLOW)
    alone = tmp_path / "alone"
    shutil.copytree(course, alone)
    with monkeypatch.context() as patch:
        # Nothing of a learner's runs here: this machine needs no sandbox, and nothing is judged on it.
        patch.setattr("lmgrade.pool.Pool", None)
        patch.setattr("lmgrade.nbgrader_plugin.why_not", lambda: "no sandbox here")
        patch.setattr("lmgrade.isolation.why_not", lambda: "no sandbox here")
        status, said = grade("--seed=7", f"--scheduler={machines.address}")
    assert status == 0 and "10 (10 graded now)" in said
    assert f" of {machines.address}" in said
    wait_for(lambda: not any(map(judging, machines.processes)), 60)
    nanny.terminate()
    monkeypatch.chdir(alone)
    assert main(["class", "counting", "--seed=7"]) == 0
    assert len(judged(course)) == 9
    assert judged(course) == judged(alone)
    assert marks(course) == marks(alone)
    assert marks(course)["slow-0"] == FULL


def test_killed_in_the_middle_it_leaves_nothing_running_and_goes_on_where_it_was(course, submit, grade, machines):
    (worker,) = machines.plain(1)
    for number in range(5):
        submit(f"student-{number}", double_all=SLOW)
    process = started(course, f"--scheduler={machines.address}")
    wait_for(lambda: len(judged(course)) >= 2)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = judged(course)
    assert judging(worker)
    wait_for(lambda: not judging(worker), 60)
    assert grade(f"--scheduler={machines.address}")[0] == 0
    after = judged(course)
    assert {student: after[student] for student in before} == before
    assert len({json.loads(judgement)["seed"] for judgement in after.values()}) == 1
    assert marks(course) == {f"student-{number}": FULL for number in range(5)}


def test_what_a_killed_worker_had_is_judged_by_another(course, submit, machines):
    workers = machines.plain(2)
    for number in range(6):
        submit(f"student-{number}", double_all=SLOW)
    process = started(course, f"--scheduler={machines.address}")
    wait_for(lambda: len(judged(course)) >= 2)
    wait_for(lambda: next(filter(judging, workers), None)).send_signal(signal.SIGKILL)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and b"ended while" not in said and b"with 2 workers" in said
    assert marks(course) == {f"student-{number}": FULL for number in range(6)}


def test_a_notebook_that_kills_two_workers_is_lost_and_the_others_are_judged(conditions, machines):
    machines.plain(3)
    unprotected = Conditions(conditions.folder, 7, sandbox=False)
    outcomes = {}

    def judge(name, cells):
        try:
            outcomes[name] = pool.judge(cells)["verdicts"]["letters"][0]["status"]
        except Lost as error:
            outcomes[name] = str(error)

    with Cluster(unprotected, machines.address) as pool:
        threads = [threading.Thread(target=judge, args=(f"good-{number}", RIGHT)) for number in range(3)]
        threads.append(threading.Thread(target=judge, args=("kills", [KILLS, *RIGHT])))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {name: outcomes[name] for name in outcomes if name != "kills"} == {f"good-{n}": "passed" for n in range(3)}
    assert outcomes["kills"].count("tcp://") == 2 and "ended while they judged it" in outcomes["kills"]


def test_a_worker_that_would_judge_otherwise_is_not_used_and_one_that_comes_later_is(
    course, conditions, released_course, tmp_path
):
    other = tmp_path / "other"
    shutil.copytree(course, other)
    tasks = other / "solutions/counting/tasks.py"
    tasks.write_text(tasks.read_text().replace("2 * number", "3 * number"))
    (other / "solutions/counting/more.py").touch()
    said, answers = [], []
    with machines_in(tmp_path, released_course) as machines:
        machines.worker("--no-nanny", course=other)
        with Cluster(conditions, machines.address, said.append, patience=240) as pool:
            asking = threading.Thread(target=lambda: answers.append(pool.judge(RIGHT)))
            asking.start()
            wait_for(lambda: any("not used" in line for line in said))
            assert not answers
            machines.plain(1)
            asking.join()
            assert answers[0]["seed"] == 7
            # And without its scheduler the run ends, not without a word.
            threading.Timer(1, machines.scheduler.kill).start()
            with pytest.raises(NotStarted, match="the same command goes on"):
                pool.judge(["import time\ntime.sleep(20)"])
    (line,) = (line for line in said if "not used" in line)
    assert "worker tcp://127.0.0.1:" in line and str(other) in line and "up to date" in line
    assert "counting/more.py is only there, counting/tasks.py differs" in line


def test_without_workers_it_says_what_to_start(conditions, tmp_path, released_course):
    said = []
    with machines_in(tmp_path, released_course) as machines:
        with (
            Cluster(conditions, machines.address, said.append, patience=6) as pool,
            pytest.raises(NotStarted) as raised,
        ):
            pool.judge(RIGHT)
        assert f"`dask worker {machines.address}`" in str(raised.value) and "6 seconds" in str(raised.value)
        assert said == [f"waiting for workers of {machines.address}"]


@pytest.fixture
def asked(conditions, course, monkeypatch):
    """A function that asks a worker of this process, in the course's folder, and returns why it refused."""
    monkeypatch.chdir(course)
    terms = {"assignment": "counting", "settings": conditions.settings, "unseeded": conditions.unseeded, "seats": 1}

    def ask():
        monkeypatch.setattr(on_worker.pool, "Pool", lambda *arguments: pytest.fail("it judged"))
        answer = json.loads(on_worker.judge("a run", terms, RIGHT))
        assert str(os.getcwd()) in answer["place"]
        return answer["refused"]

    return ask


def test_a_worker_that_finds_no_course_refuses(asked, tmp_path, monkeypatch):
    (tmp_path / "nowhere").mkdir()
    monkeypatch.chdir(tmp_path / "nowhere")
    assert "no folder solutions/" in asked() and "LMGRADE_COURSE" in asked()


def test_a_worker_whose_code_has_changed_since_it_was_started_refuses(asked, monkeypatch):
    monkeypatch.setattr(on_worker, "IMPORTED", {**on_worker.IMPORTED, "lmgrade/judge.py": "as it was"})
    assert "changed since it was started" in asked()


@needs_sandbox
def test_a_worker_that_can_have_no_sandbox_refuses(asked, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "bubblewrap is not installed" in asked()


def test_an_address_where_nothing_answers_is_named(course, submit, grade, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    submit("ada")
    for address in ("tcp://127.0.0.1:1", "nonsense://here"):
        status, said = grade(f"--scheduler={address}")
        assert status == 2 and f"no dask scheduler can be reached at {address}" in said
    status, said = grade("--scheduler=tls://127.0.0.1:1")
    assert status == 2 and "for tls://127.0.0.1:1 dask has no certificates" in said
    status, said = grade("--scheduler=tcp://127.0.0.1:1", "--workers=2")
    assert status == 2 and "--workers counts processes of this machine" in said


def test_a_class_on_one_machine_does_not_wait_for_dask():
    program = "import sys, lmgrade.__main__, lmgrade.class_run; print({'dask', 'distributed'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
