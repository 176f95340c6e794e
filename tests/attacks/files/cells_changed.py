"""Replaces the text of the test cells: no tests, a full score, marks of hidden tests around everything.

Must happen: the released text counts.
Says: had been changed: its original text counts
"""


def submit(notebook, folder):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = '### BEGIN HIDDEN TESTS\n2.0\n### END HIDDEN TESTS\nlmgrade.grade("small", "nothing")\n2.0'
    return notebook
