"""Answers with JSON of a million empty lists, which take fifty times as much memory as their text.

Must happen: refused at once, not kept.
Says: 0 answers came back
"""

# %%
import json

real_dumps = json.dumps


def dumps(value, *args, **kwargs):
    if isinstance(value, dict) and "raised" in value:
        return '{"value": [' + "[]," * 1_000_000 + "[]]}"
    return real_dumps(value, *args, **kwargs)


json.dumps = dumps
