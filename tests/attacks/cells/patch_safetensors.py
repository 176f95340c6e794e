"""Patches safetensors' ``save`` and base64, which pack an answer's tensors, so that every tensor is packed as ones.

Must happen: ones are not the answer.
Says: The answer is wrong.
"""

# %%
import safetensors.torch

real_save = safetensors.torch.save
safetensors.torch.save = lambda tensors: real_save({name: torch.ones(3, 5) for name in tensors})


# %% softmax
def softmax(x, dim):
    return x
