r"""Normalisation: bring the numbers at each position to one scale, so that deep stacks of layers can be trained.

Each comes as a function that is its formula, and as a layer that computes the same with torch's kernel.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def layer_norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float = 1e-5) -> torch.Tensor:
    r"""Shift to mean 0, scale to variance 1, at each position by itself.

    .. math:: \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \, w + b

    Args:
        x: ``(..., d)``; mean and variance (divided by d, not d - 1) are taken over the last axis.
        weight: w ``(d,)``.
        bias: b ``(d,)``.
        eps: keeps a constant x from dividing by 0; inside the root.

    Source: Ba, Kiros and Hinton (2016), Layer Normalization, section 3.
    """
    centred = x - x.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    return centred / (variance + eps).sqrt() * weight + bias


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float = 1e-5) -> torch.Tensor:
    r"""Scale to mean square 1, at each position by itself: what is left of ``layer_norm`` when nothing is shifted.

    .. math:: \frac{x}{\sqrt{\frac{1}{d} \sum_i x_i^2 + \epsilon}} \, w

    Args:
        x: ``(..., d)``.
        weight: w ``(d,)``.
        eps: keeps zeros from dividing by 0; inside the root.

    Source: Zhang and Sennrich (2019), Root Mean Square Layer Normalization, section 4.
    """
    mean_square = x.square().mean(-1, keepdim=True)
    return x / (mean_square + eps).sqrt() * weight


class LayerNorm(nn.Module):
    """``layer_norm`` with a learned weight (at first 1) and bias (at first 0).

    Args:
        d_model: width of the input.
        eps: as in ``layer_norm``.

    Raises:
        ValueError: when called, an input of another width.
    """

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(..., d_model)`` to the same shape."""
        _check(x, self.weight)
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class RMSNorm(nn.Module):
    """``rms_norm`` with a learned weight (at first 1).

    Args:
        d_model: width of the input.
        eps: as in ``rms_norm``.

    Raises:
        ValueError: when called, an input of another width.
    """

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(..., d_model)`` to the same shape."""
        _check(x, self.weight)
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


def _check(x: torch.Tensor, weight: torch.Tensor) -> None:
    if x.shape[-1:] != weight.shape:
        raise ValueError(f"this norm takes (..., {len(weight)}), not {tuple(x.shape)}")
