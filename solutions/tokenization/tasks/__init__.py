"""Byte-pair encoding step by step: what is asked of each function, the mistakes made in it, other right ways.

Merges are a list of ``(bytes, bytes)``; ids ``0 .. 255`` are the bytes and ``256 + i`` is what merge ``i`` makes.

The tasks stand in the order of the notebook.
"""

from .word_counts import word_counts
from .count_pairs import count_pairs
from .merge_pair import merge_pair
from .choose_pair import choose_pair
from .train import train
from .encode import encode
from .decode import decode
from .split_special import split_special
from .encode_stream import encode_stream

# Of lmcore, learners may import the texts; tokenizers are built here.
ALLOWED = ("lmcore.data.corpora",)

__all__ = [
    "word_counts",
    "count_pairs",
    "merge_pair",
    "choose_pair",
    "train",
    "encode",
    "decode",
    "split_special",
    "encode_stream",
]
