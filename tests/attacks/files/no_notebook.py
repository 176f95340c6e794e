"""Hands in a folder without any notebook, which nbgrader would skip: an older mark would stay.

Must happen: nothing handed in is 0 points, with the reason.
Says: there is no file small.ipynb
"""


def submit(notebook, folder):
    (folder / "notebook.txt").write_text("my dog ate it")
