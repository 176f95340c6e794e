r"""The smallest language model: the next token depends on the last one alone.

Counting pairs of neighbours is all there is to learn, and yet everything that a large model does is here already:
a distribution over the next token, the surprise at a text, perplexity, and writing by drawing one token at a time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

MOST_TOKENS = 8192
"""A table of 8192 x 8192 numbers of 8 bytes is half a gigabyte; bigrams of larger vocabularies need another form."""


class BigramModel:
    r"""Bigram probabilities with add-k smoothing.

    .. math:: p(b \mid a) = \frac{\text{count}(a, b) + k}{\sum_{c} \text{count}(a, c) + k V}

    Smoothing gives a pair that was never seen the count ``k``, so that its probability is not 0. A token ``a`` after
    which nothing was ever seen has a uniform row, also for ``k = 0``.

    Args:
        counts: ``(vocab, vocab)`` integers; entry ``[a, b]`` says how often ``b`` followed ``a``.
        smoothing: k, at least 0.

    Attributes:
        counts: int64 ``(vocab, vocab)``.
        probabilities: float64 ``(vocab, vocab)``; row ``a`` is the distribution of the token after ``a``.

    Raises:
        ValueError: counts that are not a square table of integers from 0, or a smoothing below 0 or not finite.

    Source: Jurafsky and Martin, Speech and Language Processing, 3rd edition draft, chapter 3.
    """

    def __init__(self, counts: torch.Tensor, smoothing: float = 1.0) -> None:
        if counts.dim() != 2 or counts.shape[0] != counts.shape[1] or counts.shape[0] == 0:
            raise ValueError(f"counts must have the shape (vocab, vocab), not {tuple(counts.shape)}")
        wrong = (counts < 0) | (counts != counts.to(torch.int64))
        if wrong.any():
            raise ValueError(f"a count is {counts[wrong][0].item()}; counts are integers from 0")
        if not 0 <= smoothing < math.inf:
            raise ValueError(f"smoothing is {smoothing}; it must be finite and at least 0")
        self.counts = counts.to(torch.int64)
        self.smoothing = smoothing
        weights = self.counts.to(torch.float64) + smoothing
        totals = weights.sum(dim=1, keepdim=True)
        uniform = torch.full_like(weights, 1 / self.vocab_size)
        self.probabilities = torch.where(totals > 0, weights / totals, uniform)

    @classmethod
    def train(cls, ids: Sequence[int] | torch.Tensor, vocab_size: int, smoothing: float = 1.0) -> BigramModel:
        """Count the pairs of neighbours in a text.

        Args:
            ids: token ids ``(T,)``.
            vocab_size: number of different ids, at most ``MOST_TOKENS``.
            smoothing: k of the class.

        Raises:
            ValueError: an id outside ``0 .. vocab_size - 1``, or a ``vocab_size`` outside ``1 .. MOST_TOKENS``.
        """
        if not 1 <= vocab_size <= MOST_TOKENS:
            raise ValueError(f"vocab_size is {vocab_size}; a bigram table can have 1 to {MOST_TOKENS} rows")
        ids = _checked(ids, vocab_size)
        pair_numbers = ids[:-1] * vocab_size + ids[1:]
        counts = torch.bincount(pair_numbers, minlength=vocab_size**2)
        return cls(counts.view(vocab_size, vocab_size), smoothing)

    @property
    def vocab_size(self) -> int:
        """Number of different ids."""
        return self.counts.shape[0]

    def log_prob(self, ids: Sequence[int] | torch.Tensor) -> float:
        r"""The log-probability of a text given its first token, in nats.

        .. math:: \log p(x_2 \dots x_T \mid x_1) = \sum_{t=2}^{T} \log p(x_t \mid x_{t-1})

        Args:
            ids: token ids ``(T,)``.

        Returns:
            At most 0; minus infinity if the text holds a pair of probability 0.

        Raises:
            ValueError: an id outside the vocabulary.
        """
        ids = _checked(ids, self.vocab_size)
        return self.probabilities[ids[:-1], ids[1:]].log().sum().item()

    def perplexity(self, ids: Sequence[int] | torch.Tensor) -> float:
        r"""How many equally likely tokens the model hesitates between, on average.

        .. math:: \exp\left(-\frac{1}{T - 1} \log p(x_2 \dots x_T \mid x_1)\right)

        Args:
            ids: token ids ``(T,)``, at least two.

        Returns:
            From 1 (never surprised) to infinity; ``vocab_size`` for a model that knows nothing.

        Raises:
            ValueError: fewer than two ids, or an id outside the vocabulary.
        """
        if len(ids) < 2:
            raise ValueError(f"perplexity needs at least 2 ids, so that one can be predicted; got {len(ids)}")
        surprise = -self.log_prob(ids) / (len(ids) - 1)
        return torch.tensor(surprise, dtype=torch.float64).exp().item()

    def sample(self, length: int, generator: torch.Generator, start: int | None = None) -> list[int]:
        """Write a text: draw each token from the distribution after the one before.

        Args:
            length: number of ids to return.
            generator: where the chance comes from; the same seed gives the same text.
            start: the first id. If None it is drawn too, an id's weight being k plus the number of times that it came
                before another one.

        Returns:
            ``length`` ids, the first one included.

        Raises:
            ValueError: a negative ``length``, or a ``start`` outside the vocabulary.
        """
        if length < 0:
            raise ValueError(f"length is {length}; it must be at least 0")
        if start is not None and not 0 <= start < self.vocab_size:
            raise ValueError(f"start is {start}; ids are in 0 .. {self.vocab_size - 1}")
        ids: list[int] = []
        if start is None:
            weights = self.counts.sum(dim=1) + float(self.smoothing)
            if not weights.any():
                weights = torch.ones(self.vocab_size)
        else:
            weights = torch.zeros(self.vocab_size)
            weights[start] = 1.0
        for _ in range(length):
            ids.append(torch.multinomial(weights, 1, generator=generator).item())
            weights = self.probabilities[ids[-1]]
        return ids


def _checked(ids: Sequence[int] | torch.Tensor, vocab_size: int) -> torch.Tensor:
    tensor = torch.as_tensor(ids)
    if tensor.numel() == 0:
        tensor = tensor.to(torch.int64)
    if tensor.dim() != 1 or tensor.is_floating_point() or tensor.dtype == torch.bool:
        raise ValueError(f"ids must be integers of shape (T,), not {tensor.dtype} of shape {tuple(tensor.shape)}")
    tensor = tensor.to(torch.int64)
    if tensor.numel() and not 0 <= tensor.min() <= tensor.max() < vocab_size:
        wrong = tensor[(tensor < 0) | (tensor >= vocab_size)][0].item()
        raise ValueError(f"id {wrong} is not in 0 .. {vocab_size - 1}, the vocabulary of this model")
    return tensor
