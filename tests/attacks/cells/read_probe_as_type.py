"""Tells the hidden test's source as an exception's type and as the name of an answer's class.

Must happen: a name that is neither a common one nor one of the learner's cells is not shown.
Says: Raised an exception
"""

# %% mean
import sys


def source():
    frame = sys._getframe()
    while "request" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["request"]["probe"]


def letters(text):
    raise type(source(), (Exception,), {})()


def mean(numbers):
    return type(source(), (), {})()
