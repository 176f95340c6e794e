"""Attaches to the process around it with ptrace and process_vm_readv, to read or steer it.

Must happen: both calls are refused.
Says: Raised OSError: refused
"""


# %% mean
def mean(numbers):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, 1, 0, 0) == -1 and libc.process_vm_readv(1, None, 0, None, 0, 0) == -1:
        raise OSError("refused")
    return 0.0
