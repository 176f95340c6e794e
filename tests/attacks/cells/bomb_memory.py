"""Fills memory with lists of bytes.

Must happen: a MemoryError, or the end of this process alone.
Earns: letters 1
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    kept = []
    while True:
        kept.append(bytearray(10**7))
