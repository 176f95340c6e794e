"""The gate: whatever a submission is, a notebook fit for grading or a reason comes out."""

import copy
import json
import os

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from lmgrade import intake
from lmgrade.handed_in import NOTE
from lmgrade.intake import Refused, admit, expect_notebooks, read_submission, rebuild

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def plain(notebook):
    return json.loads(nbformat.writes(notebook))


def write(tmp_path, content, name="counting.ipynb"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def by_id(notebook, cell_id):
    (cell,) = [cell for cell in notebook.cells if cell.id == cell_id]
    return cell


def markdown(source, **other):
    return {"cell_type": "markdown", "metadata": {}, "source": source, **other}


def code(source, **other):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None, **other}


# Reading the file


def test_a_notebook_is_read_as_it_is(tmp_path, filled):
    assert read_submission(write(tmp_path, plain(filled()))) == plain(filled())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b'{"cells": [', "is not JSON"),
        (b"\xff\xfe{}", "is not UTF-8 text"),
        (b"9" * 5000, "cannot be read as JSON"),
        (b"[" * 200_000, "cannot be read as JSON"),
        (b"[]", "is not a notebook"),
        (b"null", "is not a notebook"),
        ({"nbformat": 4}, "no list of cells"),
        ({"nbformat": 4, "cells": {}}, "no list of cells"),
        ({"nbformat": 3, "worksheets": []}, "of format 3, format 4 is needed"),
        ({"nbformat": 3, "cells": []}, "of format 3, format 4 is needed"),
        ({"nbformat": 5, "cells": []}, "of format 5, format 4 is needed"),
        ({"cells": []}, "does not say its format"),
        ({"nbformat": "<script>" + "x" * 10**6, "cells": []}, "does not say its format"),
        ({"nbformat": 4, "cells": [None] * 1001}, "has 1001 cells, the limit is 1000"),
        (b" " * (10 * 2**20 + 1), "has 10.0 MB, the limit is 10 MB"),
    ],
)
def test_what_is_no_notebook_is_refused_with_a_short_reason(tmp_path, content, reason):
    with pytest.raises(Refused, match=reason) as refused:
        read_submission(write(tmp_path, content))
    assert len(str(refused.value)) < 200 and "<" not in str(refused.value)


def test_a_file_that_may_not_be_reached_is_refused(tmp_path, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "lstat", denied)
    with pytest.raises(Refused, match=r"a\.ipynb cannot be read: Permission denied"):
        read_submission(tmp_path / "a.ipynb")


def test_what_stood_in_the_place_of_a_folder_is_the_reason(tmp_path):
    (tmp_path / NOTE).touch()
    with pytest.raises(Refused, match="a link or a file where a folder belongs"):
        read_submission(tmp_path / "a.ipynb")


def test_a_folder_a_link_and_a_pipe_are_no_regular_files(tmp_path):
    target = write(tmp_path, {"nbformat": 4, "cells": []}, "target.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "link.ipynb").symlink_to(target)
    (tmp_path / "dangling.ipynb").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "zero.ipynb").symlink_to("/dev/zero")
    for name in ("folder", "link", "dangling", "pipe", "zero"):
        with pytest.raises(Refused, match="not a regular file"):
            read_submission(tmp_path / f"{name}.ipynb")


def test_a_missing_file_is_refused_with_the_names_of_those_there_are(tmp_path):
    with pytest.raises(Refused, match=r"^there is no file counting\.ipynb$"):
        read_submission(tmp_path / "counting.ipynb")
    write(tmp_path, {}, "b.ipynb")
    write(tmp_path, {}, "a.ipynb")
    with pytest.raises(Refused, match=r"the folder holds a\.ipynb, b\.ipynb$"):
        read_submission(tmp_path / "counting.ipynb")
    with pytest.raises(Refused):
        read_submission(tmp_path / "nowhere" / "counting.ipynb")


def test_a_file_name_that_is_no_text_can_be_told(tmp_path):
    with open(os.fsencode(tmp_path) + b"/\xff.ipynb", "w"):
        pass
    with pytest.raises(Refused) as refused:
        read_submission(tmp_path / "counting.ipynb")
    str(refused.value).encode("utf-8")


def test_a_file_that_cannot_be_read_is_refused(tmp_path, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "read_bytes", denied)
    with pytest.raises(Refused, match="cannot be read: Permission denied"):
        read_submission(write(tmp_path, b"{}"))


# Rebuilding the notebook


def test_an_honest_notebook_comes_through_without_a_note(filled, released):
    submitted = filled("my_own = 1", question="Seven, *I think*: $a<b$.")
    admitted = rebuild(plain(submitted), released)
    assert admitted.notes == []
    assert [cell.source.replace("< ", "<") for cell in admitted.notebook.cells] == [c.source for c in submitted.cells]
    for cell in released.cells:
        rebuilt = by_id(admitted.notebook, cell.id)
        assert rebuilt.metadata.get("nbgrader") == cell.metadata.get("nbgrader")


def test_the_released_notebook_itself_comes_through_unchanged(released):
    admitted = rebuild(plain(released), released)
    assert admitted.notes == []
    assert [cell.source for cell in admitted.notebook.cells] == [cell.source for cell in released.cells]


def test_a_source_may_be_a_list_of_lines(filled, released):
    submitted = plain(filled())
    for cell in submitted["cells"]:
        assert isinstance(cell["source"], list)
        cell["source"] = "".join(cell["source"])
    assert rebuild(submitted, released).notebook == rebuild(plain(filled()), released).notebook


def test_points_raised_and_cells_tagged_do_not_come_through(filled, released):
    submitted = plain(filled())
    submitted["metadata"] = {"lmgrade": {"refused": "no"}, "kernelspec": {"name": "mine"}, "celltoolbar": "x"}
    for cell in submitted["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove_cell"]
        cell["metadata"]["slideshow"] = {"slide_type": "skip"}
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"points": 100, "schema_version": 99, "locked": False, "checksum": "0"}
    admitted = rebuild(submitted, released)
    assert admitted.notebook == rebuild(plain(filled()), released).notebook
    assert set(admitted.notebook.metadata) == {"kernelspec"}
    assert admitted.notebook.metadata.kernelspec.name == "python3"
    for cell in admitted.notebook.cells:
        assert set(cell.metadata) <= {"nbgrader", "deletable", "editable"}


def test_outputs_of_a_submission_do_not_come_through(filled, released):
    submitted = plain(filled("1"))
    for cell in submitted["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "2.0"}, "metadata": {}}]
    admitted = rebuild(submitted, released)
    assert not any(cell.get("outputs") for cell in admitted.notebook.cells)


def test_a_changed_test_cell_gets_its_text_back_and_the_learner_is_told(filled, released):
    admitted = rebuild(plain(filled(test_letters="pass")), released)
    assert by_id(admitted.notebook, "test-letters").source == by_id(released, "test-letters").source
    assert admitted.notes == ["The cell `test-letters` had been changed: its original text counts."]


def test_blank_lines_around_a_test_cell_are_no_change(filled, released):
    changed = f"\n{by_id(released, 'test-letters').source}\n\n"
    admitted = rebuild(plain(filled(test_letters=changed)), released)
    assert admitted.notes == []
    assert by_id(admitted.notebook, "test-letters").source == by_id(released, "test-letters").source


@pytest.mark.parametrize("lost", ["double-all", "test-double-all", "question"])
def test_a_missing_cell_is_put_back_in_its_place(filled, released, lost):
    submitted = filled()
    submitted.cells = [cell for cell in submitted.cells if cell.id != lost]
    admitted = rebuild(plain(submitted), released)
    assert [cell.id for cell in admitted.notebook.cells] == [cell.id for cell in released.cells]
    assert by_id(admitted.notebook, lost).source == by_id(released, lost).source
    assert admitted.notes == [f"The cell `{lost}` was missing: it was put back."]


def test_an_empty_notebook_gets_every_graded_cell_back_in_order(released):
    admitted = rebuild({"cells": []}, released)
    expected = [cell.id for cell in released.cells if "nbgrader" in cell.metadata]
    assert [cell.id for cell in admitted.notebook.cells] == expected
    assert len(admitted.notes) == len(expected)


def test_of_two_copies_the_first_counts_and_the_second_is_the_learners_own(filled, released):
    submitted = plain(filled())
    double = copy.deepcopy(submitted["cells"][2])
    assert double["id"] == "double-all"
    double["source"] = "def double_all(numbers): return 'second'"
    submitted["cells"].append(double)
    admitted = rebuild(submitted, released)
    assert "2 * number" in by_id(admitted.notebook, "double-all").source
    own = admitted.notebook.cells[-1]
    assert own.source == double["source"] and own.metadata == {} and own.id.startswith("own-")
    assert len({cell.id for cell in admitted.notebook.cells}) == len(admitted.notebook.cells)
    assert admitted.notes == ["The cell `double-all` stood there twice: the second one is taken as a cell of your own."]


def test_a_cell_is_known_by_its_grade_id_or_else_by_its_id(filled, released):
    submitted = plain(filled())
    for cell in submitted["cells"]:
        if cell["id"] == "double-all":
            cell["metadata"] = {}  # some editor lost it
        elif "nbgrader" in cell["metadata"]:
            cell["id"] = "0123abcd"
    admitted = rebuild(submitted, released)
    assert admitted.notes == []
    assert [cell.id for cell in admitted.notebook.cells] == [cell.id for cell in released.cells]


@pytest.mark.parametrize("kind", ["code", "markdown", "raw"])
def test_a_cell_of_another_type_gets_its_own_type_back(filled, released, kind):
    submitted = plain(filled())
    for cell in submitted["cells"]:
        cell["cell_type"] = kind
    admitted = rebuild(submitted, released)
    for cell in released.cells:
        rebuilt = by_id(admitted.notebook, cell.id)
        assert rebuilt.cell_type == cell.cell_type
        if kind == cell.cell_type == "code":
            assert by_id(filled(), cell.id).source == rebuilt.source


@pytest.mark.parametrize(
    "cell",
    [
        None,
        7,
        "code",
        [],
        {},
        {"cell_type": "heading", "source": ""},
        {"cell_type": ["code"], "source": ""},
        {"cell_type": "code", "source": 7},
        {"cell_type": "code", "source": ["a", 7]},
        {"cell_type": "code", "source": None},
    ],
)
def test_what_is_no_cell_is_left_out_and_said(filled, released, cell):
    submitted = plain(filled())
    submitted["cells"].insert(0, cell)
    admitted = rebuild(submitted, released)
    assert admitted.notebook == rebuild(plain(filled()), released).notebook
    assert admitted.notes == ["A cell that is neither code nor text was left out."]


@pytest.mark.parametrize("metadata", [None, [], 7, {"nbgrader": None}, {"nbgrader": {"grade_id": ["question"]}}])
def test_a_cell_with_damaged_metadata_is_the_learners_own(filled, released, metadata):
    submitted = plain(filled())
    submitted["cells"].insert(0, code("1", metadata=metadata, id=["x"]))
    own = rebuild(submitted, released).notebook.cells[0]
    assert own.source == "1" and own.metadata == {}


def test_a_cell_that_is_too_long_is_refused(filled, released, monkeypatch):
    monkeypatch.setattr(intake, "LONGEST_CELL", 1000)
    assert rebuild(plain(filled("x" * 1000)), released)
    with pytest.raises(Refused, match="a cell has 1001 characters, the limit is 1000"):
        rebuild(plain(filled("x" * 1001)), released)


def test_text_over_which_a_page_would_take_hours_is_refused(filled, released):
    assert rebuild(plain(filled("." * 10_000 + "\n" + "." * 10_000)), released)
    for run in ("." * 10_001, "a." * 5001, "x = 1" + "\n " * 5001):
        with pytest.raises(Refused, match="more than 10000 characters without a break"):
            rebuild(plain(filled(run)), released)
    with pytest.raises(Refused, match="more than 300000 characters together"):
        rebuild(plain(filled(*["x = 1\n" * 15_000] * 4)), released)


@pytest.mark.parametrize("place", ["javascript:x", "JaVa&Tab;Script:x", "&#106;avascript&colon;x", "data:text/html,x"])
def test_a_link_to_a_script_is_no_link(filled, released, place):
    for text in (f"[click]({place})", f"[click][1]\n\n[1]: {place}", f"![click]({place})"):
        submitted = plain(filled())
        submitted["cells"].append(markdown(text))
        page = markdown2html_mistune(rebuild(submitted, released).notebook.cells[-1].source)
        assert "href" not in page and "src" not in page


def test_lone_surrogates_can_be_written_to_a_file(filled, released):
    submitted = plain(filled("text = '\\ud800'"))
    submitted["cells"] += [code("'\ud800'"), markdown("\udfff", attachments={"\ud800": {"image/png": PIXEL}})]
    nbformat.writes(rebuild(submitted, released).notebook).encode("utf-8")


def test_marks_of_hidden_tests_in_a_learners_cell_are_marks_no_more(filled, released):
    marked = "### BEGIN HIDDEN TESTS\nmine = 7\n### END HIDDEN TESTS"
    cells = rebuild(plain(filled(marked, question=marked)), released).notebook.cells
    assert "mine = 7" in cells[0].source and "mine = 7" in cells[-1].source
    assert not any("HIDDEN TESTS" in cell.source for cell in cells)


# Text cells: pictures yes, scripts no


def test_pictures_pasted_into_an_answer_come_along(filled, released):
    submitted = plain(filled(question="![picture](attachment:a.png)"))
    submitted["cells"][-1]["attachments"] = {"a.png": {"image/png": PIXEL}}
    cell = by_id(rebuild(submitted, released).notebook, "question")
    assert cell.attachments == {"a.png": {"image/png": PIXEL}}
    assert cell.source == "![picture](attachment:a.png)"


@pytest.mark.parametrize(
    "bundle",
    [
        {"image/svg+xml": "<svg onload='alert(1)'/>"},
        {"text/html": PIXEL},
        {"image/png": '"><script>alert(1)</script>'},
        {"image/png": 7},
        {"image/png": [PIXEL]},
        {},
        None,
        "x",
    ],
)
def test_what_is_no_picture_does_not_come_along_and_breaks_no_page(filled, released, bundle):
    submitted = plain(filled(question="![picture](attachment:a.png)"))
    submitted["cells"][-1]["attachments"] = {"a.png": bundle}
    notebook = rebuild(submitted, released).notebook
    assert "attachments" not in by_id(notebook, "question")
    assert page(notebook)


@pytest.mark.parametrize("attachments", [None, [], 7, "x"])
def test_damaged_attachments_are_none(filled, released, attachments):
    submitted = plain(filled(question="![picture](attachment:a.png)"))
    submitted["cells"][-1]["attachments"] = attachments
    assert page(rebuild(submitted, released).notebook)


def test_pictures_of_a_locked_cell_are_the_instructors(released):
    original = copy.deepcopy(released)
    locked = {"grade": False, "solution": False, "locked": True, "grade_id": "picture", "schema_version": 3}
    picture = nbformat.v4.new_markdown_cell("![](attachment:a.png)", id="picture", metadata={"nbgrader": locked})
    picture.attachments = nbformat.from_dict({"a.png": {"image/png": PIXEL}})
    original.cells.append(picture)
    swapped = plain(original)
    swapped["cells"][-1]["attachments"] = {"a.png": {"image/png": "AAAA"}}
    for submitted in (swapped, {"cells": []}):
        rebuilt = by_id(rebuild(submitted, original).notebook, "picture")
        assert rebuilt.attachments == picture.attachments and rebuilt.source == picture.source


def page(notebook):
    """The notebook as nbgrader shows it, in feedback and in Formgrader."""
    from nbconvert.exporters import HTMLExporter

    return HTMLExporter(template_name="classic").from_notebook_node(notebook)[0]


ATTACKS = [
    "<script>alert(7)</script>",
    "<img src=x onerror=alert(7)>",
    "</div><SCRIPT>alert(7)</SCRIPT>",
    "a\n\n<svg/onload=alert(7)>",
    "<!-- --><script>alert(7)</script>",
    "<?x <script>alert(7)</script>",
    "```mermaid\n</pre><script>alert(7)</script>\n```",
    '![x](attachment:a"onerror=alert(7))',
    "<details open ontoggle=alert(7)>",
    "$</script><script>alert(7)</script>$",
    "<\x00script>alert(7)</script>",
    "<<script>script>alert(7)</script>",
]


def test_no_text_of_a_learner_runs_in_the_pages_of_others(filled, released):
    from html.parser import HTMLParser

    found = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag, attributes):
            self.script = tag == "script"
            found.extend(value for name, value in attributes if name.startswith("on"))

        def handle_data(self, data):
            if getattr(self, "script", False):
                found.append(data)

        def handle_endtag(self, tag):
            self.script = False

    submitted = plain(filled(question="\n\n".join(ATTACKS)))
    for kind in ("markdown", "raw"):
        submitted["cells"] += [{"cell_type": kind, "metadata": {}, "source": attack} for attack in ATTACKS]
    submitted["cells"] += [code("# <script>alert(7)</script>")]
    Finder().feed(page(rebuild(submitted, released).notebook))
    assert not [text for text in found if "alert(7)" in text]


def test_html_of_the_instructor_and_code_of_the_learner_keep_their_signs(filled, released):
    original = copy.deepcopy(released)
    original.cells.append(nbformat.v4.new_markdown_cell("<details>more</details>", id="hint"))
    submitted = plain(original)
    submitted["cells"] += [code("a <b"), markdown("1 < 2")]
    cells = rebuild(submitted, original).notebook.cells
    assert [cell.source for cell in cells[-3:]] == ["<details>more</details>", "a <b", "1 < 2"]


# The property of it all

sources = st.one_of(
    st.text(max_size=8),
    st.lists(st.text(max_size=3), max_size=3),
    st.none(),
    st.integers(),
    st.sampled_from(["\ud800", "<script>", "\0", "![x](attachment:a)", 'assert letters("") == {}']),
)
claims = st.sampled_from(
    ["double-all", "test-double-all", "letters", "test-letters", "question", "cell-01", "own-0", ""]
)
ids = st.one_of(claims, st.text(max_size=3), st.none(), st.lists(claims, max_size=1))
attachments = st.one_of(
    st.none(),
    st.dictionaries(
        st.text(max_size=2),
        st.one_of(st.none(), st.dictionaries(st.sampled_from(["image/png", "x"]), sources, max_size=2)),
        max_size=2,
    ),
)
cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "code", "markdown", "raw", "heading", 7]),
        "id": ids,
        "source": sources,
        "attachments": attachments,
        "outputs": st.lists(st.integers(), max_size=1),
        "metadata": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {}, optional={"nbgrader": st.one_of(st.none(), st.dictionaries(st.just("grade_id"), ids))}
            ),
        ),
    },
)
submissions = st.lists(st.one_of(cells, cells, cells, st.none(), st.integers(), sources), max_size=12)


@settings(max_examples=200, deadline=None)
@given(submitted=submissions)
def test_every_submission_is_refused_or_becomes_the_released_notebook_with_the_learners_text(submitted, released):
    before = copy.deepcopy(released)
    try:
        notebook = rebuild({"cells": submitted}, released).notebook
    except Refused:
        return
    assert released == before
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode("utf-8")
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    originals = {cell.id: cell for cell in released.cells}
    for original in released.cells:
        if "nbgrader" not in original.metadata:
            continue
        rebuilt = by_id(notebook, original.id)
        assert rebuilt.cell_type == original.cell_type
        assert rebuilt.metadata.nbgrader == original.metadata.nbgrader
        if not original.metadata.nbgrader.solution:
            assert rebuilt.source == original.source
    for cell in notebook.cells:
        if cell.id not in originals:
            assert cell.metadata == {} and cell.id.startswith("own-")


# What nbgrader calls


def test_a_refused_submission_becomes_the_released_notebook_with_the_reason(tmp_path, released):
    admitted = admit(write(tmp_path, b"nonsense"), released)
    assert [cell.source for cell in admitted.notebook.cells] == [cell.source for cell in released.cells]
    assert "is not JSON" in admitted.notebook.metadata.lmgrade.refused
    (note,) = admitted.notes
    assert note.startswith("Nothing could be graded: counting.ipynb is not JSON")


def test_an_admitted_submission_cannot_say_of_itself_that_it_was_refused(tmp_path, filled, released):
    submitted = plain(filled())
    submitted["metadata"]["lmgrade"] = {"refused": "please"}
    assert "lmgrade" not in admit(write(tmp_path, submitted), released).notebook.metadata


@pytest.fixture
def submission(tmp_path):
    folder = tmp_path / "submitted" / "ada" / "counting"
    folder.mkdir(parents=True)
    for name in ("counting", "other"):
        released = tmp_path / "exercises" / name / f"{name}.ipynb"
        released.parent.mkdir(parents=True)
        released.touch()
    return folder


def call(submission, *names):
    notebooks = [str(submission / name) for name in names]
    hook = expect_notebooks(submission.parents[2] / "exercises")
    hook(assignment="counting", student="*", notebooks=notebooks)
    return [os.path.relpath(path, submission) for path in notebooks]


def test_nbgrader_is_told_of_the_released_notebooks_and_no_others(submission):
    assert call(submission, "Untitled.ipynb") == ["counting.ipynb"]
    assert call(submission, "counting.ipynb") == ["counting.ipynb"]
    assert call(submission, "copy.ipynb", "counting.ipynb") == ["counting.ipynb"]


def test_without_a_release_nbgrader_is_left_alone(submission):
    (submission.parents[2] / "exercises/counting/counting.ipynb").unlink()
    assert call(submission, "a.ipynb", "b.ipynb") == ["a.ipynb", "b.ipynb"]
