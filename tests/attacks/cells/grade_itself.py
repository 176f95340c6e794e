"""Names the task in cells of its own, calls the hidden line, and brings a module ``lmgrade`` that gives full marks.

Must happen: only the instructor's cells name a task.
Says: Not written yet.
"""

# %%
import sys
import types

sys.modules["lmgrade"] = types.SimpleNamespace(grade=lambda assignment, task: 2.0)
import lmgrade

lmgrade.grade("small", "softmax")

# %% mean
### BEGIN HIDDEN TESTS
import lmgrade

lmgrade.grade("small", "mean")
### END HIDDEN TESTS
1.0
