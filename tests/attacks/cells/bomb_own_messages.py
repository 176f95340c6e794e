"""Displays objects whose representations are endless, slow, or fail; and a thousand small outputs.

Must happen: the cell has its time; what is left is cut.
Earns: mean 1
"""


# %%
class Slow:
    def __repr__(self):
        return "z" * 10**8


display(Slow())
for number in range(3000):
    display(number)


# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)
