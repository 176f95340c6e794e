"""Answers in the prober's place from ``pre_run_cell``, before the question is asked, with a made-up nonce.

Must happen: an answer must carry this question's nonce, and be the only one.
Says: no answer
"""


# %%
def early(info):
    display({"application/vnd.lmgrade.answer": '{"value": 1500.0}', "text/plain": "0" * 32}, raw=True)


get_ipython().events.register("pre_run_cell", early)
