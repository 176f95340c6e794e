"""Calls ``quit()`` in a cell, as if that ended a notebook's day.

Must happen: a kernel that leaves is started again, a cell that ended it is not run again.
"""

# %%
quit()
