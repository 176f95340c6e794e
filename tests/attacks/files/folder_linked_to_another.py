"""Hands in a folder that is a link to the folder of a student who has full marks, beside which files would be deleted.

Must happen: a link is no folder, nothing behind it counts or changes.
Says: a link or a file where a folder belongs
"""


def submit(notebook, folder):
    folder.rmdir()
    folder.symlink_to("../000-plain/small")
