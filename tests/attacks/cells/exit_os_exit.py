"""Ends the process with ``os._exit(0)`` in one function.

Must happen: that task is lost, the others are asked in a new process.
Earns: letters 1
Says: kernel died
Says: The process ended while this check ran
"""


# %% softmax
def softmax(x, dim):
    import os

    os._exit(0)


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}
