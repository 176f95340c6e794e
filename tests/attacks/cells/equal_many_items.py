"""Answers with a list of ten million items, for which comparing would take for ever.

Must happen: more items than any answer needs are refused where they are made.
"""


# %% mean
def mean(numbers):
    return [1.0] * 10_000_000
