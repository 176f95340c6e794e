"""A GPT step by step: what is asked of each function, the mistakes made in it, other right ways.

Weights are plain tensors, a block's and a model's in dicts, and come from the probe. A matrix is ``(out, in)`` and is
used as ``x @ w.T``. ``inputs.block_weights`` and ``inputs.model_weights`` make all that the dicts hold.

The tasks stand in the order of the notebook.
"""

from .layer_norm import layer_norm
from .gelu import gelu
from .feed_forward import feed_forward
from .block import block
from .gpt import gpt
from .n_parameters import n_parameters
from .from_gpt2 import from_gpt2
from .modern_block import modern_block

# Of lmcore, learners may use what came earlier, and trained weights; what stands around attention is built here.
ALLOWED = (
    "lmcore.attention",
    "lmcore.data.stories",
    "lmcore.positions",
    "lmcore.storyteller.gpt2_weights",
    "lmcore.storyteller.weights",
    "lmcore.visible",
)

__all__ = [
    "layer_norm",
    "gelu",
    "feed_forward",
    "block",
    "gpt",
    "n_parameters",
    "from_gpt2",
    "modern_block",
]
