"""``row_numbers(step, batch_size, rows, seed) -> numbers``"""

import random

import numpy as np

from lmgrade import Task
from lmgrade.inputs import outcome


def _row_numbers(step, batch_size, rows, seed):
    if step < 0:
        raise ValueError(f"step {step} is negative")
    numbers = []
    for place in range(step * batch_size, (step + 1) * batch_size):
        epoch, at = divmod(place, rows)
        numbers.append(int(np.random.default_rng((seed, epoch)).permutation(rows)[at]))
    return numbers


row_numbers = Task("row_numbers", reference=_row_numbers)


@row_numbers.check(
    points=1,
    title="goes through all rows in the order of the epoch, each once",
    hint="Put the batches of one epoch end to end: they are the permutation of that epoch.",
)
def one_epoch(row_numbers):
    batch = random.randint(3, 6)
    rows, seed = batch * random.randint(4, 6), random.randrange(10**6)
    return [outcome(lambda step=step: row_numbers(step, batch, rows, seed)) for step in range(rows // batch)]


@row_numbers.check(
    points=1,
    title="has a new order in each epoch, made of the seed and the epoch's number",
    hint="The epochs 0, 1, 2 of one seed differ, and epoch 1 of a seed is not epoch 0 of the next one.",
)
def epochs_differ(row_numbers):
    batch = random.randint(4, 6)
    rows, seed = 3 * batch, random.randrange(10**6)
    later = random.randint(200, 900)
    return {
        "second": [outcome(lambda step=step: row_numbers(step, batch, rows, seed)) for step in (3, 4, 5)],
        "later": outcome(lambda: row_numbers(3 * later, batch, rows, seed)),
        "seed 0": outcome(lambda: row_numbers(3, batch, rows, 0)),
    }


@row_numbers.check(
    points=1,
    title="fills a batch from the next epoch, or from several, where one ends",
    hint="Number the places of all batches from 0 on. Which epoch does a place fall into, and which place is it there?",
)
def across_epochs(row_numbers):
    batch = random.randint(5, 7)
    rows, seed = 3 * batch - 2, random.randrange(10**6)
    few = random.randint(3, 4)
    return {
        "shared": [outcome(lambda step=step: row_numbers(step, batch, rows, seed)) for step in (2, 3, 5, 8)],
        "larger than an epoch": outcome(lambda: row_numbers(2, 3 * few + 1, few, seed)),
        "one row": outcome(lambda: row_numbers(random.randint(1, 5), batch, 1, seed)),
    }


@row_numbers.check(
    points=1,
    title="knows any batch by itself: asked out of order or twice, with whatever chance there is around it, and no negative one",
    hint="Which rows make up a batch may depend on the four arguments alone. Nothing is remembered from call to call.",
)
def by_itself(row_numbers):
    batch = random.randint(5, 8)
    rows, seed, far = 3 * batch, random.randrange(10**6), random.randint(2000, 4000)

    def again():
        np.random.seed(random.randrange(10**6))
        return row_numbers(far, batch, rows, seed)

    return {
        "far": outcome(lambda: row_numbers(far, batch, rows, seed)),
        "before": outcome(lambda: row_numbers(4, batch, rows, seed)),
        "far again": outcome(again),
        "another seed": outcome(lambda: row_numbers(far, batch, rows, seed + 1)),
        "negative": outcome(lambda: row_numbers(-1, batch, rows, seed)),
    }


ROW = "np.random.default_rng((seed, epoch)).permutation(rows)[at]"
row_numbers.equivalent(f"_row_numbers: int({ROW}) -> {ROW}", reason="one of NumPy's ints is taken for an int")


def _order(rows, *seeds):
    return np.random.default_rng(seeds).permutation(rows).tolist()


def _not_negative(step):
    if step < 0:
        raise ValueError(f"there is no batch {step}")


def _one_after_another(step, batch_size, rows, order):
    """A batch from epochs laid end to end."""
    _not_negative(step)
    places = range(step * batch_size, (step + 1) * batch_size)
    orders = {epoch: order(epoch) for epoch in range(places[0] // rows, places[-1] // rows + 1)}
    return [orders[place // rows][place % rows] for place in places]


@row_numbers.misconception(
    "Every epoch has the same order. The model would meet the same neighbours again and again: the number of the epoch has "
    "to take part in the seed."
)
def one_order_for_ever(step, batch_size, rows, seed):
    return _one_after_another(step, batch_size, rows, lambda epoch: _order(rows, seed, 0))


@row_numbers.misconception(
    "Seed and epoch are added up. Then epoch 1 of seed 0 is epoch 0 of seed 1, and two runs that should be independent read "
    "the same batches, one epoch apart."
)
def seed_plus_epoch(step, batch_size, rows, seed):
    return _one_after_another(step, batch_size, rows, lambda epoch: _order(rows, seed + epoch))


@row_numbers.misconception(
    "The rows that do not fill a batch at the end of an epoch are dropped, and each epoch begins with a fresh batch. They "
    "belong into one batch with the next epoch's first rows."
)
def rest_of_the_epoch_dropped(step, batch_size, rows, seed):
    _not_negative(step)
    epoch, at = divmod(step, max(1, rows // batch_size))
    return _order(rows, seed, epoch)[at * batch_size : (at + 1) * batch_size]


@row_numbers.misconception(
    "The last batch of an epoch is smaller than the others. Every batch has batch_size rows: it goes on with the next epoch."
)
def a_smaller_batch(step, batch_size, rows, seed):
    _not_negative(step)
    epoch, at = divmod(step, -(-rows // batch_size))
    return _order(rows, seed, epoch)[at * batch_size : (at + 1) * batch_size]


@row_numbers.misconception(
    "Where an epoch ends, the batch is filled up with the first rows of the *same* order. Some rows come twice in it, and "
    "the next epoch does not begin where it should."
)
def filled_from_the_same_order(step, batch_size, rows, seed):
    _not_negative(step)
    order = _order(rows, seed, step * batch_size // rows)
    return [order[place % rows] for place in range(step * batch_size, (step + 1) * batch_size)]


@row_numbers.misconception("Rows come in their own order, without any shuffling. Neighbours in a corpus are alike.")
def never_shuffled(step, batch_size, rows, seed):
    return _one_after_another(step, batch_size, rows, lambda epoch: list(range(rows)))


@row_numbers.misconception(
    "Each batch is drawn by itself. In an epoch some rows come several times then and others never."
)
def drawn_for_each_batch(step, batch_size, rows, seed):
    _not_negative(step)
    return np.random.default_rng((seed, step)).integers(rows, size=batch_size).tolist()


@row_numbers.misconception("The first batch is taken for number 1. Steps count from 0.")
def steps_from_one(step, batch_size, rows, seed):
    _not_negative(step)
    return _one_after_another(max(0, step - 1), batch_size, rows, lambda epoch: _order(rows, seed, epoch))


@row_numbers.misconception("The first epoch is taken for number 1. Epochs count from 0.")
def epochs_from_one(step, batch_size, rows, seed):
    return _one_after_another(step, batch_size, rows, lambda epoch: _order(rows, seed, epoch + 1))


@row_numbers.misconception(
    "A batch reaches into one further epoch at most. If there are fewer rows than a batch holds, it needs several."
)
def two_epochs_at_most(step, batch_size, rows, seed):
    _not_negative(step)
    epoch, at = divmod(step * batch_size, rows)
    return (_order(rows, seed, epoch) + _order(rows, seed, epoch + 1))[at : at + batch_size]


@row_numbers.misconception("A negative step gets a batch. Nothing was before the first one: a ValueError says so.")
def before_the_first(step, batch_size, rows, seed):
    return _one_after_another(max(step, 0), batch_size, rows, lambda epoch: _order(rows, seed, epoch))


@row_numbers.misconception(
    "The order comes from NumPy's global generator, seeded by nobody. What was drawn before, anywhere in the program, decides "
    "what the batch is."
)
def order_of_the_whole_program(step, batch_size, rows, seed):
    return _one_after_another(step, batch_size, rows, lambda epoch: np.random.permutation(rows).tolist())


@row_numbers.misconception(
    "An array comes back, and a list of whole numbers was asked for: indices into lists, ready to be printed and compared."
)
def an_array(step, batch_size, rows, seed):
    return np.array(_one_after_another(step, batch_size, rows, lambda epoch: _order(rows, seed, epoch)))


@row_numbers.alternative
def epochs_end_to_end(step, batch_size, rows, seed):
    if step < 0:
        raise ValueError("negative")
    first = step * batch_size
    ribbon, epoch = [], first // rows
    while len(ribbon) < first % rows + batch_size:
        ribbon += [int(i) for i in np.random.default_rng((seed, epoch)).permutation(rows)]
        epoch += 1
    return ribbon[first % rows :][:batch_size]


@row_numbers.alternative
def filled_epoch_by_epoch(step, batch_size, rows, seed):
    if step < 0:
        raise ValueError("negative")
    epoch, at = divmod(step * batch_size, rows)
    numbers = []
    while True:
        order = np.random.default_rng([seed, epoch]).permutation(rows)
        numbers.extend(order[at : at + batch_size - len(numbers)].tolist())
        if len(numbers) == batch_size:
            return numbers
        epoch, at = epoch + 1, 0


@row_numbers.alternative
def by_a_dict_of_orders(step, batch_size, rows, seed):
    return _one_after_another(step, batch_size, rows, lambda epoch: _order(rows, seed, epoch))
