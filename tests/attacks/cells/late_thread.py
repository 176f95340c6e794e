"""Answers late: a thread waits for the next question and answers it first, with the nonce it finds in the frames.

Must happen: two answers to one question are none; alone, it is wrong.
"""

# %%
import sys
import threading
import time

from IPython.display import display


def wait():
    while True:
        for frame in list(sys._current_frames().values()):
            while frame is not None:
                request = frame.f_locals.get("request")
                if isinstance(request, dict) and "nonce" in request:
                    forged = {"application/vnd.lmgrade.answer": '{"value": 1500.0}', "text/plain": request["nonce"]}
                    display(forged, raw=True)
                    return
                frame = frame.f_back
        time.sleep(0.001)


for _ in range(3):
    threading.Thread(target=wait, daemon=True).start()


# %% mean
def mean(numbers):
    time.sleep(0.2)
    return 0.0
