"""Returns subclasses of float, int, str and dict that equal everything and give another value each time.

Must happen: one plain value travels, and it is wrong.
Says: The answer is wrong.
"""


# %%
class Equal:
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __hash__ = lambda self: 1  # noqa: E731


class Float(Equal, float):
    def __float__(self):
        return 1500.0


class Int(Equal, int):
    def __int__(self):
        return 40


class Str(Equal, str):
    def __str__(self):
        return "a"


class Dict(Equal, dict):
    def items(self):
        return [(Str(letter), Int(40)) for letter in "abcde"]

    def __len__(self):
        return 5


# %% letters
def letters(text):
    return Dict()


# %% mean
def mean(numbers):
    return Float(0)
