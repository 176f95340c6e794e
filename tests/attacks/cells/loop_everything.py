"""Loops in every cell and every function, ignoring interrupts, so as to use up every limit there is.

Must happen: the notebook as a whole has its time.
"""

# %%
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass

# %%
while True:
    pass


# %% mean
def loop(*args, **kwargs):
    while True:
        pass


softmax = letters = mean = loop
