"""The storyteller as a model that runs, without what trained it and what writes: for whoever builds that anew."""

from __future__ import annotations

from pathlib import Path

from ..llama import Llama
from ..weights.llama import load_llama


def storyteller_model() -> Llama:
    """The model of ``load_storyteller()``, in evaluation mode. ``storyteller_tokenizer()`` has its tokenizer."""
    return load_llama(Path(__file__).parent).eval()
