"""``next_token_loss(logits, labels) -> loss``"""

import math
import random

import torch

from lmcore.pretraining import loss
from lmgrade import Task
from lmgrade.inputs import different, outcome

from .inputs import IGNORE, some_ignored
from .parts import LOSSES, _checked, _log_shares, _nats

next_token_loss = Task("next_token_loss", reference=loss.next_token_loss, forbidden=LOSSES)


@next_token_loss.check(
    points=1,
    title="is the mean surprise at the labels, in nats, as a tensor without axes",
    hint="Work it out for one place and two tokens: e to the logits, the label's share of their sum, minus its logarithm.",
    tolerance=1e-5,
)
def mean_surprise(next_token_loss):
    b, t, v = different(3, 3)
    n = random.randint(3, 5)
    return {
        "a batch": outcome(lambda: next_token_loss(2 * torch.randn(b, t, v), torch.randint(1, v, (b, t)))),
        "all sizes equal": outcome(lambda: next_token_loss(2 * torch.randn(n, n, n), torch.randint(1, n, (n, n)))),
        "one place": outcome(lambda: next_token_loss(2 * torch.randn(1, 1, v), torch.randint(1, v, (1, 1)))),
    }


@next_token_loss.check(
    points=1,
    title="leaves out the labels that do not count, from the sum and from the number it is divided by",
    hint="Take one row of three places of which two do not count: the mean is the surprise at the third. And 0 is a "
    "token like any other.",
    tolerance=1e-5,
)
def some_do_not_count(next_token_loss):
    b, v = random.sample((3, 4, 5), 2)
    t = random.randint(6, 8)
    labels = some_ignored(b, t, v)
    last = torch.full((b, t), IGNORE)
    last[-1, random.randrange(t)] = v - 1
    return {
        "some": outcome(lambda: next_token_loss(2 * torch.randn(b, t, v), labels)),
        "all but one": outcome(lambda: next_token_loss(2 * torch.randn(b, t, v), last)),
        "labels afterwards": labels,
    }


@next_token_loss.check(
    points=1,
    title="stays finite and exact for huge logits, and for a label that the model is sure it is not",
    hint="Take the logits [0, 1000] and the label 0: the surprise is 1000. Where does your function lose it?",
    tolerance=1e-4,
)
def huge_logits(next_token_loss):
    t, v = random.randint(3, 5), random.randint(6, 8)
    logits, labels = torch.randn(2, t, v), torch.randint(1, v, (2, t))
    far = 300 * torch.randn(2, t, v)
    far[0, 0, labels[0, 0]] -= random.randint(2000, 3000)
    base = torch.linspace(-1, 1, t)[:, None] * random.randint(400, 900)
    return {
        "high": outcome(lambda: next_token_loss(logits + 200, labels)),
        "low": outcome(lambda: next_token_loss(logits - 200, labels)),
        "each place at its own height": outcome(lambda: next_token_loss(logits + base.round(), labels)),
        "far apart": outcome(lambda: next_token_loss(far, labels)),
    }


@next_token_loss.check(
    points=1,
    title="refuses what has no answer, lets the gradient through, and keeps dtype and logits",
    hint="A mean of nothing, and a label that is no token (one too large, or -1), should raise a ValueError; so look at the "
    "labels that count before you use them.",
    tolerance=1e-5,
)
def edges_of_the_loss(next_token_loss):
    b, t, v = different(3, 3)
    turned = torch.randn(b, v, t).transpose(1, 2).requires_grad_()
    labels = torch.randint(1, v, (t,)).expand(b, t)

    def gradient():
        return torch.autograd.grad(next_token_loss(turned, labels), turned)[0]

    too_large, below = labels.clone(), labels.clone()
    too_large[-1, -1], below[-1, -1] = v, -1
    return {
        "gradient": outcome(gradient),
        "doubles": outcome(lambda: next_token_loss(turned.detach().double(), labels)),
        "logits afterwards": turned,
        "nothing counts": outcome(lambda: next_token_loss(turned, torch.full((b, t), IGNORE))),
        "too large": outcome(lambda: next_token_loss(turned, too_large)),
        "below 0": outcome(lambda: next_token_loss(turned, below)),
    }


for change in (
    "labels.min() if labels.min() < 0 else labels.max() -> labels.min() if not labels.min() < 0 else labels.max()",
    "labels.min() < 0 -> labels.min() <= 0 (2)",
    "0 -> 1 (2)",
    "0 -> -1 (2)",
):
    next_token_loss.equivalent(
        f"next_token_loss: {change}", reason="it changes the words of a refusal, not what is refused"
    )
for number in (3, 4):
    next_token_loss.equivalent(
        f"next_token_loss: -1 -> 1 ({number})",
        reason="what is left of the logits there has two axes: 1 is the last one",
    )


@next_token_loss.misconception(
    "The sum is divided by all places, those that do not count as well. A batch with more padding would seem to be easier."
)
def divided_by_all_places(logits, labels):
    return _nats(logits, labels).sum() / labels.numel()


@next_token_loss.misconception(
    "It is a sum. Twice as many tokens give twice the loss, so that no two batches can be compared."
)
def sum_of_surprises(logits, labels):
    return _nats(logits, labels).sum()


@next_token_loss.misconception("These are bits. Nats, which are wanted here, come from the natural logarithm.")
def in_bits(logits, labels):
    return _nats(logits, labels).mean() / math.log(2)


@next_token_loss.misconception(
    "The sign is turned around. The logarithm of a probability is negative; a surprise is positive, and a good model "
    "makes it small."
)
def sign_turned(logits, labels):
    return -_nats(logits, labels).mean()


@next_token_loss.misconception(
    "Large logits overflow: their exponential is inf. A number that is subtracted from all logits of one place changes "
    "no probability."
)
def loss_without_shift(logits, labels):
    counted = _checked(logits, labels)
    x, wanted = logits[counted], labels[counted]
    return (x.exp().sum(-1).log() - x.gather(-1, wanted[:, None])[:, 0]).mean()


@next_token_loss.misconception(
    "The probability is worked out first, and its logarithm after that. A probability too small for a float is 0 by then, "
    "and its logarithm is gone. Do not go through exp where log follows."
)
def log_of_a_share(logits, labels):
    counted = _checked(logits, labels)
    p = _log_shares(logits[counted]).exp()
    return -p.gather(-1, labels[counted][:, None]).log().mean()


@next_token_loss.misconception(
    "A small number is added inside the logarithm. It hides inf, and with it what the model should learn most from: "
    "all that is less likely than your small number costs the same."
)
def small_number_inside(logits, labels):
    counted = _checked(logits, labels)
    p = _log_shares(logits[counted]).exp()
    return -(p.gather(-1, labels[counted][:, None]) + 1e-12).log().mean()


@next_token_loss.misconception(
    "Each row is averaged first, and then the rows. A token in a short row then weighs more than one in a long row."
)
def mean_of_row_means(logits, labels):
    counted = _checked(logits, labels)
    nats = torch.zeros(labels.shape, dtype=logits.dtype).masked_scatter(counted, _nats(logits, labels))
    rows = counted.any(1)
    return (nats.sum(1)[rows] / counted.sum(1)[rows]).mean()


@next_token_loss.misconception(
    "Where a label does not count, the model is asked for token 0. Such places are not to be asked at all."
)
def ignored_is_token_0(logits, labels):
    _checked(logits, labels)
    return _nats(logits, labels.clamp(min=0)).mean()


@next_token_loss.misconception(
    "Labels that are 0 are left out. 0 is an ordinary token; what does not count is marked by -100."
)
def zero_does_not_count(logits, labels):
    _checked(logits, labels)
    return _nats(logits, labels.masked_fill(labels == 0, IGNORE)).mean()


@next_token_loss.misconception(
    "The probabilities of one token sum to 1 over time. They should sum to 1 over the vocabulary, at each place."
)
def shares_over_time(logits, labels):
    counted = _checked(logits, labels)
    return -_log_shares(logits, dim=-2)[counted].gather(-1, labels[counted][:, None]).mean()


@next_token_loss.misconception(
    "The labels are shifted once more. They have been shifted already: the label at a place is the token that follows it."
)
def shifted_twice(logits, labels):
    _checked(logits, labels)
    return _nats(logits[:, :-1], labels[:, 1:]).mean()


@next_token_loss.misconception(
    "There is a number for each place. One number is wanted, the mean: it is what backward() starts from."
)
def one_for_each_place(logits, labels):
    return _nats(logits, labels)


@next_token_loss.misconception(
    "What comes back is a Python number, or cut off from the logits (.item(), .detach(), no_grad). No gradient reaches the "
    "model."
)
def loss_cut_off(logits, labels):
    return _nats(logits.detach(), labels).mean()


@next_token_loss.misconception(
    "A label of -1 is taken for the last token: an index below 0 counts from the end, in torch as in Python. Refuse it."
)
def counted_from_the_end(logits, labels):
    counted = labels != IGNORE
    wanted = labels[counted]
    if not len(wanted) or wanted.max() >= logits.shape[-1]:
        raise ValueError("no such label")
    log_p = _log_shares(logits)[counted]
    return -log_p[torch.arange(len(wanted)), wanted].mean()


@next_token_loss.misconception(
    "Where no label counts, you give a number (nan, or 0) instead of refusing. The mean of nothing is not 0, and nan would "
    "spoil every weight."
)
def mean_of_nothing(logits, labels):
    if (labels == IGNORE).all():
        return logits.sum() * torch.nan
    return _nats(logits, labels).mean()


@next_token_loss.misconception(
    "This is how much probability is missing, not how surprising the label is. It never exceeds 1, so that a model that is "
    "surely wrong has hardly anything to learn from."
)
def missing_probability(logits, labels):
    return (1 - (-_nats(logits, labels)).exp()).mean()


@next_token_loss.misconception("Doubles come back as single floats. The loss has the dtype of the logits.")
def loss_in_float32(logits, labels):
    return _nats(logits.float(), labels).mean()


@next_token_loss.misconception(
    "The largest logit of the whole batch is subtracted everywhere. A place with much lower logits then has nothing but "
    "zeros after exp."
)
def one_shift_for_all(logits, labels):
    counted = _checked(logits, labels)
    x = logits - logits.detach().max()
    x, wanted = x[counted], labels[counted]
    return (x.exp().sum(-1).log() - x.gather(-1, wanted[:, None])[:, 0]).mean()


@next_token_loss.alternative
def flat_rows(logits, labels):
    x, y = logits.reshape(-1, logits.shape[-1]), labels.reshape(-1)
    keep = y != -100
    x, y = x[keep], y[keep]
    if len(y) == 0 or int(y.min()) < 0 or int(y.max()) >= x.shape[1]:
        raise ValueError("no such label")
    x = x - x.max(dim=1, keepdim=True).values
    return (x.exp().sum(dim=1).log() - x[torch.arange(len(y)), y]).mean()


@next_token_loss.alternative
def with_a_mask(logits, labels):
    mask = labels != -100
    if mask.sum() == 0:
        raise ValueError("no label counts")
    safe = torch.where(mask, labels, 0)
    if (safe < 0).any() or (safe >= logits.size(-1)).any():
        raise ValueError("no such label")
    nats = -_log_shares(logits).gather(-1, safe.unsqueeze(-1)).squeeze(-1)
    return (nats * mask).sum() / mask.sum()


@next_token_loss.alternative
def place_by_place(logits, labels):
    total, count = 0, 0
    for row, wanted in zip(logits, labels, strict=True):
        for x, label in zip(row, wanted.tolist(), strict=True):
            if label == -100:
                continue
            if not 0 <= label < len(x):
                raise ValueError(f"label {label}")
            total = total + (x - x[label] - (x - x[label]).max()).exp().sum().log() + (x - x[label]).max()
            count += 1
    if not count:
        raise ValueError("no label counts")
    return total / count


@next_token_loss.alternative
def with_one_hot(logits, labels):
    counted = _checked(logits, labels)
    hot = torch.nn.functional.one_hot(labels[counted], logits.shape[-1]).to(logits.dtype)
    return -(hot * _log_shares(logits[counted])).sum() / counted.sum()
