"""Was cut off while it was copied. Nothing hostile.

Must happen: it is not JSON.
Says: is not JSON
"""

import json


def submit(notebook, folder):
    return json.dumps(notebook).encode()[:1500]
