r"""Changing the odds before a token is drawn: temperature, top-k, top-p, repetition penalty.

Each change is a function of logits. Those that are applied to a text while it is written make a list of parts, each
called as ``part(logits, seen)``; ``usual_parts`` makes the list that most programs have::

    parts = usual_parts(temperature=0.8, top_k=40)
    parts = [lambda logits, seen: with_temperature(logits, 0.8), lambda logits, seen: keep_top_k(logits, 40)]

Their order matters. The usual one is that of transformers: repetition penalty, temperature, top-k, top-p.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

Part = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # logits, seen -> logits; both (batch, vocab)


def with_temperature(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    r"""Below 1 the likely becomes likelier still, above 1 all become more alike.

    .. math:: p_i \propto e^{z_i / T}

    Args:
        logits: z ``(batch, vocab)``.
        temperature: T, above 0. Towards 0 only the likeliest token is left: that is ``greedy``, without any division.

    Returns:
        ``(batch, vocab)``.

    Raises:
        ValueError: a temperature that is not a finite number above 0, or logits of another shape.

    Source: Ackley, Hinton and Sejnowski (1985), A Learning Algorithm for Boltzmann Machines, section 2.
    """
    check_logits(logits)
    return logits / _temperature(temperature)


def keep_top_k(logits: torch.Tensor, k: int) -> torch.Tensor:
    """Forbid all but the k likeliest tokens.

    Args:
        logits: ``(batch, vocab)``.
        k: at least 1. More than there are tokens keeps them all. Tokens as likely as the k-th stay, too, so that there
            can be more than k.

    Returns:
        ``(batch, vocab)``, minus infinity at forbidden tokens.

    Raises:
        ValueError: a k below 1, or logits of another shape.

    Source: Fan, Lewis and Dauphin (2018), Hierarchical Neural Story Generation, section 5.4.
    """
    check_logits(logits)
    least = logits.topk(min(_k(k), logits.shape[-1])).values[:, -1:]
    return logits.masked_fill(logits < least, -torch.inf)


def keep_top_p(logits: torch.Tensor, p: float) -> torch.Tensor:
    r"""Keep the nucleus: the fewest tokens that have the probability p together.

    The token that crosses p stays; so at least one does. Unlike k, the number of tokens follows from how sure the model
    is.

    Args:
        logits: ``(batch, vocab)``.
        p: above 0, at most 1; 1 keeps everything.

    Of equally likely tokens some may stay and others go.

    Returns:
        ``(batch, vocab)``, minus infinity at forbidden tokens.

    Raises:
        ValueError: a p outside that range, or logits of another shape.

    Source: Holtzman et al. (2020), The Curious Case of Neural Text Degeneration, section 3.1.
    """
    check_logits(logits)
    if _p(p) == 1:
        return logits
    ascending, order = logits.sort(dim=-1)
    # From the unlikely end: what may be lost together is 1 - p. Small numbers are added first, which rounds less.
    lost = ascending.softmax(-1).cumsum(-1) <= 1 - p
    lost[:, -1] = False  # however small p is
    return logits.masked_fill(lost.scatter(-1, order, lost), -torch.inf)


def penalise_repetition(logits: torch.Tensor, seen: torch.Tensor, penalty: float) -> torch.Tensor:
    r"""Make tokens that the text already has less likely.

    .. math:: z_i' = \begin{cases} z_i / \theta & \text{seen, } z_i \ge 0 \\ z_i \theta & \text{seen, } z_i < 0 \\
        z_i & \text{else} \end{cases}

    The paper divides negative logits too, which would make their tokens likelier; here they are multiplied, as in
    transformers.

    Args:
        logits: z ``(batch, vocab)``.
        seen: bool ``(batch, vocab)``, True at tokens that are in the text. How often does not matter.
        penalty: theta, above 0. 1 changes nothing, 1.2 is the paper's choice, below 1 invites repetition.

    Returns:
        ``(batch, vocab)``.

    Raises:
        ValueError: a penalty that is not a finite number above 0, or shapes that do not fit.

    Source: Keskar et al. (2019), CTRL, section 4.1.
    """
    check_logits(logits)
    _penalty(penalty)
    if seen.shape != logits.shape or seen.dtype != torch.bool:
        raise ValueError(f"seen must be bool {tuple(logits.shape)}, not {seen.dtype} {tuple(seen.shape)}")
    return torch.where(seen, torch.where(logits < 0, logits * penalty, logits / penalty), logits)


def usual_parts(
    temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None, repetition_penalty: float = 1.0
) -> list[Part]:
    """The parts that most programs have, in their usual order; those that would change nothing are left out.

    Args:
        temperature: for ``with_temperature``.
        top_k: for ``keep_top_k``; None for all tokens.
        top_p: for ``keep_top_p``; None for all tokens.
        repetition_penalty: for ``penalise_repetition``.

    Returns:
        A list of functions, each called as ``part(logits, seen)``.

    Raises:
        ValueError: a value that its function refuses.
    """
    parts: list[Part] = []
    if _penalty(repetition_penalty) != 1:
        parts.append(lambda logits, seen: penalise_repetition(logits, seen, repetition_penalty))
    if _temperature(temperature) != 1:
        parts.append(lambda logits, seen: with_temperature(logits, temperature))
    if top_k is not None:
        _k(top_k)
        parts.append(lambda logits, seen: keep_top_k(logits, top_k))
    if top_p is not None and _p(top_p) != 1:
        parts.append(lambda logits, seen: keep_top_p(logits, top_p))
    return parts


def check_logits(logits: torch.Tensor) -> None:
    """Raise a ValueError unless logits are floats ``(batch, vocab)``."""
    if logits.dim() != 2 or logits.shape[1] == 0 or not logits.is_floating_point():
        raise ValueError(f"logits must be floats (batch, vocab), not {logits.dtype} {tuple(logits.shape)}")


def _temperature(value: float) -> float:
    if value == 0:
        raise ValueError("temperature is 0, and nothing can be divided by it; for the likeliest token use greedy")
    return _above_zero("temperature", value)


def _penalty(value: float) -> float:
    return _above_zero("repetition penalty", value)


def _above_zero(name: str, value: float) -> float:
    if not 0 < value < math.inf:
        raise ValueError(f"{name} is {value}; it must be a finite number above 0")
    return value


def _k(value: int) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"k is {value!r}; it must be an int of at least 1")
    return value


def _p(value: float) -> float:
    if not 0 < value <= 1:
        raise ValueError(f"p is {value}; it must be above 0 and at most 1")
    return value
