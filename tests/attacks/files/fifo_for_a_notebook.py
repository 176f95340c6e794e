"""Hands in a named pipe, at which a reader would wait for ever.

Must happen: it is not a regular file.
Says: is not a regular file
"""

import os


def submit(notebook, folder):
    os.mkfifo(folder / "small.ipynb")
