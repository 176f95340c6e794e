"""Recurses without end, first within Python's limit, then with the limit lifted until the stack overflows.

Must happen: a RecursionError, or the end of this process alone.
Earns: letters 1
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% softmax
def softmax(x, dim):
    return softmax(x, dim)


# %% mean
def mean(numbers):
    import sys

    sys.setrecursionlimit(10**9)
    return max(numbers, key=lambda number: mean(numbers))
