"""Deletes and replaces names of ``__main__`` and of the notebook's namespace, among them ``__builtins__``.

Must happen: the prober does not lean on the learner's names.
Earns: mean 1
"""

# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)

# %%
import sys

sys.modules["__main__"] = None
get_ipython().user_module = None
__builtins__ = {}
__import__ = exec = compile = None
serve = answer = encode = request = learner = lambda *args: True
