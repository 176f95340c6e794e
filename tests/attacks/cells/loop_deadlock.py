"""Waits for a lock that it holds itself, for a process that never ends, and stops itself with SIGSTOP.

Must happen: a stopped process is a late one.
Says: too slow
"""


# %% mean
def mean(numbers):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSTOP)


# %% letters
def letters(text):
    import threading

    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
