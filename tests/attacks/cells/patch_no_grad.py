"""Leaves torch in inference mode, with autocast on and deterministic errors set, as a careless notebook might.

Must happen: nothing of it costs a point.
Earns: softmax 2
"""

# %%
torch.inference_mode().__enter__()
torch.autocast("cpu", dtype=torch.bfloat16).__enter__()
torch.set_grad_enabled(False)


# %% softmax
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
