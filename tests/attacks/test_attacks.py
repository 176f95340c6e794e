"""A class of attackers, graded as an instructor grades: `nbgrader autograde` and `generate_feedback`, once for all.

The whole way is taken, since half of the attacks aim at what stands around the judge. Honest notebooks stand between
the attackers. The table of all outcomes is printed (``pytest -s``) and written to ``build/attacks.csv``.
"""

import base64
import csv
import ctypes
import os
import re
import resource
import shutil
import socket
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from lmgrade.isolation import why_not
from lmgrade.judge import fresh_seed
from lmgrade.oracle import Oracle
from lmgrade.probes import probe_text
from lmgrade.release import nbgrader, release
from lmgrade.tasks import load

from .submissions import HERE, NAME, TASKS, Submission, hand_in, read_all

ROOT = HERE.parents[1]
SITE = Path(sysconfig.get_path("purelib"))
MARKER = "attack-was-here"
HONEST_EVERY = 15
# Small limits make short tests; the attackers would use up larger ones just as well.
CONFIG = """
c.Judged.cell_seconds = 2
c.Judged.notebook_seconds = 15
c.Judged.seed = {seed}
c.Judged.limits = {{
    "memory": 700 * 2**20, "cpu_seconds": 20, "processes": 48, "open_files": 128,
    "file_size": 8 * 2**20, "scratch": 16 * 2**20, "output": 64 * 2**20,
}}
"""
# For one notebook beyond its own 15 seconds: starts and ends of kernels, on a machine with other things to do.
GRACE = 60.0
LARGEST_GRADER = 2 * 2**30

pytestmark = [
    pytest.mark.skipif(why_not() is not None, reason=f"no sandbox on this machine: {why_not()}"),
    pytest.mark.xdist_group("attacks"),
    pytest.mark.timeout(900),
]


@dataclass
class Graded:
    """The class after grading, and what was seen meanwhile."""

    course: Path
    students: dict[str, Submission]
    seed: int
    heard: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    feedback_seconds: float = 0.0
    largest: int = 0

    def page(self, student: str) -> str:
        """The feedback as a reader sees it: without tags, in which code is coloured word by word."""
        html = (self.course / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
        body = html[html.index("<body") :]
        return unescape(re.sub("<[^>]*>", "", body)).replace("\xa0", " ")

    def marks(self) -> dict[str, dict[str, float]]:
        with Gradebook(f"sqlite:///{self.course / 'gradebook.db'}") as gradebook:
            return {
                submission.student.id: {
                    grade.name.removeprefix("test-"): grade.auto_score
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                }
                for submission in gradebook.assignment_submissions(NAME)
            }


def attacks() -> list[Submission]:
    return read_all("cells") + read_all("files")


def line_up() -> dict[str, Submission]:
    """The class by student's name, in the order of grading: honest ones first, last, and after every few attackers."""
    honest = read_all("honest")
    row = [honest[-1]]
    for number, attack in enumerate(attacks(), start=1):
        row.append(attack)
        if number % HONEST_EVERY == 0:
            row.append(honest[number // HONEST_EVERY % len(honest)])
    row += honest
    return {f"{number:03d}-{submission.name}": submission for number, submission in enumerate(row)}


def snapshot(folder: Path, besides: tuple[str, ...] = ()) -> dict[str, tuple]:
    """Every file's size, rights and time of change; a folder's rights."""
    found = {}
    for top, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__" and os.path.join(top, name) not in besides]
        for name in [*folders, *names]:
            path = os.path.join(top, name)
            status = os.lstat(path)
            if path not in besides and not os.path.islink(path):
                times = () if os.path.isdir(path) else (status.st_size, status.st_mtime_ns)
                found[os.fsdecode(os.fsencode(path))] = (status.st_mode, *times)
    return found


def differences(before: dict, after: dict) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


class Listener:
    """Services of this machine that nobody may reach: TCP, UDP, an abstract Unix socket."""

    def __init__(self) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(f"\0attack-listener-{self.port}")
        self.unix.listen()

    def heard(self) -> list[str]:
        """Who has called since this was opened; closes it."""
        found = []
        for name, service in (("tcp", self.tcp), ("udp", self.udp), ("unix", self.unix)):
            with service:
                service.setblocking(False)
                try:
                    found.append(f"{name}: {service.recvfrom(100) if name == 'udp' else service.accept()}")
                except BlockingIOError:
                    continue
        return found


def adopt_orphans(yes: bool) -> None:
    """Make processes whose parents have ended children of this one, so that none escapes notice (prctl(2))."""
    ctypes.CDLL(None).prctl(36, int(yes), 0, 0, 0)


def children() -> set[int]:
    """This process's children that have not ended; the others are given a few seconds to do so."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = {int(p) for task in Path("/proc/self/task").iterdir() for p in (task / "children").read_text().split()}
        found = {pid for pid in found if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"}
        if not found:
            break
        time.sleep(0.1)
    return found


def marked_files(*folders: Path) -> list[str]:
    return [str(path) for folder in folders if folder.is_dir() for path in folder.glob(f"*{MARKER}*")]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    base = tmp_path_factory.mktemp("attacked")
    course, home, temporary = base / "course", base / "home", base / "tmp"
    shutil.copytree(HERE / "course", course, ignore=shutil.ignore_patterns("*.ipynb", "__pycache__"))
    shutil.copy(ROOT / "nbgrader_config.py", course)
    for folder in (home / ".ipython/profile_default/startup", home / ".jupyter", temporary):
        folder.mkdir(parents=True)
    (home / ".bashrc").write_text("# nothing yet\n")
    # Jupyter's own, at its first start.
    (home / ".jupyter/migrated").touch()
    seed = fresh_seed()
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(CONFIG.format(seed=seed))
    release(course, [NAME])

    listener = Listener()
    places = {"COURSE": str(course), "ROOT": str(ROOT), "SITE": str(SITE), "PORT": str(listener.port)}
    released = nbformat.read(course / "exercises" / NAME / f"{NAME}.ipynb", as_version=4)
    graded = Graded(course, line_up(), seed)
    for student, submission in graded.students.items():
        hand_in(submission, course / "submitted" / student / NAME, released, places)

    # What grading itself writes; time stamps that are none are deleted, links make way for folders.
    own = tuple(str(course / name) for name in ("autograded", "feedback", "gradebook.db", ".nbgrader.log"))
    own += tuple(map(str, course.glob(f"submitted/*-time_stamp_forged/{NAME}/timestamp.txt")))
    own += tuple(map(str, course.glob("submitted/*_linked_to_*")))
    watched = {"course": (course, own), "home": (home, ()), "packages": (SITE, ()), "temporary files": (temporary, ())}
    before = {name: snapshot(*where) for name, where in watched.items()}
    processes = children()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("TMPDIR", str(temporary))
        adopt_orphans(True)
        try:
            nbgrader("autograde", NAME, course=course)
            started = time.monotonic()
            nbgrader("generate_feedback", NAME, course=course)
            graded.feedback_seconds = time.monotonic() - started
            graded.left = [Path(f"/proc/{pid}/cmdline").read_text() for pid in children() - processes]
        finally:
            adopt_orphans(False)
    graded.changed = {name: differences(before[name], snapshot(*where)) for name, where in watched.items()}
    shared = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), Path.home(), SITE, course)
    graded.changed["marked files"] = marked_files(*shared)
    graded.heard = listener.heard()
    graded.largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    ended = [(course / "autograded" / student / NAME / f"{NAME}.ipynb").stat().st_mtime for student in graded.students]
    took = (later - earlier for earlier, later in pairwise(ended))
    graded.seconds = dict(zip(list(graded.students)[1:], took, strict=True))
    tell(graded)
    return graded


def tell(graded: Graded) -> None:
    """The table: what was tried, what it earned, how long it took."""
    marks = graded.marks()
    rows = [
        {
            "submission": submission.name,
            "tries": submission.tries,
            "must happen": submission.must_happen,
            "deserves": sum(submission.earns.values()),
            "earned": sum(marks[student].values()),
            "seconds": round(graded.seconds.get(student, 0), 1),
            "feedback": "; ".join(first_words(graded.page(student))),
        }
        for student, submission in graded.students.items()
    ]
    path = ROOT / "build" / "attacks.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        points, seconds = f"{row['earned']:3g} of {row['deserves']:g}", f"{row['seconds']:6.1f} s"
        print(f"{row['submission']:28}{points}{seconds}  {row['feedback'][:90]}")


def first_words(page: str) -> list[str]:
    """The different verdicts of a feedback page."""
    found = re.findall(r"(?:wrong|raised|no answer|too slow|kernel died|passed)(?=turns|stays|counts|averages)", page)
    refused = re.findall(r"Nothing could be graded: [^\n]{0,80}", page)
    return list(dict.fromkeys(refused[:1] or found))


def test_there_are_attacks_enough_and_each_says_what_it_tries():
    found = attacks()
    assert len(found) >= 50
    assert all(len(attack.tries) > 20 and len(attack.must_happen) > 10 for attack in found)
    assert len({attack.name for attack in found}) == len(found)


def test_everybody_has_the_points_they_earned_and_no_others(graded):
    marks = graded.marks()
    assert set(marks) == set(graded.students)
    wrong = {s: marks[s] for s, submission in graded.students.items() if marks[s] != submission.earns}
    assert not wrong


def test_honest_notebooks_get_full_marks_whoever_stands_before_and_after_them(graded):
    marks = graded.marks()
    honest = [student for student, submission in graded.students.items() if submission.path.parent.name == "honest"]
    assert len(honest) >= 5 and honest[0] == min(graded.students) and honest[-1] == max(graded.students)
    assert {student: marks[student] for student in honest} == dict.fromkeys(honest, TASKS)


def test_the_feedback_says_what_happened(graded):
    silent = {
        student: [said for said in submission.says if said not in graded.page(student)]
        for student, submission in graded.students.items()
    }
    assert not {student: said for student, said in silent.items() if said}


def test_every_point_that_was_not_earned_has_a_reason(graded):
    for student, submission in graded.students.items():
        page = graded.page(student)
        lost = sum(TASKS.values()) - sum(submission.earns.values())
        assert not lost or set(first_words(page)) - {"passed"}, student


def test_the_feedback_shows_no_expected_value_and_no_hidden_test(graded):
    assignment = load(NAME, graded.course)
    oracle = Oracle(assignment, graded.seed)
    secrets = {'lmgrade.grade("small", "softmax")\n###', "HIDDEN TESTS\nimport"}
    for task in assignment.tasks.values():
        for check in task.checks:
            secrets |= {line.strip() for line in probe_text(check.probe).splitlines() if len(line.strip()) > 20}
            value = oracle.expected(task, check)["value"]
            secrets.add(f"{value:.6f}" if isinstance(value, float) else str(value))
    secrets.discard("def hidden_average(mean):")
    shown = {student: [secret for secret in secrets if secret in graded.page(student)] for student in graded.students}
    assert not {student: found for student, found in shown.items() if found}


def test_the_feedback_shows_no_hidden_test_in_disguise(graded):
    tasks = load(NAME, graded.course).tasks.values()
    disguised = {"base64": "", "hex": "", "numbers": "", "number": "", "names": ""}
    for probe in (probe_text(check.probe).encode() for task in tasks for check in task.checks):
        beginning = probe[:24]
        disguised["base64"] = base64.b64encode(beginning).decode()
        disguised["hex"] = beginning.hex()
        disguised["numbers"] = ", ".join(map(str, beginning[:8]))
        disguised["number"] = str(int.from_bytes(probe[:40]))[:20]
        disguised["names"] = ".".join(f"_{letter}" for letter in beginning[:8])
        for student in graded.students:
            page = graded.page(student)
            assert not {how: text for how, text in disguised.items() if text in page}, student


def test_the_feedback_shows_no_place_on_the_graders_machine(graded):
    # What an attacker wrote into the notebook stands there; what the machine added must not.
    places = {str(ROOT), str(SITE), sys.prefix, tempfile.gettempdir() + "/lmgrade-", str(graded.course)}
    shown = {}
    for student, submission in graded.students.items():
        page = graded.page(student)
        if "@" not in submission.path.read_text():
            shown[student] = [place for place in places if place in page]
    assert not {student: found for student, found in shown.items() if found}


def test_no_script_of_a_learner_is_in_the_feedback(graded):
    for student in graded.students:
        html = (graded.course / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
        body = html[html.index("<body") :]
        for script in ("<script>alert", "<img src=x", "<script>document", 'href="javascript:', "<style>body {display"):
            assert script not in body, student


def test_nothing_was_written_outside_the_scratch_folders(graded):
    assert not {where: paths for where, paths in graded.changed.items() if paths}


def test_nothing_reached_a_service_of_this_machine(graded):
    assert graded.heard == []


def test_no_process_was_left_behind(graded):
    assert graded.left == []


def test_every_notebook_was_graded_in_bounded_time_and_memory(graded):
    assert not {student: seconds for student, seconds in graded.seconds.items() if seconds > 15 + GRACE}
    assert graded.feedback_seconds < len(graded.students)
    assert graded.largest < LARGEST_GRADER


def test_only_the_feedback_comes_back(graded):
    for student in graded.students:
        names = {path.name for path in (graded.course / "feedback" / student).rglob("*") if path.is_file()}
        assert names <= {f"{NAME}.html", "timestamp.txt"}, student
