"""Brings a time stamp from before the deadline that is no time stamp at all.

Must happen: the notebook is judged all the same.
Earns: mean 1
"""


def submit(notebook, folder):
    (folder / "timestamp.txt").write_text("1970-01-01 00:00:00 attack-was-here\n" * 1000)
    next(cell for cell in notebook.cells if cell.id == "mean").source = "from statistics import mean"
    return notebook
