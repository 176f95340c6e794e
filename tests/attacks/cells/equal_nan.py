"""Answers NaN everywhere, for which every comparison that is written carelessly comes out as "not different".

Must happen: NaN equals NaN alone, within no tolerance.
Says: The answer is wrong.
"""


# %% softmax
def softmax(x, dim):
    return x * float("nan")


# %% letters
def letters(text):
    return dict.fromkeys("abcde", float("nan"))


# %% mean
def mean(numbers):
    return float("nan")
