"""Computes 9^9^9 and multiplies it, which ignores signals while it runs.

Must happen: a process that cannot be interrupted is ended.
Earns: letters 1
Says: too slow
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    return 9 ** (9**9)
