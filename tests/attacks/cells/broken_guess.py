"""Guesses: what a constant could hit, a mean near the middle of the range.

Must happen: a value that depends on the seed is not guessed.
Says: The answer is wrong.
"""


# %% softmax
def softmax(x, dim):
    return torch.ones_like(x) / x.shape[dim]


# %% letters
def letters(text):
    return dict.fromkeys("abcde", len(text) // 5)


# %% mean
def mean(numbers):
    return numbers[0] if len(numbers) == 1 else 1500.0
