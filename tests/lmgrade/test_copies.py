"""What a copy of the course consists of, and how two differ."""

import pytest

from lmgrade import copies
from lmgrade.judgement import Conditions


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "counting"
    (made / "tasks").mkdir(parents=True)
    (made / "tasks/one.py").write_text("1")
    (made / "counting.ipynb").write_text("{}")
    return made


def test_a_folder_is_known_by_its_files_wherever_it_stands_but_not_by_its_notebooks(folder, tmp_path):
    before = copies.files(folder)
    assert list(before) == ["counting/tasks/one.py"]
    (tmp_path / "elsewhere").mkdir()
    assert copies.files(folder.rename(tmp_path / "elsewhere/counting")) == before


def test_all_that_a_mark_depends_on_is_among_the_parts_but_not_the_seed(folder):
    conditions = Conditions(str(folder), 7, limits={"memory": 1})
    assert {"counting/tasks/one.py", "lmgrade/judge.py", "lmcore/attention.py", "torch", "Python"} <= set(
        conditions.parts
    )
    assert conditions.unseeded == Conditions(str(folder), 8, limits={"memory": 1}).unseeded
    assert conditions.unseeded != Conditions(str(folder), 7, limits={"memory": 2}).unseeded
    assert conditions.unseeded != Conditions(str(folder), 7, limits={"memory": 1}, sandbox=False).unseeded
    (folder / "tasks/one.py").write_text("2")
    assert conditions.unseeded != Conditions(str(folder), 7, limits={"memory": 1}).unseeded


def test_the_settings_and_a_copy_of_the_course_give_the_same_conditions(folder):
    conditions = Conditions(str(folder), 7, 5, 50, {"memory": 1}, False)
    assert Conditions(str(folder), **conditions.settings) == conditions


def test_differences_are_told_in_words_those_of_versions_first_and_not_without_end():
    here = {"a/same.py": "1", "a/changed.py": "1", "a/gone.py": "1", "torch": "2.13.0", "regex": ""}
    there = {"a/same.py": "1", "a/changed.py": "2", "a/new.py": "1", "torch": "2.12.0", "regex": "1"}
    assert copies.differences(here, there) == (
        "regex is 1 there and absent here, torch is 2.12.0 there and 2.13.0 here, a/changed.py differs, "
        "a/gone.py is missing there, a/new.py is only there"
    )
    assert copies.differences(here, here) == ""
    many = {f"a/{number}.py": "1" for number in range(9)}
    assert copies.differences(many, {}).endswith("a/4.py is missing there and 4 more")
