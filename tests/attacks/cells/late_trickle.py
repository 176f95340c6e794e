"""Keeps the grader listening: never says "idle" again and whispers on the output channel for ever, then hangs a cell.

Must happen: the grader's patience ends whatever it still hears.
"""

# %%
import threading
import time

kernel = get_ipython().kernel
real_send, socket = kernel.session.send, kernel.iopub_socket


def send(stream, kind, *args, **kwargs):
    content = args[0] if args else kwargs.get("content")
    if kind == "status" and content.get("execution_state") == "idle":
        return None
    return real_send(stream, kind, *args, **kwargs)


def whisper():
    while True:
        real_send(socket, "stream", {"name": "stdout", "text": "."}, {"msg_id": "nobody"})
        time.sleep(0.05)


kernel.session.send = send
threading.Thread(target=whisper, daemon=True).start()

# %%
while True:
    time.sleep(0.1)
