"""Prints two megabytes of colour codes, over which making the feedback takes minutes.

Must happen: the feedback is made in seconds.
Earns: mean 1
"""

# %%
print("\x1b[m" * 600_000)

# %%
display({"text/plain": "\x1b[1ma" * 350_000}, raw=True)


# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)
