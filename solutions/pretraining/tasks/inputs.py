"""What the probes of several tasks share: labels, a small model, an optimiser, and ways to look at what was done."""

import pickle
import random

import torch

from lmgrade.tensor_inputs import away_from_zero

IGNORE = -100


def some_ignored(batch, time, vocab):
    """Labels of which each row counts another number, at least one; 0 and the last token are among those that count."""
    labels = torch.randint(1, vocab - 1, (batch, time))
    for row, count in enumerate(random.sample(range(1, time + 1), batch)):
        labels[row, torch.randperm(time)[count:]] = IGNORE
    longest = (labels != IGNORE).sum(1).argmax()
    first, last = (labels[longest] != IGNORE).nonzero()[:2, 0].tolist()
    labels[longest, first], labels[longest, last] = 0, vocab - 1
    return labels


class Guesser(torch.nn.Module):
    """A model that guesses from the token alone: ids (batch, time) to logits (batch, time, vocab)."""

    def __init__(self, vocab, width, dropout=0.0):
        super().__init__()
        self.tokens = torch.nn.Embedding(vocab, width)
        self.dropout = torch.nn.Dropout(dropout)
        self.output = torch.nn.Linear(width, vocab)

    def forward(self, ids):
        return self.output(self.dropout(self.tokens(ids)))

    def __reduce_ex__(self, protocol):
        raise pickle.PicklingError("a model is written as its tensors")  # in a notebook's kernel as in the grader


class Momentum:
    """An optimiser like the notebook's AdamW: groups with a rate each, and by parameter what it remembers."""

    def __init__(self, param_groups):
        self.param_groups = [{"lr": 0.7, **group} for group in param_groups]
        self.state = {}

    def zero_grad(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    state = self.state.setdefault(parameter, {"step": 0, "m": torch.zeros_like(parameter)})
                    state["step"] += 1
                    state["m"] = 0.9 * state["m"] + parameter.grad
                    parameter -= group["lr"] * state["m"]


def weights_of(model):
    """A copy of all weights, by name."""
    return {name: x.detach().clone() for name, x in model.named_parameters()}


def remembered(model, optimiser):
    """What an optimiser remembers, by the names of the parameters."""
    return {name: dict(optimiser.state[p]) for name, p in model.named_parameters() if p in optimiser.state}


def stepped(model, optimiser, steps):
    """Let an optimiser take steps along gradients that are drawn for it."""
    for _ in range(steps):
        for parameter in model.parameters():
            parameter.grad = away_from_zero(*parameter.shape)
        optimiser.step()


class DiskFull:
    """A value during whose writing the disk is full."""

    def __reduce__(self):
        raise OSError("no space left on device")
