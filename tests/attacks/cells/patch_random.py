"""Makes the draw known: ``random`` and torch give constants, the right answers to which are typed in.

Must happen: the grader draws for itself, so these are answers to a question that nobody asked.
Says: The answer is wrong.
"""

# %%
import random

random.choice = lambda options: "a"
random.uniform = lambda low, high: 1500.0
random.seed = torch.manual_seed = lambda seed: None
torch.randn = lambda *shape: torch.zeros(*shape)


# %% softmax
def softmax(x, dim):
    return torch.full(x.shape, 1 / x.shape[-1])


# %% letters
def letters(text):
    return {"a": 200}


# %% mean
def mean(numbers):
    return 1500.0
