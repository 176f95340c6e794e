"""Kills itself with SIGKILL while a check runs.

Must happen: that task is lost, the others are asked in a new process.
Earns: letters 1
Says: The process ended while this check ran
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
