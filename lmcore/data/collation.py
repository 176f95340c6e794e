"""Rows of unequal length become one rectangle of numbers: padding, a mask, and labels that leave the padding out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

IGNORE = -100  # the label that torch's cross_entropy leaves out by default


@dataclass(frozen=True)
class Batch:
    """What a model is given, and what it should say.

    Attributes:
        inputs: ids ``(batch, time)``, int64.
        labels: the id that follows each input ``(batch, time)``, int64; ``IGNORE`` where nothing is to be foretold.
        mask: bool ``(batch, time)``, True where ``inputs`` are real and not padding.
    """

    inputs: Tensor
    labels: Tensor
    mask: Tensor

    @property
    def targets(self) -> int:
        """How many labels count."""
        return int((self.labels != IGNORE).sum())

    def to(self, device: str | torch.device) -> Batch:
        """The same batch on another device."""
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in (self.inputs, self.labels, self.mask)))


def pad(
    rows: Sequence[Sequence[int]], padding: int = 0, *, side: str = "right", length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Fill rows up to the longest one.

    Args:
        rows: ids, one sequence for each row.
        padding: the id to fill with. Any id of the vocabulary will do: the mask tells it from real ones.
        side: ``"right"`` to train, ``"left"`` to continue prompts of unequal length.
        length: fill up to this length instead.

    Returns:
        ids ``(rows, length)``, int64, and the mask ``(rows, length)``, bool, True where ids are real.

    Raises:
        ValueError: no row, a row longer than ``length``, a padding below 0, or another side.
    """
    if not len(rows):
        raise ValueError("0 rows make no batch; 1 is least")
    if padding < 0:
        raise ValueError(f"padding {padding} is no id; ids start at 0")
    if side not in ("left", "right"):
        raise ValueError(f"side {side!r} is neither 'left' nor 'right'")
    longest = max(map(len, rows))
    if length is None:
        length = longest
    elif longest > length:
        raise ValueError(f"a row has {longest} ids, more than the length {length}")
    ids = torch.full((len(rows), length), padding, dtype=torch.int64)
    mask = torch.zeros((len(rows), length), dtype=torch.bool)
    for i, row in enumerate(rows):
        place = slice(0, len(row)) if side == "right" else slice(length - len(row), length)
        ids[i, place] = torch.as_tensor(row, dtype=torch.int64)
        mask[i, place] = True
    return ids, mask


def collate(
    rows: Sequence[Sequence[int]], *, padding: int = 0, length: int | None = None, skip: Sequence[int] | None = None
) -> Batch:
    """Inputs, and as labels the same rows one place to the left, padded at the right.

    ======  =========================
    row     ``7 3 9 4``
    inputs  ``7 3 9 0``, with padding
    labels  ``3 9 4 -100``
    mask    ``1 1 1 0``
    ======  =========================

    Args:
        rows: ids, two or more in each row.
        padding: id to fill inputs with.
        length: time of the batch; the longest row's number of labels if None.
        skip: for each row, how many of its first labels not to count: a prompt's, or those that an overlapping window
            has counted.

    Raises:
        ValueError: no row, a row with fewer than two ids, a skip that is not among the labels, and as for ``pad``.
    """
    for i, row in enumerate(rows):
        if len(row) < 2:
            raise ValueError(f"row {i} has {len(row)} ids; 2 are least, one to see and one to foretell")
    if skip is not None and len(skip) != len(rows):
        raise ValueError(f"{len(skip)} numbers of labels to skip for {len(rows)} rows")
    inputs, mask = pad([row[:-1] for row in rows], padding, length=length)
    labels, _ = pad([row[1:] for row in rows], length=length)
    labels[~mask] = IGNORE
    for i, count in enumerate(skip or ()):
        if not 0 <= count < len(rows[i]):
            raise ValueError(f"row {i} has {len(rows[i]) - 1} labels; {count} of them cannot be skipped")
        labels[i, :count] = IGNORE
    return Batch(inputs, labels, mask)
