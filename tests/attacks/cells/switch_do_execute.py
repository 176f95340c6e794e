"""Replaces the kernel's own ``do_execute``: every later cell is answered with success at once.

Must happen: a check that does not answer earns nothing.
Says: no answer
"""


# %%
async def do_execute(*args, **kwargs):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}


kernel = get_ipython().kernel
kernel.do_execute = type(kernel).do_execute = do_execute
