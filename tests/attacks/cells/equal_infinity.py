"""Answers infinities, against tolerances that are multiples of something infinite.

Must happen: infinity equals infinity alone.
Says: The answer is wrong.
"""


# %% softmax
def softmax(x, dim):
    return x.abs() * float("inf")


# %% letters
def letters(text):
    return dict.fromkeys("abcde", float("inf"))


# %% mean
def mean(numbers):
    return float("-inf")
