"""``random_batch(ids, batch, context, generator) -> inputs, labels``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome

from .inputs import some_ids
from .parts import _cut_at, _starts_allowed


def _random_batch(ids, batch, context, generator):
    allowed = len(ids) - context
    if allowed < 1:
        raise ValueError(f"{len(ids)} ids are too few for a window of {context} and the id behind it")
    starts = torch.randint(allowed, (batch,), generator=generator)
    rows = ids[starts[:, None] + torch.arange(context + 1)].long()
    return rows[:, :-1], rows[:, 1:]


random_batch = Task("random_batch", reference=_random_batch)


def _text(length, dtype=torch.int64):
    return torch.tensor(some_ids(length), dtype=dtype)


def _seeded_generator():
    return torch.Generator().manual_seed(random.randrange(10**6))


def _both(random_batch, *arguments):
    return outcome(lambda: list(random_batch(*arguments)))


@random_batch.check(
    points=1,
    title="cuts windows at random places, with the next id as the label at each place",
    hint="Draw all starts with one call of torch.randint. Each row is one stretch of the text, its labels are one place on.",
)
def random_places(random_batch):
    batch, context = different(2, 4, 9)
    return {
        "some": _both(random_batch, _text(random.randint(300, 400)), batch, context, _seeded_generator()),
        "one": _both(random_batch, _text(200), 1, 1, _seeded_generator()),
        "as many as places": _both(random_batch, _text(200), context, context, _seeded_generator()),
    }


@random_batch.check(
    points=1,
    title="lets a window begin at every place that has an answer for each of its questions, and at no other",
    hint="With context + 1 ids there is one start; with context + 2 there are two. How many are there with n ids?",
)
def all_starts_and_no_other(random_batch):
    context = random.randint(2, 6)
    return {
        "one start": _both(random_batch, _text(context + 1), 5, context, _seeded_generator()),
        "two": _both(random_batch, _text(context + 2), 80, context, _seeded_generator()),
        "five": _both(random_batch, _text(context + 5), 150, context, _seeded_generator()),
        "too few": _both(random_batch, _text(context), 4, context, _seeded_generator()),
        "far too few": _both(random_batch, _text(1), 4, context, _seeded_generator()),
    }


@random_batch.check(
    points=1,
    title="takes its randomness from the generator it is given, and from nothing else",
    hint="A second call with the same generator gives other windows; a generator with the same seed gives the same ones.",
)
def chance_from_the_generator(random_batch):
    ids, seed = _text(400), random.randrange(10**6)
    generator = torch.Generator().manual_seed(seed)

    def once_more():
        torch.manual_seed(random.randrange(10**6))
        return random_batch(ids, 6, 4, torch.Generator().manual_seed(seed))[0]

    return {
        "first": outcome(lambda: random_batch(ids, 6, 4, generator)[0]),
        "second": outcome(lambda: random_batch(ids, 6, 4, generator)[0]),
        "the first again": outcome(once_more),
    }


@random_batch.check(
    points=1,
    title="gives int64, also for ids that are kept in fewer bytes",
    hint="Embeddings and losses want int64, whatever the ids are kept in. Convert what you have cut out, not the whole text.",
)
def kept_in_fewer_bytes(random_batch):
    small = _text(150, torch.int16)
    spread = torch.tensor(some_ids(300), dtype=torch.int32)[::2]
    return {
        "two bytes": _both(random_batch, small, 4, 6, _seeded_generator()),
        "every second one": _both(random_batch, spread, 4, 6, _seeded_generator()),
    }


def _drawn_starts(ids, batch, context, generator, more=0):
    return torch.randint(_starts_allowed(ids, context) + more, (batch,), generator=generator)


@random_batch.misconception(
    "Inputs and labels are the same ids. There is nothing to foretell: the model is shown the answer to each question."
)
def nothing_foretold(ids, batch, context, generator):
    inputs, _ = _cut_at(ids, _drawn_starts(ids, batch, context, generator), context)
    return inputs, inputs.clone()


@random_batch.misconception(
    "The labels stand two places on. A model trained with them learns to skip a token: shift once."
)
def shifted_twice(ids, batch, context, generator):
    starts = _drawn_starts(ids, batch, context, generator)
    around = torch.cat([ids, ids[:1]])
    return _cut_at(ids, starts, context)[0], _cut_at(around, starts + 1, context)[1]


@random_batch.misconception(
    "Your last start is never drawn, so the text's last id is never foretold. torch.randint leaves out its upper limit by "
    "itself."
)
def last_start_missed(ids, batch, context, generator):
    return _cut_at(ids, _drawn_starts(ids, batch, context, generator, more=-1), context)


@random_batch.misconception(
    "Some windows begin where the text has no answer for their last question. They come out too short and cannot be put "
    "into one rectangle."
)
def one_start_too_many(ids, batch, context, generator):
    return _cut_at(ids, _drawn_starts(ids, batch, context, generator, more=1), context)


@random_batch.misconception(
    "A window that reaches the end goes on at the beginning of the text, as if the two belonged together. Only starts "
    "with a whole window behind them are allowed."
)
def around_the_end(ids, batch, context, generator):
    _starts_allowed(ids, context)
    starts = torch.randint(len(ids), (batch,), generator=generator)
    return _cut_at(torch.cat([ids, ids]), starts, context)


@random_batch.misconception(
    "The windows are random, but the generator that you were given has no part in it. Nobody could repeat this run: pass it "
    "on to torch.randint."
)
def chance_of_the_whole_program(ids, batch, context, generator):
    return _cut_at(ids, _drawn_starts(ids, batch, context, None), context)


@random_batch.misconception(
    "Every call draws the same windows: a generator is seeded in your function. A training run would read a single batch "
    "for ever."
)
def the_same_each_time(ids, batch, context, generator):
    return _cut_at(ids, _drawn_starts(ids, batch, context, generator.manual_seed(42)), context)


@random_batch.misconception("All rows begin at one place: a single start is drawn. Each row needs one of its own.")
def one_start_for_all(ids, batch, context, generator):
    start = torch.randint(_starts_allowed(ids, context), (1,), generator=generator)
    return _cut_at(ids, start.expand(batch), context)


@random_batch.misconception(
    "Windows begin only at multiples of the context. Then there is a cut that no window ever crosses; random starts are "
    "for being everywhere."
)
def on_the_grid(ids, batch, context, generator):
    number = max(1, -(-_starts_allowed(ids, context) // context))
    return _cut_at(ids, context * torch.randint(number, (batch,), generator=generator), context)


@random_batch.misconception(
    "No start is drawn twice in a batch. With more rows than starts that ends in an error, and the draw is another one "
    "than torch.randint's."
)
def none_drawn_twice(ids, batch, context, generator):
    starts = torch.randperm(_starts_allowed(ids, context), generator=generator)[:batch]
    if len(starts) < batch:
        raise IndexError("too few starts")
    return _cut_at(ids, starts, context)


@random_batch.misconception("The shape is (time, batch). Each row should be a window: (batch, time).")
def time_first(ids, batch, context, generator):
    inputs, labels = _cut_at(ids, _drawn_starts(ids, batch, context, generator), context)
    return inputs.T, labels.T


@random_batch.misconception(
    "The ids come out in the few bytes in which they were kept. A look-up and a loss want int64."
)
def still_in_few_bytes(ids, batch, context, generator):
    inputs, labels = _cut_at(ids, _drawn_starts(ids, batch, context, generator), context)
    return inputs.to(ids.dtype), labels.to(ids.dtype)


@random_batch.misconception(
    "A text that is too short is not refused, or with another kind of error than a ValueError, so that whoever called does "
    "not learn what was wrong."
)
def too_short_a_text(ids, batch, context, generator):
    if len(ids) <= context:
        raise RuntimeError("no start")
    return _cut_at(ids, _drawn_starts(ids, batch, context, generator), context)


@random_batch.alternative
def stacked_slices(ids, batch, context, generator):
    if len(ids) - context < 1:
        raise ValueError("too short")
    starts = torch.randint(0, len(ids) - context, (batch,), generator=generator)
    inputs = torch.stack([ids[s : s + context] for s in starts])
    labels = torch.stack([ids[s + 1 : s + 1 + context] for s in starts])
    return inputs.to(torch.int64), labels.to(torch.int64)


@random_batch.alternative
def rows_of_all_windows(ids, batch, context, generator):
    if len(ids) < context + 1:
        raise ValueError("too short")
    every = ids.unfold(0, context + 1, 1)
    rows = every[torch.randint(len(every), (batch,), generator=generator)].long()
    return [rows[:, :context], rows[:, 1:]]


@random_batch.alternative
def in_plain_lists(ids, batch, context, generator):
    places = torch.randint(_starts_allowed(ids, context), size=(batch,), generator=generator).tolist()
    text = ids.tolist()
    return (
        torch.tensor([text[place : place + context] for place in places]),
        torch.tensor([text[place + 1 : place + context + 1] for place in places]),
    )


@random_batch.alternative
def filled_row_by_row(ids, batch, context, generator):
    starts = torch.randint(_starts_allowed(ids, context), (batch,), generator=generator)
    inputs = torch.empty(batch, context, dtype=torch.long)
    labels = torch.empty_like(inputs)
    for row, start in enumerate(starts):
        inputs[row] = ids[start : start + context]
        labels[row] = ids[start + 1 : start + context + 1]
    return inputs, labels
