"""Answers with an exception whose function is a number and whose code is None, to make the grader itself fail.

Must happen: such an answer cannot be read; the submission is graded all the same.
Says: the answer's exception has not the form of one
"""

# %%
import json

real_dumps = json.dumps
forged = {"raised": {"type": "E", "message": "m", "at": {"function": 5, "line": None, "code": None}}}
json.dumps = lambda value, *args, **kwargs: real_dumps(
    forged if isinstance(value, dict) and set(value) & {"value", "raised"} else value, *args, **kwargs
)
