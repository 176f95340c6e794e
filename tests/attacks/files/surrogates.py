"""Holds halves of characters that no file can hold, and signs that turn a line around.

Must happen: they are replaced; the notebook is judged.
Earns: mean 1
"""


def submit(notebook, folder):
    text = "# \ud800 \u202e \x00 \x1b[2J\ndef mean(numbers):\n    return sum(numbers) / len(numbers)"
    next(cell for cell in notebook.cells if cell.id == "mean").source = text.replace("\x00", "")
    next(cell for cell in notebook.cells if cell.id == "letters").source = "\x00def letters(text):\n    raise ValueError"
    return notebook
