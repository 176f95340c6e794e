"""Fills memory with lists of bytes.

Must happen: a MemoryError, or the end of this process alone.
"""


# %% mean
def mean(numbers):
    kept = []
    while True:
        kept.append(bytearray(10**7))
