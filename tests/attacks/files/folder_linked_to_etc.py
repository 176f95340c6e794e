"""Hands in a folder that is a link to the machine's settings, to have them copied, or the links among them deleted.

Must happen: a link is no folder, nothing behind it is copied or changed.
Says: a link or a file where a folder belongs
"""


def submit(notebook, folder):
    folder.rmdir()
    folder.symlink_to("/etc")
