"""Sends an answer that is no text but a number, a list, a whole MIME bundle.

Must happen: it is no answer.
Says: no answer
"""

# %%
import json

real_dumps = json.dumps
json.dumps = lambda value, *args, **kwargs: (
    {"value": 1500.0} if isinstance(value, dict) and "raised" in value else real_dumps(value, *args, **kwargs)
)
