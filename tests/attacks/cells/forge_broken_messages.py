"""Sends messages without content, with unknown types, with signatures that do not fit, and bytes that are no message.

Must happen: they are ignored, or the kernel is given up; the grader goes on.
"""

# %% mean
kernel = get_ipython().kernel


def forge(*args, **kwargs):
    parent = kernel.get_parent("shell")
    for kind in ("display_data", "stream", "error", "execute_result", "update_display_data", "comm_open"):
        for content in ({}, {"data": 7}, {"name": None, "text": 7}, {"comm_id": [], "data": None, "target_name": {}}):
            kernel.session.send(kernel.iopub_socket, kind, content, parent)
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": ["idle"]}, parent)
    kernel.iopub_socket.send_multipart([b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"])
    kernel.iopub_socket.send_multipart([b"\xff" * 100])
    return 1500.0


softmax = letters = mean = forge
