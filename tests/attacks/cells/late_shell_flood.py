"""Answers questions that nobody asked, on the shell channel, without a pause, while a cell never ends.

Must happen: the time for a cell ends whatever is said meanwhile.
"""

# %%
kernel = get_ipython().kernel
ident = kernel._get_shell_context_var(kernel._shell_parent_ident)
parent = {"header": {"msg_id": "nobody"}}

# %%
while True:
    try:
        kernel.session.send(kernel.shell_stream.socket, "execute_reply", {}, parent, ident=ident)
    except BaseException:
        pass
