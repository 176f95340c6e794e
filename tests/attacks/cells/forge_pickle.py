"""Sends a pickle that runs a command when it is loaded, where a tensor's bytes belong, and returns such an object.

Must happen: nothing is unpickled anywhere; the file that the command would make is not made.
Says: The answer is wrong.
"""

# %%
import base64
import os
import pickle

import safetensors.torch


class Trap:
    def __reduce__(self):
        return os.system, ("touch /tmp/attack-was-here @COURSE@/attack-was-here",)


safetensors.torch.save = lambda tensors: pickle.dumps(Trap())


# %% softmax
def softmax(x, dim):
    return x


# %% mean
def mean(numbers):
    return Trap()
