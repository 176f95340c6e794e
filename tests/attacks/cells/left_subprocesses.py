"""Leaves programs behind that ignore every signal they may ignore, with names that hide them.

Must happen: they end with the kernel.
Says: Not written yet.
"""

# %%
import subprocess

for number in range(5):
    subprocess.Popen(
        ["sh", "-c", "trap '' HUP INT TERM QUIT; while true; do sleep 1; done # attack-was-here"],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
