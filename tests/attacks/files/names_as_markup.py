"""Gives files names that are markup, links to scripts and orders to a terminal: the reason for its 0 names them.

Must happen: the names are text.
Says: there is no file small.ipynb; the folder holds
"""


def submit(notebook, folder):
    for name in (
        "<img src=x onerror=alert(1)>.ipynb",
        "[x](javascript:alert(1)).ipynb",
        "![x](javascript:alert(1)).ipynb",
        "\x1b]0;attack\x07\x1b[2J.ipynb",
        "`<img src=x onerror=alert(1)>`.ipynb",
    ):
        (folder / name).write_text("{}")
