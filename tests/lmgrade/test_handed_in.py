"""What students' folders hold before nbgrader looks at them."""

import os
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from lmgrade.handed_in import NOTE, folders_of, tidy


@pytest.fixture
def course(tmp_path):
    (tmp_path / "submitted").mkdir()
    return CourseDirectory(root=str(tmp_path), assignment_id="counting")


@pytest.fixture
def submission(tmp_path):
    folder = tmp_path / "submitted" / "ada" / "counting"
    folder.mkdir(parents=True)
    (folder / "counting.ipynb").write_text("{}")
    return folder


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_links_and_pipes_are_deleted_and_files_are_not(submission):
    secret = submission.parents[2] / "gradebook.db"
    secret.write_text("marks")
    (submission / "deep").mkdir()
    (submission / "deep" / "link.txt").symlink_to(secret)
    (submission / "deep" / "link.ipynb").symlink_to(secret)
    (submission / "zero.txt").symlink_to("/dev/zero")
    (submission / "folder").symlink_to(submission.parents[2])
    (submission / "timestamp.txt").symlink_to("/dev/zero")
    os.mkfifo(submission / "pipe")
    (submission / "essay.txt").write_text("mine")
    tidy(submission)
    assert names(submission) == ["counting.ipynb", "deep", "essay.txt"]
    assert secret.read_text() == "marks"


def test_a_notebook_that_is_a_link_is_left_for_the_gate(submission):
    (submission / "other.ipynb").symlink_to("counting.ipynb")
    tidy(submission)
    assert names(submission) == ["counting.ipynb", "other.ipynb"]


@pytest.mark.parametrize("stamp", [b"yesterday", b"\xff", b"2026-01-15 18:00:00 UTC" + b" " * 100])
def test_a_time_stamp_that_is_none_is_deleted(submission, stamp):
    (submission / "timestamp.txt").write_bytes(stamp)
    tidy(submission)
    assert not (submission / "timestamp.txt").exists()
    (submission / "timestamp.txt").write_text("2026-01-15 18:00:00.000000 UTC")
    tidy(submission)
    assert (submission / "timestamp.txt").exists()


@pytest.mark.parametrize("target", ["../ada/counting", "/etc", ".", "counting", "nowhere"])
def test_a_link_in_the_place_of_a_folder_gives_way_to_a_note_and_nothing_behind_it_is_touched(
    course, submission, target
):
    (submission / "link").symlink_to("/etc/passwd")
    linked = submission.parents[1] / "bob" / "counting"
    linked.parent.mkdir()
    linked.symlink_to(target)
    tidy(linked)
    assert not linked.is_symlink() and names(linked) == [NOTE]
    assert (linked / NOTE).read_text() == f"{linked} was a link to {target}\n"
    assert (submission / "link").is_symlink()


def test_a_link_in_the_place_of_a_students_folder_gives_way_too(course, submission):
    (submission / "link").symlink_to("/etc/passwd")
    bob = submission.parents[1] / "bob"
    bob.symlink_to("ada")
    # In the order of their names, and a tidied folder stays as it is.
    for _ in range(2):
        assert folders_of(course) == [str(submission), str(bob / "counting")]
        assert not bob.is_symlink() and names(bob) == ["counting", f"counting/{NOTE}"]
    assert names(submission) == ["counting.ipynb"]


def test_a_file_in_the_place_of_a_folder_is_moved_into_one_and_a_pipe_is_deleted(course, tmp_path):
    for student in ("ada", "bob"):
        (tmp_path / "submitted" / student).mkdir()
    (tmp_path / "submitted/ada/counting").write_text("mine")
    os.mkfifo(tmp_path / "submitted/bob/counting")
    assert len(folders_of(course)) == 2
    assert (tmp_path / "submitted/ada/counting/counting").read_text() == "mine"
    assert names(tmp_path / "submitted/bob") == ["counting", f"counting/{NOTE}"]


def test_links_around_the_students_folders_are_the_instructors(course, submission, tmp_path):
    (tmp_path / "submitted").rename(tmp_path / "elsewhere")
    (tmp_path / "submitted").symlink_to("elsewhere")
    assert folders_of(course) == [str(submission)] and (tmp_path / "submitted").is_symlink()
    (tmp_path / "collected" / "counting" / "ada").mkdir(parents=True)
    (tmp_path / "by").mkdir()
    (tmp_path / "by" / "counting").symlink_to(tmp_path / "collected" / "counting")
    course.submitted_directory = "by"
    course.directory_structure = str(Path("{nbgrader_step}", "{assignment_id}", "{student_id}"))
    assert folders_of(course) == [str(tmp_path / "by/counting/ada")] and (tmp_path / "by/counting").is_symlink()


def test_students_that_are_not_asked_for_are_left_alone(course, submission):
    for student in ("bob", "eve"):
        (submission.parents[1] / student).mkdir()
        (submission.parents[1] / student / "counting").symlink_to("/etc")
    course.student_id_exclude = "bob,x"
    course.student_id = "bob"
    assert folders_of(course) == []
    course.student_id = "*"
    assert folders_of(course) == [str(submission), str(submission.parents[1] / "eve/counting")]
    assert (submission.parents[1] / "bob/counting").is_symlink()
