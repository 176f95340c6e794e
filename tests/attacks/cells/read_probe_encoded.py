"""Quotes the hidden test's source in an exception, in base64, which no search for quotes can see through.

Must happen: a message that quotes a hidden text is not shown, however it is written.
"""


# %% mean
def mean(numbers):
    import base64
    import sys

    frame = sys._getframe()
    while "request" not in frame.f_locals:
        frame = frame.f_back
    raise ValueError(base64.b64encode(frame.f_locals["request"]["probe"].encode()).decode())
