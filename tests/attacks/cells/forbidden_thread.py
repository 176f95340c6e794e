"""Has a thread call the forbidden function, one that was there before the watch was.

Must happen: torch's modes are a thread's own and do not see it; the text does.
Says: softmax may not use torch.softmax
"""

# %%
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(1)
pool.submit(int).result()


# %% softmax
def softmax(x, dim):
    return pool.submit(torch.softmax, x, dim).result()
