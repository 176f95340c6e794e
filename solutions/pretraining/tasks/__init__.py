"""Pretraining step by step: what is asked of each function, the mistakes made in it, other right ways.

Logits are ``(batch, time, vocab)``, labels ``(batch, time)``, -100 where nothing is asked. An optimiser is anything with
``param_groups``, ``state``, ``zero_grad`` and ``step``.

The tasks stand in the order of the notebook.
"""

from .next_token_loss import next_token_loss
from .next_token_gradient import next_token_gradient
from .adamw_step import adamw_step
from .parameter_groups import parameter_groups
from .warmup_cosine import warmup_cosine
from .clip_gradients import clip_gradients
from .train import train
from .save_checkpoint import save_checkpoint
from .load_checkpoint import load_checkpoint

# Of lmcore, learners may use what stands before pretraining: stories and batches, the model, and how it writes.
ALLOWED = (
    "lmcore.data.collation",
    "lmcore.data.stories",
    "lmcore.generation",
    "lmcore.llama",
    "lmcore.sampling",
    "lmcore.tokenization.words",
    "lmcore.visible",
)

__all__ = [
    "next_token_loss",
    "next_token_gradient",
    "adamw_step",
    "parameter_groups",
    "warmup_cosine",
    "clip_gradients",
    "train",
    "save_checkpoint",
    "load_checkpoint",
]
