"""Writes to the descriptors it inherited, to /proc and to the terminal, to talk to the processes around it.

Must happen: it has inherited nothing but /dev/null and its own sockets.
Says: Not written yet.
"""

# %%
import os

for number in range(3):
    os.write(number, b"attack-was-here")
for path in ("/proc/1/fd/0", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/dev/tty"):
    try:
        os.write(os.open(path, os.O_WRONLY), b"9")
        print("written:", path)
    except OSError as error:
        print(error.strerror)
