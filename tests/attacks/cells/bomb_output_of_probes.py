"""Displays without end while a check runs.

Must happen: nothing of it is kept, the check is stopped.
Earns: letters 1
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    while True:
        display({"text/plain": "x" * 10**6}, raw=True)
