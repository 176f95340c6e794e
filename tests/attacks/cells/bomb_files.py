"""Opens files, sockets and pipes until no more can be had.

Must happen: a kernel runs out of its own, the grader does not.
Says: Too many open files
"""

# %% mean
kept = []


def mean(numbers):
    import os
    import socket

    while True:
        kept.append(open("/dev/null"))
        kept.append(socket.socketpair())
        kept.append(os.pipe())
