"""Sends outputs of a cell that are none: texts that are numbers, tracebacks that are no lists, unknown streams.

Must happen: they are left out; the notebook can be stored and shown.
Earns: mean 1
"""

# %%
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")
for kind, content in (
    ("stream", {"name": "stdout", "text": 7}),
    ("stream", {"name": ["stdin"], "text": "x"}),
    ("error", {"ename": 1, "evalue": None, "traceback": 7}),
    ("error", {"ename": "E", "evalue": "e", "traceback": [7, None]}),
    ("error", {"ename": "E", "evalue": "e", "traceback": {"a": 1}}),
    ("display_data", {"data": [1], "metadata": {}}),
    ("display_data", {"data": {"text/plain": {"a": 1}, "image/png": 7}, "metadata": 3}),
    ("execute_result", {"data": {"text/plain": "2.0"}, "metadata": {}, "execution_count": "two"}),
):
    kernel.session.send(kernel.iopub_socket, kind, content, parent)


# %% mean
def mean(numbers):
    return sum(numbers) / len(numbers)
