"""Answers in other kinds of numbers: complex, bool, bytes, an integer of ten thousand digits.

Must happen: each is wrong or cannot be read, and says so.
"""


# %% softmax
def softmax(x, dim):
    return x.to(torch.complex64) * float("nan")


# %% letters
def letters(text):
    return dict.fromkeys("abcde", True)


# %% mean
def mean(numbers):
    return 10**10_000
