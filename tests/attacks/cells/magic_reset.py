"""Resets the shell when it is asked: ``%reset -f`` takes the prober's names away while it works.

Must happen: a failed check, nothing more.
"""


# %% mean
def mean(numbers):
    get_ipython().run_line_magic("reset", "-f")
    get_ipython().reset(new_session=True)
    return 1500.0
