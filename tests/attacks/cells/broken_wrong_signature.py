"""Has functions of other parameters, and a variable where a function belongs. Nothing hostile.

Must happen: each says what is wrong.
Says: TypeError
"""


# %% softmax
def softmax(x):
    return x.exp()


# %% letters
letters = {"a": 1}


# %% mean
def mean(*, numbers):
    return sum(numbers)
