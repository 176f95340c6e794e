"""What is printed."""

import io

import pytest
from rich.console import Console

from lmgrade.report.summary import summarise
from lmgrade.report.terminal import MOST_ROWS, show


@pytest.fixture
def printed(graded_of):
    """A function that prints the report on a class as a terminal would show it."""

    def shown(*submissions, **other):
        console = Console(file=io.StringIO(), width=160)
        show(summarise(graded_of(*submissions, **other)), console)
        return console.file.getvalue()

    return shown


def test_a_report_names_numbers_checks_mistakes_and_flags(printed, submission):
    said = printed(
        submission("a", "+++", open_cells=["question"], seeds={7}, seconds=2.0),
        submission("b", "-++", {"doubles": "adds_two"}, seeds={7}, seconds=4.0),
        submission("c", "-+-", seeds={8}),
        ungraded=["d"],
        absent=["e", "f"],
    )
    for text in (
        "3 graded, 1 waiting, 2 not handed in",
        "mean        │ 2.67 of 7 points",
        "waiting for a mark by hand, counted as 0 so far: 1",
        "median 3.0, most 4.0 a submission",
        "7, 8",
        "doubles every number",
        "33%",
        "Yours adds two; doubling multiplies.",
        "waits for a mark by hand",
    ):
        assert text in said, text


def test_a_class_that_needs_nobody_says_so(printed, submission):
    said = printed(submission("a", "+++"))
    assert "Nothing waits for a person." in said and "Misconceptions" not in said and "nearly the same" not in said


def test_what_a_learner_wrote_is_neither_markup_nor_obeyed(printed, submission):
    said = printed(submission("[bold]a[/red]", refused="[/]\x1b[2J\r\u202e\ud800"))
    assert "[bold]a[/red]" in said and "[/]\ufffd[2J\ufffd\ufffd\ufffd" in said


def test_a_long_list_is_cut_and_says_how_much_is_left(printed, submission):
    mistaken = [submission(f"s{number:02d}", "-++", {"doubles": f"mistake_{number:02d}"}) for number in range(20)]
    said = printed(*mistaken)
    assert f"mistake_{MOST_ROWS - 1:02d}" in said and f"mistake_{MOST_ROWS:02d}" not in said
    assert "and 5 more: --html and --csv write them all" in said


def test_a_check_that_the_weaker_pass_stands_out(graded_of, submission):
    console = Console(file=io.StringIO(), width=160, force_terminal=True, color_system="standard")
    show(summarise(graded_of(submission("a", "-++"), submission("b", "+--"))), console)
    assert "\x1b[31m-1.00" in console.file.getvalue()
