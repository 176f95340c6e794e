"""Nests a cell's metadata as deep as JSON can just be read, which later steps would walk through.

Must happen: metadata of a submission are left behind unread.
Says: Not written yet.
"""

import json


def submit(notebook, folder):
    text = json.dumps(notebook)
    deep = '{"a":' * 900 + "1" + "}" * 900
    return text.replace('"metadata": {', '"metadata": {"deep": ' + deep + ", ", 1).encode()
