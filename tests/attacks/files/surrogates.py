"""Holds halves of characters that no file can hold, and signs that turn a line around.

Must happen: they are replaced; the notebook is judged.
Earns: mean 1
"""


def submit(notebook, folder):
    mean = "# \ud800 \u202e \x1b[2J\nfrom statistics import mean"
    answers = {"mean": mean, "letters": "\x00def letters(text):\n    pass"}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook
