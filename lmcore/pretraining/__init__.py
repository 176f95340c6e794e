"""Pretraining: from text to a trained model.

Read the files in this order: ``loss`` (what is to become small), ``optimiser`` and ``schedule`` (how weights change),
``run`` (one step, put together from these), ``corpus`` (what is read), ``processes`` (several at once),
``checkpoints``, ``log``, ``screen``, ``pretrain`` (a whole run in a folder), ``recipes``, ``samples``.
"""

from .checkpoints import load_checkpoint, save_checkpoint
from .corpus import Corpus, StoryData, TextData, prepare
from .log import Line, draw_log, read_log
from .loss import next_token_loss, summed_nats
from .optimiser import AdamW, clip_gradients, parameter_groups
from .pretrain import Recipe, Result, build_model, load_model, pretrain, save_model
from .processes import Processes, started
from .recipes import RECIPES
from .run import Optimisation, Run, Step
from .schedule import warmup_cosine

__all__ = [
    "RECIPES",
    "AdamW",
    "Corpus",
    "Line",
    "Optimisation",
    "Processes",
    "Recipe",
    "Result",
    "Run",
    "Step",
    "StoryData",
    "TextData",
    "build_model",
    "clip_gradients",
    "draw_log",
    "load_checkpoint",
    "load_model",
    "next_token_loss",
    "parameter_groups",
    "prepare",
    "pretrain",
    "read_log",
    "save_checkpoint",
    "save_model",
    "started",
    "summed_nats",
    "warmup_cosine",
]
