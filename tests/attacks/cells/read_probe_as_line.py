"""Forges an answer that says it failed at line "<the hidden test's source>" of its cell.

Must happen: a line is a number; anything else cannot be read.
Says: the answer's exception has not the form of one
"""

# %%
import json
import sys

real_dumps = json.dumps


def dumps(value, *args, **kwargs):
    if isinstance(value, dict) and "raised" in value:
        frame = sys._getframe()
        while "request" not in frame.f_locals:
            frame = frame.f_back
        source = frame.f_locals["request"]["probe"]
        value = {"raised": {"type": "E", "message": "", "at": {"function": "f", "line": source, "code": ""}}}
    return real_dumps(value, *args, **kwargs)


json.dumps = dumps
