"""From gradients to better weights: clipping, which weights decay, and AdamW as its paper has it.

``AdamW`` here reads like the formula. Training runs use torch's, which computes the same in one fused pass; a test
holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class AdamW(torch.optim.Optimizer):
    r"""Each weight has a step size of its own; decay is apart from the gradient.

    .. math::
        \theta &\leftarrow \theta - \eta \lambda \theta \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    :math:`m` and :math:`v` are running means of the gradient and of its square. Both begin at 0, which pulls them down
    in the first steps; the divisions by :math:`1 - \beta^t` undo that.

    Args:
        params: parameters, or groups of them as ``parameter_groups`` makes.
        lr: :math:`\eta`.
        betas: :math:`\beta_1, \beta_2`.
        eps: :math:`\epsilon`, outside the root.
        weight_decay: :math:`\lambda`.

    Raises:
        ValueError: a rate, epsilon or decay below 0, or a beta outside ``0 .. 1`` (1 excluded).

    Source: Loshchilov and Hutter (2019), Decoupled weight decay regularization, algorithm 2.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        for name, value in (("lr", lr), ("eps", eps), ("weight_decay", weight_decay)):
            if not value >= 0:
                raise ValueError(f"{name} is {value}; it must be 0 or more")
        for beta in betas:
            if not 0 <= beta < 1:
                raise ValueError(f"betas are {betas}; each must be from 0 to below 1")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Take one step along the gradients that the parameters hold; one without a gradient stays as it is."""
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["step"] = torch.zeros(())
                    state["exp_avg"] = torch.zeros_like(parameter)
                    state["exp_avg_sq"] = torch.zeros_like(parameter)
                state["step"] += 1
                g, m, v, t = parameter.grad, state["exp_avg"], state["exp_avg_sq"], state["step"].item()
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                m.mul_(beta1).add_(g, alpha=1 - beta1)
                v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
                root = (v / (1 - beta2**t)).sqrt_()
                parameter.addcdiv_(m / (1 - beta1**t), root.add_(group["eps"]), value=-group["lr"])


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """Matrices decay; vectors (the gains of norms, biases) do not: pulling a gain to 0 would switch its layer off.

    Args:
        model: weights that two layers share come once; frozen ones do not come at all.
        weight_decay: of the matrices.

    Returns:
        Two groups for an optimiser.

    Source: Radford et al. (2018), section 4.1: "on all non bias or gain weights".
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]


@torch.no_grad()
def clip_gradients(parameters: Iterable[Tensor], limit: float) -> Tensor:
    r"""Shorten the gradient to ``limit`` where it is longer; its direction stays.

    .. math:: g \leftarrow g \cdot \min\!\left(1, \frac{\text{limit}}{\lVert g \rVert + 10^{-6}}\right)

    with :math:`\lVert g \rVert` over all parameters together.

    Args:
        parameters: those without a gradient are left out.
        limit: above 0.

    Returns:
        :math:`\lVert g \rVert` before clipping, a scalar; 0 where nothing has a gradient.

    Raises:
        ValueError: a limit that is not above 0.

    Source: Pascanu et al. (2013), On the difficulty of training recurrent neural networks, algorithm 1.
    """
    if not limit > 0:
        raise ValueError(f"limit is {limit}; it must be above 0")
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        return torch.zeros(())
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))
    factor = (limit / (norm + 1e-6)).clamp(max=1.0)
    for g in gradients:
        g.mul_(factor)
    return norm
