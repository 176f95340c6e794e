"""From a recipe to a trained model in a folder; stopped at any moment, the same call goes on.

======================  =============================================================================================
``settings.json``       the recipe: what must be the same for the run to go on
``corpus/``             tokenizer and token shards
``checkpoint``          weights, optimiser and step, as ``.safetensors``, at most ``checkpoint_seconds`` old
``log.csv``             a line for each step
``loss.png``            the same as a picture
``model/``              the trained model in Hugging Face's names, with its ``tokenizer.json``
======================  =============================================================================================
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ..data.windows import Batches, in_order
from ..decoder import Decoder
from ..gpt import GPT, GPTConfig
from ..llama import Llama, LlamaConfig
from ..tokenization import BPETokenizer
from ..weights import load_gpt2, load_llama, save_gpt2, save_llama
from ..whole_files import write_whole
from .checkpoints import check_settings, load_checkpoint, save_checkpoint
from .corpus import Corpus, StoryData, TextData, prepare
from .log import Line, Log, draw_log
from .processes import Processes
from .run import Optimisation, Run
from .screen import Screen

CHECKPOINT = "checkpoint.safetensors"
# Rows of a validation batch. They need less memory than those of training, whose intermediate results are kept.
_VALIDATION_ROWS = 32


@dataclass(frozen=True)
class Recipe:
    """All that decides what a run computes.

    Args:
        model: its size. ``vocab_size`` follows the tokenizer, which may find fewer pairs than were wanted.
        data: what it reads.
        optimisation: how its weights are changed.
        validate_every: steps between two validations; there is one after the last step in any case.

    Raises:
        ValueError: ``validate_every`` below 1.
    """

    model: GPTConfig | LlamaConfig
    data: StoryData | TextData
    optimisation: Optimisation
    validate_every: int = 250

    def __post_init__(self) -> None:
        if self.validate_every < 1:
            raise ValueError(f"validate_every is {self.validate_every}; it must be at least 1")

    @property
    def settings(self) -> dict[str, Any]:
        """The recipe as JSON knows it."""
        named = {"model": type(self.model).__name__, "data": type(self.data).__name__}
        return json.loads(json.dumps({"kinds": named, **asdict(self)}))


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        model: in evaluation mode.
        corpus: what it read.
        log: a line for each step.
        finished: False if it was asked to stop before its last step; the same call goes on.
    """

    model: Decoder
    corpus: Corpus
    log: list[Line]
    finished: bool


def build_model(config: GPTConfig | LlamaConfig) -> Decoder:
    """The model of a config, with new weights."""
    return GPT(config) if isinstance(config, GPTConfig) else Llama(config)


def pretrain(
    recipe: Recipe,
    folder: str | Path,
    *,
    processes: Processes | None = None,
    micro_batches: int = 1,
    bf16: bool | None = None,
    compiled: bool | None = None,
    checkpoint_seconds: float = 30.0,
    quiet: bool = False,
) -> Result:
    """Train, or go on where a run in this folder was stopped.

    Ctrl-C and SIGTERM end the run after the step that is being done, with a checkpoint; a second one ends it at once,
    without. After ``kill -9`` it goes on
    from the last checkpoint; on the same machine, with the same number of threads, its weights then equal those of a
    run that was never stopped, bit for bit.

    Args:
        recipe: what to do.
        folder: of this run; it is made if need be.
        processes: this process among others; alone on the CPU if None.
        micro_batches: see ``Run``.
        bf16: see ``Run``; if None where the device has units for it.
        compiled: see ``Run``; if None on a GPU only: on a CPU a small model is trained before it pays.
        checkpoint_seconds: time between two checkpoints.
        quiet: show nothing.

    Raises:
        ValueError: a folder that holds a run with other settings or a damaged checkpoint, data that do not fit the
            model, or a batch that cannot be shared. The message names the value and the limit.
        FileNotFoundError: a text that is not there.
        FloatingPointError: the loss is not finite any more.
        OSError: the disk is full; the last checkpoint is whole.
    """
    here, folder = processes or Processes(), Path(folder)
    screen = Screen(recipe.optimisation.steps, quiet=quiet or not here.first)
    corpus = _prepare(recipe, folder, here, screen)
    torch.manual_seed(recipe.optimisation.seed)
    model = build_model(replace(recipe.model, vocab_size=corpus.tokenizer.vocab_size)).to(here.device)
    batches = Batches(corpus.training, recipe.optimisation.batch_size, recipe.optimisation.seed)
    on_gpu = here.device.type == "cuda"
    run = Run(
        model,
        batches,
        recipe.optimisation,
        here,
        micro_batches=micro_batches,
        bf16=on_gpu and torch.cuda.is_bf16_supported() if bf16 is None else bf16,
        compiled=on_gpu if compiled is None else compiled,
    )
    if (folder / CHECKPOINT).exists():
        run.step = load_checkpoint(folder / CHECKPOINT, model, run.optimiser, recipe.settings)
        screen.say(f"going on at step {run.step} of {recipe.optimisation.steps}")
    else:
        screen.say(_introduction(recipe, corpus, model, batches))
    log = Log(folder / "log.csv", run.step, writing=here.first)
    with screen, _stop_signals() as asked:
        _train(run, recipe, folder, corpus, log, screen, asked, checkpoint_seconds)
    model.eval()
    if run.done and here.first:
        save_model(model, corpus.tokenizer, folder / "model")
    return Result(model, corpus, log.lines, run.done)


def save_model(model: Decoder, tokenizer: BPETokenizer, folder: str | Path) -> None:
    """Write a model in Hugging Face's names and its tokenizer beside it."""
    (save_gpt2 if isinstance(model, GPT) else save_llama)(model, folder)
    tokenizer.save(Path(folder) / "tokenizer.json")


def load_model(folder: str | Path) -> tuple[Decoder, BPETokenizer]:
    """What ``save_model`` wrote, the model in evaluation mode.

    Raises:
        FileNotFoundError: nothing of it is there.
        ValueError: a file that is damaged or of another kind.
    """
    config = Path(folder) / "config.json"
    if not config.exists():
        raise FileNotFoundError(f"there is no trained model in {folder}: no config.json")
    kind = json.loads(config.read_text("utf-8")).get("model_type")
    model = (load_gpt2 if kind == "gpt2" else load_llama)(folder)
    return model.eval(), BPETokenizer.load(Path(folder) / "tokenizer.json")


def _prepare(recipe: Recipe, folder: Path, here: Processes, screen: Screen) -> Corpus:
    """The corpus, written by the first process and opened by all."""
    if here.first:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "settings.json"
        if path.exists():
            check_settings(folder, json.loads(path.read_text("utf-8")), recipe.settings)
        else:
            write_whole(path, json.dumps(recipe.settings, indent=2) + "\n")
        with screen.preparing() as progress:
            corpus = prepare(recipe.data, folder / "corpus", recipe.model.context, progress)
    here.wait()
    return corpus if here.first else prepare(recipe.data, folder / "corpus", recipe.model.context)


def _train(
    run: Run,
    recipe: Recipe,
    folder: Path,
    corpus: Corpus,
    log: Log,
    screen: Screen,
    asked: list[int],
    checkpoint_seconds: float,
) -> None:
    here = run.processes

    def keep() -> None:
        if here.first:
            save_checkpoint(folder / CHECKPOINT, run.model, run.optimiser, run.step, recipe.settings)

    kept = time.monotonic()
    while not run.done:
        began = time.monotonic()
        step = run.advance()
        seconds = time.monotonic() - began
        validation = None
        if run.step % recipe.validate_every == 0 or run.done:
            validation = run.validate(in_order(corpus.validation, _VALIDATION_ROWS))
            screen.validation(step, validation, corpus.floor)
        log.add(step, seconds, validation)
        screen.step(step)
        stop = bool(here.sum_(torch.tensor(len(asked), device=here.device)))
        if run.done or stop or time.monotonic() - kept >= checkpoint_seconds:
            keep()
            kept = time.monotonic()
        if here.first and (validation is not None or stop):
            draw_log(log.lines, folder / "loss.png", corpus.floor, corpus.plateau, folder.name)
        if stop and not run.done:
            screen.say(f"stopped after step {run.step} of {run.optimisation.steps}; the same command goes on from here")
            return


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """The signals that asked for an end, in a list that grows. A second one does not wait for the step."""
    asked: list[int] = []

    def ask(kind: int, _: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(kind)

    try:
        before = {kind: signal.signal(kind, ask) for kind in _STOPPING}
    except ValueError:  # not the main thread, which alone may say what signals do
        before = {}
    try:
        yield asked
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


_STOPPING = (signal.SIGINT, signal.SIGTERM)


def _introduction(recipe: Recipe, corpus: Corpus, model: Decoder, batches: Batches) -> str:
    """What is about to happen, in numbers."""
    batch = batches.batch(0)
    tokens = batch.targets * recipe.optimisation.steps
    flops = 3 * model.config.forward_flops(*batch.inputs.shape) / batch.inputs.numel()
    floor = "" if corpus.floor is None else f" The entropy of the source is {corpus.floor:.4f} nats per token."
    return (
        f"{type(model).__name__} with {model.config.n_parameters:,} parameters, {model.config.vocab_size:,} tokens; "
        f"{recipe.optimisation.steps:,} steps of about {batch.targets:,} tokens, {tokens / 1e6:,.1f} million in all "
        f"({recipe.optimisation.steps / batches.steps_per_epoch():.1f} times the corpus), "
        f"{flops / 1e6:,.1f} MFLOP each.{floor}"
    )
