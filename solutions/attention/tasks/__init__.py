"""Attention step by step: what is asked of each function, the mistakes made in it, other right ways.

Rows are vectors: queries ``(..., T, d)``, keys ``(..., S, d)``. Weight matrices are used as ``x @ w.T``. Masks are bool
and True where attention is allowed.

The tasks stand in the order of the notebook.
"""

from .dot_score import dot_score
from .cosine_similarity import cosine_similarity
from .softmax import softmax
from .multiplicative_score import multiplicative_score
from .reduced_rank_score import reduced_rank_score
from .causal_mask import causal_mask
from .scaled_dot_product_attention import scaled_dot_product_attention
from .split_heads import split_heads
from .merge_heads import merge_heads
from .multi_head_attention import multi_head_attention
from .cached_attention import cached_attention

# Of lmcore, learners may use what stands around attention in a model, not attention itself.
ALLOWED = ("lmcore.positions", "lmcore.storyteller.weights", "lmcore.visible")

__all__ = [
    "dot_score",
    "cosine_similarity",
    "softmax",
    "multiplicative_score",
    "reduced_rank_score",
    "causal_mask",
    "scaled_dot_product_attention",
    "split_heads",
    "merge_heads",
    "multi_head_attention",
    "cached_attention",
]
