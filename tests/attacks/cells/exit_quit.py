"""Calls ``quit()`` and ``exit()`` in cells, and asks the kernel to shut itself down.

Must happen: a kernel that leaves is started again, a cell that ended it is not run again.
Earns: mean 1
"""

# %%
quit()

# %%
get_ipython().ask_exit()
get_ipython().kernel.do_shutdown(False)

# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)
