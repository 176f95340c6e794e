"""What the probes of several tasks share: logits, a small model that remembers what it read, a chooser."""

from types import SimpleNamespace

import torch


def ranked(batch, vocab):
    """Logits of either sign, no two of a row near each other, each row in an order of its own."""
    ranks = torch.stack([torch.randperm(vocab) for _ in range(batch)])
    return 0.4 * (ranks - vocab / 2 + 0.2 + 0.6 * torch.rand(batch, vocab))


def plain(ids):
    """Ids in a list or a tensor, as a list of numbers."""
    return [int(i) for i in torch.as_tensor(ids).flatten()]


class SmallModel(torch.nn.Module):
    """A model with random weights. What it says depends on all tokens that it has read, their order and their places.

    Args:
        vocab: number of tokens.
        context: how many it can read.

    Attributes:
        calls: for each call what was read, how many tokens the cache held before, and whether gradients were recorded.
    """

    def __init__(self, vocab, context):
        super().__init__()
        self.config = SimpleNamespace(context=context, vocab_size=vocab)
        self.tokens = torch.nn.Parameter(torch.randn(vocab, vocab))
        self.places = torch.randn(context, vocab)
        self.calls = []
        self.eval()

    def new_cache(self, capacity=None):
        room = self.config.context if capacity is None else capacity
        return [SimpleNamespace(length=0, capacity=room, state=torch.zeros(1, self.config.vocab_size))]

    def forward(self, ids, cache=None):
        layer = (self.new_cache() if cache is None else cache)[0]
        if ids.dim() != 2 or layer.length + ids.shape[1] > min(layer.capacity, self.config.context):
            raise ValueError(f"ids {tuple(ids.shape)} after {layer.length} of {layer.capacity} tokens")
        self.calls.append({"ids": ids.tolist(), "before": layer.length, "gradients": torch.is_grad_enabled()})
        logits = []
        for t in range(ids.shape[1]):
            layer.state = 0.5 * layer.state + self.tokens[ids[:, t]]
            logits.append(2 * (layer.state + self.places[layer.length]))
            layer.length += 1
        return torch.stack(logits, dim=1)


class Chooser:
    """Chooses the likeliest token, or those of a script, and remembers what it was asked.

    Args:
        script: the ids to choose, in order; the likeliest ones if None.
    """

    def __init__(self, script=None):
        self.script = None if script is None else iter(script)
        self.asked = []

    def __call__(self, logits, ids):
        self.asked.append({"logits": logits.detach().clone(), "ids": plain(ids)})
        return logits.argmax(-1) if self.script is None else torch.tensor([next(self.script)])
