r"""How surprised is the model at each next token? The mean of that is the loss.

.. math:: L = -\frac{1}{N} \sum_{t} \ln p(x_{t+1} \mid x_{\le t})

in nats per token, over the ``N`` labels that count.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.collation import IGNORE, Batch

# Rows of logits made at once. On a CPU they should fit into its cache; a GPU wants enough work to be busy.
_ROWS = {"cpu": 128}
_ROWS_ELSEWHERE = 16384


def next_token_loss(logits: Tensor, labels: Tensor) -> Tensor:
    r"""The mean of :math:`-\ln \operatorname{softmax}(\text{logits})[\text{label}]`, as written in the formula.

    Args:
        logits: ``(batch, time, vocab)``.
        labels: the token that follows each place ``(batch, time)``; places with ``IGNORE`` (-100) do not count.

    Returns:
        The loss in nats per token, a scalar.

    Raises:
        ValueError: shapes that do not fit, a label outside the vocabulary, or no label that counts.

    Source: Bengio et al. (2003), A neural probabilistic language model, section 2.
    """
    if logits.shape[:-1] != labels.shape:
        raise ValueError(f"logits {tuple(logits.shape)} do not fit labels {tuple(labels.shape)}")
    counted = labels != IGNORE
    labels = labels[counted]  # N
    if not len(labels):
        raise ValueError("no label counts: all of them are IGNORE")
    if labels.min() < 0 or labels.max() >= logits.shape[-1]:
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise ValueError(f"label {wrong.item()} is not in 0 .. {logits.shape[-1] - 1}, the vocabulary")
    log_p = logits[counted].log_softmax(dim=-1)  # N V
    return -log_p.gather(-1, labels[:, None]).mean()


def summed_nats(model: nn.Module, batch: Batch) -> Tensor:
    """The same without its division by ``N``, and fast: ``next_token_loss(model(inputs), labels) * batch.targets``.

    The logits are the largest tensor of a step by far. They are made a few rows at a time, while the rows are still in
    the processor's cache, and only where a label counts. The sum can be added up over parts of a batch, on one process
    or on several, and be divided once by the number of all their labels.

    Args:
        model: a ``GPT`` or ``Llama``, or anything with their ``hidden`` and ``logits``.
        batch: with padding at the right, which no real token can see.

    Returns:
        The sum over all labels that count, in nats; a scalar.
    """
    hidden, labels = model.hidden(batch.inputs).flatten(0, 1), batch.labels.flatten()  # BT C, BT
    if labels.device.type == "cpu":  # elsewhere, selecting would mean waiting for the device
        counted = labels != IGNORE
        hidden, labels = hidden[counted], labels[counted]
    rows = _ROWS.get(labels.device.type, _ROWS_ELSEWHERE)
    nats = hidden.new_zeros((), dtype=torch.float32)
    for some, wanted in zip(hidden.split(rows), labels.split(rows), strict=True):
        nats = nats + F.cross_entropy(model.logits(some).float(), wanted, ignore_index=IGNORE, reduction="sum")
    return nats
