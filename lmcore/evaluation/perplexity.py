r"""How surprised a language model is by a text: perplexity, bits per character and per byte, next-token accuracy.

Counting is where such numbers go wrong, so here are the rules:

* The first token of a sequence has nothing before it and is not predicted: ``T`` tokens hold ``T - 1`` predictions.
  To have all of a text predicted, put a start token in front of it.
* A model reads at most ``window`` tokens. A longer text is read through a window that moves; each token is scored
  exactly once, in the first window that reaches it.
* Perplexity is per token, so it can only be compared between models with the same tokenizer: longer tokens are
  harder to guess, and fewer. Bits per character and per byte share the same surprise among the signs of the text and
  compare across tokenizers, as long as the tokenizers lose nothing (``<unk>`` is easy to predict).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from ..decoding import evaluation_mode
from .counts import check_at_least


@dataclass(frozen=True)
class TokenScores:
    r"""What a model made of each token of a text.

    Args:
        nats: ``(T - 1,)`` float64; the surprise :math:`-\ln p(x_t \mid \text{what stood before})` at the second token,
            the third, ... in nats.
        correct: ``(T - 1,)`` bool; whether that token was the model's first choice.
    """

    nats: torch.Tensor
    correct: torch.Tensor

    @property
    def loss(self) -> float:
        """Mean surprise in nats per predicted token: the cross-entropy that training lowers."""
        return self.nats.mean().item()

    @property
    def perplexity(self) -> float:
        r"""How many equally likely tokens the model hesitates between, on average.

        .. math:: \exp\left(-\frac{1}{T - 1} \sum_{t=2}^{T} \ln p(x_t \mid x_{<t})\right)

        Source: Jelinek et al. (1977), Perplexity: a measure of the difficulty of speech recognition tasks.
        """
        return self.nats.mean().exp().item()

    @property
    def accuracy(self) -> float:
        """Share of the tokens that were the model's first choice."""
        return self.correct.double().mean().item()

    def bits_per_character(self, text: str) -> float:
        r"""The surprise at the whole text, in bits, shared among its characters.

        .. math:: \frac{1}{\text{characters}} \sum_t \log_2 \frac{1}{p(x_t \mid x_{<t})}

        Args:
            text: what the *predicted* tokens stand for: the text alone if a start token was put in front of it, else
                the text without its first token. A character is a Unicode code point.

        Raises:
            ValueError: an empty text.

        Source: Graves (2013), Generating sequences with recurrent neural networks, section 3.
        """
        return self._bits_per(len(text))

    def bits_per_byte(self, text: str) -> float:
        """As :meth:`bits_per_character`, per byte of the text in UTF-8; so it also compares between alphabets.

        Source: Gao et al. (2020), The Pile, section 3.1.
        """
        return self._bits_per(len(text.encode("utf-8")))

    def _bits_per(self, signs: int) -> float:
        if signs == 0:
            raise ValueError("the text is empty; its surprise cannot be shared among 0 characters")
        return self.nats.sum().item() / math.log(2) / signs


@torch.no_grad()
def score_tokens(
    model: Callable[[torch.Tensor], torch.Tensor],
    ids: Sequence[int] | torch.Tensor,
    window: int,
    stride: int | None = None,
    batch_size: int = 8,
) -> TokenScores:
    """Let a model predict each token of a text of any length.

    The first window predicts all that it reads. Then the window moves on by ``stride`` tokens (the last time by what
    is left) and only its last ``stride`` predictions count, so that each of them has seen the ``window - stride``
    tokens before the stride and more. A stride of 1 gives every token as much context as the model can take and costs
    one run of the model for each token; a stride of ``window`` costs least and lets the first token of each window be
    guessed from one token alone.

    Args:
        model: takes ids ``(batch, time)``, returns logits ``(batch, time, vocab)`` of the *next* token at each place.
            A ``torch.nn.Module`` is put into evaluation mode meanwhile (no dropout).
        ids: the text, ``(T,)``, at least 2 tokens.
        window: the most tokens that the model may read at once; at least 1.
        stride: in ``1 .. window``; half a window if None.
        batch_size: windows per call of the model.

    Returns:
        The scores of the ``T - 1`` tokens after the first, on the CPU.

    Raises:
        ValueError: fewer than 2 ids, ids that are not integers of shape ``(T,)`` or outside the vocabulary; a window,
            stride or batch size out of range; logits of another shape or that hold NaN.
    """
    check_at_least("window", window, 1)
    stride = max(1, window // 2) if stride is None else stride
    check_at_least("stride", stride, 1)
    check_at_least("batch_size", batch_size, 1)
    if stride > window:
        raise ValueError(f"stride {stride} is longer than the window of {window}: tokens between would not be scored")
    ids = _checked_ids(ids, model)
    inputs, targets = ids[:-1], ids[1:]

    width = min(window, len(inputs))
    ends = [*range(width, len(inputs), stride), len(inputs)]
    scored_before = [0, *ends[:-1]]
    nats = torch.empty(len(targets), dtype=torch.float64)
    correct = torch.empty(len(targets), dtype=torch.bool)
    with evaluation_mode(model) if isinstance(model, nn.Module) else nullcontext():
        for first in range(0, len(ends), batch_size):
            batch = slice(first, first + batch_size)
            x = torch.stack([inputs[end - width : end] for end in ends[batch]])
            logits = _checked_logits(model(x), x, targets)
            for row, begin, end in zip(logits, scored_before[batch], ends[batch], strict=True):
                row, wanted = row[begin - end :], targets[begin:end]  # only these need a softmax in full precision
                row = row if row.dtype == torch.float64 else row.float()
                nats[begin:end] = F.cross_entropy(row, wanted, reduction="none")
                correct[begin:end] = row.argmax(dim=-1) == wanted
    if nats.isnan().any():
        raise ValueError(f"the logits that predict token {nats.isnan().nonzero()[0].item() + 1} hold NaN")
    return TokenScores(nats, correct)


def _checked_ids(ids: Sequence[int] | torch.Tensor, model: object) -> torch.Tensor:
    ids = torch.as_tensor(ids)
    if ids.dim() != 1 or len(ids) < 2:
        raise ValueError(
            f"ids has the shape {tuple(ids.shape)}; it must be (T,) with T at least 2: one to predict from"
        )
    if ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool:
        raise ValueError(f"ids are {ids.dtype}; they must be integers")
    if ids.min() < 0:
        raise ValueError(f"id {ids.min().item()} is below 0")
    if isinstance(model, nn.Module) and (parameter := next(model.parameters(), None)) is not None:
        ids = ids.to(parameter.device)
    return ids.to(torch.int64)


def _checked_logits(logits: torch.Tensor, x: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    if logits.dim() != 3 or logits.shape[:2] != x.shape:
        raise ValueError(
            f"the model gave logits {tuple(logits.shape)} for ids {tuple(x.shape)}; not (batch, time, vocab)"
        )
    if targets.max() >= logits.shape[-1]:
        raise ValueError(
            f"id {targets.max().item()} is not in 0 .. {logits.shape[-1] - 1}, the vocabulary of this model"
        )
    return logits
