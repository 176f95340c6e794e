"""The files: what stands in them can be read back."""

import csv

import pytest

from lmgrade.report.summary import summarise
from lmgrade.report.tables import write_tables


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def tables(graded_of, submission, tmp_path):
    """A function that writes the tables of a class and reads them back."""

    def written(*submissions):
        paths = write_tables(summarise(graded_of(*submissions)), tmp_path / "new" / "folder")
        return {path.stem: read(path) for path in paths}

    return written


def test_every_file_holds_the_reports_numbers(tables, submission):
    answers = {"letters": "\n".join(f"x{n} = y.m{n}(z + {n}, {n})" for n in range(9))}
    found = tables(
        submission("a", "+++", answers=answers, name="Lovelace, Ada", seconds=1.5),
        submission("b", "-++", {"doubles": "adds_two"}, answers=answers, seconds_late=60, penalty=1.0),
        submission("c", "---"),
        submission("d", refused="it is empty"),
    )
    assert list(found) == ["marks", "checks", "misconceptions", "pairs"]
    first, second, _, last = found["marks"]
    assert (first["student"], first["name"], first["mark"], first["max_mark"]) == ("a", "Lovelace, Ada", "4", "7.0")
    assert (first["passed"], first["asked"], first["seconds"], first["flags"]) == ("3", "3", "1.5", "")
    assert (second["late_penalty"], second["seconds_late"], second["flags"]) == ("1.0", "60", "late: by 1 minute")
    assert (last["asked"], last["flags"]) == ("0", "refused: it is empty")
    doubles = found["checks"][0]
    assert (doubles["task"], doubles["check"], doubles["asked"], doubles["passed"]) == (
        "double_all",
        "doubles",
        "3",
        "1",
    )
    assert float(doubles["pass_rate"]) == pytest.approx(1 / 3) and doubles["statuses"] == "passed: 1; wrong: 2"
    (mistake,) = found["misconceptions"]
    assert (mistake["misconception"], mistake["students"], mistake["share"], mistake["who"]) == (
        "adds_two",
        "1",
        "0.25",
        "b",
    )
    (pair,) = found["pairs"]
    assert (pair["first"], pair["second"], pair["answers"]) == ("a", "b", "letters")
    assert float(pair["likeness"]) == 1 and float(pair["evidence"]) > 10


def test_what_is_not_defined_is_empty(tables, submission):
    found = tables(submission("a", refused="it is empty"))
    assert {row["pass_rate"] + row["discrimination"] for row in found["checks"]} == {""}
    assert found["marks"][0]["seconds"] == "" and found["misconceptions"] == found["pairs"] == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1"])
def test_no_text_is_a_formula_and_no_number_is_a_text(tables, submission, text):
    row = tables(submission(text, "+++", name=text, mark=-0.0))["marks"][0]
    assert row["student"] == row["name"] == f"'{text}"
    assert float(row["mark"]) == 0


def test_commas_quotes_line_breaks_and_broken_signs_stay_in_their_field(tables, submission):
    text = 'a,"b"\r\nc;\ud800'
    row = tables(submission("a", refused=text))["marks"][0]
    assert row["flags"] == 'refused: a,"b"\r\nc;?'
