"""Returns a view of one number as a tensor of 10^12 numbers, which nobody could copy or send.

Must happen: packing it fails in the learner's process; the check is failed.
Says: Raised RuntimeError
"""


# %% softmax
def softmax(x, dim):
    return torch.ones(1).expand(10**6, 10**6)
