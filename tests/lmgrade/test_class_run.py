"""``python -m lmgrade class``: a small class, graded side by side, killed, graded again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from lmgrade import pool
from lmgrade.__main__ import main
from lmgrade.isolation import why_not
from lmgrade.release import nbgrader

pytestmark = pytest.mark.xdist_group("nbgrader")
needs_sandbox = pytest.mark.skipif(why_not() is not None, reason=f"no sandbox on this machine: {why_not()}")

HALF = "def double_all(n):\n    return [x + 2 for x in n]"
EXITS = "def letters(text):\n    import os\n    os._exit(1)"
FULL = {"test-double-all": 2, "test-letters": 2}
NOTHING = {"test-double-all": 0, "test-letters": 0}


def marks(course, student):
    """The points given by machine, by cell; None for a student without any."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        if student not in [s.student.id for s in gradebook.assignment_submissions("counting")]:
            return None
        (notebook,) = gradebook.find_submission("counting", student).notebooks
        return {grade.name: grade.auto_score for grade in notebook.grades if grade.cell.cell_type == "code"}


def everything(course):
    """All that the gradebook says of marks."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            (s.student.id, g.name): (g.auto_score, g.manual_score, g.needs_manual_grade, g.max_score)
            for s in gradebook.assignment_submissions("counting")
            for n in s.notebooks
            for g in n.grades
        }


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_a_process(course, *arguments, code="from lmgrade.__main__ import main"):
    """The command in a process of its own, which may be killed."""
    program = f"import sys\nif __name__ == '__main__':\n    {code}\n    sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "class", "counting", *arguments]
    root = str(Path(pool.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((root, os.environ.get("PYTHONPATH", "")))}
    return subprocess.Popen(command, cwd=course, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_everybody_has_the_marks_and_the_notebook_that_nbgrader_autograde_gives(
    course, submit, grade, tmp_path, monkeypatch
):
    submit("ada", question="Seven.")
    submit("blank", double_all="raise NotImplementedError", letters="raise NotImplementedError")
    submit("broken", b'{"cells": [')
    submit("exits", letters=EXITS)
    submit("half", double_all=HALF)
    submit("loud", double_all="1 / 0\n" + HALF, letters="print('x' * 10**5)")
    submit("misnamed").joinpath("counting.ipynb").rename(course / "submitted/misnamed/counting/other.ipynb")
    submit("tampered", test_letters="2")
    alone = tmp_path / "alone"
    shutil.copytree(course, alone)
    nbgrader("autograde", "counting", "--Judged.seed=7", course=alone)
    # All is judged by the pool, nothing while nbgrader writes.
    monkeypatch.setattr("lmgrade.nbgrader_plugin.judgement_of", None)
    status, said = grade("--seed", "7", "--workers", "3")
    assert status == 0
    assert everything(course) == everything(alone)
    assert len(everything(course)) == 8 * 3
    assert files(course / "autograded") == files(alone / "autograded")
    assert "8 (8 graded now)" in said and "with 3 workers" in said
    lines = {line.split(":")[0]: line for line in said.splitlines() if ": " in line}
    assert "refused" in lines["broken"] and "kernel died" in lines["exits"] and "other.ipynb" in lines["misnamed"]
    assert not {"ada", "blank", "half", "loud"} & set(lines)


def test_a_folder_without_a_notebook_gets_its_0(course, submit, grade):
    submit("ada")
    (submit("empty") / "counting.ipynb").unlink()
    assert grade()[0] == 0
    assert marks(course, "empty") == NOTHING and marks(course, "ada") == FULL


def test_a_folder_that_is_a_link_gets_its_0_and_nothing_behind_it_changes(course, submit, grade, tmp_path):
    ada = submit("ada")
    (ada / "timestamp.txt").write_text("not one of mine")
    for student, target in {"ape": ada, "loop": "counting", "outside": tmp_path, "lost": "nowhere"}.items():
        (course / "submitted" / student).mkdir()
        (course / "submitted" / student / "counting").symlink_to(target)
    (course / "submitted/twin").symlink_to("ada")
    behind = tmp_path / "link"
    behind.symlink_to("anywhere")
    status, said = grade()
    assert status == 0 and behind.is_symlink() and marks(course, "ada") == FULL
    for student in ("ape", "loop", "lost", "outside", "twin"):
        assert marks(course, student) == NOTHING
        assert f"{student}: refused: what was handed in is a link" in said
    # Graded again, it says the same.
    assert grade("--force")[0] == 0 and marks(course, "twin") == NOTHING


def test_killed_in_the_middle_and_started_again_it_goes_on_where_it_was(course, submit, grade):
    students = [f"student-{number}" for number in range(6)]
    for student in students:
        submit(student, double_all="import time\ntime.sleep(1)\n" + "def double_all(n): return [2 * x for x in n]")
    process = in_a_process(course, "--workers", "1")
    judged = course / "judgements/counting/judged"
    deadline = time.monotonic() + 90
    while len(list(judged.glob("*/counting.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = [marks(course, student) for student in students]
    assert all(mark in (FULL, None) for mark in found) and None in found
    before = {path: path.stat().st_mtime_ns for path in judged.glob("*/counting.json")}
    seed = json.loads((course / "judgements/counting/run.json").read_text())["seed"]
    status, said = grade()
    assert status == 0 and f"seed {seed}" in said
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert [marks(course, student) for student in students] == [FULL] * 6
    seeds = {json.loads(path.read_text())["seed"] for path in judged.glob("*/counting.json")}
    assert seeds == {seed}


def test_stopped_by_hand_it_says_how_to_go_on(course, submit):
    submit("ada", double_all="import time\ntime.sleep(20)")
    process = in_a_process(course)
    while process.poll() is None and b"inputs drawn" not in process.stdout.readline():
        pass
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 130 and b"the same command goes on" in said


@pytest.mark.parametrize("at", ["preprocessors.SaveAutoGrades._add_comment", "preprocessors.AssignLatePenalties"])
def test_killed_between_two_cells_a_student_has_all_old_marks_or_all_new_ones(course, submit, grade, at):
    submit("ada", double_all=HALF, letters="raise NotImplementedError")
    grade("--seed", "7")
    old = marks(course, "ada")
    submit("ada")
    method = at if at.count(".") == 2 else f"{at}.preprocess"
    owner, name = method.split(".")[1:]
    code = f"import os, nbgrader.preprocessors as p; from lmgrade.__main__ import main; p.{owner}.{name} = "
    process = in_a_process(course, "--yes", code=code + "lambda *a: os.kill(os.getpid(), 9)")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert marks(course, "ada") == old != FULL
    assert grade("--yes")[0] == 0
    assert marks(course, "ada") == FULL


def test_what_has_not_changed_is_left_alone_and_what_has_is_judged_anew(course, submit, grade):
    submit("ada")
    submit("bob", double_all=HALF)
    grade()
    saved = {name: content for name, content in files(course / "judgements").items() if "judged" in name}
    assert "2 are graded and have not changed" in grade()[1]
    assert {n: c for n, c in files(course / "judgements").items() if "judged" in n} == saved
    submit("bob")
    _, said = grade("--yes")
    assert "1 submissions" in said and "1 are graded" in said
    assert marks(course, "bob") == FULL
    tasks = course / "solutions/counting/tasks.py"
    tasks.write_text(tasks.read_text().replace("2 * number", "3 * number"))
    _, said = grade("--yes")
    assert "2 submissions" in said
    assert marks(course, "ada") != FULL


def test_the_same_seed_gives_the_same_bytes(course, submit, grade):
    submit("ada", letters="import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')\n1 / 0")
    submit("half", double_all=HALF)
    grade("--seed", "5")
    judged, autograded = files(course / "judgements/counting/judged"), files(course / "autograded")
    assert len(judged) == 2
    grade("--seed", "6", "--force", "--yes")
    assert files(course / "judgements/counting/judged") != judged
    grade("--seed", "5", "--force", "--yes")
    assert files(course / "judgements/counting/judged") == judged
    assert files(course / "autograded") == autograded


def test_regrading_shows_what_would_change_and_saves_nothing_when_declined(course, submit, grade):
    submit("ada")
    submit("bob", double_all=HALF)
    grade("--seed", "5")
    before, notebooks = everything(course), files(course / "autograded")
    submit("ada", double_all=HALF)
    submit("cyn")
    status, said = grade("--seed", "5", answer="n")
    assert status == 1 and "Marks that change" in said and "test-double-all" in said and "Nothing" in said
    assert all(everything(course)[mark] == was for mark, was in before.items())
    assert {name: files(course / "autograded")[name] for name in notebooks} == notebooks
    assert marks(course, "cyn") == FULL  # who had no marks has some now
    status, said = grade("--seed", "5", answer="y")
    assert status == 0 and "2 are graded" in said
    assert marks(course, "ada") == {"test-double-all": 1, "test-letters": 2}
    _, said = grade("--seed", "5", "--force")
    assert "3 had marks already, and none of them changes" in said


def test_points_given_by_hand_stay(course, submit, grade):
    submit("ada", question="Seven.")
    grade()
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.find_grade("question", "counting", "counting", "ada").manual_score = 1
        gradebook.db.commit()
    grade("--force")
    assert everything(course)["ada", "question"][1] == 1


def test_a_bad_resubmission_does_not_keep_the_old_mark(course, submit, grade):
    submit("ada")
    submit("bob")
    grade()
    submit("ada", b"")
    (submit("bob", double_all=HALF) / "timestamp.txt").write_text("the day before yesterday")
    grade("--yes")
    assert marks(course, "ada") == NOTHING
    # Whether the gate mends the time or nbgrader stumbles over it.
    assert marks(course, "bob") in (FULL | {"test-double-all": 1}, NOTHING)


def test_a_worker_that_dies_or_hangs_costs_only_its_own_submission(course, submit, grade, monkeypatch):
    # Without a sandbox a learner's process can end the one that judges it.
    signals = "import os, signal\nos.kill(os.getppid(), signal.{})\n"
    for number in range(3):
        submit(f"good-{number}")
    submit("kills", double_all=signals.format("SIGKILL"))
    submit("stops", double_all=signals.format("SIGSTOP"))
    monkeypatch.setattr(pool, "GRACE", 1.0)
    options = ["--Judged.sandbox=False", "--Judged.notebook_seconds=5", "--workers=2"]
    status, said = grade(*options)
    assert status == 0 and "WITHOUT A SANDBOX" in said
    assert "ended before it was done" in said and "no result after 6 seconds" in said
    assert [marks(course, f"good-{number}") for number in range(3)] == [FULL] * 3
    assert marks(course, "kills") == marks(course, "stops") == NOTHING
    submit("kills")
    _, said = grade(*options, "--yes")
    assert marks(course, "kills") == FULL and "2 submissions" in said  # whoever was not judged is tried again


def test_nothing_is_left_running(course, submit, grade):
    submit("ada")
    grade()
    children = [Path(path).read_text() for path in Path("/proc").glob("[0-9]*/cmdline") if _is_ours(path)]
    assert not [text for text in children if "bwrap" in text]


def _is_ours(path):
    try:
        return f"\nPPid:\t{os.getpid()}\n" in (path.parent / "status").read_text()
    except OSError:
        return False


def test_errors_say_what_is_missing(course, submit, grade, monkeypatch, capsys):
    status, said = grade()
    assert status == 2 and "there are no submissions" in said and "submitted" in said
    monkeypatch.chdir(course)
    assert main(["class", "cuonting"]) == 2
    assert "no assignment 'cuonting'; there are: counting" in capsys.readouterr().out
    submit("ada")
    with pytest.raises(SystemExit):
        main(["release", "--froce"])
    assert main(["class", "counting", "--workers=0"]) == 2
    capsys.readouterr()
    monkeypatch.setattr("lmgrade.isolation.why_not", lambda: "bubblewrap is not installed.")
    if not why_not():
        status, said = grade()
        assert status == 2 and "bubblewrap is not installed." in said and "--Judged.sandbox=False" in said
    (course / "gradebook.db").unlink()
    status, said = grade("--Judged.sandbox=False")
    assert status == 2 and "nbgrader generate_assignment counting" in said
    shutil.rmtree(course / "exercises")
    status, said = grade("--Judged.sandbox=False")
    assert status == 2 and "holds no notebook" in said


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--sheduler=tcp://here", "did you mean --scheduler?"),
        ("--Judged.sandbx=False", "did you mean --Judged.sandbox?"),
        ("--forc", "did you mean --force?"),
        ("-q", "-q is no option"),
    ],
)
def test_a_mistyped_option_grades_nothing(course, submit, grade, option, says):
    submit("alice")
    status, said = grade(option)
    assert status == 2 and says in said
    assert not (course / "autograded").exists()


def test_options_of_nbgrader_are_passed_on(course, submit, grade):
    for student in ("alice", "bob"):
        submit(student)
    status, _ = grade("--student=bob", "--Judged.cell_seconds=20", "--Autograde.create_student=True")
    assert status == 0
    assert [path.name for path in (course / "autograded").iterdir()] == ["bob"]


def test_a_cell_that_names_an_unknown_task_stops_the_run_before_anything_is_judged(course, submit, grade):
    submit("ada")
    path = course / "solutions/counting/tasks.py"
    path.write_text(path.read_text().replace('Task("letters"', 'Task("other_letters"'))
    status, said = grade()
    assert status == 2 and "names the task 'letters'" in said
    assert not (course / "autograded").exists()


def test_two_runs_do_not_write_at_the_same_time(course, submit, grade):
    from filelock import FileLock

    submit("ada")
    folder = course / "judgements/counting"
    folder.mkdir(parents=True)
    with FileLock(folder / "lock"):
        status, said = grade()
    assert status == 2 and "another run is grading counting" in said
