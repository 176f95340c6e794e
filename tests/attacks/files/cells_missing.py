"""Holds one cell, with a right answer; the test cells have been deleted.

Must happen: the released cells are put back, what is there is judged.
Earns: mean 1
Says: was missing: it was put back
"""


def submit(notebook, folder):
    (cell,) = (cell for cell in notebook.cells if cell.id == "mean")
    cell.source = "def mean(numbers):\n    return sum(numbers) / len(numbers)"
    notebook.cells = [cell]
    return notebook
