"""Hands in a link to the notebook of a student who has full marks.

Must happen: a link is no notebook.
Says: is not a regular file
"""


def submit(notebook, folder):
    (folder / "small.ipynb").symlink_to("../../000-plain/small/small.ipynb")
