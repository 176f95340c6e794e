"""From documents to the batches of a training run, so that step 5,000 is the same batch today and after a restart::

    training, validation = split_documents(len(shards), validation_share=0.01, seed=0)
    batches = Batches(Windows(shards, context=256, chosen=training), batch_size=16, seed=0)
    for step in range(resumed_at, steps):
        batch = batches.batch(step)

``documents`` is ``TokenShards``, or any sequence of sequences of ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from .collation import Batch, collate


class Rows(Protocol):
    """What batches are made of: ``Windows`` or ``DocumentRows``."""

    length: int | None  # the time of every batch; None: that of its longest row

    def __len__(self) -> int: ...

    def __getitem__(self, row: int) -> np.ndarray: ...

    def skip(self, row: int) -> int: ...


def split_documents(count: int, validation_share: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Divide documents into those to train with and those to validate with.

    Whether a document is kept for validation depends on its number and the seed alone, through a hash: more documents
    at the end of a corpus leave the earlier ones where they were.

    Args:
        count: how many documents there are.
        validation_share: the share to expect in validation, between 0 and 1. 0 keeps none.
        seed: 0 .. 2^64 - 1; another seed, another division.

    Returns:
        The numbers of the documents for training and for validation, both in ascending order.

    Raises:
        ValueError: a share outside 0 .. 1 (1 excluded), a seed outside its limits, or a part that would be empty.

    Source: the hash is SplitMix64, Steele et al. (2014), figure 17.
    """
    if not 0 <= validation_share < 1:
        raise ValueError(f"validation_share {validation_share} is not in 0 <= share < 1")
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"seed {seed} is not in 0 .. 2^64 - 1")
    hashes = _splitmix(np.arange(count, dtype=np.uint64) ^ _splitmix(np.array([seed], dtype=np.uint64)))
    kept = hashes < np.uint64(validation_share * 2.0**64)
    training, validation = np.flatnonzero(~kept), np.flatnonzero(kept)
    for name, part in (("training", training), ("validation", validation)):
        if not len(part) and (name == "training" or validation_share):
            raise ValueError(
                f"of {count} documents none is left for {name} with validation_share {validation_share} and seed "
                f"{seed}; take another share or seed, or cut the text into more documents"
            )
    return training, validation


def _splitmix(x: np.ndarray) -> np.ndarray:
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class Windows:
    """Stretches of ``context + 1`` tokens, cut from documents laid end to end.

    Window ``i`` begins at token ``i * stride``; a model sees its first ``context`` tokens and foretells its last
    ``context``. The last window may be shorter. A window may begin in one document and end in another: an end-of-text
    token in the documents tells the model so. Every token but the very first is foretold at least once.

    Args:
        documents: sequences of ids.
        context: tokens that the model sees.
        stride: from one window's beginning to the next one's; ``context`` if None. A smaller one shows each token
            several times, with more of its past: use it with ``count_once`` to measure a loss.
        chosen: the numbers of the documents to use; all if None.
        count_once: skip the labels that the window before has counted.

    Raises:
        ValueError: a context below 1, a stride outside ``1 .. context``, or fewer than two tokens in all.
    """

    def __init__(
        self,
        documents: Sequence[Sequence[int]],
        context: int,
        stride: int | None = None,
        *,
        chosen: Sequence[int] | None = None,
        count_once: bool = False,
    ) -> None:
        if context < 1:
            raise ValueError(f"context {context} is less than 1")
        stride = context if stride is None else stride
        if not 1 <= stride <= context:
            raise ValueError(f"stride {stride} is not in 1 .. {context}, the context: tokens would be left out")
        self.documents = documents
        self.context, self.stride, self.count_once = context, stride, count_once
        self.length = context
        self._chosen = _choose(documents, chosen)
        self._ends = np.cumsum(_lengths(documents)[self._chosen])
        self.tokens = int(self._ends[-1])
        if self.tokens < 2:
            raise ValueError(f"{self.tokens} token is too few; 2 are least, one to see and one to foretell")

    def __len__(self) -> int:
        return 1 + -(-max(0, self.tokens - 1 - self.context) // self.stride)

    def __getitem__(self, row: int) -> np.ndarray:
        """The ids of window ``row``, int64, at most ``context + 1`` of them.

        Raises:
            IndexError: a number outside ``0 .. len - 1``.
        """
        start = _check_row(row, len(self)) * self.stride
        stop = min(start + self.context + 1, self.tokens)
        parts = []
        place = int(np.searchsorted(self._ends, start, side="right"))
        while start < stop:
            end = int(self._ends[place])
            document = self.documents[int(self._chosen[place])]
            begin = end - len(document)
            parts.append(np.asarray(document[start - begin : min(stop, end) - begin], dtype=np.int64))
            start = min(stop, end)
            place += 1
        return np.concatenate(parts)

    def skip(self, row: int) -> int:
        """How many labels of a window not to count."""
        return self.context - self.stride if self.count_once and row > 0 else 0


class DocumentRows:
    """One document for each row: nothing of a document is cut off from its beginning.

    The loss of such rows can be compared with the entropy of whole documents.

    Args:
        documents: sequences of ids.
        context: tokens that the model sees. What a document has beyond that is left out; ``shortened`` counts such
            documents.
        chosen: the numbers of the documents to use; all if None.
        start: an id to set before each document, so that its first token is foretold too.

    Raises:
        ValueError: a context below 1, or a document too short to foretell anything.
    """

    length = None

    def __init__(
        self,
        documents: Sequence[Sequence[int]],
        context: int,
        *,
        chosen: Sequence[int] | None = None,
        start: int | None = None,
    ) -> None:
        if context < 1:
            raise ValueError(f"context {context} is less than 1")
        self.documents, self.context, self.start = documents, context, start
        self._chosen = _choose(documents, chosen)
        lengths = _lengths(documents)[self._chosen] + (start is not None)
        if lengths.min() < 2:
            short = int(self._chosen[int(lengths.argmin())])
            raise ValueError(
                f"document {short} has {len(documents[short])} tokens; 2 are least, one to see and one to foretell"
                + ("" if start is not None else ", or 1 with a start token")
            )
        self.shortened = int((lengths > context + 1).sum())

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, row: int) -> np.ndarray:
        """The ids of a document, int64, at most ``context + 1`` of them with the start token.

        Raises:
            IndexError: a number outside ``0 .. len - 1``.
        """
        ids = np.asarray(self.documents[int(self._chosen[_check_row(row, len(self))])], dtype=np.int64)
        if self.start is not None:
            ids = np.concatenate([[self.start], ids])
        return ids[: self.context + 1]

    def skip(self, row: int) -> int:
        """0: all labels count."""
        return 0


class Batches:
    """An endless row of batches. Batch ``step`` depends on the rows, ``batch_size``, ``seed`` and ``step`` alone.

    Rows are shuffled anew in each epoch, and every row comes once in each. A batch that is not filled when an epoch
    ends goes on with the next one, so all batches have the same size. Memory: eight bytes for each row.

    Args:
        rows: ``Windows`` or ``DocumentRows``.
        batch_size: rows in a batch, over all processes.
        seed: 0 or greater.
        padding: id to fill with.

    Raises:
        ValueError: a batch size below 1 or a negative seed.
    """

    def __init__(self, rows: Rows, batch_size: int, seed: int = 0, *, padding: int = 0) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size {batch_size} is less than 1")
        if seed < 0:
            raise ValueError(f"seed {seed} is negative")
        self.rows, self.batch_size, self.seed, self.padding = rows, batch_size, seed, padding
        # The two epochs that a batch can reach into. numpy promises the same permutation within one of its versions.
        self._order = lru_cache(maxsize=2)(lambda epoch: np.random.default_rng((seed, epoch)).permutation(len(rows)))

    def steps_per_epoch(self) -> float:
        """How many batches show every row once; not a whole number where the last one is shared with the next epoch."""
        return len(self.rows) / self.batch_size

    def row_numbers(self, step: int) -> list[int]:
        """Which rows make up batch ``step``.

        Raises:
            ValueError: a negative step.
        """
        if step < 0:
            raise ValueError(f"step {step} is negative")
        first = step * self.batch_size
        places = (divmod(place, len(self.rows)) for place in range(first, first + self.batch_size))
        return [int(self._order(epoch)[place]) for epoch, place in places]

    def batch(self, step: int, *, rank: int = 0, ranks: int = 1) -> Batch:
        """Batch ``step``, or the share of one of several processes.

        Args:
            step: 0 or greater.
            rank: this process, ``0 .. ranks - 1``.
            ranks: number of processes. Their shares are disjoint and together hold the rows of the whole batch.

        Raises:
            ValueError: a negative step, a rank outside its limits, or ranks that do not divide the batch size.
        """
        if not 0 <= rank < ranks or self.batch_size % ranks:
            raise ValueError(f"rank {rank} of {ranks} has no equal share of a batch of {self.batch_size} rows")
        return _collate(self.rows, self.row_numbers(step)[rank::ranks], self.padding)


def in_order(rows: Rows, batch_size: int, *, padding: int = 0) -> Iterator[Batch]:
    """Every row once, in order, for validation. The last batch may be smaller."""
    if batch_size < 1:
        raise ValueError(f"batch_size {batch_size} is less than 1")
    for first in range(0, len(rows), batch_size):
        yield _collate(rows, range(first, min(first + batch_size, len(rows))), padding)


def _collate(rows: Rows, numbers: Sequence[int], padding: int) -> Batch:
    return collate(
        [rows[i] for i in numbers], padding=padding, length=rows.length, skip=[rows.skip(i) for i in numbers]
    )


def _lengths(documents: Sequence[Sequence[int]]) -> np.ndarray:
    if hasattr(documents, "lengths"):
        return documents.lengths()
    return np.array([len(document) for document in documents], dtype=np.int64)


def _choose(documents: Sequence[Sequence[int]], chosen: Sequence[int] | None) -> np.ndarray:
    numbers = np.arange(len(documents)) if chosen is None else np.asarray(chosen, dtype=np.int64)
    if not len(numbers):
        raise ValueError(f"none of {len(documents)} documents is chosen; 1 is least")
    if numbers.min() < 0 or numbers.max() >= len(documents):
        wrong = int(numbers.min() if numbers.min() < 0 else numbers.max())
        raise ValueError(f"document {wrong} is chosen; documents are 0 .. {len(documents) - 1}")
    return numbers


def _check_row(row: int, count: int) -> int:
    if not 0 <= row < count:
        raise IndexError(f"row {row} is not in 0 .. {count - 1}")
    return row
