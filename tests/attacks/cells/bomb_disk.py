"""Fills every folder that can be written to, with large files and with many empty ones.

Must happen: the scratch folder has a size; the machine's disk is not used.
Says: No space left on device
"""


# %% mean
def mean(numbers):
    for number in range(10**9):
        with open(f"/home/learner/{number}", "wb") as file:
            file.write(bytes(2**20))


# %%
try:
    for number in range(10**9):
        open(f"/dev/shm/{number}", "w").close()
except OSError as error:
    print(number < 10**6, error.strerror)
