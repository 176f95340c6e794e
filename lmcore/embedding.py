"""A table with one row of numbers for each id: how a model gets from integers to vectors."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def look_up(ids: torch.Tensor, table: torch.Tensor, what: str = "id") -> torch.Tensor:
    """The table's rows at these ids.

    An id that the table does not have is noticed by the look-up itself, so that checking costs nothing. On a GPU nobody
    can know without waiting for it to finish, which would slow every step down: there, torch stops the program with a
    device-side assertion.

    Args:
        ids: integers of any shape.
        table: ``(rows, d)``.
        what: what an id is, for the error message.

    Returns:
        ``(*ids.shape, d)``.

    Raises:
        ValueError: ids that are not integers, or one outside ``0 .. rows - 1``; the message names it.
    """
    if ids.dtype not in (torch.int64, torch.int32):
        raise ValueError(f"{what}s must be int64 or int32, not {ids.dtype}")
    try:
        return F.embedding(ids, table)
    except IndexError:
        wrong = ids[(ids < 0) | (ids >= len(table))][0].item()
        raise ValueError(f"{what} {wrong} is not in the table; {what}s go from 0 to {len(table) - 1}") from None


class TokenEmbedding(nn.Module):
    """One learned vector for each token of the vocabulary.

    Args:
        vocab_size: number of different ids.
        d_model: width of a vector.

    Attributes:
        weight: the table ``(vocab_size, d_model)``, at first normal with standard deviation 1.
    """

    def __init__(self, vocab_size: int, d_model: int) -> None:
        super().__init__()
        if vocab_size < 1 or d_model < 1:
            raise ValueError(f"a table of {vocab_size} x {d_model} is empty; both must be at least 1")
        self.weight = nn.Parameter(torch.randn(vocab_size, d_model))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The vectors of tokens.

        Args:
            ids: integers ``(batch, time)``.

        Returns:
            ``(batch, time, d_model)``.

        Raises:
            ValueError: another shape or dtype, no token at all, or an id outside the vocabulary (on a GPU see
                ``look_up``).
        """
        if ids.dim() != 2 or ids.shape[1] == 0:
            raise ValueError(f"ids must have the shape (batch, time) with time at least 1, not {tuple(ids.shape)}")
        return look_up(ids, self.weight, "token id")
