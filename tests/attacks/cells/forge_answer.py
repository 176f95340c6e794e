"""Sends answers of its own with the nonce from the prober's frame, before the prober sends its one.

Must happen: two answers to one question are none.
Says: 2 answers came back from the notebook's kernel instead of one.
"""

# %% mean
import json
import sys


def softmax(*args, **kwargs):
    frame = sys._getframe()
    while "request" not in frame.f_locals:
        frame = frame.f_back
    nonce = frame.f_locals["request"]["nonce"]
    forged = json.dumps({"value": {"dict": [["a", 40]]}})
    display({"application/vnd.lmgrade.answer": forged, "text/plain": nonce}, raw=True)
    return 0.0


letters = mean = softmax
