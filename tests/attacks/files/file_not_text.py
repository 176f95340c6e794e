"""Holds bytes that are no text, as a notebook sent as a picture would.

Must happen: it says so.
Says: is not UTF-8 text
"""


def submit(notebook, folder):
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10
