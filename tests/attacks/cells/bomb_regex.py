"""A regular expression that backtracks for ever, inside C code.

Must happen: a process that cannot be interrupted is ended.
Earns: letters 1
Says: too slow
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    import re

    return re.fullmatch(r"(a|aa|a+)+b", "a" * 200)
