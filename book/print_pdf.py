"""Prints the book, built as one page, to a PDF: ``python book/print_pdf.py PAGE PDF``.

Chromium sets the formulas and makes the outline from the headings. What only a screen needs (search, buttons, the lists
of contents beside the text) is left out by the theme's own style for print.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOOTER = """<div style="width:100%;font-size:8px;text-align:center;font-family:sans-serif">
<span class="pageNumber"></span></div>"""
MARGINS = {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}
SET = "!window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
# Answers to questions are folded on a screen, and paper cannot be clicked.
UNFOLD = "document.querySelectorAll('details').forEach(details => details.open = true)"


def print_pdf(page: Path, pdf: Path) -> None:
    """Print an HTML page, with outline and page numbers.

    Raises:
        FileNotFoundError: there is no such page, or no Chromium.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("chromium is not here, and it makes the PDF: apt-get install chromium")
    if not page.is_file():
        raise FileNotFoundError(f"there is no page {page}: `make pdf` builds it first")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=root)
        tab = browser.new_page(color_scheme="light")
        tab.set_default_timeout(300_000)
        tab.goto(page.resolve().as_uri())
        tab.wait_for_function(SET)
        tab.evaluate(UNFOLD)
        tab.pdf(
            path=pdf,
            format="A4",
            margin=MARGINS,
            outline=True,
            print_background=True,
            tagged=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
        )
        browser.close()


if __name__ == "__main__":
    try:
        print_pdf(Path(sys.argv[1]), Path(sys.argv[2]))
    except FileNotFoundError as error:
        sys.exit(str(error))
    print(f"{sys.argv[2]}, {Path(sys.argv[2]).stat().st_size / 1e6:.1f} MB")
