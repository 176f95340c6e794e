"""From documents to the door of a model, step by step: what is asked of each function, the mistakes made in it, other
right ways.

Ids are integers; a rectangle of them is ``(batch, time)``, vectors are ``(batch, time, channels)``. A label that stands
for nothing is -100; masks are bool and True where an id is real.

The tasks stand in the order of the notebook.
"""

from .windows import windows
from .collate import collate
from .split_documents import split_documents
from .random_batch import random_batch
from .one_hot import one_hot
from .look_up import look_up
from .sinusoidal_table import sinusoidal_table
from .add_positions import add_positions
from .row_numbers import row_numbers

# Of lmcore, learners may use the texts and a tokenizer; batches, tables and positions are built here.
ALLOWED = ("lmcore.data.corpora", "lmcore.data.stories", "lmcore.tokenization.words", "lmcore.visible")

__all__ = [
    "windows",
    "collate",
    "split_documents",
    "random_batch",
    "one_hot",
    "look_up",
    "sinusoidal_table",
    "add_positions",
    "row_numbers",
]
