"""Compares with what it must not use, in cells and comments beside its own function, and calls a method by its name.

Must happen: full marks; nothing of it is used by the function.
Earns: everything
"""

# %%
from torch.nn.functional import softmax as theirs

softmax = torch.softmax
print(softmax(torch.zeros(2), 0))


# %% softmax
class Maths:
    def softmax(self, x, dim):
        """As torch.softmax(x, dim) does it."""
        e = (x - x.amax(dim, keepdim=True)).exp()
        return e / e.sum(dim, keepdim=True)


def softmax(x, dim):
    return Maths().softmax(x, dim)  # not torch.softmax


# %%
x = torch.randn(3, 4)
torch.testing.assert_close(softmax(x, -1), torch.softmax(x, -1))
assert torch.allclose(theirs(x, dim=0), x.softmax(0))


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)
