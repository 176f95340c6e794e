"""From text sources to what learners get."""

import json
import shutil
import subprocess

import nbformat
import pytest

from lmgrade.release import HANDOUT_GUIDE, SOURCE, handout, nbgrader, read_source, release, write_sources


@pytest.fixture
def source(released_course):
    return released_course / "solutions" / "counting" / SOURCE


def test_the_same_text_gives_the_same_notebook_byte_for_byte(source):
    assert nbformat.writes(read_source(source)) == nbformat.writes(read_source(source))


def test_a_cell_is_named_by_its_grade_id_or_else_its_number(source):
    notebook = read_source(source)
    nbformat.validate(notebook)
    ids = ["cell-00", "cell-01", "double-all", "test-double-all", "letters", "test-letters", "question"]
    assert [cell.id for cell in notebook.cells] == ids
    assert notebook.metadata.kernelspec.name == "python3"


def test_a_released_notebook_holds_neither_solution_nor_hidden_line_nor_output(released):
    nbformat.validate(released)
    text = json.dumps(released)
    for secret in ("SOLUTION", "HIDDEN", "lmgrade", "2 * number", "Seven."):
        assert secret not in text
    assert "YOUR CODE HERE" in text and "assert double_all([1]) == [2]" in text
    assert not any(cell.get("outputs") for cell in released.cells)


def test_releasing_again_changes_nothing(course):
    path = course / "exercises" / "counting" / "counting.ipynb"
    before = path.read_bytes()
    assert release(course, ["counting"]) == [path]
    assert path.read_bytes() == before


def test_nothing_but_the_notebook_is_released(released_course):
    files = [path.relative_to(released_course / "exercises") for path in (released_course / "exercises").rglob("*")]
    assert sorted(map(str, files)) == ["counting", "counting/counting.ipynb"]


def test_a_missing_source_is_said_by_its_path(course):
    with pytest.raises(FileNotFoundError, match="nothing"):
        write_sources(course, ["nothing"])


def test_a_command_that_fails_says_why_and_raises(tmp_path, monkeypatch, capfd):
    command = tmp_path / "python"
    command.write_text('#!/bin/sh\necho "$@ in $PWD"\necho no >&2\nexit 3\n')
    command.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(command))
    with pytest.raises(subprocess.CalledProcessError):
        nbgrader("autograde", "counting", course=tmp_path)
    assert capfd.readouterr().err.split("\n") == [f"-m nbgrader autograde counting in {tmp_path}", " no", "", ""]


# Handouts


@pytest.fixture
def whole(course):
    """A course with all that a handout is made of."""
    for folder in ("lmcore", "lmcore/__pycache__", "exercises/counting/.ipynb_checkpoints"):
        (course / folder).mkdir()
        (course / folder / "file.py").touch()
    for file in ("pyproject.toml", "requirements.txt", "constraints.txt", "LICENSE", "LICENSE-TEXT"):
        (course / file).write_text(file)
    return course


def test_a_handout_holds_what_learners_need_and_nothing_of_the_instructors(whole, tmp_path):
    files = {str(path) for path in handout(whole, tmp_path / "handout")}
    assert files == {
        *("README.md", "pyproject.toml", "requirements.txt", "constraints.txt", "LICENSE", "LICENSE-TEXT"),
        *("lmcore/file.py", "exercises/counting/counting.ipynb"),
    }


def test_an_older_handout_is_replaced(whole, tmp_path):
    to = tmp_path / "handout"
    first = handout(whole, to)
    (to / "exercises" / "old.ipynb").touch()
    assert handout(whole, to) == first
    (tmp_path / "empty").mkdir()
    assert handout(whole, tmp_path / "empty") == first


def test_a_folder_that_holds_something_else_is_not_lost(whole, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "README.md").write_text("# My thesis")
    for to in (other, whole, whole / "solutions"):
        with pytest.raises(ValueError, match="would be lost"):
            handout(whole, to)
    assert (other / "README.md").read_text() == "# My thesis"
    assert (whole / "solutions" / "counting" / "tasks.py").is_file()


def test_without_a_release_there_is_no_handout_and_the_old_one_stays(whole, tmp_path):
    handout(whole, tmp_path / "handout")
    shutil.rmtree(whole / "exercises" / "counting")
    with pytest.raises(FileNotFoundError, match="make exercises"):
        handout(whole, tmp_path / "handout")
    assert (tmp_path / "handout" / "README.md").read_text() == HANDOUT_GUIDE
