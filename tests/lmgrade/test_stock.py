"""The hidden line of a grade cell, run where the learner's code is: without the judge's protection, with its checks."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

import lmgrade
from lmgrade.stock import grade

DOUBLE_ALL = "def double_all(numbers):\n    return [2 * number for number in numbers]"


@pytest.fixture
def shell(released_course, monkeypatch):
    """An IPython whose working folder is the assignment's, as in nbgrader's own kernel."""
    monkeypatch.chdir(released_course / "exercises" / "counting")
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    return shell


def test_the_hidden_line_gives_the_points_and_prints_a_line_for_each_check(shell, capsys):
    shell.run_cell(DOUBLE_ALL.replace("2 *", "2 +"))
    assert grade("counting", "double_all") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "0 of 1  doubles every number: wrong Yours adds two; doubling multiplies.",
        "1 of 1  leaves its argument alone: passed ",
    ]


def test_as_the_last_line_of_a_cell_it_is_the_cells_result(shell, capsys):
    shell.run_cell(DOUBLE_ALL)
    result = shell.run_cell('assert double_all([1]) == [2]\nimport lmgrade; lmgrade.grade("counting", "double_all")')
    assert result.success and result.result == 2
    capsys.readouterr()


def test_a_task_that_is_not_written_or_raises_earns_nothing(shell, capsys):
    assert grade("counting", "letters") == 0
    assert "Nothing called `letters` is defined" in capsys.readouterr().out
    shell.run_cell("def letters(text):\n    raise NotImplementedError()")
    assert grade("counting", "letters") == 0
    assert "Not written yet." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "error"), [(("nothing", "letters"), FileNotFoundError), (("counting", "nothing"), KeyError)]
)
def test_a_line_that_names_what_is_not_there_raises(shell, names, error):
    with pytest.raises(error, match="nothing"):
        grade(*names)


def test_the_package_offers_the_line_and_no_other_names_by_accident():
    assert lmgrade.grade is grade
    assert set(lmgrade.__all__) <= {*dir(lmgrade), "grade"}
    with pytest.raises(AttributeError, match="nothing"):
        _ = lmgrade.nothing
