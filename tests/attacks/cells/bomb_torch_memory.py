"""Makes a tensor of a terabyte, then many that are touched.

Must happen: an error, or the end of this process alone.
Earns: letters 1
Says: Raised RuntimeError
"""


# %% softmax
def softmax(x, dim):
    return torch.ones(10**6, 10**6)


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    kept = []
    while True:
        kept.append(torch.ones(2 * 10**6))
