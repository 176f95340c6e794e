"""Hands in a folder under the notebook's name.

Must happen: it is not a regular file.
Says: is not a regular file
"""


def submit(notebook, folder):
    (folder / "small.ipynb").mkdir()
    (folder / "small.ipynb" / "small.ipynb").write_text("{}")
