"""Sends a message of ten million empty lists in 30 MB, which take the receiver gigabytes once they are read.

Must happen: what has so many pieces is not read.
Earns: mean 1
"""

# %%
kernel = get_ipython().kernel
pack = kernel.session.pack
lists = b"[" + b"[]," * 10_000_000 + b"[]]"
kernel.session.pack = lambda data: lists if data == {"a": "bomb"} else pack(data)
bomb = {"a": "bomb"}
kernel.session.send(kernel.iopub_socket, "display_data", bomb, parent=kernel.get_parent(), metadata=bomb)
del lists
kernel.session.pack = pack


# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)
