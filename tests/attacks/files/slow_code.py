"""Holds 190,000 dots in one line of code, over which the colouring of the feedback takes ten minutes.

Must happen: refused with a reason, or shown in seconds.
Says: without a break
"""


def submit(notebook, folder):
    next(cell for cell in notebook.cells if cell.id == "mean").source = "." * 190_000
    return notebook
