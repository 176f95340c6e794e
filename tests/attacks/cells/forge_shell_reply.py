"""Answers the grader's request on the shell channel itself, early, with success, and again with nonsense.

Must happen: a reply is no answer.
"""

# %% mean
kernel = get_ipython().kernel


def forge(*args, **kwargs):
    parent = kernel.get_parent("shell")
    ident = kernel._get_shell_context_var(kernel._shell_parent_ident)
    stream = kernel.shell_stream
    for content in ({"status": "ok", "execution_count": 1}, {}, {"status": ["error"], "payload": 7}):
        kernel.session.send(stream, "execute_reply", content, parent, ident=ident)
    return 1500.0


softmax = letters = mean = forge
