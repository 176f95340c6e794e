"""Loops for ever in one function.

Must happen: stopped after the check's seconds; the other tasks keep their points.
Earns: letters 1
Says: Stopped after 2 seconds without an answer.
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    while True:
        pass
