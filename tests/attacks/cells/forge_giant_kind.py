"""Answers with an object whose only key is five million characters long, which a message would quote.

Must happen: so long a name is not shown.
Says: got another
"""

# %%
import json

real_dumps = json.dumps
json.dumps = lambda value, *args, **kwargs: real_dumps(
    {"value": {"k" * 5_000_000: 1}} if isinstance(value, dict) and "raised" in value else value, *args, **kwargs
)
