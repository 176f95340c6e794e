r"""The smallest language models: the next token depends on the last one alone, or on the last few.

Counting neighbours is all there is to learn, and yet everything that a large model does is here already: a distribution
over the next token, the surprise at a text, perplexity, and writing by drawing one token at a time.
"""

from __future__ import annotations

import math
from collections import Counter
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


class NGramModel:
    r"""The next token by the last ``n - 1`` ones, where each past leans on the next shorter one.

    .. math:: p_n(b \mid a_1 \dots a_{n-1}) =
        \frac{\text{count}(a_1 \dots a_{n-1} b) + k \, p_{n-1}(b \mid a_2 \dots a_{n-1})}
        {\text{count}(a_1 \dots a_{n-1}) + k}, \qquad p_0(b) = \frac{1}{V}

    where :math:`\text{count}(a_1 \dots a_{n-1})` counts the places that have a token after them. A past that was seen
    much more often than ``k`` times speaks for itself; one that was never seen says what the shorter one says. The
    first tokens of a text have shorter pasts.

    Args:
        vocab_size: V, the number of different ids.
        order: n, at least 1; 1 is the unigram model.
        strength: k, above 0.

    Attributes:
        counts: (past, token) -> how often this token followed this past, for pasts of 0 to n - 1 tokens.
        totals: past -> how often any token followed it.

    Raises:
        ValueError: a vocabulary or an order below 1, or a strength that is not above 0 and finite.

    Source: MacKay and Peto (1995), A hierarchical Dirichlet language model, Natural Language Engineering 1(3).
    """

    def __init__(self, vocab_size: int, order: int, strength: float = 1.0) -> None:
        if vocab_size < 1 or order < 1:
            raise ValueError(f"vocab_size is {vocab_size} and order {order}; both must be at least 1")
        if not 0 < strength < math.inf:
            raise ValueError(f"strength is {strength}; it must be finite and above 0")
        self.vocab_size, self.order, self.strength = vocab_size, order, strength
        self.counts: Counter[tuple[tuple[int, ...], int]] = Counter()
        self.totals: Counter[tuple[int, ...]] = Counter()

    @classmethod
    def train(cls, ids: Sequence[int] | torch.Tensor, vocab_size: int, order: int, strength: float = 1.0) -> NGramModel:
        """Count the tokens after each past of a text.

        Args:
            ids: token ids ``(T,)``.
            vocab_size, order, strength: as for the class.

        Raises:
            ValueError: an id outside ``0 .. vocab_size - 1``, and as for the class.
        """
        model = cls(vocab_size, order, strength)
        tokens = tuple(_checked(ids, vocab_size).tolist())
        for length in range(order):
            pasts = (tokens[t - length : t] for t in range(length, len(tokens)))
            model.counts.update(zip(pasts, tokens[length:], strict=True))
        for (past, _), times in model.counts.items():
            model.totals[past] += times
        return model

    def shorter(self, order: int) -> NGramModel:
        """The model of a smaller order that the same counts make; it shares them.

        Raises:
            ValueError: an order outside ``1 .. n``.
        """
        if not 1 <= order <= self.order:
            raise ValueError(f"order {order} is not in 1 .. {self.order}, the orders that were counted")
        model = NGramModel(self.vocab_size, order, self.strength)
        model.counts, model.totals = self.counts, self.totals
        return model

    def probability(self, past: Sequence[int], token: int) -> float:
        """The probability of a token after a past, of which only the last ``n - 1`` tokens matter."""
        p = 1 / self.vocab_size
        for length in range(min(self.order - 1, len(past)) + 1):
            seen = tuple(past[len(past) - length :])
            p = (self.counts[seen, token] + self.strength * p) / (self.totals[seen] + self.strength)
        return p

    def log_prob(self, ids: Sequence[int] | torch.Tensor) -> float:
        """The log-probability of a text given its first token, in nats, as for ``BigramModel``.

        Raises:
            ValueError: an id outside the vocabulary.
        """
        tokens = _checked(ids, self.vocab_size).tolist()
        steps = range(1, len(tokens))
        return math.fsum(math.log(self.probability(tokens[max(0, t - self.order + 1) : t], tokens[t])) for t in steps)

    def perplexity(self, ids: Sequence[int] | torch.Tensor) -> float:
        """How many equally likely tokens the model hesitates between, on average, as for ``BigramModel``.

        Raises:
            ValueError: fewer than two ids, or an id outside the vocabulary.
        """
        if len(ids) < 2:
            raise ValueError(f"perplexity needs at least 2 ids, so that one can be predicted; got {len(ids)}")
        return math.exp(-self.log_prob(ids) / (len(ids) - 1))

    def sample(self, length: int, generator: torch.Generator, start: Sequence[int] = ()) -> list[int]:
        """Write a text: draw each token from the distribution after those before.

        Args:
            length: number of ids to return, the start included.
            generator: where the chance comes from; the same seed gives the same text.
            start: the ids to begin with.

        Raises:
            ValueError: a ``length`` shorter than the start, or an id outside the vocabulary.
        """
        ids = _checked(start, self.vocab_size).tolist()
        if length < len(ids):
            raise ValueError(f"length is {length}; the start alone has {len(ids)} ids")
        while len(ids) < length:
            past = ids[max(0, len(ids) - self.order + 1) :]
            weights = torch.tensor([self.probability(past, token) for token in range(self.vocab_size)])
            ids.append(torch.multinomial(weights, 1, generator=generator).item())
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
