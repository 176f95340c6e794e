"""A model that tells stories, trained and ready: for pages and notebooks that need one that has learnt something.

Its files are what this command left in ``runs/tiny/model``, and its ``log.csv``:

    python -m lmcore.pretraining --config tiny
"""

from __future__ import annotations

from pathlib import Path

from ..llama import Llama
from ..pretraining import load_model
from ..pretraining.log import Line, read_log
from ..tokenization import BPETokenizer

_HERE = Path(__file__).parent


def load_storyteller() -> tuple[Llama, BPETokenizer]:
    """The model, in evaluation mode, and its tokenizer.

    A story begins after the token ``<|endoftext|>`` and ends with it:

    >>> model, tokenizer = load_storyteller()
    >>> end = tokenizer.special_tokens["<|endoftext|>"]
    >>> story = generate(model, [[end]], 250, seed=1, end=end, tokenizer=tokenizer)[0].text

    Returns:
        2 blocks of 8 heads, ``d_model`` 128, context 256; and byte-level BPE trained on stories.
    """
    return load_model(_HERE)


def storyteller_log() -> list[Line]:
    """How its training went: a line for each step. The seconds are those of one machine on one day."""
    return read_log(_HERE / "log.csv")
