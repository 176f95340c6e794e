"""Looks for the tasks file and other people's notebooks in every place it could be, runs what it finds.

Must happen: neither the course nor any other submission can be seen.
Says: FileNotFoundError
"""

# %% mean
import os
from pathlib import Path

places = ["@COURSE@/solutions/small/tasks.py", "@ROOT@/lmcore/attention.py", "@COURSE@/gradebook.db"]
places += ["@COURSE@/submitted/000-plain/small/small.ipynb", "/proc/1/root@COURSE@/solutions/small/tasks.py"]


def mean(numbers):
    for top, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if name not in ("proc", "sys", "usr", "site-packages")]
        places.extend(
            str(Path(top, name)) for name in files if name in ("nbgrader_config.py", "small.ipynb", "gradebook.db")
        )
    found = [place for place in places if os.path.exists(place)]
    names = {}
    exec(open(found[0] if found else places[0]).read(), names)
    return names["_mean"](numbers)
