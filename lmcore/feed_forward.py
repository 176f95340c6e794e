r"""The feed-forward layer: what each position does by itself with what attention gathered.

First the curves that bend it, each as its formula (``torch.nn.functional`` has fast forms of the same names); then the
two layers in use, the one of GPT-2 and the gated one of LLaMA.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn


def gelu(x: torch.Tensor) -> torch.Tensor:
    r"""Each number times the probability that a normal number is below it.

    .. math:: x \, \Phi(x) = \frac{x}{2} \left(1 + \operatorname{erf}\frac{x}{\sqrt 2}\right)

    Source: Hendrycks and Gimpel (2016), Gaussian Error Linear Units, section 2.
    """
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def gelu_tanh(x: torch.Tensor) -> torch.Tensor:
    r"""GELU by a tanh, at most 0.0005 off. GPT-2 was trained with it, from a time when erf was slow.

    .. math:: \frac{x}{2} \left(1 + \tanh\left(\sqrt{2 / \pi} \, (x + 0.044715 \, x^3)\right)\right)

    Source: Hendrycks and Gimpel (2016), section 2.
    """
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x: torch.Tensor) -> torch.Tensor:
    r"""Each number times its sigmoid, :math:`x / (1 + e^{-x})`; also called swish.

    Source: Ramachandran, Zoph and Le (2017), Searching for Activation Functions, section 4.
    """
    return x * torch.sigmoid(x)


class FeedForward(nn.Module):
    r"""Widen, bend, narrow.

    .. math:: \operatorname{activation}(x W_1^\top + b_1) W_2^\top + b_2

    Args:
        d_model: width of input and output.
        d_hidden: width in between, often ``4 * d_model``.
        activation: the curve; by default ``gelu_tanh`` in torch's fast form.

    Raises:
        ValueError: when called, an input of another width.

    Source: Vaswani et al. (2017), section 3.3; Radford et al. (2018), section 4.1, for the GELU.
    """

    def __init__(
        self, d_model: int, d_hidden: int, activation: Callable[[torch.Tensor], torch.Tensor] | None = None
    ) -> None:
        super().__init__()
        self.up = nn.Linear(d_model, d_hidden)
        self.activation = nn.GELU(approximate="tanh") if activation is None else activation
        self.down = nn.Linear(d_hidden, d_model)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(..., d_model)`` to the same shape."""
        _check(x, self.up)
        return self.down(self.activation(self.up(x)))


class SwiGLU(nn.Module):
    r"""One projection decides how much of the other goes through.

    .. math:: \left(\operatorname{silu}(x W_g^\top) \odot x W_u^\top\right) W_d^\top

    Three matrices instead of two: with ``d_hidden = 8/3 d_model`` it is as large as ``FeedForward`` with 4.

    Args:
        d_model: width of input and output.
        d_hidden: width in between.

    Raises:
        ValueError: when called, an input of another width.

    Source: Shazeer (2020), GLU Variants Improve Transformer, section 2.
    """

    def __init__(self, d_model: int, d_hidden: int) -> None:
        super().__init__()
        self.gate = nn.Linear(d_model, d_hidden, bias=False)
        self.up = nn.Linear(d_model, d_hidden, bias=False)
        self.down = nn.Linear(d_hidden, d_model, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(..., d_model)`` to the same shape."""
        _check(x, self.up)
        return self.down(F.silu(self.gate(x)) * self.up(x))


def _check(x: torch.Tensor, first: nn.Linear) -> None:
    if x.shape[-1:] != (first.in_features,):
        raise ValueError(f"this layer takes (..., {first.in_features}), not {tuple(x.shape)}")
