r"""Which token comes next? The likeliest, or one drawn by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from .sampling import check_logits


def greedy(logits: torch.Tensor) -> torch.Tensor:
    """The likeliest token of each row; of equally likely ones the first.

    Args:
        logits: ``(batch, vocab)``.

    Returns:
        ids ``(batch,)``.

    Raises:
        ValueError: logits of another shape, or a row with nan, with infinity or without any token that is allowed.
    """
    check_logits(logits)
    if logits.device.type == "cpu" and logits.dtype in (torch.float32, torch.float64):
        # numpy compares many numbers at once, where torch on a CPU takes one after the other.
        numbers = logits.detach().numpy()
        ids, largest = torch.from_numpy(numbers.argmax(-1)), numbers.max(-1)
    else:
        largest, ids = logits.max(-1)
    if not all(map(math.isfinite, largest.tolist())):  # of numbers with nan, nan is the largest
        _explain(logits)
    return ids


def draw(logits: torch.Tensor, generators: Sequence[torch.Generator]) -> torch.Tensor:
    r"""Draw one token for each row, with the probabilities :math:`\operatorname{softmax}(z)`.

    The probabilities, put one after the other, make a line of length 1; a point of it is drawn, and the token is the
    one in whose part it falls. A row uses its own generator, one number of it: its token does not depend on the other
    rows.

    Args:
        logits: z ``(batch, vocab)``; minus infinity is never drawn.
        generators: one for each row, on the CPU.

    Returns:
        ids ``(batch,)``.

    Raises:
        ValueError: logits of another shape, another number of generators than rows, or a row with nan, with infinity
            or without any token that is allowed.

    Source: Devroye (1986), Non-Uniform Random Variate Generation, section III.2.1 (inversion).
    """
    check_logits(logits)
    if len(generators) != len(logits):
        raise ValueError(f"{len(generators)} generators for {len(logits)} rows; each row has its own")
    # On the CPU, as not every device has double precision, and not every one adds up in order.
    ends = logits.cpu().double().softmax(-1).cumsum(-1)  # B V: where each token's part of the line ends
    if not ends[:, -1].isfinite().all():
        _explain(logits)
    points = torch.cat([torch.rand(1, generator=generator, dtype=torch.float64) for generator in generators])
    # A point is at most 1 - 2^-53, so that it stays below the line's end however that was rounded.
    return (ends <= points[:, None] * ends[:, -1:]).sum(-1).to(logits.device)


def row_generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """A generator for each seed."""
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def _explain(logits: torch.Tensor) -> None:
    """Say which row nothing can be chosen from, and why."""
    for row, numbers in enumerate(logits):
        if numbers.isnan().any():
            raise ValueError(f"row {row} has nan as a logit of token {int(numbers.isnan().int().argmax())}")
        if (numbers == torch.inf).any():
            raise ValueError(f"row {row} has infinity as a logit of token {int(numbers.argmax())}; logits are finite")
        if (numbers == -torch.inf).all():
            raise ValueError(
                f"row {row} has no token left: all {len(numbers)} logits are minus infinity; keep 1 at least"
            )
