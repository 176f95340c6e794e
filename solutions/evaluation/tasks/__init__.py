"""Evaluation step by step: what is asked of each score, the mistakes made in it, other right ways.

What a model wrote comes first, what was wanted second. Texts are cut into words by ``text.split()``; several references
are a list of texts.

The tasks stand in the order of the notebook.
"""

from .perplexity_and_bits import perplexity_and_bits
from .clipped_matches import clipped_matches
from .bleu import bleu
from .rouge_n import rouge_n
from .rouge_l import rouge_l
from .normalize_answer import normalize_answer
from .token_f1 import token_f1
from .mean_reciprocal_rank import mean_reciprocal_rank
from .roc_auc import roc_auc
from .distinct_n import distinct_n
from .meteor import meteor

# Of lmcore, learners may use models and what they write; scores are built here.
ALLOWED = (
    "lmcore.data.corpora",
    "lmcore.data.stories",
    "lmcore.generation",
    "lmcore.ngrams",
    "lmcore.sampling",
    "lmcore.storyteller",
    "lmcore.tokenization",
    "lmcore.visible",
)

__all__ = [
    "perplexity_and_bits",
    "clipped_matches",
    "bleu",
    "rouge_n",
    "rouge_l",
    "normalize_answer",
    "token_f1",
    "mean_reciprocal_rank",
    "roc_auc",
    "distinct_n",
    "meteor",
]
