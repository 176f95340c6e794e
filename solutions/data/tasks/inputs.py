"""What the probes of all tasks share: ids to work on, and ways to look at what a function does."""

import random

import torch


def some_ids(count, high=5000):
    """Ids above 0, no two of them equal: one that stands at a wrong place shows."""
    return random.sample(range(1, high), count)


def different(count, low=2, high=7):
    """Sizes of axes, no two of them equal: an axis taken for another one shows."""
    return random.sample(range(low, high + 1), count)


def outcome(call):
    """What a call gives, or the name of what it raises, so that the rest of an answer can still be compared."""
    try:
        return call()
    except NotImplementedError:
        raise
    except Exception as error:
        return type(error).__name__


def gradients(function, *inputs):
    """What a function gives, and the gradients of a weighted sum of it with respect to its inputs."""
    inputs = [x.detach().clone().requires_grad_() for x in inputs]
    result = function(*inputs)
    if not isinstance(result, torch.Tensor) or not result.requires_grad:
        return {"result": result, "gradients": "none: the result hangs together with no input"}
    state = torch.random.get_rng_state()
    torch.manual_seed(result.numel())
    weights = torch.randn(result.shape, dtype=result.dtype)
    torch.random.set_rng_state(state)
    return {
        "result": result,
        "gradients": list(torch.autograd.grad(result, inputs, weights, allow_unused=True)),
    }
