"""What the probes of several assignments with tensors share (`lmgrade.inputs`)."""

import torch


def away_from_zero(*shape):
    """Random numbers between 0.5 and 1.5 in size, of either sign, so that each of them counts."""
    return (0.5 + torch.rand(shape)) * (torch.randint(0, 2, shape) * 2 - 1)


def gradients(function, *inputs):
    """What a function gives, and the gradients of a weighted sum of it with respect to its inputs."""
    inputs = [x.detach().clone().requires_grad_() for x in inputs]
    result = function(*inputs)
    if not result.requires_grad:
        return {"result": result, "gradients": "none: the result hangs together with no input"}
    state = torch.random.get_rng_state()
    torch.manual_seed(result.numel())
    weights = torch.randn(result.shape, dtype=result.dtype)
    torch.random.set_rng_state(state)
    return {
        "result": result,
        "gradients": list(torch.autograd.grad(result, inputs, weights, allow_unused=True)),
    }
