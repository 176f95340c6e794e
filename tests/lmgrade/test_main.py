"""The commands: what they print and whether they say that all is well."""

import json

import nbformat
import pytest

from lmgrade import __main__ as cli
from lmgrade.__main__ import main
from lmgrade.isolation import why_not


@pytest.fixture
def inside(course, monkeypatch):
    """A course as the working folder, and a terminal that does not break lines."""
    monkeypatch.chdir(course)
    monkeypatch.setattr(cli.console, "_width", 300)
    return course


def write(folder, notebook, name="counting.ipynb"):
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / name)
    return str(folder / name)


def test_a_verdict_on_a_right_notebook_is_full_marks_and_0(inside, filled, tmp_path, capsys):
    path = write(inside / "mine", filled())
    assert main(["try", path, "--seed", "12"]) == 0
    said = capsys.readouterr().out
    assert "4 of 4 points" in said and "seed 12" in said
    assert said.count("passed") == 3


def test_a_verdict_on_a_wrong_notebook_names_each_check_and_the_mistake_and_is_1(inside, filled, capsys):
    notebook = filled("import os\nos._exit(1)", double_all="def double_all(n):\n    return [x + 2 for x in n]")
    assert main(["try", write(inside, notebook)]) == 1
    said = capsys.readouterr().out
    for text in ("3 of 4 points", "doubles every number", "Yours adds two", "ended the kernel"):
        assert text in said


def test_a_notebook_of_another_name_is_tried_with_its_assignment(inside, filled, capsys):
    path = write(inside / "mine", filled(), "Untitled.ipynb")
    assert main(["try", path]) == 2
    assert "no assignment 'Untitled'; there are: counting" in capsys.readouterr().out
    assert main(["try", path, "--assignment", "counting"]) == 0


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "is empty"), (b"nonsense", "is not JSON"), (b'{"nbformat": 3}', "of format 3")]
)
def test_a_file_that_is_no_notebook_gets_a_reason_and_no_traceback(inside, content, said, capsys):
    (inside / "counting.ipynb").write_bytes(content)
    assert main(["try", "counting.ipynb"]) == 2
    assert said in capsys.readouterr().out


def test_what_is_not_there_is_said(inside, capsys):
    assert main(["try", "counting.ipynb"]) == 2
    assert "counting.ipynb" in capsys.readouterr().out
    assert main(["audit", "nothing"]) == 2
    assert "no assignment 'nothing'" in capsys.readouterr().out
    assert main(["release", "nothing"]) == 2
    assert main(["summary", "nowhere"]) == 2


def test_outside_a_course_every_command_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for command in ("audit", "release", "handout", "sample-class"):
        assert main([command]) == 2, command
        assert "inside the course" in capsys.readouterr().out


def test_an_audit_of_sound_tests_counts_what_they_catch_and_is_0(inside, capsys):
    assert main(["audit", "--seeds", "2", "--verbose"]) == 0
    said = capsys.readouterr().out
    assert "100.0% of misconceptions caught (3 of 3)" in said and "2 of 2 alternatives accepted; 0 faults" in said
    assert "adds_two <- doubles" in said and "in_place <- leaves_argument" in said


def test_an_audit_of_unsound_tests_lists_the_faults_and_is_1(inside, capsys):
    path = inside / "solutions" / "counting" / "tasks.py"
    path.write_text(path.read_text().replace("dict.fromkeys(text, 1)", "_letters(text)"))
    assert main(["audit", "counting", "--seeds", "2"]) == 1
    said = capsys.readouterr().out
    assert "letters: misconception once: passes every check with seed 1" in said
    assert "66.7% of misconceptions caught (2 of 3)" in said


def test_texts_with_brackets_are_printed_as_they_are(inside, filled, capsys):
    notebook = filled(letters="def letters(text):\n    raise ValueError('[/red][bold]x[/bold]')")
    assert main(["try", write(inside, notebook)]) == 1
    assert "[/red][bold]x[/bold]" in capsys.readouterr().out


@pytest.fixture
def sample(inside, tmp_path, monkeypatch):
    folder = tmp_path / "class"
    folder.mkdir()
    expected = {
        "reference": {"story": "all right", "points": {"a": 2.0, "b": 1.0}},
        "bob": {"story": "late", "points": {"a": 0.0}},
    }
    (folder / "expected.json").write_text(json.dumps({"counting": expected}))
    found = {"reference": 3.0, "bob": 0.0}
    monkeypatch.setattr("lmgrade.sample_class.marks", lambda folder, name: found)
    return folder, found


def test_the_summary_is_0_when_every_mark_is_the_known_one(sample, capsys):
    folder, _ = sample
    assert main(["summary", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "reference" in said and "all right" in said and "not made yet" in said


@pytest.mark.parametrize("mark", [2.5, None])
def test_the_summary_is_1_when_a_mark_differs_or_is_missing(sample, capsys, mark):
    folder, found = sample
    found["reference"] = mark
    assert main(["summary", str(folder)]) == 1
    assert "1 marks differ" in capsys.readouterr().out


def test_a_command_is_needed(capsys):
    with pytest.raises(SystemExit):
        main([])
    assert "COMMAND" in capsys.readouterr().err


@pytest.mark.skipif(why_not() is not None, reason=f"no sandbox on this machine: {why_not()}")
def test_a_notebook_is_tried_in_the_sandbox_that_classes_are_graded_in(inside, filled, capsys):
    look = f"import os\ndef double_all(n):\n    return [2 * x for x in n if not os.path.exists({__file__!r})]"
    path = write(inside, filled(double_all=look))
    assert main(["try", path]) == 0
    assert "WITHOUT A SANDBOX" not in capsys.readouterr().out
    assert main(["try", path, "--without-sandbox"]) == 1
    assert "WITHOUT A SANDBOX" in capsys.readouterr().out


def test_where_there_is_no_sandbox_a_learner_still_gets_a_verdict_and_is_told(inside, filled, capsys, monkeypatch):
    monkeypatch.setattr("lmgrade.isolation.why_not", lambda: "a sandbox needs Linux, and this is plan9.")
    assert main(["try", write(inside, filled())]) == 0
    said = capsys.readouterr().out
    assert "this is plan9" in said and "let it be one you trust" in said and "4 of 4 points" in said
