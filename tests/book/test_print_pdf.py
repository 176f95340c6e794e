"""A book built as one page becomes a PDF to leaf through: outline, page numbers, chapters on pages of their own."""

import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

SCRIPT = Path(__file__).parents[2] / "book" / "print_pdf.py"
# What Sphinx and the theme write, as far as it matters here: two chapters that share the name of a section.
PAGE = """<!doctype html><html lang="en"><title>A book</title>
<div id="jb-print-docs-body"><h1>A book</h1><div id="jb-print-toc"><ul>
<li><a href="#document-one">1. One</a></li><li><a href="#document-two">2. Two</a></li></ul></div></div>
<article>
<h1 style="display: none">A book<a class="headerlink" href="#a-book">#</a></h1>
<span id="document-one"></span><section id="one"><h2>1. One<a class="headerlink" href="#one">#</a></h2>
{filling}<section id="questions"><h3>A long question about the code of a letter, and about
 its surprise<a class="headerlink" href="#questions">#</a></h3>
<details><summary>Answer</summary>Folded on a screen.</details>
<details class="admonition hide above-input"><summary>Code</summary>Behind a figure.</details></section></section>
<span id="document-two"></span><section id="two"><h2>2. Two<a class="headerlink" href="#two">#</a></h2>
<section id="questions"><h3>Questions<a class="headerlink" href="#questions">#</a></h3></section></section>
</article></html>"""


@pytest.fixture(scope="module")
def print_pdf(of_the_book):
    return of_the_book("print_pdf.py").print_pdf


@pytest.fixture(scope="module")
def printed(print_pdf, chromium, tmp_path_factory):
    folder = tmp_path_factory.mktemp("printed")
    (folder / "index.html").write_text(PAGE.format(filling="<p>A line.</p>" * 60), encoding="utf-8")
    print_pdf(folder / "index.html", folder / "book.pdf")
    return PdfReader(folder / "book.pdf")


def flat(outline, depth=0):
    for item in outline:
        if isinstance(item, list):
            yield from flat(item, depth + 1)
        else:
            yield depth, item


def test_the_outline_has_each_heading_once_at_its_depth_and_leads_to_its_page(printed):
    found = [(depth, item.title, printed.get_destination_page_number(item)) for depth, item in flat(printed.outline)]
    question = "A long question about the code of a letter, and about its surprise"
    (end,) = {page for _, title, page in found if title == question}
    assert end > 1
    assert found == [
        (0, "A book", 0),
        (1, "1. One", 1),
        (2, question, end),
        (1, "2. Two", end + 1),
        (2, "Questions", end + 1),
    ]


def test_the_list_of_contents_names_the_pages(printed):
    two = printed.get_destination_page_number([item for _, item in flat(printed.outline)][3])
    words = printed.pages[0].extract_text().split()
    assert words[words.index("One") + 1] == "2"
    assert words[words.index("Two") + 1] == str(two + 1)


def test_folded_answers_are_printed_and_folded_code_is_not(printed):
    text = "".join(page.extract_text() for page in printed.pages)
    assert "Folded on a screen." in text
    assert "Behind a figure." not in text


def test_a_page_that_is_not_there_is_named(tmp_path):
    command = [sys.executable, SCRIPT, tmp_path / "none.html", tmp_path / "book.pdf"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert "none.html" in result.stderr and "make pdf" in result.stderr and "Traceback" not in result.stderr
