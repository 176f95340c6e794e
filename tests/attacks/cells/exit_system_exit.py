"""Ends with ``sys.exit(0)``, in a cell and in every function, so that a runner reports success.

Must happen: an exit is an exception like any other.
Says: Raised SystemExit: 0
"""

# %%
import sys

sys.exit(0)


# %% mean
def leave(*args, **kwargs):
    sys.exit(0)


softmax = letters = mean = leave
