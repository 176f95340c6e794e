"""Answers questions that nobody asked, on the shell channel, without a pause, while a cell never ends.

Must happen: the time for a cell ends whatever is said meanwhile.
"""

# %%
import time

kernel = get_ipython().kernel
ident = getattr(kernel, "_shell_parent_ident", None)
ident = ident.get() if hasattr(ident, "get") else ident

# %%
while True:
    try:
        kernel.session.send(kernel.shell_stream, "execute_reply", {}, {"msg_id": "nobody"}, ident=ident)
        kernel.shell_stream.flush()
    except BaseException:
        pass
