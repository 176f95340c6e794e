"""How large a step to take: small at first, then large, then smaller and smaller."""

from __future__ import annotations

import math


def warmup_cosine(step: int, *, steps: int, warmup: int, peak: float, final: float = 0.0) -> float:
    r"""The learning rate of a step: up in a line, down along half a cosine.

    .. math::
        \eta_t = \begin{cases}
            \eta_\text{peak} \, (t + 1) / w & t < w \\
            \eta_\text{final} + (\eta_\text{peak} - \eta_\text{final}) \,
            \tfrac12 \big(1 + \cos \pi \tfrac{t - w}{T - w}\big) & w \le t < T \\
            \eta_\text{final} & t \ge T
        \end{cases}

    Adam's first estimates rest on a few batches, so early steps are kept small; late ones are, because near the end the
    noise of single batches is larger than what is left to gain.

    Args:
        step: :math:`t`, from 0.
        steps: :math:`T`, the number of steps of the whole run.
        warmup: :math:`w`, the number of steps on the way up; 0 starts at the peak.
        peak: the largest learning rate.
        final: the learning rate at the end.

    Raises:
        ValueError: a negative step, fewer than one step in all, a warm-up outside ``0 .. steps``, a peak that is not
            positive, or a final rate outside ``0 .. peak``.

    Source: Loshchilov and Hutter (2017), SGDR, equation 5, without restarts; the warm-up as in Goyal et al. (2017),
    section 2.2.
    """
    if step < 0:
        raise ValueError(f"step {step} is negative")
    if steps < 1:
        raise ValueError(f"steps is {steps}; a run has at least 1")
    if not 0 <= warmup <= steps:
        raise ValueError(f"warmup {warmup} is not in 0 .. {steps}, the steps of the run")
    if not peak > 0:
        raise ValueError(f"peak {peak} is no learning rate; it must be above 0")
    if not 0 <= final <= peak:
        raise ValueError(f"final {final} is not in 0 .. {peak}, the peak")
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= steps:
        return final
    return final + (peak - final) * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
