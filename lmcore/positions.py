r"""Where does a token stand? Attention alone cannot tell: it treats its input as a set.

Three answers. ``LearnedPositions`` and ``SinusoidalPositions`` add a vector to each token at the door of the model;
``RotaryPositions`` turns queries and keys inside attention. All three are called in the same way::

    positions(x, position_ids=None, start=0)      # x: (..., time, d)

By default the tokens stand at ``start, start + 1, ...``; position ids ``(time,)`` or ``(batch, time)`` say otherwise,
which a batch with padding on the left needs.
"""

from __future__ import annotations

import torch
from torch import nn

from .embedding import look_up

PAIRINGS = ("half", "interleaved")


class LearnedPositions(nn.Module):
    """One learned vector for each position, added to the token's.

    Args:
        context: number of positions.
        d_model: width of a vector.

    Attributes:
        weight: the table ``(context, d_model)``, at first normal with standard deviation 1.

    Source: Radford et al. (2018), Improving Language Understanding by Generative Pre-Training, section 4.1.
    """

    def __init__(self, context: int, d_model: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(context, d_model))

    def forward(self, x: torch.Tensor, position_ids: torch.Tensor | None = None, start: int = 0) -> torch.Tensor:
        """``x`` plus the vectors of its positions.

        Args:
            x: ``(batch, time, d_model)``.
            position_ids: integers ``(time,)`` or ``(batch, time)``, below ``context``.
            start: the first token's position if ``position_ids`` is None.

        Raises:
            ValueError: positions outside the table.
        """
        return x + position_rows(self.weight, x.shape[0], x.shape[-2], position_ids, start)


def sinusoidal_table(context: int, d_model: int) -> torch.Tensor:
    r"""Waves of many lengths: the fast ones tell neighbours apart, the slow ones beginning and end.

    .. math:: \text{table}[t, 2i] = \sin\left(t / 10000^{2i/d}\right) \qquad
        \text{table}[t, 2i+1] = \cos\left(t / 10000^{2i/d}\right)

    Args:
        context: number of positions.
        d_model: d, even.

    Returns:
        float32 ``(context, d_model)``.

    Source: Vaswani et al. (2017), Attention Is All You Need, section 3.5.
    """
    angles = _angles(context, d_model, base=10000.0)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2).float()


class SinusoidalPositions(nn.Module):
    """``sinusoidal_table``, added to the tokens' vectors. Nothing is learned.

    Args:
        context: number of positions.
        d_model: width of a vector, even.
    """

    def __init__(self, context: int, d_model: int) -> None:
        super().__init__()
        self.table: torch.Tensor
        self.register_buffer("table", sinusoidal_table(context, d_model), persistent=False)

    def forward(self, x: torch.Tensor, position_ids: torch.Tensor | None = None, start: int = 0) -> torch.Tensor:
        """As ``LearnedPositions.forward``."""
        return x + position_rows(self.table, x.shape[0], x.shape[-2], position_ids, start).to(x.dtype)


class RotaryPositions(nn.Module):
    r"""Turn each pair of numbers of a query or key by an angle that grows with its position.

    .. math:: \begin{pmatrix} a' \\ b' \end{pmatrix} =
        \begin{pmatrix} \cos t\theta_i & -\sin t\theta_i \\ \sin t\theta_i & \cos t\theta_i \end{pmatrix}
        \begin{pmatrix} a \\ b \end{pmatrix}, \qquad \theta_i = \text{base}^{-2i/d}

    The product of a query at t and a key at s then depends on t - s alone: attention sees how far, not where.

    Which two numbers make pair i is a matter of convention, and weights trained with one are of no use with the other:

    ============= =================== ==================================
    pairing       pair i              in use by
    ============= =================== ==================================
    "interleaved" x[2i], x[2i + 1]    the paper, GPT-J, Meta's LLaMA files
    "half"        x[i], x[i + d / 2]  GPT-NeoX, LLaMA as Hugging Face keeps it
    ============= =================== ==================================

    Args:
        context: number of positions.
        d_head: d, the width of a head, even.
        base: how slow the slowest pair is.
        pairing: "half" or "interleaved".

    Raises:
        ValueError: an odd ``d_head`` or another pairing.

    Source: Su et al. (2021), RoFormer, section 3.2.2.
    """

    def __init__(self, context: int, d_head: int, base: float = 10000.0, pairing: str = "half") -> None:
        super().__init__()
        if pairing not in PAIRINGS:
            raise ValueError(f"pairing is {pairing!r}; there are {' and '.join(map(repr, PAIRINGS))}")
        self.pairing = pairing
        angles = _angles(context, d_head, base)
        self.cos: torch.Tensor
        self.sin: torch.Tensor
        self.register_buffer("cos", angles.cos().float(), persistent=False)  # context D/2
        self.register_buffer("sin", angles.sin().float(), persistent=False)

    def forward(self, x: torch.Tensor, position_ids: torch.Tensor | None = None, start: int = 0) -> torch.Tensor:
        """Queries or keys, turned.

        Args:
            x: ``(batch, heads, time, d_head)``; the heads may be missing.
            position_ids: integers ``(time,)`` or ``(batch, time)``, below ``context``.
            start: the first token's position if ``position_ids`` is None.

        Returns:
            The shape and dtype of ``x``.

        Raises:
            ValueError: another width, or positions outside the table.
        """
        if x.shape[-1] != 2 * self.cos.shape[-1]:
            raise ValueError(f"these positions turn heads of width {2 * self.cos.shape[-1]}, not {x.shape[-1]}")
        cos = position_rows(self.cos, x.shape[0], x.shape[-2], position_ids, start)  # T D/2, or B T D/2
        sin = position_rows(self.sin, x.shape[0], x.shape[-2], position_ids, start)
        if cos.dim() == 3 and x.dim() == 4:
            cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)  # B 1 T D/2
        if self.pairing == "half":
            a, b = x.chunk(2, dim=-1)
            turned = torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)
        else:
            a, b = x[..., 0::2], x[..., 1::2]
            turned = torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2)
        return turned.to(x.dtype)


def _angles(context: int, d: int, base: float) -> torch.Tensor:
    """t * base^(-2i/d) as float64 ``(context, d / 2)``: in float32, position 100,000 would be off by 0.004."""
    if d < 2 or d % 2:
        raise ValueError(f"width is {d}; positions made of pairs need an even width")
    if context < 1:
        raise ValueError(f"context is {context}; there must be at least 1 position")
    i = torch.arange(0, d, 2, dtype=torch.float64)
    return torch.outer(torch.arange(context, dtype=torch.float64), base ** (-i / d))


def position_rows(
    table: torch.Tensor, batch: int, time: int, position_ids: torch.Tensor | None, start: int
) -> torch.Tensor:
    """The rows of a table at the positions of tokens; without ids a slice, which copies nothing.

    Args:
        table: ``(context, d)``.
        batch: number of rows of tokens.
        time: number of tokens in each.
        position_ids: integers ``(time,)`` or ``(batch, time)``, below ``context``.
        start: the first token's position if ``position_ids`` is None.

    Returns:
        ``(time, d)`` or ``(batch, time, d)``.

    Raises:
        ValueError: positions that the table does not have, or another number of them than of tokens.
    """
    if position_ids is None:
        if start + time > len(table):
            raise ValueError(
                f"context of {start + time} tokens is longer than this model's {len(table)}; "
                "pass fewer tokens or a model with a longer context"
            )
        return table[start : start + time]
    if position_ids.shape not in ((time,), (1, time), (batch, time)):
        raise ValueError(
            f"position ids must be ({time},) or ({batch}, {time}) like the tokens, not {tuple(position_ids.shape)}"
        )
    return look_up(position_ids, table, "position")
