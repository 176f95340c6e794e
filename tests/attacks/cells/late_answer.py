"""Starts to work when it is asked, returns at once, and sends the answer seconds later from a thread.

Must happen: an answer to an earlier question is none.
Says: The answer is wrong.
"""

# %% mean
import threading

from IPython.display import display


def mean(numbers):
    forged = {"application/vnd.lmgrade.answer": '{"value": 1500.0}', "text/plain": "late"}
    threading.Timer(0.5, lambda: display(forged, raw=True)).start()
    return 0.0
