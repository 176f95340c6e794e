"""Hands in a folder that is a link to itself, in which no end is found.

Must happen: a link is no folder.
Says: a link or a file where a folder belongs
"""


def submit(notebook, folder):
    folder.rmdir()
    folder.symlink_to(folder.name)
