"""Generation step by step: what is asked of each function, the mistakes made in it, other right ways.

Logits are ``(batch, vocab)``; a token that must not be written has minus infinity. A model is called as
``model(ids)`` or ``model(ids, cache)`` with ids ``(batch, time)``, and gives logits ``(batch, time, vocab)``; a text is a
list of ids.

The tasks stand in the order of the notebook.
"""

from .greedy import greedy
from .with_temperature import with_temperature
from .keep_top_k import keep_top_k
from .keep_top_p import keep_top_p
from .penalise_repetition import penalise_repetition
from .draw import draw
from .generate import generate
from .generate_cached import generate_cached
from .text_score import text_score
from .beam_search import beam_search

# Of lmcore, learners may use the model that writes and the reader of stories, nothing that chooses a token.
ALLOWED = (
    "lmcore.data.stories",
    "lmcore.storyteller.model",
    "lmcore.storyteller.weights",
    "lmcore.visible",
)

__all__ = [
    "greedy",
    "with_temperature",
    "keep_top_k",
    "keep_top_p",
    "penalise_repetition",
    "draw",
    "generate",
    "generate_cached",
    "text_score",
    "beam_search",
]
