"""Waits for its own end: atexit hooks and finalizers that sleep, print a score and start processes.

Must happen: a kernel that has been graded is killed, not asked.
Says: Not written yet.
"""

# %%
import atexit
import time
import weakref


class Last:
    pass


def last_words():
    print("1.0")
    time.sleep(600)


last = Last()
weakref.finalize(last, last_words)
atexit.register(last_words)
