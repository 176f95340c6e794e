"""Sleeps for an hour in a cell and in a function, using no processor time.

Must happen: wall time is bounded.
Says: too slow
"""

# %%
import time

time.sleep(3600)


# %% mean
def mean(numbers):
    import time

    time.sleep(3600)
