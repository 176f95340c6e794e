"""Names and texts that anybody may have written."""

import pytest
from nbconvert.filters import markdown2html

from lmgrade.harmless import LONGEST_NAME, field, file_name, printable


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\x1b]8;;javascript:alert(1)\x07click", "\x9b31m", "\u202e", "\ud800", "\r\n"]
)
def test_what_a_terminal_would_obey_is_left_out(text):
    shown = printable(f"a{text}б")
    assert shown.isprintable() and shown.startswith("a") and shown.endswith("б")
    shown.encode()


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>.ipynb",
        "[x](javascript:alert(1)).ipynb",
        "![x](https://example.org/x.png).ipynb",
        "`code`",
        "<https://example.org>",
        "&lt;b&gt;",
        "\x1b[2J\n# heading",
        "\udcff\udcfe.ipynb",
        "$\\href{javascript:alert(1)}{x}$",
        "x" * 10_000,
    ],
)
def test_a_files_name_is_text_in_markdown_and_on_a_terminal(name):
    shown = file_name(name)
    page = markdown2html(f"* the folder holds {shown}")
    assert not [found for found in ("<img", "<a", "<code", "<h1", "javascript:", "&lt;", "$") if found in page]
    assert shown.isprintable() and len(shown) <= LONGEST_NAME + 3


def test_ordinary_names_stay():
    for name in ("tokenization-1.ipynb", "маленькая.ipynb", "a_b c+d=e@f.ipynb"):
        assert file_name(name) == name


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("x")', "+1+cmd|' /C calc'!A0", "-2+3+cmd|'x'!A0", "@SUM(1+1)", "\t=1", "\n=1", "\uff1d1+1"],
)
def test_no_text_is_a_formula(text):
    assert field(text) == f"'{text}"


@pytest.mark.parametrize("value", ["ada", "", None, 7, -7.5, "a=b", "O'Hara, Ada"])
def test_what_is_no_formula_stays(value):
    assert field(value) == value
