"""Prints the book, built as one page, to a PDF: ``python book/print_pdf.py PAGE PDF``.

Chromium sets the formulas and breaks the pages. What only a screen needs (search, buttons, the lists of contents beside
the text) is left out by the theme's own style for print. It is printed twice: only then is it known on which page of
paper each chapter begins, for the list of contents.
"""

import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import Fit

FOOTER = """<div style="width:100%;font-size:8px;text-align:center;font-family:sans-serif">
<span class="pageNumber"></span></div>"""
PAPER = {
    "format": "A4",
    "margin": {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
    "print_background": True,
    "tagged": True,
    "display_header_footer": True,
    "header_template": "<span></span>",
    "footer_template": FOOTER,
}
STYLE = """
#jb-print-toc a { display: flex; justify-content: space-between; }
#jb-print-toc .page { min-width: 3em; text-align: right; }
:is(h1, h2, h3, h4) > a[href^="#heading-"] { color: inherit !important; text-decoration: none !important; }
[id^="document-"] + section { break-before: page; }
figure, figcaption, div.math, tr { break-inside: avoid; }
h1, h2, h3, h4 { break-after: avoid; }
details.hide { display: none; }
"""
SET = "!window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
# Answers to questions are folded on a screen, and paper cannot be clicked. (The code behind a figure, which the book
# folds away as well, is left out above.)
UNFOLD = "document.querySelectorAll('details').forEach(details => details.open = true)"
# Chapters share names of sections, so that on one page each heading needs a place of its own. A link to it makes
# Chromium write the place down.
HEADINGS = """() => [...document.querySelectorAll("#jb-print-docs-body h1, article :is(h1, h2, h3, h4)")].filter(
  heading => heading.checkVisibility()).map((heading, i) => {
  const words = heading.cloneNode(true);
  words.querySelectorAll(".headerlink, mjx-assistive-mml").forEach(part => part.remove());
  heading.id = `heading-${i}`;
  const link = document.createElement("a");
  link.href = `#${heading.id}`;
  link.append(...heading.childNodes);
  heading.append(link);
  return [Number(heading.tagName[1]), words.textContent.trim().replace(/\\s+/g, " "), heading.id];
})"""
CONTENTS = """() => [...document.querySelectorAll("#jb-print-toc a[href^='#']")].map(link => {
  const chapter = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const first = [...document.querySelectorAll("[id^='heading-']")].find(
    heading => chapter.compareDocumentPosition(heading) & Node.DOCUMENT_POSITION_FOLLOWING);
  link.href = `#${first.id}`;
  link.insertAdjacentHTML("beforeend", "<span class='page'></span>");
  return first.id;
})"""
NUMBER = """pages =>
  document.querySelectorAll("#jb-print-toc .page").forEach((span, i) => span.textContent = pages[i])"""


def print_pdf(page: Path, pdf: Path) -> None:
    """Print an HTML page, with page numbers, also in its list of contents, and the outline of its headings.

    Raises:
        FileNotFoundError: there is no such page, or no Chromium.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("chromium is not here, and it makes the PDF: apt-get install chromium")
    if not page.is_file():
        raise FileNotFoundError(f"there is no page {page}: `make pdf` builds it first")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=root)
        tab = browser.new_page(color_scheme="light")
        tab.emulate_media(media="print")
        tab.set_default_timeout(300_000)
        tab.goto(page.resolve().as_uri())
        tab.wait_for_function(SET)
        tab.evaluate(UNFOLD)
        tab.add_style_tag(content=STYLE)
        printed = Path(folder) / "printed.pdf"
        headings = tab.evaluate(HEADINGS)
        _print_numbered(tab, printed)
        browser.close()
        _add_outline(printed, headings, pdf)


def _print_numbered(tab: Page, pdf: Path) -> None:
    """Print, and once more with the numbers of the pages that the list of contents leads to."""
    entries = tab.evaluate(CONTENTS)
    tab.pdf(path=pdf, **PAPER)
    if entries:
        reader = PdfReader(pdf)
        places = reader.named_destinations
        tab.evaluate(NUMBER, [reader.get_destination_page_number(places[f"/{entry}"]) + 1 for entry in entries])
        tab.pdf(path=pdf, **PAPER)


def _add_outline(printed: Path, headings: list[tuple[int, str, str]], pdf: Path) -> None:
    """Write a PDF once more with an outline: of each heading its level, its words, and where it leads.

    Chromium's own outline has a title twice where the line is drawn twice, and loses the spaces at ends of lines.
    """
    writer = PdfWriter(clone_from=printed)
    places, above = writer.named_destinations, {}
    for level, title, anchor in headings:
        place = places[f"/{anchor}"]
        above = {upper: item for upper, item in above.items() if upper < level}
        parent = above.get(max(above, default=0))
        number = writer.get_destination_page_number(place)
        above[level] = writer.add_outline_item(
            title=title, page_number=number, parent=parent, fit=Fit.xyz(top=place.top)
        )
    writer.page_mode = "/UseOutlines"
    writer.write(pdf)


if __name__ == "__main__":
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # Chromium counts its objects in another way
    try:
        print_pdf(Path(sys.argv[1]), Path(sys.argv[2]))
    except FileNotFoundError as error:
        sys.exit(str(error))
    print(f"{sys.argv[2]}, {Path(sys.argv[2]).stat().st_size / 1e6:.1f} MB")
