"""The run of ``conftest.recipe`` as a program that tests start, kill, and start several of."""

import sys

import torch

from lmcore.gpt import GPTConfig
from lmcore.pretraining import Optimisation, Recipe, StoryData, pretrain, started

RECIPE = Recipe(
    model=GPTConfig(vocab_size=600, context=400, n_layers=1, n_heads=2, d_model=16, dropout=0.1),
    data=StoryData(training=60, validation=6, vocab_size=600),
    optimisation=Optimisation(steps=12, learning_rate=1e-2, batch_size=4, warmup=3),
    validate_every=5,
)

if __name__ == "__main__":
    torch.set_num_threads(1)
    with started("cpu") as processes:
        pretrain(RECIPE, sys.argv[1], processes=processes, checkpoint_seconds=0.0, quiet=True)
