"""What the tasks forbid, and plain parts that misconceptions and alternatives are built from; no probe uses them."""

import math

from .inputs import IGNORE

# What is built here and is ready made in torch.
LOSSES = (
    "torch.nn.functional.cross_entropy",
    "torch.nn.functional.nll_loss",
    "torch.log_softmax",
    "torch.logsumexp",
)
OPTIMISERS = ("torch.optim.AdamW", "torch.optim.Adam")
CLIPPING = ("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.get_total_norm", "torch.nn.utils.clip_grads_with_norm_")


def _log_shares(logits, dim=-1):
    """The logarithms of softmax."""
    shifted = logits - logits.detach().amax(dim, keepdim=True)
    return shifted - shifted.exp().sum(dim, keepdim=True).log()


def _checked(logits, labels):
    """Which labels count; refuses those outside of the vocabulary."""
    counted = labels != IGNORE
    if not counted.any():
        raise ValueError("no label counts")
    if ((labels < 0) | (labels >= logits.shape[-1]))[counted].any():
        raise ValueError("a label is outside of the vocabulary")
    return counted


def _nats(logits, labels):
    """The surprise at each label that counts."""
    counted = _checked(logits, labels)
    return -_log_shares(logits)[counted].gather(-1, labels[counted][:, None])[:, 0]


def _clip(parameters, limit):
    """Shorten the gradient of all parameters together."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = math.sqrt(sum(float(g.double().square().sum()) for g in gradients))
    for g in gradients:
        g.mul_(min(1.0, limit / (norm + 1e-6)))
    return norm


def _set_rate(optimiser, rate):
    for group in optimiser.param_groups:
        group["lr"] = rate


def _refuse_infinite(loss, step):
    if not math.isfinite(loss.item()):
        raise FloatingPointError(f"the loss of step {step} is {loss.item()}")
