"""A key/value cache: while writing, each token is read once and its keys and values are kept for all that follow.

Without it, the hundredth token costs a hundred times as much as the first, because everything before is read again.
"""

from __future__ import annotations

import torch


class KeyValueCache:
    """The keys and values that one attention layer has seen. A model has one for each layer: ``model.new_cache()``.

    The memory for ``capacity`` tokens is taken at once, with the first tokens, so that a step only writes its own
    place: growing a tensor by concatenation would copy everything at each step.

    Args:
        capacity: the largest number of tokens it can hold, at least 1.

    Attributes:
        length: number of tokens in it; the position of the next one.
        capacity: as given.
        keys: ``(batch, heads, capacity, d)``; places from ``length`` on mean nothing. None before the first tokens.
        values: likewise.

    Raises:
        ValueError: a capacity below 1.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity is {capacity}; a cache holds at least 1 token")
        self.capacity = capacity
        self.length = 0
        self.keys: torch.Tensor | None = None
        self.values: torch.Tensor | None = None

    def append(self, k: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Keep the keys and values of new tokens, return those of all tokens so far.

        Args:
            k: keys ``(batch, heads, T, d)``.
            v: values ``(batch, heads, T, d)``.

        Returns:
            keys and values ``(batch, heads, length, d)``, views of the cache and not copies.

        Raises:
            ValueError: tokens that do not fit any more, other shapes or dtypes than the first ones, or a call while
                gradients are recorded: what is written over cannot be differentiated.
        """
        if k.requires_grad or v.requires_grad:
            raise ValueError("a cache is for writing, not for training: use it under torch.no_grad()")
        end = self.length + k.shape[-2]
        if end > self.capacity:
            raise ValueError(
                f"{k.shape[-2]} more tokens do not fit: the cache holds {self.length} of at most {self.capacity}"
            )
        if self.keys is None or self.values is None:
            self.keys, self.values = self._room_for(k), self._room_for(v)
        if k.shape[:2] != self.keys.shape[:2] or k.dtype != self.keys.dtype:
            raise ValueError(
                f"the cache has (batch, heads) = {tuple(self.keys.shape[:2])} of {self.keys.dtype}; "
                f"new keys have {tuple(k.shape[:2])} of {k.dtype}"
            )
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def select(self, rows: torch.Tensor) -> None:
        """Make these rows of the batch the new batch: beam search drops some continuations and doubles others.

        Args:
            rows: integers ``(new batch,)``; a row may be named more than once.
        """
        if self.keys is not None and self.values is not None:
            self.keys, self.values = self._of_rows(self.keys, rows), self._of_rows(self.values, rows)

    def truncate(self, length: int) -> None:
        """Forget all tokens from position ``length`` on.

        Raises:
            ValueError: a length below 0 or above the present one.
        """
        if not 0 <= length <= self.length:
            raise ValueError(f"length is {length}; the cache holds {self.length} tokens")
        self.length = length

    def _room_for(self, x: torch.Tensor) -> torch.Tensor:
        return x.new_empty(*x.shape[:2], self.capacity, x.shape[-1])

    def _of_rows(self, x: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        room = x.new_empty(len(rows), *x.shape[1:])
        room[:, :, : self.length] = x[rows, :, : self.length]
        return room


def layer_caches(cache: list[KeyValueCache] | None, n_layers: int) -> list[KeyValueCache] | list[None]:
    """One cache for each layer, or one None for each.

    Raises:
        ValueError: a cache of another number of layers.
    """
    if cache is None:
        return [None] * n_layers
    if len(cache) != n_layers:
        raise ValueError(f"the cache has {len(cache)} layers, this model {n_layers}; make it with model.new_cache()")
    return cache
