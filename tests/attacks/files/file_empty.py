"""Is empty. Nothing hostile.

Must happen: it says so.
Says: is empty
"""


def submit(notebook, folder):
    return b""
