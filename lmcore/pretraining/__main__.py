"""``python -m lmcore.pretraining --config tiny``: train a small language model, watch it, and read what it writes.

Stopped at any moment, by Ctrl-C or by a power cut, the same command goes on. On several processes or GPUs:
``torchrun --nproc-per-node 2 -m lmcore.pretraining --config tiny``.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from .corpus import TextData
from .pretrain import Recipe, Result, pretrain
from .processes import started
from .recipes import RECIPES
from .samples import report_samples

# What shells expect of a program that was stopped by Ctrl-C.
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Train as the arguments say; returns the exit status."""
    options = _parser().parse_args(arguments)
    folder = options.folder or Path("runs") / options.config
    try:
        recipe = _recipe(options)
        with started(options.device) as processes:
            result = pretrain(
                recipe,
                folder,
                processes=processes,
                micro_batches=options.micro_batches,
                bf16=options.bf16,
                compiled=options.compile,
                checkpoint_seconds=options.checkpoint_seconds,
            )
            if not result.finished:
                return _INTERRUPTED
            if processes.first:
                _finish(result, folder, options.samples)
    except KeyboardInterrupt:
        print(f"stopped at once; the same command goes on from what {folder} holds", file=sys.stderr)
        return _INTERRUPTED
    except (ValueError, OSError, FloatingPointError, RuntimeError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lmcore.pretraining", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--config", choices=RECIPES, default="tiny", help="a recipe of lmcore/pretraining/recipes.py (default: tiny)")
    add("--folder", type=Path, help="of the run: log, picture, checkpoint, model (default: runs/CONFIG)")
    add("--text", action="append", metavar="PATH", help="read this file or folder instead; may be given several times")
    add("--steps", type=int, help="another number of steps than the recipe's")
    add("--learning-rate", type=float, help="another learning rate than the recipe's")
    add("--seed", type=int, help="another seed than the recipe's")
    add("--micro-batches", type=int, default=1, metavar="N", help="cut a batch into N parts that need less memory each")
    add("--device", help="cpu, cuda, ... (default: a GPU where there is one)")
    add("--bf16", action=argparse.BooleanOptionalAction, help="products in bfloat16 (default: where it is faster)")
    add("--compile", action=argparse.BooleanOptionalAction, help="torch.compile (default: on a GPU)")
    add("--checkpoint-seconds", type=float, default=30.0, metavar="S", help="time between checkpoints (default: 30)")
    add("--samples", type=int, default=100, metavar="N", help="how many texts to write at the end (default: 100)")
    return parser


def _recipe(options: argparse.Namespace) -> Recipe:
    recipe = RECIPES[options.config]
    changes = {
        name: value
        for name, value in (
            ("steps", options.steps),
            ("learning_rate", options.learning_rate),
            ("seed", options.seed),
        )
        if value is not None
    }
    if options.steps is not None:
        changes["warmup"] = min(recipe.optimisation.warmup, max(options.steps // 10, 0))
    if options.text:
        if not isinstance(recipe.data, TextData):
            raise ValueError(f"--config {options.config} reads stories; choose one that reads texts for --text")
        recipe = replace(recipe, data=replace(recipe.data, paths=tuple(options.text)))
    return replace(recipe, optimisation=replace(recipe.optimisation, **changes))


def _finish(result: Result, folder: Path, samples: int) -> None:
    if samples:
        print(report_samples(result.model, result.corpus, folder / "samples.txt", samples))
    print(f"model: {folder / 'model'}, loss curve: {folder / 'loss.png'}, each step: {folder / 'log.csv'}")


if __name__ == "__main__":
    sys.exit(main())
