"""The gradebook in a real PostgreSQL, started here on a free port: the marks are those of SQLite's."""

import csv
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine, text

from lmgrade import gradebook
from lmgrade.__main__ import main
from lmgrade.release import nbgrader, release

ROOT = Path(gradebook.__file__).resolve().parents[1]


def programs():
    """The folder of PostgreSQL's programs; Debian keeps those of the server, by version, out of PATH."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
    return folders[-1].parent if folders else None


pytestmark = [
    pytest.mark.xdist_group("nbgrader"),
    pytest.mark.skipif(programs() is None, reason="PostgreSQL is not here: sudo apt-get install postgresql"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server without a database."""
    folder = tmp_path_factory.mktemp("postgresql")
    ordinary = []
    if os.geteuid() == 0:
        # PostgreSQL refuses root, and the folders above that one are root's alone.
        folder = Path(tempfile.mkdtemp(prefix="lmgrade-"))
        shutil.chown(folder, "nobody")
        ordinary = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = ["-D", folder / "data"]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    environment = os.environ | {"HOME": str(folder)}

    def run(program, *arguments):
        command = [*ordinary, programs() / program, *where, *arguments]
        subprocess.run(command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)

    run("initdb", "--username=grader", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    run("pg_ctl", "-l", folder / "log", "-o", options, "-w", "start")
    try:
        yield f"postgresql://grader@127.0.0.1:{port}"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def tell(server, *statements):
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def move(course, database):
    """Let a course's gradebook be the database."""
    (course / "gradebook.db").unlink()
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"c.CourseDirectory.db_url = {database!r}\n")


@pytest.fixture(scope="module")
def released_into(server, released_course, tmp_path_factory):
    """A database into which nbgrader has released the assignment."""
    folder = tmp_path_factory.mktemp("release") / "course"
    shutil.copytree(released_course, folder)
    tell(server, "CREATE DATABASE released")
    move(folder, f"{server}/released")
    release(folder, ["counting"])
    return "released"


@pytest.fixture
def database(server, released_into):
    """The address of one like that, to be written to."""
    tell(server, "DROP DATABASE IF EXISTS grades WITH (FORCE)", f"CREATE DATABASE grades TEMPLATE {released_into}")
    return f"{server}/grades"


def everything(url):
    """All that a gradebook says of marks."""
    with Gradebook(url, "language_models_from_scratch") as book:
        return {
            (s.student.id, g.name): (g.auto_score, g.manual_score, g.needs_manual_grade, g.max_score)
            for s in book.assignment_submissions("counting")
            for n in s.notebooks
            for g in n.grades
        }


def test_a_class_has_the_marks_that_it_has_in_sqlite(course, submit, grade, database, tmp_path, monkeypatch, capsys):
    submit("ada", question="Seven.")
    submit("broken", b'{"cells": [')
    submit("half", double_all="def double_all(n):\n    return [x + 2 for x in n]")
    submit("nothing", question="a\x00b", double_all="print('\\x00')", letters="raise NotImplementedError")
    other = tmp_path / "other"
    shutil.copytree(course, other)
    assert grade("--seed=7")[0] == 0
    known = everything(f"sqlite:///{course / 'gradebook.db'}")
    assert len(known) == 4 * 3

    move(other, database)
    monkeypatch.chdir(other)
    assert main(["class", "counting", "--seed=7"]) == 0
    assert everything(database) == known
    # Graded again, by either way, the marks stay.
    assert main(["class", "counting", "--seed=7", "--force", "--yes"]) == 0
    nbgrader("autograde", "counting", "--force", "--Judged.seed=7", course=other)
    assert everything(database) == known
    nbgrader("export", "--to=marks.csv", course=other)
    points = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader((other / "marks.csv").open())}
    assert points == {"ada": 4, "broken": 0, "half": 3, "nothing": 0}
    capsys.readouterr()
    assert main(["report", "counting", "--csv=tables"]) == 0
    rows = csv.DictReader((other / "tables/marks.csv").open())
    assert {row["student"]: float(row["by_machine"]) for row in rows} == points
    assert not (other / "gradebook.db").exists()


def test_formgrader_reads_it_and_marks_by_hand_stay(course, submit, grade, database):
    move(course, database)
    submit("ada", question="Seven.")
    submit("blank", double_all="raise NotImplementedError", letters="raise NotImplementedError")
    grade()
    # What its pages are made from.
    directory = CourseDirectory(root=str(course), db_url=database, course_id="language_models_from_scratch")
    directory.source_directory, directory.release_directory = "solutions", "exercises"
    api = NbGraderAPI(directory)
    assert api.get_assignment("counting")["num_submissions"] == 2
    submissions = {row["student"]: row for row in api.get_submissions("counting")}
    assert submissions["ada"]["score"] == 4 and submissions["ada"]["needs_manual_grade"]
    assert submissions["blank"]["score"] == 0
    assert {row["student"] for row in api.get_notebook_submissions("counting", "counting")} == {"ada", "blank"}
    assert {row["id"]: row["score"] for row in api.get_students()} == {"ada": 4, "blank": 0}
    with api.gradebook as book:
        book.find_grade("question", "counting", "counting", "ada").manual_score = 2.5
        book.db.commit()
    assert grade("--force", "--yes")[0] == 0
    assert api.get_submission("counting", "ada")["score"] == 6.5


def test_killed_between_two_cells_a_student_has_all_old_marks_or_all_new_ones(course, submit, grade, database):
    move(course, database)
    submit("ada", double_all="raise NotImplementedError", letters="raise NotImplementedError")
    grade()
    old = everything(database)
    submit("ada")
    code = "import os, sys, nbgrader.preprocessors as p; from lmgrade.__main__ import main; "
    code += "p.SaveAutoGrades._add_comment = lambda *a: os.kill(os.getpid(), 9); "
    program = f"import sys\nif __name__ == '__main__':\n    {code}sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "class", "counting", "--yes"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))}
    killed = subprocess.run(command, cwd=course, env=environment, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert everything(database) == old
    assert grade("--yes")[0] == 0
    assert sum(mark[0] for mark in everything(database).values() if mark[0]) == 4


def test_a_name_that_its_tables_cannot_hold_does_not_stop_the_others(course, submit, grade, database):
    move(course, database)
    submit("ada")
    submit("x" * 140)
    status, said = grade()
    assert status == 1 and "x: nbgrader could not grade it" in said
    assert {student for student, _ in everything(database)} == {"ada"}


def test_a_gradebook_that_cannot_be_opened_is_named_without_its_password(course, submit, grade, server, capsys):
    submit("ada")
    for url, why in {
        server.replace("grader@", "grader:secret@") + "/nothere": "does not exist",
        "postgresql://grader:secret@127.0.0.1:1/grades": "refused",
        "nonsense": "parse",
    }.items():
        status, said = grade(f"--db={url}")
        assert status == 2 and "cannot be opened" in said and why in said and "secret" not in said
        assert main(["report", "counting", f"--db={url}"]) == 2
        said = capsys.readouterr().out
        assert "cannot be opened" in said and "secret" not in said
