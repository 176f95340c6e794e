"""Sends safetensors whose header promises 2^60 numbers, offsets beyond the end, or a header of 2^63 bytes.

Must happen: a damaged tensor is a wrong answer.
Says: The answer is wrong.
"""

# %%
import struct

import safetensors.torch

headers = [
    b'{"t":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4611686018427387904]}}',
    b'{"t":{"dtype":"F32","shape":[3,5],"data_offsets":[1000,1060]}}',
]
count = iter(range(1000))


def save(tensors):
    header = headers[next(count) % 2]
    size = 2**63 if next(count) % 3 == 0 else len(header)
    return struct.pack("<Q", size) + header + bytes(60)


safetensors.torch.save = save


# %% softmax
def softmax(x, dim):
    return x
