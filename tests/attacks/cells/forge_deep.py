"""Answers with JSON nested a hundred thousand deep, and with one just shallow enough to be read.

Must happen: it is refused or compared without the grader running out of stack.
"""

# %%
import json

real_dumps = json.dumps
depths = iter([100_000, 900, 400] * 10)


def dumps(value, *args, **kwargs):
    if isinstance(value, dict) and "raised" in value:
        depth = next(depths)
        return '{"value": ' + "[" * depth + "]" * depth + "}"
    return real_dumps(value, *args, **kwargs)


json.dumps = dumps
