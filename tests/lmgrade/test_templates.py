"""Pages with and without formulas: who asks a network for MathJax, and what happens where it does not come."""

import re

import nbformat
import pytest
from nbconvert import HTMLExporter

from lmgrade.nbgrader_plugin import TEMPLATES

# What Formgrader's script does with MathJax.
WAITS = '<script>MathJax.Hub.Startup.signal.Interest(m => { if (m === "End") document.title = "went on"; });</script>'
FAKE = 'MathJax.Hub = {Register: {StartupHook: (when, tell) => setTimeout(tell)}}; MathJax.AuthorInit(); "typeset";'


@pytest.fixture
def opened(browser, tmp_path):
    """A function that opens the page of a text and of code; returns what it asked for, once it went on."""

    def open_page(text, answer=None):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("f'{price} $ and $'")]
        )
        html, _ = HTMLExporter(template_name="classic", extra_template_basedirs=TEMPLATES).from_notebook_node(notebook)
        path = tmp_path / "page.html"
        path.write_text(html + WAITS, encoding="utf-8")
        page, asked = browser.new_page(), []

        def handle(route):
            # nbconvert's own classic page asks for more; nbgrader's do not have these lines.
            of_formulas = "mathjax" in route.request.url.lower()
            asked.extend([route.request.url] if of_formulas else [])
            route.fulfill(body=answer, content_type="text/javascript") if answer and of_formulas else route.abort()

        page.route(re.compile("^https?:"), handle)
        page.goto(path.as_uri())
        page.wait_for_function("document.title === 'went on'", timeout=20_000)
        return asked

    return open_page


def test_a_page_without_formulas_asks_for_nothing_whatever_its_code_holds(opened):
    assert opened("Costs 5 $.\n\n    $HOME $PATH") == []


@pytest.mark.parametrize("formula", ["$x^2$", r"\\(x\\)", "$$x$$", r"\begin{equation}x\end{equation}"])
def test_a_page_with_a_formula_asks_for_mathjax_and_goes_on_without_it(opened, formula):
    assert len(opened(f"The square {formula} of a number.")) == 1


def test_a_page_with_a_formula_goes_on_when_mathjax_has_done_its_work(opened):
    assert len(opened("The square $x^2$.", FAKE)) == 1
