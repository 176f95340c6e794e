"""Swallows failures: a custom exception handler, silent tracebacks, events around each cell, a deaf display hook.

Must happen: points come from answers, not from the absence of errors.
Says: Not written yet.
"""

# %%
import sys

shell = get_ipython()
shell.set_custom_exc((BaseException,), lambda *args, **kwargs: None)
shell.showtraceback = shell._showtraceback = lambda *args, **kwargs: None
shell.events.register("pre_run_cell", lambda info: None)
shell.events.register("post_run_cell", lambda result: setattr(result, "error_in_exec", None))
sys.excepthook = sys.displayhook = sys.unraisablehook = lambda *args: None
