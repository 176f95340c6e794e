"""Prints without end, in a cell.

Must happen: the rest is left out, the cell is stopped, the notebook stays small.
Earns: mean 1
"""

# %%
while True:
    print("x" * 100_000)


# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)
