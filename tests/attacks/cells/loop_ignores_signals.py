"""Ignores SIGINT and SIGTERM and blocks all signals that can be blocked, then loops in a cell.

Must happen: a process that cannot be interrupted is ended; what the later cells define counts.
Earns: mean 1
"""

# %%
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.valid_signals()))
while True:
    pass


# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)
