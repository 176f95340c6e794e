"""Shows where things are on the grader's machine: paths of packages, the interpreter, tracebacks through torch, mounts.

Must happen: the feedback names none of these places.
Says: Not written yet.
"""

# %%
import sys

print(sys.prefix, sys.executable, torch.__file__, sys.path)
print(open("/proc/self/mountinfo").read())

# %%
torch.load("nothing.pt")
