"""Grade cells: what names a task, what nbgrader reads from the outputs, what people see of them."""

import logging

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade

from lmgrade import gradecells
from lmgrade.gradecells import named_task, outputs_of, refusal_outputs, verdict_outputs, visible_part
from lmgrade.judge import MISSING, PASSED, RAISED, WRONG, Verdict
from lmgrade.kernels import Outcome
from lmgrade.tasks import Check

HIDDEN = '### BEGIN HIDDEN TESTS\nimport lmgrade; lmgrade.grade("counting", "letters")\n### END HIDDEN TESTS'
SCRIPT = "<script>alert(1)</script>"


def verdict(status, points=1.0, message="", title="title"):
    return Verdict(Check("name", title, points, probe=None), status, message)


def marks(outputs, points):
    """What nbgrader makes of a grade cell with these outputs."""
    cell = new_code_cell("", outputs=outputs)
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": points, "grade_id": "a"}
    return determine_grade(cell, logging.getLogger("test"))


@pytest.mark.parametrize(
    ("source", "task"),
    [
        ('lmgrade.grade("tokenization", "merge_pair")', "merge_pair"),
        ("assert 1\n" + HIDDEN, "letters"),
        ("lmgrade.grade( 'a-b' , 'c' )", "c"),
        ('lmgrade.grade(\n    "a",\n    "c"\n)', "c"),
        ("lmgrade.grade(a, b)", None),
        ('grade("a", "b")', None),
        ('lmgrade.grade("a")', None),
        ("", None),
    ],
)
def test_a_grade_cell_names_its_task_in_one_line(source, task):
    assert named_task(source) == task


def test_the_visible_part_is_what_stands_outside_the_marks():
    assert visible_part(f"assert 1\n{HIDDEN}\nassert 2") == "assert 1\nassert 2"
    assert visible_part(f"{HIDDEN}\n{HIDDEN}") == ""
    assert visible_part("assert 1") == "assert 1"


def test_a_mark_that_is_never_closed_or_stands_inside_a_line_hides_nothing():
    for source in ("### BEGIN HIDDEN TESTS\nassert 1", "x = '''### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS'''"):
        assert visible_part(source) == source


@pytest.mark.parametrize(
    ("statuses", "cell_points", "earned"),
    [
        ([PASSED, PASSED], 2, 2),
        ([PASSED, WRONG], 2, 1),
        ([RAISED, MISSING], 2, 0),
        ([PASSED, WRONG], 5, 2.5),  # an instructor gave the cell other points than the checks have
        ([PASSED] * 3, 0.3, 0.3),
        ([PASSED, WRONG, WRONG], 1, 1 / 3),
        ([PASSED] * 7, 0.7, 0.7),
        ([PASSED], 0, 0),
    ],
)
def test_nbgrader_reads_the_points_that_the_checks_came_to(statuses, cell_points, earned):
    outputs = verdict_outputs("f", [verdict(status) for status in statuses], cell_points, seed=1)
    score, possible = marks(outputs, cell_points)
    assert score == pytest.approx(earned, abs=1e-5)
    assert 0 <= score <= possible == cell_points


@pytest.mark.parametrize("cell_points", [0.1, 1 / 3, 2 / 3, 3.3333333, 12345.678, 1e7 + 1, 1e-7])
@pytest.mark.parametrize("number", [1, 3, 7, 10])
def test_full_marks_are_the_cells_points_and_never_more(cell_points, number):
    outputs = verdict_outputs("f", [verdict(PASSED, 0.1) for _ in range(number)], cell_points, seed=1)
    assert marks(outputs, cell_points) == (cell_points, cell_points)


def test_checks_count_by_their_own_points():
    outputs = verdict_outputs("f", [verdict(PASSED, 3), verdict(WRONG, 1)], 4, seed=1)
    assert marks(outputs, 4) == (3, 4)


def test_the_table_says_what_was_checked_and_what_was_wrong():
    (output,) = verdict_outputs("merge", [verdict(PASSED, title="adds"), verdict(WRONG, 2, "Too low.")], 3, seed=17)
    table = output.data["text/html"]
    for text in ("merge", "1 of 3 points", "adds", "passed", "wrong", "Too low.", "0 of 2", "seed 17"):
        assert text in table


def test_no_text_of_a_learner_becomes_html():
    for outputs in (
        verdict_outputs(SCRIPT, [verdict(WRONG, 1, SCRIPT, SCRIPT)], 1, seed=1),
        refusal_outputs(f"the folder holds {SCRIPT}.ipynb"),
    ):
        assert "<script" not in outputs[0].data["text/html"]
        assert "&lt;script" in outputs[0].data["text/html"]


def test_a_refused_notebook_has_no_points_and_says_why():
    outputs = refusal_outputs("it is not JSON")
    assert marks(outputs, 3) == (0, 3)
    assert "it is not JSON" in outputs[0].data["text/html"]


def shown(*outputs, status="ok"):
    kept = outputs_of(Outcome(status, [nbformat.from_dict(output) for output in outputs], 5.0))
    nbformat.validate(nbformat.v4.new_notebook(cells=[new_code_cell("", outputs=kept)]))
    return kept


def display(**data):
    return new_output("display_data", {key.replace("_", "/"): value for key, value in data.items()})


def test_text_pictures_and_errors_are_kept():
    outputs = [
        new_output("stream", text="printed"),
        display(text_plain="shown", image_png="iVBORw0KGgo=\n"),
        new_output("execute_result", {"text/plain": "7"}, execution_count=3),
        new_output("error", ename="E", evalue="e", traceback=["t"]),
    ]
    assert shown(*outputs) == outputs


def test_what_a_browser_would_run_is_left_out():
    for kind in ("text/html", "image/svg+xml", "application/javascript", "text/markdown", "text/latex", "x/y"):
        assert shown(new_output("display_data", {kind: SCRIPT})) == []
        (kept,) = shown(new_output("display_data", {kind: SCRIPT, "text/plain": "text"}))
        assert dict(kept.data) == {"text/plain": "text"}


@pytest.mark.parametrize(
    "data", ['"><script>alert(1)</script>', "javascript:alert(1)", "a b'c", "", ["iVBOR"], {"a": 1}, 7]
)
def test_a_picture_that_is_not_base64_is_left_out(data):
    output = display(text_plain="text")
    output.data["image/png"] = data
    (kept,) = shown(output)
    assert dict(kept.data) == {"text/plain": "text"}


def test_text_that_is_not_text_is_left_out():
    output = display()
    output.data["text/plain"] = {"not": "text"}
    assert shown(output) == []


def test_metadata_of_an_output_is_left_out():
    output = new_output("display_data", {"text/plain": "a"}, metadata={"filenames": {"image/png": SCRIPT}})
    assert shown(output)[0].metadata == {}


def test_an_output_without_end_is_replaced_by_its_length(monkeypatch):
    monkeypatch.setattr(gradecells, "LARGEST_OUTPUT", 1000)
    kept = shown(new_output("stream", text="x" * 2000), new_output("stream", name="stderr", text="short"))
    assert len(kept[0].text) < 100 and "characters was left out" in kept[0].text
    assert kept[1].text == "short"


def test_colours_of_a_long_output_are_left_out():
    long = new_output("stream", name="stderr", text="\x1b[31mred" * 5000)  # two of stdout would be put together
    short, long = shown(new_output("stream", text="\x1b[31mred"), long)
    assert short.text == "\x1b[31mred" and long.text == "red" * 5000


def test_places_on_this_machine_are_left_out():
    error = new_output("error", ename="E", evalue=pytest.__file__, traceback=[f"File {pytest.__file__}", "line 2"])
    stream, error = shown(new_output("stream", text=f"{gradecells.__file__} /tmp/a.txt /usr/lib"), error)
    assert stream.text == ".../gradecells.py /tmp/a.txt /usr/lib"
    assert error.evalue.startswith("...") and error.traceback[0].startswith("File ...")
    assert error.traceback[1] == "line 2"


def test_outputs_that_are_none_are_left_out():
    stream, error = new_output("stream", text="a"), new_output("error", ename="E", evalue="e", traceback=[])
    stream.text, error.traceback = 7, [None]
    assert shown(stream, error) == []


@pytest.mark.parametrize(
    ("status", "said"), [("timeout", "stopped after 5 seconds"), ("dead", "process ended"), ("not run", "not run")]
)
def test_a_cell_that_did_not_end_says_so_and_earns_nothing_by_its_asserts(status, said):
    kept = shown(new_output("stream", text="before"), status=status)
    assert kept[0].text == "before" and said in kept[1].evalue
    assert marks(kept, 2) == (0, 2)


def test_a_cell_that_the_sandbox_ended_says_what_it_took_too_much_of():
    (said,) = outputs_of(Outcome("dead", why="it sent more than 100 bytes"))
    assert said.evalue == "the process ended while this cell ran: it sent more than 100 bytes"


def test_what_was_printed_is_one_piece_however_it_came():
    def stream(name, text):
        return nbformat.v4.new_output("stream", name=name, text=text)

    shown = nbformat.v4.new_output("display_data", data={"text/plain": "7"})
    pieces = [stream("stdout", "a"), stream("stderr", "x"), stream("stdout", "b"), shown, stream("stdout", "c")]
    kept = outputs_of(Outcome("ok", pieces))
    assert [output.get("text", "7") for output in kept] == ["ab", "x", "7", "c"]
