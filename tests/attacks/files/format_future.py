"""Is a notebook of format 99.

Must happen: it says which format is needed.
Says: of format 99, format 4 is needed
"""


def submit(notebook, folder):
    notebook.nbformat = 99
    return notebook
