"""Makes the student's whole folder a link to another student's.

Must happen: a link is no folder, nothing behind it counts or changes.
Says: a link or a file where a folder belongs
"""


def submit(notebook, folder):
    folder.rmdir()
    folder.parent.rmdir()
    folder.parent.symlink_to("000-plain")
