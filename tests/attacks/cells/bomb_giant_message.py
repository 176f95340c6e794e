"""Sends one message of 100 MB.

Must happen: the grader does not read it, and makes the connection that is lost over it anew.
"""


# %% mean
def mean(numbers):
    display({"text/plain": "x" * 10**8}, raw=True)
    return 0.0
