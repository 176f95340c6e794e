"""Answers almost right: a mean rounded to two digits, float64 where float32 was asked, counts as floats.

Must happen: close is not equal.
"""


# %% softmax
def softmax(x, dim):
    e = (x.double() - x.double().amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


# %% letters
def letters(text):
    return {letter: float(text.count(letter)) for letter in text}


# %% mean
def mean(numbers):
    return round(sum(numbers) / len(numbers))
