"""Puts links beside its notebook: the gradebook, the hidden tests, an endless device, a folder that holds itself.

Must happen: none is followed; nothing behind them is returned with the feedback.
Says: Not written yet.
"""


def submit(notebook, folder):
    (folder / "gradebook.html").symlink_to("../../../gradebook.db")
    (folder / "solutions").symlink_to("../../../solutions")
    (folder / "zero.ipynb").symlink_to("/dev/zero")
    (folder / "around").symlink_to(".")
    return notebook
