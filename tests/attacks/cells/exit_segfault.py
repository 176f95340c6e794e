"""Crashes the interpreter: ctypes reads address 0.

Must happen: that task is lost, the others are asked in a new process.
Earns: letters 1
Says: The process ended while this check ran
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    import ctypes

    return ctypes.string_at(0)
