"""Brings outputs along: full scores, a verdict in HTML, scripts, in every cell.

Must happen: outputs of a submission are left behind.
Says: Not written yet.
"""


def submit(notebook, folder):
    outputs = [
        {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "2.0"}},
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>alert(1)</script>"}},
    ]
    for cell in notebook.cells:
        cell.update(outputs=outputs, execution_count=7)
    return notebook
