"""Ends the process in a cell that stands before everything and in every function.

Must happen: a process that is lost again and again is started a limited number of times.
Says: kernel died
"""

# %% mean
import os


def leave(*args, **kwargs):
    os._exit(1)


softmax = letters = mean = leave
