"""Pins the seed from inside: ``torch.manual_seed`` and ``random.seed`` always take 0, the answers to it are known.

Must happen: the grader's own draw has another seed.
Says: The answer is wrong.
"""

# %%
import random

real_torch_seed, real_seed = torch.manual_seed, random.seed
torch.manual_seed = lambda seed: real_torch_seed(0)
random.seed = lambda seed: real_seed(0)

# %% softmax
known = {}


def softmax(x, dim):
    torch.manual_seed(0)
    asked = torch.randn(3, 5)
    return torch.ones_like(asked) / 5 if x.shape == asked.shape else torch.ones_like(x) / 4


# %% mean
def mean(numbers):
    return 1550.1872366
