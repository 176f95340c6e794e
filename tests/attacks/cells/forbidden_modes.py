"""Switches the watch over forbidden functions off: takes torch's modes off, then calls the function by a hidden name.

Must happen: a mode that is gone is noted, and the task gets nothing.
Says: softmax may not use
"""

# %%
from torch.overrides import _pop_mode
from torch.utils import _python_dispatch


def pop_all():
    while torch._C._len_torch_function_stack():
        _pop_mode()
    while torch._C._len_torch_dispatch_stack():
        _python_dispatch._pop_mode()


# %% softmax
def softmax(x, dim):
    pop_all()
    return getattr(torch, "xamtfos"[::-1])(x, dim)
