"""Replaces ``__import__`` and the shell's own module, on which every line of code leans, by things that fail.

Must happen: a process that hangs is started again without the cell that did it.
Earns: mean 1
"""


# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)


# %%
import builtins

builtins.__import__ = __import__ = lambda *args, **kwargs: True
get_ipython().user_module = None
