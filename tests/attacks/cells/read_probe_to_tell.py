"""Reads the hidden test's source in the frame of the probe and quotes it in an exception, to read it in the feedback.

Must happen: a message that is neither a common one nor a text of the learner's cells is left out.
Says: Its message is left out
"""

# %% mean
import sys


def softmax(*args, **kwargs):
    frame = sys._getframe()
    while "request" not in frame.f_locals:
        frame = frame.f_back
    raise ValueError(frame.f_locals["request"]["probe"])


letters = mean = softmax
