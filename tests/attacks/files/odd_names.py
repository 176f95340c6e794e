"""Hands in files with odd names: line breaks, shell commands, markup, other alphabets, no notebook of the right name.

Must happen: the names are text.
Says: there is no file small.ipynb
"""

import os


def submit(notebook, folder):
    for name in ("; rm -rf ~.ipynb", "small\n.ipynb", "<script>alert(1)<.ipynb", "$(reboot).ipynb", "маленькая.ipynb"):
        (folder / name).write_text("{}")
    # Bytes that are no text in any encoding.
    os.close(os.open(os.fsencode(folder) + b"/\xff\xfe.ipynb", os.O_CREAT | os.O_WRONLY))
