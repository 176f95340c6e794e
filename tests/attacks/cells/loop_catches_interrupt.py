"""Loops for ever and catches every exception, the interrupt too.

Must happen: a process that cannot be interrupted is ended.
Says: too slow
"""


# %% mean
def mean(numbers):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
