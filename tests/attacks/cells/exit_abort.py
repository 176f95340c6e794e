"""Aborts, which also writes a core file where that is allowed.

Must happen: that task is lost, nothing is written.
Earns: letters 1
Says: The process ended while this check ran
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    import os

    os.abort()
