"""Breaks what the prober itself needs: len, open, print, dict, __import__, super, the exception classes.

Must happen: the checks fail with a reason, the grader and the next notebook do not.
"""

# %%
import builtins

for name in ("len", "open", "print", "getattr", "super", "isinstance", "type", "Exception", "BaseException", "list"):
    setattr(builtins, name, None)
