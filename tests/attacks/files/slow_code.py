"""Holds 90,000 dots in one line of code, over which the colouring of the feedback takes minutes.

Must happen: refused with a reason, or shown in seconds.
Says: without a break
"""


def submit(notebook, folder):
    next(cell for cell in notebook.cells if cell.id == "mean").source = "." * 90_000
    return notebook
