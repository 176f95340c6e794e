"""Searches its own memory, and that of the process around it, for what the warm parent or an earlier kernel left.

Must happen: nobody else's text is there, and others' memory cannot be read.
Says: PermissionError
"""

# %%
import re

# Put together here, so that it is not found in this cell itself.
WANTED = [b"def _" + b"letters(", b"@softmax." + b"misconception", b'Task("' + b'letters"', b"expected" + b"_answers"]


def search(process):
    found = []
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            low, high, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if rights.startswith("rw") and int(high, 16) - int(low, 16) < 2**26:
                memory.seek(int(low, 16))
                try:
                    text = memory.read(int(high, 16) - int(low, 16))
                except OSError:
                    continue
                found += [wanted for wanted in WANTED if wanted in text]
    return found


print("found in memory:", search("self"))


# %% mean
def mean(numbers):
    return search(1)
