"""Tags the test cells ``skip-execution`` and ``raises-exception``: a stock nbgrader then gives full marks.

Must happen: a submission's tags are left behind.
Says: Not written yet.
"""


def submit(notebook, folder):
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "remove-cell"]
    return notebook
