"""GPT beside transformers' GPT-2: a training step, and greedy writing with a key/value cache.

Both hold the same weights, take the same batches, use the same loss and optimiser, and must write the same tokens. They
take turns in one run; the best round of each counts, in CPU time of one thread.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F

from lmcore.data.collation import Batch
from lmcore.generation import generate
from lmcore.gpt import GPT, GPTConfig
from lmcore.pretraining import summed_nats
from lmcore.weights import save_gpt2

from .figures import Figure
from .timing import best_seconds

SIZES = {  # config, batch, steps a round
    "tiny": (GPTConfig(vocab_size=4096, context=128, n_layers=4, n_heads=4, d_model=128), 16, 4),
    "small": (GPTConfig(vocab_size=4096, context=256, n_layers=6, n_heads=6, d_model=384), 8, 2),
}
PROMPT, NEW = 16, 100


def twins(config: GPTConfig):
    """Our model and transformers', with the same weights."""
    from transformers import GPT2LMHeadModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    torch.manual_seed(0)
    ours = GPT(config)
    with tempfile.TemporaryDirectory() as folder:
        save_gpt2(ours, folder)
        theirs = GPT2LMHeadModel.from_pretrained(folder)
    return ours, theirs


def training_step(model: torch.nn.Module, loss_of: Callable[[], torch.Tensor]) -> Callable[[], float]:
    """A function that does one step and returns the loss."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    model.train()

    def step() -> float:
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def take_turns(functions: dict[str, Callable], rounds: int, repeats: int) -> dict[str, float]:
    """The best CPU time of each function, in seconds a call."""

    def several(function: Callable) -> Callable[[], None]:
        return lambda: [function() for _ in range(repeats)]

    for function in functions.values():
        function()
    sides = [lambda function=function: several(function) for function in functions.values()]
    seconds = best_seconds(rounds, *sides, clock=time.process_time)
    return {name: s / repeats for name, s in zip(functions, seconds, strict=True)}


def measure_training(size: str, rounds: int) -> dict[str, float]:
    """Tokens per CPU-second of either model."""
    config, batch, steps = SIZES[size]
    ours, theirs = twins(config)
    rows = torch.randint(config.vocab_size, (batch, config.context + 1))
    ids, labels = rows[:, :-1].contiguous(), rows[:, 1:].contiguous()
    ours_batch = Batch(ids, labels, torch.ones_like(ids, dtype=torch.bool))

    def their_loss() -> torch.Tensor:
        return F.cross_entropy(theirs(ids, use_cache=False).logits.flatten(0, 1), labels.flatten())

    steppers = {
        "lmcore": training_step(ours, lambda: summed_nats(ours, ours_batch) / labels.numel()),
        "transformers": training_step(theirs, their_loss),
    }
    first = {name: step() for name, step in steppers.items()}
    assert abs(first["lmcore"] - first["transformers"]) < 1e-4, f"the models differ: {first}"
    seconds = take_turns(steppers, rounds, steps)
    return {name: batch * config.context / s for name, s in seconds.items()}


def measure_generation(size: str, rounds: int) -> dict[str, float]:
    """Tokens written per CPU-second, one text at a time, the likeliest token at each step."""
    config, _, _ = SIZES[size]
    ours, theirs = (model.eval() for model in twins(config))
    prompt = torch.randint(config.vocab_size, (1, PROMPT))
    options = {"max_new_tokens": NEW, "min_new_tokens": NEW, "do_sample": False, "pad_token_id": 0}
    attention_mask = torch.ones_like(prompt)
    writers = {
        "lmcore": lambda: generate(ours, prompt, NEW)[0].ids,
        "transformers": lambda: theirs.generate(prompt, attention_mask=attention_mask, use_cache=True, **options)[
            0, PROMPT:
        ].tolist(),
    }
    texts = [writer() for writer in writers.values()]
    assert all(text == texts[0] for text in texts), "the models write different tokens"
    seconds = take_turns(writers, rounds, 1)
    return {name: NEW / s for name, s in seconds.items()}


def benchmarks(rounds: int) -> Iterator[tuple[str, list[Figure]]]:
    """Titles and figures of the tables."""
    torch.set_num_threads(1)
    title = "GPT, beside transformers' GPT-2, tokens per CPU-second, fp32, 1 thread"
    figures = [_figure(f"training step, {size}", measure_training(size, rounds), 1.15) for size in SIZES]
    yield title, [*figures, _figure("generation, tiny", measure_generation("tiny", rounds), 4.0)]


def _figure(what: str, speeds: dict[str, float], asked: float) -> Figure:
    here, there = speeds["lmcore"], speeds["transformers"]
    return Figure(what, f"{here:,.0f}", f"{there:,.0f}", here / there, asked)
