r"""Writing: a model foretells the next token, one is chosen and appended, and so on.

``generate_plain`` is that sentence as code. ``generate`` writes the same, many texts at once, each token read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import torch
from torch import nn

from .choosing import greedy
from .decoding import check_end, written_ids
from .sampling import Part
from .text_stream import Decoder, TextStream, check_stop, text_pieces


@torch.no_grad()
def generate_plain(
    model: nn.Module, ids: torch.Tensor, max_new_tokens: int, choose: Callable[[torch.Tensor], torch.Tensor] = greedy
) -> torch.Tensor:
    """Append the next token, again and again. Everything is read anew for each, and all rows are equally long.

    Args:
        model: such as ``GPT`` or ``Llama``, in evaluation mode.
        ids: prompts ``(batch, time)``.
        max_new_tokens: how many tokens to append.
        choose: from logits ``(batch, vocab)`` to ids ``(batch,)``.

    Returns:
        ``(batch, time + max_new_tokens)``.
    """
    for _ in range(max_new_tokens):
        logits = model(ids)[:, -1]  # B V
        ids = torch.cat((ids, choose(logits)[:, None]), dim=1)
    return ids


@dataclass(frozen=True)
class Continuation:
    """What was written after one prompt.

    Attributes:
        ids: the new tokens, without the end-of-text token.
        ended: why it ends: ``"end"``, an end-of-text token; ``"stop"``, a stop sequence; ``"length"``, no more tokens
            were asked for.
        text: the text of ``ids``, cut before the stop sequence; None if no tokenizer was given.
    """

    ids: list[int]
    ended: str
    text: str | None = None


def generate(
    model: nn.Module,
    prompts: Sequence[Sequence[int]] | torch.Tensor,
    max_new_tokens: int,
    *,
    parts: Sequence[Part] = (),
    seed: int | Sequence[int] | None = None,
    end: int | Sequence[int] = (),
    stop: Sequence[str] = (),
    tokenizer: Decoder | None = None,
) -> list[Continuation]:
    """Continue prompts of any lengths, all at once. Each row gets what it would get alone.

    Rows of unequal length are padded at the left, and numbers are added in another order than alone: logits differ in
    their last digits, which can decide between tokens that are all but equally likely.

    Args:
        model: a ``GPT``, a ``Llama``, or what is called as they are. It is used in evaluation mode, and left in the
            mode in which it was.
        prompts: ids, a sequence for each row, or integers ``(batch, time)``; at least one id in each.
        max_new_tokens: at most how many tokens to write after each; at least 1.
        parts: what changes the logits first, in this order; see ``sampling.usual_parts``.
        seed: None writes the likeliest token. A number draws: row i from its own generator, seeded with ``seed + i``;
            several numbers are the seeds of the rows. The same seed gives the same text, whatever the other rows are.
        end: id or ids after which a text is over.
        stop: texts after which a text is over; they may begin or end within a token. What was in the prompt does not
            count. Needs ``tokenizer``.
        tokenizer: what decodes, to give texts.

    Returns:
        One ``Continuation`` for each prompt.

    Raises:
        ValueError: no prompt or an empty one, a ``max_new_tokens`` below 1, a prompt that together with it is longer
            than the model's context, an ``end`` outside the vocabulary, stop sequences without a tokenizer, seeds for
            another number of rows, and what the model, the parts, ``greedy`` and ``draw`` refuse.
    """
    steps = written_ids(model, prompts, max_new_tokens, parts=parts, seed=seed)
    ends = check_end(model, end)
    if check_stop(stop) and tokenizer is None:
        raise ValueError(f"stop sequences {list(stop)} are texts, which needs a tokenizer; tokenizer is None")
    rows = [_Row(None if tokenizer is None else TextStream(tokenizer, stop)) for _ in range(len(prompts))]
    with closing(steps):  # which puts the model's mode back, also after an error
        for new in steps:
            for row, i in zip(rows, new, strict=True):
                row.take(i, ends)
            if all(row.ended for row in rows):
                break
    return [row.result() for row in rows]


def stream(
    model: nn.Module,
    tokenizer: Decoder,
    prompt: str | Sequence[int],
    max_new_tokens: int,
    *,
    parts: Sequence[Part] = (),
    seed: int | None = None,
    end: int | Sequence[int] = (),
    stop: Sequence[str] = (),
) -> Iterator[str]:
    """Continue one prompt, and give the text away while it is being written.

    ::

        for piece in stream(model, tokenizer, "Once upon a time", 100):
            print(piece, end="", flush=True)

    Args:
        tokenizer: has ``decode``, and ``encode`` where the prompt is a text.
        prompt: a text or ids.

    The other arguments are those of ``generate``.

    Returns:
        An iterator over texts that are not empty; joined they are the ``text`` that ``generate`` gives. The model is in
        evaluation mode until the iterator is at its end or closed.

    Raises:
        ValueError: as ``generate``, at the call and not with the first text.
    """
    ids = tokenizer.encode(prompt) if isinstance(prompt, str) else prompt
    steps = written_ids(model, [ids], max_new_tokens, parts=parts, seed=seed)
    ends = check_end(model, end)
    check_stop(stop)

    def until_end() -> Iterator[int]:
        for (i,) in steps:
            if i in ends:
                return
            yield i

    def pieces() -> Iterator[str]:
        with closing(steps):
            yield from text_pieces(tokenizer, until_end(), stop)

    return pieces()


class _Row:
    """One text that is being written."""

    def __init__(self, text: TextStream | None) -> None:
        self.ids: list[int] = []
        self.ended = ""
        self.text = text
        self.pieces: list[str] = []

    def take(self, i: int, ends: set[int]) -> None:
        if self.ended:
            return
        if i in ends:
            self.ended = "end"
            return
        self.ids.append(i)
        if self.text is not None:
            self.pieces.append(self.text.push(i))
            if self.text.stopped:
                self.ended = "stop"

    def result(self) -> Continuation:
        if self.text is None:
            return Continuation(self.ids, self.ended or "length")
        self.pieces.append(self.text.finish())
        ended = "stop" if self.text.stopped else self.ended or "length"
        return Continuation(self.ids, ended, "".join(self.pieces))
