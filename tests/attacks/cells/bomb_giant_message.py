"""Sends one message of 100 MB.

Must happen: the grader does not read it.
Earns: letters 1
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    display({"text/plain": "x" * 10**8}, raw=True)
    return 0.0
