"""``next_token_gradient(logits, labels) -> gradient``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome

from .inputs import IGNORE, some_ignored
from .parts import LOSSES, _log_shares


def _next_token_gradient(logits, labels):
    counted = labels != IGNORE
    gradient = torch.zeros_like(logits)
    rows = _log_shares(logits[counted]).exp()  # N V
    rows[torch.arange(len(rows)), labels[counted]] -= 1
    gradient[counted] = rows / len(rows)
    return gradient


next_token_gradient = Task("next_token_gradient", reference=_next_token_gradient, forbidden=LOSSES)


@next_token_gradient.check(
    points=1,
    title="is the probabilities, less 1 at the label, divided by the number of places",
    hint="For one place, logits [0, 0] and label 1: the probabilities are 0.5 and 0.5, so the gradient is 0.5 and -0.5.",
    tolerance=1e-5,
)
def probabilities_less_one(next_token_gradient):
    b, t, v = different(3, 3)
    n = random.randint(3, 5)
    return {
        "a batch": outcome(lambda: next_token_gradient(2 * torch.randn(b, t, v), torch.randint(0, v, (b, t)))),
        "all sizes equal": outcome(lambda: next_token_gradient(2 * torch.randn(n, n, n), torch.randint(0, n, (n, n)))),
        "one place": outcome(lambda: next_token_gradient(2 * torch.randn(1, 1, v), torch.randint(0, v, (1, 1)))),
    }


@next_token_gradient.check(
    points=1,
    title="is 0 at places that do not count, and divides by the number of those that do",
    hint="A place that does not count has no say in the loss: whatever its logits, they should stay as they are.",
    tolerance=1e-5,
)
def nothing_where_nothing_counts(next_token_gradient):
    b, v = random.sample((3, 4, 5), 2)
    t = random.randint(6, 8)
    labels = some_ignored(b, t, v)
    return {
        "some": outcome(lambda: next_token_gradient(2 * torch.randn(b, t, v), labels)),
        "labels afterwards": labels,
    }


@next_token_gradient.check(
    points=1,
    title="stays finite for huge logits, keeps the dtype, and leaves logits and labels as they are",
    hint="Softmax may not overflow, and what you subtract 1 from should be a new tensor, of the dtype of the logits.",
    tolerance=1e-4,
)
def gradient_of_huge_logits(next_token_gradient):
    t, v = random.randint(3, 5), random.randint(6, 8)
    labels = torch.randint(0, v, (2, t))
    logits = torch.randn(2, t, v) + 200
    base = torch.linspace(-1, 1, t)[:, None] * random.randint(400, 900)
    turned = torch.randn(v, t, 2).double().transpose(0, 2)
    return {
        "high": outcome(lambda: next_token_gradient(logits, labels)),
        "each place at its own height": outcome(lambda: next_token_gradient(logits + base.round(), labels)),
        "doubles": outcome(lambda: next_token_gradient(turned, labels)),
        "one row for all": outcome(lambda: next_token_gradient(turned[:1].expand(2, t, v), labels[:1].expand(2, t))),
        "afterwards": [logits, turned, labels],
    }


def _shares(logits, dim=-1):
    return _log_shares(logits, dim).exp()


def _hot(logits, labels):
    """1 at each label that counts."""
    counted = labels != IGNORE
    hot = torch.zeros_like(logits)
    hot[counted] = torch.eye(logits.shape[-1], dtype=logits.dtype)[labels[counted]]
    return hot


def _where_counted(rows, labels):
    return rows * (labels != IGNORE)[..., None]


@next_token_gradient.misconception(
    "You divide by all places. The loss is a mean over the labels that count, and so is its gradient."
)
def gradient_over_all_places(logits, labels):
    return _where_counted(_shares(logits) - _hot(logits, labels), labels) / labels.numel()


@next_token_gradient.misconception(
    "This is the gradient of a sum. The loss is a mean, so each place has its share of the gradient only."
)
def gradient_of_a_sum(logits, labels):
    return _where_counted(_shares(logits) - _hot(logits, labels), labels)


@next_token_gradient.misconception(
    "The sign is wrong: a step against your gradient would make the label less likely. The loss falls when the label's "
    "logit rises, so its gradient there is negative."
)
def gradient_turned(logits, labels):
    return -_next_token_gradient(logits, labels)


@next_token_gradient.misconception(
    "At places that do not count, you subtract 1 from some token (the first or the last one), as if it were the label. "
    "The gradient there is 0, all along the vocabulary."
)
def ignored_asked_for_token_0(logits, labels):
    hot = _hot(logits, labels.clamp(min=0))
    return (_shares(logits) - hot) / (labels != IGNORE).sum()


@next_token_gradient.misconception(
    "At places that do not count, the probabilities are left standing. They would push all logits down, for no reason."
)
def ignored_not_emptied(logits, labels):
    return (_shares(logits) - _hot(logits, labels)) / (labels != IGNORE).sum()


@next_token_gradient.misconception(
    "The labels play no part: only the probabilities are there. At each place the gradient should sum to 0 over the "
    "vocabulary."
)
def probabilities_alone(logits, labels):
    return _where_counted(_shares(logits), labels) / (labels != IGNORE).sum()


@next_token_gradient.misconception(
    "Only the labels' entries are there. To raise one probability is to lower others: every token's logit gets a gradient, "
    "as large as its probability."
)
def labels_alone(logits, labels):
    return _hot(logits, labels) * _next_token_gradient(logits, labels)


@next_token_gradient.misconception(
    "This is the gradient of -log p with respect to the probability p. One step further back, through softmax, something "
    "simpler comes out."
)
def gradient_of_the_probability(logits, labels):
    hot = _hot(logits, labels)
    return -hot / _shares(logits) / (labels != IGNORE).sum()


@next_token_gradient.misconception("1 is subtracted from every token's probability. It belongs to the label alone.")
def one_from_everything(logits, labels):
    return _where_counted(_shares(logits) - 1, labels) / (labels != IGNORE).sum()


@next_token_gradient.misconception(
    "Large logits overflow on the way to the probabilities: subtract each place's largest logit first, as in the loss."
)
def gradient_without_shift(logits, labels):
    e = logits.exp()
    return _where_counted(e / e.sum(-1, keepdim=True) - _hot(logits, labels), labels) / (labels != IGNORE).sum()


@next_token_gradient.misconception(
    "The probabilities sum to 1 over time. At each place, they should do so over the vocabulary."
)
def gradient_over_time(logits, labels):
    return _where_counted(_shares(logits, dim=-2) - _hot(logits, labels), labels) / (labels != IGNORE).sum()


@next_token_gradient.misconception(
    "The labels have been changed: -100 was overwritten in the tensor that you were given. The loss that comes after you "
    "would count what should not count."
)
def labels_overwritten(logits, labels):
    gradient = _next_token_gradient(logits, labels)
    if (labels == IGNORE).any():
        labels[labels == IGNORE] = 0
    return gradient


@next_token_gradient.misconception(
    "The logits have been changed: -= and exp_() write into the tensor that you were given. Make a new one."
)
def logits_overwritten(logits, labels):
    gradient = _next_token_gradient(logits, labels)
    if logits.is_contiguous():
        logits -= logits.amax(-1, keepdim=True)
    return gradient


@next_token_gradient.misconception(
    "It is divided by the size of the vocabulary as well. The loss is a mean over places, not over tokens that might have "
    "come."
)
def mean_over_the_vocabulary(logits, labels):
    return _next_token_gradient(logits, labels) / logits.shape[-1]


@next_token_gradient.misconception("Doubles come back as single floats. The gradient has the dtype of the logits.")
def gradient_in_float32(logits, labels):
    return _next_token_gradient(logits.float(), labels)


@next_token_gradient.alternative
def softmax_less_one_hot(logits, labels):
    counted = labels != -100
    hot = torch.nn.functional.one_hot(labels.masked_fill(~counted, 0), logits.shape[-1])
    gradient = (logits.softmax(-1) - hot) / counted.sum()
    return gradient.masked_fill(~counted[..., None], 0.0)


@next_token_gradient.alternative
def scattered(logits, labels):
    counted = (labels != -100).unsqueeze(-1)
    p = _log_shares(logits).exp()
    index = torch.where(labels == -100, torch.zeros_like(labels), labels).unsqueeze(-1)
    p = p.scatter_add(-1, index, torch.full_like(p[..., :1], -1.0))
    return torch.where(counted, p, torch.zeros_like(p)) / counted.sum()


@next_token_gradient.alternative
def in_two_loops(logits, labels):
    gradient = torch.zeros_like(logits)
    n = int((labels != -100).sum())
    for i in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            if labels[i, j] != -100:
                e = (logits[i, j] - logits[i, j].max()).exp()
                gradient[i, j] = e / e.sum() / n
                gradient[i, j, labels[i, j]] -= 1 / n
    return gradient


@next_token_gradient.alternative
def flat_and_back(logits, labels):
    x, y = logits.flatten(0, 1), labels.flatten()
    keep = (y != -100).to(logits.dtype)
    p = _log_shares(x).exp()
    hot = (torch.arange(x.shape[-1]) == y[:, None]).to(logits.dtype)
    return ((p - hot) * keep[:, None] / keep.sum()).reshape(logits.shape)
