"""Asks the kernel to shut itself down, in a cell and from a timer.

Must happen: whether it leaves or stays, nothing is earned by it.
"""

# %%
get_ipython().kernel.do_shutdown(False)
get_ipython().kernel.io_loop.call_later(0.01, get_ipython().kernel.io_loop.stop)


# %% mean
def mean(numbers):
    return 1500.0
