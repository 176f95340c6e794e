"""``python -m lmgrade report``, in a graded course."""

import re
import shutil

import pytest

from lmgrade.__main__ import main
from lmgrade.report import command


@pytest.fixture
def inside(monkeypatch):
    """A function that makes a folder the working one; the terminal does not break lines."""
    monkeypatch.setattr(command.console, "_width", 300)
    return monkeypatch.chdir


def test_a_graded_class_is_reported_with_its_known_numbers(inside, graded_course, capsys):
    inside(graded_course)
    assert main(["report", "counting"]) == 0
    said = capsys.readouterr().out
    for text in (
        "8 graded, 1 waiting, 1 not handed in",
        "2.88 of 7 points",
        "Yours adds two",
        "ian, joe",
        "process ended",
        "by 2 days",
        "counting.ipynb is not JSON",
    ):
        assert text in said, text


def test_a_page_and_tables_are_written_where_they_are_wanted(inside, graded_course, tmp_path, capsys):
    inside(graded_course)
    html, folder = tmp_path / "new" / "report.html", tmp_path / "tables"
    assert main(["report", "counting", "--html", str(html), "--csv", str(folder)]) == 0
    assert "Yours adds two" in html.read_text(encoding="utf-8")
    assert {path.name for path in folder.iterdir()} == {"marks.csv", "checks.csv", "misconceptions.csv", "pairs.csv"}
    assert f"wrote {html}" in capsys.readouterr().out


def test_without_names_no_students_id_is_shown_anywhere(inside, graded_course, tmp_path, capsys):
    inside(graded_course)
    html, folder = tmp_path / "report.html", tmp_path / "tables"
    assert main(["report", "counting", "--no-names", "--html", str(html), "--csv", str(folder)]) == 0
    shown = capsys.readouterr().out.split("wrote")[0]
    for text in (shown, html.read_text(), *(path.read_text() for path in folder.iterdir())):
        words = set(re.findall(r"\w+", text))
        assert not words & {"ada", "bob", "cyd", "dan", "eve", "fay", "gil", "hal", "ian", "joe", "Lovelace"}


def test_an_assignment_that_is_not_there_is_named_with_those_there_are(inside, graded_course, capsys):
    inside(graded_course)
    assert main(["report", "nothing"]) == 2
    said = capsys.readouterr().out
    assert "'nothing'" in said and "it has assignments: counting" in said and "nbgrader_config.py" in said


def test_what_has_to_come_first_is_said(inside, course, capsys):
    inside(course)
    assert main(["report", "counting"]) == 2
    assert "nobody has handed in 'counting'" in capsys.readouterr().out
    (course / "submitted" / "ada" / "counting").mkdir(parents=True)
    assert main(["report", "counting"]) == 2
    assert "run `nbgrader autograde counting` first" in capsys.readouterr().out
    (course / "gradebook.db").unlink()
    assert main(["report", "counting"]) == 2
    assert "there is no gradebook" in capsys.readouterr().out


def test_a_report_changes_nothing_in_the_course(inside, graded_copy):
    inside(graded_copy)
    before = {path: path.stat().st_mtime_ns for path in graded_copy.rglob("*") if path.is_file()}
    assert main(["report", "counting"]) == 0
    shutil.rmtree(graded_copy / "solutions" / "counting" / "__pycache__", ignore_errors=True)
    after = {path: path.stat().st_mtime_ns for path in graded_copy.rglob("*") if path.is_file()}
    assert after == before
