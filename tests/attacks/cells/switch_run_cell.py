"""Replaces the shell's ways of running a cell by ones that report success and run nothing.

Must happen: a check that does not answer earns nothing.
Says: no answer
"""

# %%
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult

shell = get_ipython()


def run_cell(source, *args, **kwargs):
    return ExecutionResult(ExecutionInfo(source, False, False, False, None))


async def run_cell_async(source, *args, **kwargs):
    return run_cell(source)


async def run_code(code, result=None, **kwargs):
    return False


shell.run_code = type(shell).run_code = run_code
shell.run_cell = type(shell).run_cell = run_cell
shell.run_cell_async = type(shell).run_cell_async = run_cell_async
