"""Returns objects whose ``__class__`` says that they are tensors, floats or dicts.

Must happen: what they hold is read or refused, never believed.
"""


# %%
class Liar:
    def __init__(self, kind):
        object.__setattr__(self, "kind", kind)

    @property
    def __class__(self):
        return self.kind

    def __float__(self):
        return float("nan")

    def items(self):
        return []

    def detach(self):
        return self

    cpu = contiguous = clone = detach


# %% softmax
def softmax(x, dim):
    return Liar(torch.Tensor)


# %% letters
def letters(text):
    return Liar(dict)


# %% mean
def mean(numbers):
    return Liar(float)
