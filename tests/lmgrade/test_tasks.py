"""Tasks and the folders they are read from."""

import pytest

from lmgrade.tasks import Task, assignment_names, course_root, load, load_folder

TASK = """
from lmgrade import Task

one = Task("one", reference=abs)


@one.check(points=1, title="t")
def check(one):
    return one(-1)
"""


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tasks.py").write_text(text)
    return folder


def test_tasks_come_in_the_order_of_the_file_with_the_sum_of_their_checks_points(counting):
    assert list(counting.tasks) == ["double_all", "letters"]
    assert [task.points for task in counting.tasks.values()] == [2, 2]
    assert [check.name for check in counting.tasks["double_all"].checks] == ["doubles", "leaves_argument"]


def test_decorators_give_back_what_they_decorate():
    task = Task("f", reference=abs)

    def function():
        pass

    assert task.check(points=1, title="t")(function) is function
    assert task.misconception("hint")(function) is function
    assert task.alternative(function) is function
    assert task.alternatives == [function]


@pytest.mark.parametrize("name", ["", "two words", "1st", "a-b"])
def test_a_task_whose_name_no_function_can_have_is_refused(name):
    with pytest.raises(ValueError, match="cannot be one"):
        Task(name, reference=abs)


@pytest.mark.parametrize("points", [0, -1])
def test_a_check_without_points_is_refused(points):
    with pytest.raises(ValueError, match="more than 0"):
        Task("f", reference=abs).check(points=points, title="t")


def test_two_checks_of_one_title_and_two_misconceptions_of_one_hint_are_refused():
    task = Task("f", reference=abs)
    task.check(points=1, title="same")(len)
    task.misconception("same")(abs)
    with pytest.raises(ValueError, match="two checks titled 'same'"):
        task.check(points=1, title="same")
    with pytest.raises(ValueError, match="two misconceptions"):
        task.misconception("same")


def test_two_checks_by_one_name_are_refused_since_only_the_second_could_be_cut_out():
    task = Task("f", reference=abs)
    task.check(points=1, title="first")(len)
    with pytest.raises(ValueError, match="two checks named 'len'"):
        task.check(points=1, title="second")(len)


def test_the_course_is_found_from_any_folder_in_it(tmp_path):
    deep = tmp_path / "exercises" / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "solutions").mkdir()
    assert course_root(deep) == tmp_path.resolve()


def test_a_folder_outside_any_course_is_refused_with_its_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        course_root(tmp_path)


def test_only_folders_with_tasks_are_assignments(tmp_path):
    for name in ("b", "a"):
        write(tmp_path / "solutions" / name, TASK)
    (tmp_path / "solutions" / "notes").mkdir()
    assert assignment_names(tmp_path) == ["a", "b"]


def test_an_unknown_assignment_is_refused_with_those_there_are(tmp_path):
    write(tmp_path / "solutions" / "a", TASK)
    with pytest.raises(FileNotFoundError, match="no assignment 'b'; there are: a"):
        load("b", tmp_path)


def test_a_tasks_file_without_a_task_is_refused(tmp_path):
    with pytest.raises(ValueError, match="defines no Task"):
        load_folder(write(tmp_path / "a", "one = 1"))


def test_a_task_without_a_check_is_refused_since_everybody_would_pass(tmp_path):
    with pytest.raises(ValueError, match="without a check: idle"):
        load_folder(write(tmp_path / "a", TASK + "\nidle = Task('idle', reference=abs)"))


def test_two_tasks_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="two tasks of one name"):
        load_folder(write(tmp_path / "a", TASK + "\nother = Task('one', reference=abs)"))


def test_a_tasks_file_is_read_anew_each_time(tmp_path):
    folder = write(tmp_path / "a", TASK)
    assert list(load_folder(folder).tasks) == ["one"]
    write(folder, TASK.replace("one", "other_one"))
    assert list(load_folder(folder).tasks) == ["other_one"]


def test_tasks_may_stand_in_a_package_with_a_file_each(tmp_path):
    package = tmp_path / "a" / "tasks"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from .first import one\nfrom .second import two\n")
    (package / "first.py").write_text(TASK)
    (package / "second.py").write_text(TASK.replace("one", "two"))
    assert list(load_folder(tmp_path / "a").tasks) == ["one", "two"]
