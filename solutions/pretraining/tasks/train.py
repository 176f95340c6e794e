"""``train(model, optimiser, batches, rate, limit=1.0, first=0) -> losses``"""

import math
import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome

from .inputs import IGNORE, Guesser, Momentum, weights_of
from .parts import CLIPPING, LOSSES, _clip, _nats, _refuse_infinite, _set_rate


def _train(model, optimiser, batches, rate, limit=1.0, first=0):
    model.train()
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        optimiser.zero_grad()
        loss = _nats(model(inputs), labels).mean()
        if not math.isfinite(loss.item()):
            raise FloatingPointError(f"the loss of step {step} is {loss.item()}")
        loss.backward()
        _clip(model.parameters(), limit)
        for group in optimiser.param_groups:
            group["lr"] = rate(step)
        optimiser.step()
        losses.append(loss.item())
    return losses


train = Task("train", reference=_train, forbidden=(*LOSSES, *CLIPPING))


def _new(dropout=0.0):
    """A model and its optimiser, the weights in two groups; in evaluation mode, as generating leaves it."""
    vocab, width = random.randint(5, 8), random.randint(3, 4)
    model = Guesser(vocab, width, dropout).eval()
    with torch.no_grad():  # so small that gradients are shorter than 1
        for parameter in model.parameters():
            parameter *= 0.1
    groups = [{"params": [p for p in model.parameters() if (p.dim() > 1) == matrices]} for matrices in (True, False)]
    return model, Momentum(groups), vocab


def _batches(vocab, count):
    """Batches of other sizes each, in which some labels do not count."""
    batches = []
    for _ in range(count):
        b, t = different(2, 2, 5)
        labels = torch.randint(0, vocab, (b, t))
        labels[:, t - 1] = IGNORE
        batches.append((torch.randint(0, vocab, (b, t)), labels))
    return batches


def _trained(train, model, optimiser, *arguments, **named):
    """The losses, the weights, and what the optimiser has done."""
    losses = outcome(lambda: train(model, optimiser, *arguments, **named))
    return {
        "losses": losses,
        "weights": weights_of(model),
        "rates": [group["lr"] for group in optimiser.param_groups],
        "steps": [state["step"] for state in optimiser.state.values()],
    }


@train.check(
    points=1,
    title="goes through all batches: new gradients, a step for each, and its loss as a number",
    hint="For each batch: zero_grad, the loss, backward, clip, set the rate, step. The losses are those before each step.",
    tolerance=1e-4,
)
def all_batches(train):
    model, optimiser, vocab = _new()
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)  # of somebody who was here before
    rate = random.uniform(0.05, 0.1)
    batches = _batches(vocab, random.randint(3, 5))
    return _trained(train, model, optimiser, batches, lambda step: rate * (1 + step % 4), 1e6)


@train.check(
    points=1,
    title="sets the rate of each step before the step, in all groups, counting from the number it is told",
    hint="rate(step) belongs to this very step: in a run that goes on, the first one has the number first.",
    tolerance=1e-5,
)
def rates_in_time(train):
    model, optimiser, vocab = _new()
    peak, first = random.uniform(0.2, 0.4), random.randint(3, 9)
    asked = []

    def rate(step):
        asked.append(step)
        return peak / (1 + step) ** 2 * (1 + step % 3)

    answer = _trained(train, model, optimiser, _batches(vocab, random.randint(3, 5)), rate, 1e6, first)
    return {**answer, "asked for": sorted(set(asked))}


@train.check(
    points=1,
    title="clips between backward and step",
    hint="Before backward there is nothing to clip, and after the step it is too late.",
    tolerance=1e-4,
)
def clipped_in_time(train):
    model, optimiser, vocab = _new()
    with torch.no_grad():
        model.tokens.weight *= 60
    rate, limit = random.uniform(0.1, 0.2), random.uniform(0.05, 0.1)
    usual, other, known = _new()
    with torch.no_grad():
        usual.tokens.weight *= 300
    return {
        "a small limit": _trained(train, model, optimiser, _batches(vocab, 4), lambda step: rate, limit=limit),
        "the usual limit": _trained(train, usual, other, _batches(known, 3), lambda step: rate),
    }


@train.check(
    points=1,
    title="puts the model into training mode, and takes batches that are made one by one",
    hint="Dropout works in training mode only, and whoever wrote a story with the model has left it in another. Batches may "
    "be a generator: they have no length.",
    tolerance=1e-4,
)
def modes_and_generators(train):
    model, optimiser, vocab = _new(dropout=0.4)
    rate = random.uniform(0.05, 0.1)
    batches = _batches(vocab, random.randint(3, 5))
    answer = _trained(train, model, optimiser, (batch for batch in batches), lambda step: rate, 1e6)
    return {**answer, "training": model.training}


@train.check(
    points=1,
    title="stops with a FloatingPointError when the loss is not finite, the weights as they were before that step",
    hint="One step with a gradient of nan makes every weight nan. Look at the loss before you do anything with it.",
    tolerance=1e-4,
)
def poisoned(train):
    model, optimiser, vocab = _new()
    batches = [(inputs.clamp(min=1), labels) for inputs, labels in _batches(vocab, 4)]
    with torch.no_grad():
        model.tokens.weight[0] = torch.inf
    bad = random.randint(2, 3)
    batches[bad][0][0, 0] = 0
    rate = random.uniform(0.05, 0.1)
    return _trained(train, model, optimiser, batches, lambda step: rate, 1e6)


train.equivalent("_train: loss.item() -> loss", reason="math.isfinite takes a tensor of one number as well")


@train.misconception(
    "Gradients pile up: each step also takes those of all batches before. Set them to zero before backward."
)
def gradients_pile_up(model, optimiser, batches, rate, limit=1.0, first=0):
    model.train()
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        loss = _nats(model(inputs), labels).mean()
        _refuse_infinite(loss, step)
        loss.backward()
        _clip(model.parameters(), limit)
        _set_rate(optimiser, rate(step))
        optimiser.step()
        losses.append(loss.item())
    return losses


@train.misconception(
    "Gradients are set to zero after each step only. What somebody has left in the model before your first step goes into "
    "that step."
)
def zeroed_afterwards(model, optimiser, batches, rate, limit=1.0, first=0):
    model.train()
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        loss = _nats(model(inputs), labels).mean()
        _refuse_infinite(loss, step)
        loss.backward()
        _clip(model.parameters(), limit)
        _set_rate(optimiser, rate(step))
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    return losses


@train.misconception("The gradients are thrown away between backward and step, and nothing is learnt.")
def zeroed_before_the_step(model, optimiser, batches, rate, limit=1.0, first=0):
    model.train()
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        loss = _nats(model(inputs), labels).mean()
        _refuse_infinite(loss, step)
        loss.backward()
        _clip(model.parameters(), limit)
        optimiser.zero_grad()
        _set_rate(optimiser, rate(step))
        optimiser.step()
        losses.append(loss.item())
    return losses


def _loop(model, optimiser, batches, rate, limit, first, clip=_clip, set_rate=_set_rate, check=_refuse_infinite):
    """The loop, some of its parts exchanged."""
    model.train()
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        optimiser.zero_grad()
        loss = _nats(model(inputs), labels).mean()
        check(loss, step)
        loss.backward()
        clip(model.parameters(), limit)
        set_rate(optimiser, rate(step))
        optimiser.step()
        losses.append(loss.item())
    return losses


@train.misconception("The limit is always 1, whatever is handed to you.")
def always_clipped_to_1(model, optimiser, batches, rate, limit=1.0, first=0):
    return _loop(model, optimiser, batches, rate, 1.0, first)


@train.misconception("Nothing is clipped when the step is taken: limit is not used, or clipping comes after the step.")
def clipped_too_late(model, optimiser, batches, rate, limit=1.0, first=0):
    model.train()
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        optimiser.zero_grad()
        loss = _nats(model(inputs), labels).mean()
        _refuse_infinite(loss, step)
        loss.backward()
        _set_rate(optimiser, rate(step))
        optimiser.step()
        _clip(model.parameters(), limit)
        losses.append(loss.item())
    return losses


@train.misconception(
    "The rate is set after the step: each step has the rate of the one before, and the first one whatever was there."
)
def rate_a_step_late(model, optimiser, batches, rate, limit=1.0, first=0):
    model.train()
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        optimiser.zero_grad()
        loss = _nats(model(inputs), labels).mean()
        _refuse_infinite(loss, step)
        loss.backward()
        _clip(model.parameters(), limit)
        optimiser.step()
        _set_rate(optimiser, rate(step))
        losses.append(loss.item())
    return losses


@train.misconception(
    "Only the first group gets the rate. The others keep what they had: each group has an lr of its own."
)
def first_group_only(model, optimiser, batches, rate, limit=1.0, first=0):
    def set_rate(optimiser, value):
        optimiser.param_groups[0]["lr"] = value

    return _loop(model, optimiser, batches, rate, limit, first, set_rate=set_rate)


@train.misconception("The rate never changes: no group's lr is set.")
def rate_not_set(model, optimiser, batches, rate, limit=1.0, first=0):
    return _loop(model, optimiser, batches, rate, limit, first, set_rate=lambda optimiser, value: None)


@train.misconception("The old rate is multiplied with the new one. rate(step) is the rate itself.")
def rates_multiplied(model, optimiser, batches, rate, limit=1.0, first=0):
    def set_rate(optimiser, value):
        for group in optimiser.param_groups:
            group["lr"] *= value

    return _loop(model, optimiser, batches, rate, limit, first, set_rate=set_rate)


@train.misconception(
    "Steps are counted from 0 also in a run that goes on: it would warm up a second time. The first one has the number "
    "first."
)
def always_from_step_0(model, optimiser, batches, rate, limit=1.0, first=0):
    return _loop(model, optimiser, batches, rate, limit, 0)


@train.misconception("Steps are counted from 1. The first one has the number first, which is 0 in a new run.")
def one_step_ahead(model, optimiser, batches, rate, limit=1.0, first=0):
    return _loop(model, optimiser, batches, rate, limit, first + 1)


@train.misconception(
    "The model stays in the mode it was in. Whoever has let it write put it into evaluation mode, and there dropout does "
    "nothing."
)
def mode_as_it_was(model, optimiser, batches, rate, limit=1.0, first=0):
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        optimiser.zero_grad()
        loss = _nats(model(inputs), labels).mean()
        _refuse_infinite(loss, step)
        loss.backward()
        _clip(model.parameters(), limit)
        _set_rate(optimiser, rate(step))
        optimiser.step()
        losses.append(loss.item())
    return losses


@train.misconception(
    "The losses are tensors, and each one holds on to everything it was computed from: memory grows with each step. "
    "Numbers are wanted (.item())."
)
def tensors_for_numbers(model, optimiser, batches, rate, limit=1.0, first=0):
    return [torch.tensor(loss) for loss in _loop(model, optimiser, batches, rate, limit, first)]


@train.misconception(
    "Each loss is worked out again after the step. The model has seen the answers by then, and all is computed twice."
)
def loss_after_the_step(model, optimiser, batches, rate, limit=1.0, first=0):
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        _loop(model, optimiser, [(inputs, labels)], rate, limit, step)
        losses.append(_nats(model(inputs), labels).mean().item())
    return losses


@train.misconception("One number comes back, where the loss of each step is wanted, in a list.")
def one_loss_for_all(model, optimiser, batches, rate, limit=1.0, first=0):
    losses = _loop(model, optimiser, batches, rate, limit, first)
    return sum(losses) / len(losses)


@train.misconception(
    "Batches that are made one by one have no length and no numbers. Go through them with for, and count with enumerate."
)
def batches_by_number(model, optimiser, batches, rate, limit=1.0, first=0):
    return _loop(model, optimiser, [batches[i] for i in range(len(batches))], rate, limit, first)


@train.misconception("A loss that is not finite is not noticed: the step is taken, and the weights are gone.")
def nothing_noticed(model, optimiser, batches, rate, limit=1.0, first=0):
    return _loop(model, optimiser, batches, rate, limit, first, check=lambda loss, step: None)


@train.misconception("It is noticed too late: the error comes after the step, and the weights are spoiled already.")
def noticed_after_the_step(model, optimiser, batches, rate, limit=1.0, first=0):
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        loss = _loop(model, optimiser, [(inputs, labels)], rate, limit, step, check=lambda loss, step: None)[0]
        if not math.isfinite(loss):
            raise FloatingPointError(f"the loss of step {step} is {loss}")
        losses.append(loss)
    return losses


@train.misconception(
    "A batch whose loss is not finite is passed over in silence. A run that meets it is ill, and somebody should know: "
    "raise a FloatingPointError."
)
def passed_over(model, optimiser, batches, rate, limit=1.0, first=0):
    losses = []
    for step, batch in enumerate(batches, first):
        try:
            losses += _loop(model, optimiser, [batch], rate, limit, step)
        except FloatingPointError:
            losses.append(math.nan)
    return losses


@train.alternative
def with_zip(model, optimiser, batches, rate, limit=1.0, first=0):
    model.train(True)
    losses, step = [], first
    for batch in batches:
        inputs, labels = batch
        for group in optimiser.param_groups:
            group["lr"] = rate(step)
        loss = _nats(model.forward(inputs), labels).mean()
        value = float(loss.detach())
        if math.isnan(value) or math.isinf(value):
            raise FloatingPointError(f"step {step}: {value}")
        optimiser.zero_grad()
        loss.backward()
        _clip(list(model.parameters()), limit)
        optimiser.step()
        losses += [value]
        step += 1
    return losses


@train.alternative
def gradients_by_hand(model, optimiser, batches, rate, limit=1.0, first=0):
    model.train()
    losses = []
    for step, (inputs, labels) in enumerate(batches, first):
        loss = _nats(model(inputs), labels).mean()
        _refuse_infinite(loss, step)
        parameters = list(model.parameters())
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = gradient.clone()
        _clip(parameters, limit)
        _set_rate(optimiser, rate(step))
        optimiser.step()
        losses.append(loss.item())
    return losses


@train.alternative
def step_by_step(model, optimiser, batches, rate, limit=1.0, first=0):
    def one(step, inputs, labels):
        optimiser.zero_grad()
        loss = _nats(model(inputs), labels).mean()
        if not torch.isfinite(loss):
            raise FloatingPointError(f"step {step}")
        loss.backward()
        _clip(model.parameters(), limit)
        _set_rate(optimiser, rate(step))
        optimiser.step()
        return loss.item()

    model.train()
    return [one(step, *batch) for step, batch in enumerate(batches, start=first)]


@train.alternative
def sum_divided(model, optimiser, batches, rate, limit=1.0, first=0):
    model.train()
    losses = []
    for number, (inputs, labels) in enumerate(batches):
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        loss = _nats(model(inputs), labels).sum() / (labels != IGNORE).sum()
        _refuse_infinite(loss, first + number)
        loss.backward()
        _clip(model.parameters(), limit)
        _set_rate(optimiser, rate(first + number))
        optimiser.step()
        losses.append(loss.item())
    return losses
