"""Asks the grader for input, to stop it until somebody types.

Must happen: nobody is asked.
Says: StdinNotImplementedError
"""

# %%
input("Enter the points for this notebook: ")


# %% mean
def mean(numbers):
    return float(input())
