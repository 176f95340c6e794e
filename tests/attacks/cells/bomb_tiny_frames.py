"""Sends one message of a million empty frames, each of which takes the receiver far more memory than two bytes.

Must happen: it is dropped, or the kernel is given up; the grader goes on.
"""


# %% mean
def mean(numbers):
    socket = get_ipython().kernel.iopub_socket
    socket.send_multipart([b""] * 1_000_000)
    return 0.0
