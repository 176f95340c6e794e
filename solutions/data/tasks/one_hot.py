"""``one_hot(ids, vocab_size) -> vectors``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome

from .parts import _refuse_outside


def _one_hot(ids, vocab_size):
    outside = ids[(ids < 0) | (ids >= vocab_size)]
    if outside.numel() > 0:
        raise ValueError(f"id {outside[0].item()} is not in 0 .. {vocab_size - 1}")
    return (ids[..., None] == torch.arange(vocab_size)).float()


one_hot = Task("one_hot", reference=_one_hot, forbidden=("torch.nn.functional.one_hot",))


@one_hot.check(
    points=1,
    title="writes a single 1 in the place of each id, in float32",
    hint="Each id becomes a row of vocab_size numbers, which sum to 1. The id 0 has its 1 at the very beginning.",
)
def a_single_one(one_hot):
    size = random.randint(7, 12)
    ids = torch.cat([torch.tensor([0, size - 1]), torch.randint(1, size - 1, (6,))])
    low = torch.randint(0, size - 3, (5,))
    return {
        "vectors": outcome(lambda: one_hot(ids[torch.randperm(8)], size)),
        "the last ones do not occur": outcome(lambda: one_hot(low, size)),
        "twice the same": outcome(lambda: one_hot(low[:1].repeat(4), size)),
    }


@one_hot.check(
    points=1,
    title="carries all axes along and puts the new one last",
    hint="ids of the shape (batch, time) give (batch, time, vocab_size); a single id without axes gives (vocab_size,).",
)
def all_axes(one_hot):
    b, t, v = different(3)
    square = torch.randint(0, 4, (4, 4))
    spread = torch.randint(0, v, (b, 1)).expand(b, t)
    return {
        "batch": outcome(lambda: one_hot(torch.randint(0, v, (b, t)), v)),
        "all sizes equal": outcome(lambda: one_hot(square, 4)),
        "turned": outcome(lambda: one_hot(torch.randint(0, v, (t, b)).T, v)),
        "spread": outcome(lambda: one_hot(spread, v)),
        # Not the last id of the vocabulary: whoever takes the width from the ids is always caught.
        "no axes": outcome(lambda: one_hot(torch.tensor(random.randrange(v - 1)), v)),
        "three axes": outcome(lambda: one_hot(torch.randint(0, v, (2, 1, t)), v)),
        "one word": outcome(lambda: one_hot(torch.zeros(b, t, dtype=torch.int64), 1)),
    }


@one_hot.check(
    points=1,
    title="refuses ids that the vocabulary does not have, and leaves the ids as they are",
    hint="An id below 0 or from vocab_size on is nobody's name: a ValueError should say which one.",
)
def nobodys_name(one_hot):
    size = random.randint(5, 9)
    ids = torch.randint(0, size, (2, 6))
    ids[0, 2] = size - 1
    spoilt = ids.clone()
    spoilt[1, random.randrange(6)] = size
    below = ids.clone()
    below[random.randrange(2), 3] = -1
    return {
        "vectors": outcome(lambda: one_hot(ids, size)),
        "ids afterwards": ids,
        "too large": outcome(lambda: one_hot(spoilt, size)),
        "far too large": outcome(lambda: one_hot(ids + size, size)),
        "below 0": outcome(lambda: one_hot(below, size)),
        "far below 0": outcome(lambda: one_hot(ids - 100, size)),
    }


def _ones_at(ids, vocab_size):
    _refuse_outside(ids, vocab_size)
    return torch.eye(vocab_size)[ids]


@one_hot.misconception("Your vectors hold whole numbers. They are to be multiplied with a table of floats: float32.")
def whole_numbers(ids, vocab_size):
    return _ones_at(ids, vocab_size).long()


@one_hot.misconception("Yes and no are not numbers yet: what compares as True has to become 1.0.")
def yes_and_no(ids, vocab_size):
    return _ones_at(ids, vocab_size).bool()


@one_hot.misconception("Your vectors are doubles, twice as many bytes as the tables they will be multiplied with.")
def doubles(ids, vocab_size):
    return _ones_at(ids, vocab_size).double()


@one_hot.misconception(
    "The width follows from the largest id that occurs. The vocabulary is larger than any one text: vocab_size says how wide."
)
def as_wide_as_the_text(ids, vocab_size):
    _refuse_outside(ids, vocab_size)
    return torch.eye(int(ids.max()) + 1)[ids]


@one_hot.misconception(
    "The new axis stands first. A vector should lie along the last axis, at each place of the batch."
)
def new_axis_first(ids, vocab_size):
    return _ones_at(ids, vocab_size).movedim(-1, 0)


@one_hot.misconception("The 1 stands one place too early, as if ids counted from 1. The first id is 0.")
def counted_from_one(ids, vocab_size):
    return _ones_at(ids, vocab_size).roll(-1, dims=-1)


@one_hot.misconception("In place of the 1 stands the id itself. The number means nothing; the place does.")
def the_id_as_value(ids, vocab_size):
    return _ones_at(ids, vocab_size) * ids[..., None]


@one_hot.misconception("All ids lie in one long list of vectors. The axes of the batch should still be there.")
def in_one_list(ids, vocab_size):
    return _ones_at(ids.flatten(), vocab_size)


@one_hot.misconception(
    "All tokens of a row are in one vector. That says which words occur, and neither where nor how often: each token has a "
    "vector of its own."
)
def bag_of_words(ids, vocab_size):
    vectors = _ones_at(ids, vocab_size)
    return vectors.amax(-2) if vectors.dim() > 1 else vectors


@one_hot.misconception(
    "Ids below 0 count from the end, as Python's lists do it. Id -1 would silently become the last word: no vocabulary has "
    "such an id."
)
def from_the_end(ids, vocab_size):
    if (ids >= vocab_size).any() or (ids < -vocab_size).any():
        raise ValueError("outside")
    return torch.eye(vocab_size)[ids]


@one_hot.misconception(
    "For an id that the vocabulary does not have, you return a vector of zeros. The model would go on with nothing in its "
    "hands, and nobody would notice."
)
def zeros_for_nobody(ids, vocab_size):
    return (ids[..., None] == torch.arange(vocab_size)).float()


@one_hot.misconception(
    "An id outside the vocabulary ends in another kind of error than a ValueError, or only ids that are too large do. Look "
    "at the ids before you use them."
)
def another_error(ids, vocab_size):
    if ((ids < 0) | (ids >= vocab_size)).any():
        raise IndexError("index out of range")
    return _ones_at(ids, vocab_size)


@one_hot.alternative
def rows_of_the_unit_matrix(ids, vocab_size):
    if bool(((ids < 0) | (ids >= vocab_size)).any()):
        raise ValueError("no such id")
    return torch.eye(vocab_size)[ids]


@one_hot.alternative
def least_and_greatest_looked_at(ids, vocab_size):
    if ids.min() < 0 or ids.max() >= vocab_size:
        raise ValueError(f"ids {ids.min()} .. {ids.max()} in a vocabulary of {vocab_size}")
    return torch.eye(vocab_size)[ids]


@one_hot.alternative
def scattered(ids, vocab_size):
    for i in ids.flatten().tolist():
        if i not in range(vocab_size):
            raise ValueError(f"id {i}")
    return torch.zeros(*ids.shape, vocab_size).scatter(-1, ids[..., None], 1.0)


@one_hot.alternative
def written_into_zeros(ids, vocab_size):
    _refuse_outside(ids, vocab_size)
    flat = torch.zeros(ids.numel(), vocab_size)
    flat[torch.arange(ids.numel()), ids.flatten()] = 1
    return flat.reshape(*ids.shape, vocab_size)


@one_hot.alternative
def id_by_id(ids, vocab_size):
    _refuse_outside(ids, vocab_size)
    rows = [[float(i == j) for j in range(vocab_size)] for i in ids.flatten().tolist()]
    return torch.tensor(rows).reshape(*ids.shape, vocab_size)
