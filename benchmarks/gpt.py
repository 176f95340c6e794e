"""GPT beside transformers' GPT-2: a training step, and greedy writing with a key/value cache.

Both hold the same weights, take the same batches, use the same loss and optimiser, and must write the same tokens. They
take turns in one run; the best round of each counts, in CPU time of one thread.

    OMP_NUM_THREADS=1 python -m benchmarks.gpt [--rounds 10]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F

from lmcore.fast_decoding import FastStep
from lmcore.gpt import GPT, GPTConfig
from lmcore.weights import save_gpt2

SIZES = {  # config, batch, steps a round
    "tiny": (GPTConfig(vocab_size=4096, context=128, n_layers=4, n_heads=4, d_model=128), 16, 4),
    "small": (GPTConfig(vocab_size=4096, context=256, n_layers=6, n_heads=6, d_model=384), 8, 2),
}
PROMPT, NEW = 16, 100
TARGETS = {"training step": 1.15, "generation": 4.0}


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


def training_step(model: torch.nn.Module, logits: Callable, ids: torch.Tensor) -> Callable[[], float]:
    """A function that does one step and returns the loss."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    model.train()

    def step() -> float:
        optimiser.zero_grad(set_to_none=True)
        loss = F.cross_entropy(logits(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


@torch.inference_mode()
def write(model: GPT, step: Callable, ids: torch.Tensor, count: int) -> torch.Tensor:
    """The prompt and the ``count`` likeliest tokens after it; ``step(new_ids, cache)`` gives the next logits."""
    cache = model.new_cache(ids.shape[1] + count)
    logits = model.logits(model.hidden(ids, cache)[:, -1])
    written = [ids, logits.argmax(-1, keepdim=True)]
    while len(written) <= count:
        written.append(step(written[-1], cache).argmax(-1, keepdim=True))
    return torch.cat(written, dim=1)


def take_turns(functions: dict[str, Callable], rounds: int, repeats: int) -> dict[str, float]:
    """The best CPU time of each function, in seconds a call."""
    best = dict.fromkeys(functions, float("inf"))
    for function in functions.values():
        function()
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.process_time()
            for _ in range(repeats):
                function()
            best[name] = min(best[name], (time.process_time() - start) / repeats)
    return best


def measure_training(size: str, rounds: int) -> dict[str, float]:
    """Tokens per CPU-second of either model."""
    config, batch, steps = SIZES[size]
    ours, theirs = twins(config)
    ids = torch.randint(config.vocab_size, (batch, config.context + 1))
    steppers = {
        "lmcore": training_step(ours, ours, ids),
        "transformers": training_step(theirs, lambda x: theirs(x, use_cache=False).logits, ids),
    }
    first = {name: step() for name, step in steppers.items()}
    assert abs(first["lmcore"] - first["transformers"]) < 1e-4, f"the models differ: {first}"
    seconds = take_turns(steppers, rounds, steps)
    return {name: batch * config.context / s for name, s in seconds.items()}


def measure_generation(size: str, rounds: int) -> dict[str, float]:
    """Tokens written per CPU-second, one text at a time: by ``FastStep``, by the model itself, by transformers."""
    config, _, _ = SIZES[size]
    ours, theirs = (model.eval() for model in twins(config))
    prompt = torch.randint(config.vocab_size, (1, PROMPT))
    options = {"max_new_tokens": NEW, "min_new_tokens": NEW, "do_sample": False, "pad_token_id": 0}
    attention_mask = torch.ones_like(prompt)
    writers = {
        "lmcore": lambda: write(ours, FastStep(ours), prompt, NEW),
        "lmcore's modules": lambda: write(ours, lambda new, cache: ours(new, cache)[:, -1], prompt, NEW),
        "transformers": lambda: theirs.generate(prompt, attention_mask=attention_mask, use_cache=True, **options),
    }
    texts = [writer() for writer in writers.values()]
    assert all(torch.equal(text, texts[0]) for text in texts), "the models write different tokens"
    seconds = take_turns(writers, rounds, 1)
    return {name: NEW / s for name, s in seconds.items()}


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args(arguments).rounds
    torch.set_num_threads(1)
    print("tokens per CPU-second, fp32, 1 thread, best of", rounds, "rounds")
    print(f"{'what':24}{'by':20}{'tokens/s':>10}{'ratio':>8}{'target':>8}")
    for what, measure, sizes in (
        ("training step", measure_training, SIZES),
        ("generation", measure_generation, ["tiny"]),
    ):
        for size in sizes:
            speeds = measure(size, rounds)
            for name, speed in speeds.items():
                target = f"{TARGETS[what]:8.2f}" if name == "lmcore" else ""
                ratio = speed / speeds["transformers"]
                print(f"{what + ', ' + size:24}{name:20}{speed:10,.0f}{ratio:8.2f}{target}", flush=True)


if __name__ == "__main__":
    main()
