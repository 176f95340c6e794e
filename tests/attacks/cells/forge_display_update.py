"""Changes outputs afterwards: clears what was put out, updates displays of earlier cells with a score.

Must happen: a check's outputs are read once; the grade cell's output is the judge's.
Says: The answer is wrong.
"""

# %%
from IPython.display import clear_output, display

handle = display("nothing", display_id="test-mean")


# %% mean
def mean(numbers):
    clear_output()
    handle.update({"text/plain": "1.0", "application/vnd.lmgrade.answer": '{"value": 1500.0}'}, raw=True)
    return 0.0
