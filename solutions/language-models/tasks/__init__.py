"""Language models by counting: what is asked of each function, the mistakes made in it, other right ways.

Tokens are ids, ints from 0. A past is a tuple of ids, a distribution a list of floats, one for each id. Counts are
``{past: {token: how often it followed}}``. Randomness comes from a ``random.Random``.

The tasks stand in the order of the notebook.
"""

from .count_ngrams import count_ngrams
from .smoothed import smoothed
from .draw import draw
from .surprises import surprises
from .perplexity import perplexity
from .cross_entropy import cross_entropy
from .interpolated import interpolated
from .code_lengths import code_lengths

# Of lmcore, learners may use texts and the tokenizers that cut them, not the models that count.
ALLOWED = (
    "lmcore.data.corpora",
    "lmcore.data.stories",
    "lmcore.tokenization.characters",
    "lmcore.tokenization.words",
    "lmcore.visible",
)

__all__ = [
    "count_ngrams",
    "smoothed",
    "draw",
    "surprises",
    "perplexity",
    "cross_entropy",
    "interpolated",
    "code_lengths",
]
