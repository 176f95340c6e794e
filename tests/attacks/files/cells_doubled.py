"""Holds every cell twice, the second test cells with other points and without tests.

Must happen: the first of each counts, once.
Says: stood there twice
"""

import copy


def submit(notebook, folder):
    doubles = copy.deepcopy(notebook.cells)
    for cell in doubles:
        cell.id += "-2"
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "1.0"
    notebook.cells += doubles
    return notebook
