"""Holds text that takes the Markdown parser minutes: the beginnings of formulas without an end.

Must happen: refused with a reason, or shown in seconds.
Says: characters, the limit is
"""

import nbformat


def submit(notebook, folder):
    notebook.cells += [nbformat.v4.new_markdown_cell("\\begin{a}" * 20_000) for _ in range(20)]
    return notebook
