"""Recipes that are known to work: ``python -m lmcore.pretraining --config tiny``.

A new one is a few lines of Python::

    recipe = replace(RECIPES["manual"], data=TextData(paths=("my_texts",)))
    pretrain(recipe, "runs/mine")
"""

from __future__ import annotations

from ..gpt import GPTConfig
from ..llama import LlamaConfig
from .corpus import StoryData, TextData
from .pretrain import Recipe
from .run import Optimisation

# Three minutes on a laptop with two cores. Stories have at most 200 tokens. With the usual base of rotary positions,
# 10,000, meant for thousands of tokens, half of a head's pairs would hardly turn within such a distance, and the model
# would take much longer to find out that it can copy. Heads are twice as many as would fill d_model: each finds it out
# for some of the words, and with half as many some kinds of words were left over.
tiny = Recipe(
    model=LlamaConfig(
        vocab_size=1536,
        context=256,
        n_layers=2,
        n_heads=8,
        n_kv_heads=8,
        d_model=128,
        d_head=32,
        d_ff=344,  # 8/3 d_model, up to a multiple of 8: as large as a feed-forward of 4 d_model without a gate
        rotary_base=100.0,
        tied=True,
    ),
    data=StoryData(training=25_000),
    optimisation=Optimisation(steps=2600, learning_rate=2e-3, batch_size=8, weight_decay=0.0),
)

# Three minutes on a laptop as well: a GPT-2 that reads Python's manual several times over.
manual = Recipe(
    model=GPTConfig(vocab_size=1024, context=128, n_layers=4, n_heads=4, d_model=128, dropout=0.1),
    data=TextData(vocab_size=1024),
    optimisation=Optimisation(steps=1500, learning_rate=2e-3, batch_size=16),
)

# An evening on a laptop or some minutes on a GPU; meant for texts of one's own, some megabytes of them (--text).
small = Recipe(
    model=GPTConfig(vocab_size=4096, context=256, n_layers=6, n_heads=6, d_model=384, dropout=0.1),
    data=TextData(vocab_size=4096, document_characters=20_000),
    optimisation=Optimisation(steps=5000, learning_rate=1e-3, batch_size=16, warmup=200),
    validate_every=500,
)

# GPT-2's smallest model, for one GPU or several and gigabytes of text: 0.5 million tokens a batch, as in its paper's
# sequel (Brown et al. 2020, table 2.1), in micro-batches (--micro-batches) that fit into memory.
gpt2 = Recipe(
    model=GPTConfig(),
    data=TextData(vocab_size=50257, validation_share=0.005, document_characters=20_000),
    optimisation=Optimisation(steps=20_000, learning_rate=6e-4, batch_size=512, warmup=700, final_learning_rate=6e-5),
    validate_every=1000,
)

RECIPES = {"tiny": tiny, "manual": manual, "small": small, "gpt2": gpt2}
