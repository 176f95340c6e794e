"""Quotes the hidden test's source in an exception, in base64, which no search for quotes can see through.

Must happen: a message that is neither a common one nor a text of the learner's cells is left out.
Says: Its message is left out
"""


# %% mean
def mean(numbers):
    import base64
    import sys

    frame = sys._getframe()
    while "request" not in frame.f_locals:
        frame = frame.f_back
    raise ValueError(base64.b64encode(frame.f_locals["request"]["probe"].encode()).decode())
