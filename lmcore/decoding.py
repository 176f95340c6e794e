r"""The loop below all writing: a prompt goes through a model, then one token after the other, as fast as it can."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from .cache import KeyValueCache
from .choosing import draw, greedy, row_generators
from .data.collation import pad
from .fast_decoding import FastStep, is_plain_gpt
from .numpy_decoding import NumpyStep
from .sampling import Part


def written_ids(
    model: nn.Module,
    prompts: Sequence[Sequence[int]] | torch.Tensor,
    max_new_tokens: int,
    *,
    parts: Sequence[Part] = (),
    seed: int | Sequence[int] | None = None,
) -> Iterator[list[int]]:
    """The tokens as they are written: at each step one id for each row. Nothing ends before ``max_new_tokens``.

    Arguments and errors, which come with the call, are those of ``generate``.
    """
    check_lengths(model, prompts, max_new_tokens)
    seeds = range(seed, seed + len(prompts)) if isinstance(seed, int) else seed
    if seeds is not None and len(seeds) != len(prompts):
        raise ValueError(f"{len(seeds)} seeds for {len(prompts)} prompts; give one for each, or a single number")
    generators = None if seeds is None else row_generators(seeds)

    def choose(logits: torch.Tensor) -> torch.Tensor:
        return greedy(logits) if generators is None else draw(logits, generators)

    return _written_ids(model, *pad(prompts, side="left"), max_new_tokens, parts, choose)


def _written_ids(
    model: nn.Module,
    ids: torch.Tensor,
    mask: torch.Tensor,
    max_new_tokens: int,
    parts: Sequence[Part],
    choose: Callable[[torch.Tensor], torch.Tensor],
) -> Iterator[list[int]]:
    with evaluation_mode(model):
        ids, mask = (x.to(next(model.parameters()).device) for x in (ids, mask))
        logits, step = next_logits(model, ids, mask, max_new_tokens)
        if parts:
            seen = torch.zeros_like(logits, dtype=torch.bool)  # B V
            seen[mask.nonzero()[:, 0], ids[mask]] = True  # padding does not count
        for count in range(1, max_new_tokens + 1):
            for part in parts:
                logits = part(logits, seen)
            new = choose(logits)
            yield new.tolist()
            if count < max_new_tokens:
                if parts:
                    seen.scatter_(1, new[:, None], True)
                logits = step(new.unsqueeze(1))


@torch.no_grad()
def next_logits(
    model: nn.Module, ids: torch.Tensor, mask: torch.Tensor, room: int
) -> tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]]:
    """Read prompts; then a function reads one more token of each row at a time.

    Args:
        model: a ``GPT``, a ``Llama``, or what is called as they are, in evaluation mode.
        ids: prompts ``(batch, time)``, padded at the left.
        mask: bool ``(batch, time)``, False at padding.
        room: how many more tokens there will be at most.

    Returns:
        logits ``(batch, vocab)`` after the prompts, and the function that takes ids ``(batch, 1)`` and returns the
        logits after them, ``(batch, vocab)``.
    """
    time = ids.shape[1]
    cache = model.new_cache(time + room)
    if mask.all():
        logits = model.logits(model.hidden(ids, cache)[:, -1])
        numpy_fits = ids.device.type == "cpu" and logits.dtype in (torch.float32, torch.float64)
        if len(ids) == 1 and numpy_fits and is_plain_gpt(model):
            return logits, NumpyStep(model, cache)
        return logits, step_with(model, cache)
    mask = torch.cat((mask, mask.new_ones(len(mask), room)), dim=1)
    positions = (mask.cumsum(1) - 1).clamp(min=0)  # a padding's position does not matter
    logits = model.logits(model.hidden(ids, cache, mask[:, :time], positions[:, :time])[:, -1])
    return logits, step_with(model, cache, mask, positions)


def step_with(
    model: nn.Module,
    cache: list[KeyValueCache],
    mask: torch.Tensor | None = None,
    positions: torch.Tensor | None = None,
) -> Callable[[torch.Tensor], torch.Tensor]:
    """A function that reads one more token of each row; between calls rows of the cache may be selected.

    Args:
        model: as for ``next_logits``.
        cache: holds the tokens before.
        mask: bool ``(batch, capacity)``, for all tokens that will ever be in the cache; None where nothing is padded.
        positions: integers ``(batch, capacity)``, likewise.

    Returns:
        From ids ``(batch, 1)`` to logits ``(batch, vocab)``.
    """
    step = FastStep(model) if is_plain_gpt(model) else lambda *arguments: model(*arguments)[:, -1]

    @torch.no_grad()
    def next_step(new: torch.Tensor) -> torch.Tensor:
        if mask is None or positions is None:
            return step(new, cache, None, None)
        start = cache[0].length
        return step(new, cache, mask[:, : start + 1], positions[:, start : start + 1])

    return next_step


def check_lengths(model: nn.Module, prompts: Sequence[Sequence[int]] | torch.Tensor, max_new_tokens: int) -> None:
    """Raise a ValueError unless every prompt has an id and, with what is to be written, fits the context."""
    if max_new_tokens < 1:
        raise ValueError(f"max_new_tokens is {max_new_tokens}; it must be at least 1")
    for row, prompt in enumerate(prompts):
        ids = torch.as_tensor(prompt)
        if ids.dim() != 1 or (ids.is_floating_point() and len(ids)):  # an empty list becomes floats
            raise ValueError(f"prompts are sequences of ids, [[1, 2], [3]]; prompt {row} is {prompt!r:.50}")
        if len(prompt) == 0:
            raise ValueError(f"prompt {row} has 0 ids; 1 is least, such as that of an end-of-text token")
        if len(prompt) + max_new_tokens > model.config.context:
            raise ValueError(
                f"prompt {row} of {len(prompt)} tokens and {max_new_tokens} new ones make "
                f"{len(prompt) + max_new_tokens}, more than this model's context of {model.config.context}"
            )


def check_end(model: nn.Module, end: int | Sequence[int]) -> set[int]:
    """The ids that end a text as a set. Raise a ValueError for one that the model cannot write."""
    ends = {end} if isinstance(end, int) else set(end)
    for i in ends:
        if not 0 <= i < model.config.vocab_size:
            raise ValueError(f"end id {i} is not in 0 .. {model.config.vocab_size - 1}, the ids of this model")
    return ends


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """No dropout within; afterwards every module is in the mode in which it was."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
