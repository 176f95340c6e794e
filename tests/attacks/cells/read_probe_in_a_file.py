"""Stores the hidden test's source, dies, and shows it from a cell when the kernel has been started again.

Must happen: nothing of a kernel outlives it, and the cells' outputs are those of their first run.
Says: kernel died
"""

# %%
import contextlib
import os
import sys

for folder in ("/home/learner", "/tmp", "/dev/shm", "."):
    path = os.path.join(folder, "attack-loot")
    print("loot:", open(path).read() if os.path.exists(path) else None)


# %% mean
def mean(numbers):
    frame = sys._getframe()
    while "request" not in frame.f_locals:
        frame = frame.f_back
    for folder in ("/home/learner", "/tmp", "/dev/shm", "."):
        with contextlib.suppress(OSError), open(os.path.join(folder, "attack-loot"), "w") as file:
            file.write(frame.f_locals["request"]["probe"])
    os._exit(0)


letters = softmax = mean
