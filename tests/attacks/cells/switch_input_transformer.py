"""Empties every later cell with an input transformer, so that tests cannot fail.

Must happen: a check that does not answer earns nothing.
Says: no answer
"""


# %%
def nothing(lines):
    return ["pass\n"]


get_ipython().input_transformers_cleanup.append(nothing)
get_ipython().input_transformers_post.append(nothing)
