"""Puts script and style into its text cells, for the person who looks at it in Formgrader.

Must happen: HTML of a learner is text.
Says: Not written yet.
"""

import nbformat


def submit(notebook, folder):
    for text in (
        "<script>document.title = 'attack-was-here'</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "<style>body {display: none}</style>",
        "![x](attachment:x.svg)",
    ):
        cell = nbformat.v4.new_markdown_cell(text)
        cell["attachments"] = {"x.svg": {"image/svg+xml": text}, "../../x": {"image/png": f'">{text}'}}
        notebook.cells.append(cell)
    return notebook
