"""Spreads memory over children, each within the limit of one process.

Must happen: the processes' memory is counted together.
Says: MiB of memory
"""


# %% mean
def mean(numbers):
    import os
    import time

    for _ in range(6):
        if os.fork() == 0:
            kept = bytearray(b"x" * (200 * 2**20))
            time.sleep(600)
            del kept
    time.sleep(600)
