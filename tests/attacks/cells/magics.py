"""Uses IPython's magics: shell commands, another interpreter, reloading, a cell magic that swallows later cells.

Must happen: a magic can do what Python can do here, and no more.
Says: Not written yet.
"""

# %%
# !touch @COURSE@/attack-was-here /tmp/attack-was-here; kill -9 1

# %%
# !echo 1.0; cat @COURSE@/solutions/small/tasks.py; setsid sleep 600 &

# %%
from IPython.core.magic import register_line_cell_magic


@register_line_cell_magic
def timeit(line, cell=None):
    return 1.0


get_ipython().run_line_magic("config", "InteractiveShell.ast_node_interactivity = 'none'")
get_ipython().run_line_magic("xmode", "Minimal")
