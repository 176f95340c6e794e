"""Sets torch's defaults to another world (complex numbers, the device ``meta``) so that tensors mean nothing.

Must happen: probes run with torch's own defaults; what stays wrong is wrong.
Earns: letters 1, mean 1
"""

# %%
torch.set_default_dtype(torch.complex64)
torch.set_default_device("meta")


# %% softmax
def softmax(x, dim):
    return torch.empty(x.shape, device="meta")


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)
