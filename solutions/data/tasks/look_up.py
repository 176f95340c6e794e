"""``look_up(ids, table) -> rows``"""

import random

import torch

from lmcore import embedding
from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import gradients

from .parts import _refuse_outside

look_up = Task("look_up", reference=embedding.look_up, forbidden=("torch.nn.functional.embedding",))


@look_up.check(
    points=1,
    title="gives each id its row of the table, in the place of the id",
    hint="ids of the shape (batch, time) give (batch, time, d). The id 0 has the first row.",
)
def rows_of_the_table(look_up):
    b, t, v, d = different(4, 2, 8)
    table = torch.randn(v, d)
    square = torch.randn(4, 4)
    return {
        "batch": outcome(lambda: look_up(torch.randint(0, v, (b, t)), table)),
        "as many rows as columns": outcome(lambda: look_up(torch.randint(0, 4, (4, 4)), square)),
        "first and last": outcome(lambda: look_up(torch.tensor([0, v - 1]), table)),
        "a single id": outcome(lambda: look_up(torch.tensor(random.randrange(v)), table)),
        "three axes": outcome(lambda: look_up(torch.randint(0, v, (2, 1, t)), table)),
        "a table of one row": outcome(lambda: look_up(torch.zeros(t, dtype=torch.int64), table[:1])),
    }


@look_up.check(
    points=1,
    title="teaches the rows that were looked up, each as often as it occurred",
    hint="The result has to hang together with the table, so that gradients find their way back to its rows.",
    tolerance=1e-5,
)
def rows_learn(look_up):
    v, d = random.sample(range(6, 10), 2)
    often = torch.randint(0, 3, (3, 5))
    table = torch.randn(v, d)
    return {
        "repeated ids": outcome(lambda: gradients(lambda table: look_up(often, table), table)),
        "of all": outcome(lambda: gradients(lambda table: look_up(torch.randperm(v), table), table)),
    }


@look_up.check(
    points=1,
    title="takes tables of any dtype, tables and ids that do not lie in memory in order, and int32 ids",
    hint="What comes out has the dtype of the table, whatever the dtype of the ids.",
)
def as_they_lie_in_memory(look_up):
    b, t, v, d = different(4, 2, 8)
    doubles, columns = torch.randn(v, d, dtype=torch.float64), torch.randn(d, v).T
    ids = torch.randint(0, v, (t, b)).T
    spread = torch.randint(0, v, (b, 1)).expand(b, t)
    return {
        "doubles": outcome(lambda: look_up(ids, doubles)),
        "whole numbers": outcome(lambda: look_up(ids, torch.randint(0, 99, (v, d)))),
        "columns": outcome(lambda: look_up(spread, columns)),
        "int32": outcome(lambda: look_up(torch.randint(0, v, (b, t), dtype=torch.int32), columns)),
    }


@look_up.check(
    points=1,
    title="refuses ids that the table does not have",
    hint="Try the id that is equal to the number of rows, and -1. Each should end in a ValueError that names it.",
)
def no_such_row(look_up):
    t, v, d = different(3, 3, 8)
    table = torch.randn(v, d)
    ids = torch.randint(0, v, (t,))
    above, below = ids.clone(), ids.clone()
    above[random.randrange(t)] = v
    below[random.randrange(t)] = -1
    return {
        "rows": outcome(lambda: look_up(ids, table)),
        "just above": outcome(lambda: look_up(above, table)),
        "far above": outcome(lambda: look_up(ids + 1000, table)),
        "just below": outcome(lambda: look_up(below, table)),
        "far below": outcome(lambda: look_up(ids - 1000, table)),
    }


OUTSIDE = "ids[(ids < 0) | (ids >= len(table))][0]"
for change in (f"{OUTSIDE}.item() -> {OUTSIDE}", "ids < 0 -> ids <= 0", "0 -> 1", "0 -> -1 (2)", "'id' -> ''"):
    look_up.equivalent(f"look_up: {change}", reason="another id or word in the message of the same error")


def _rows_at(ids, table):
    _refuse_outside(ids, len(table))
    return table[ids]


@look_up.misconception(
    "You take columns of the table. An embedding is a row: the table is as high as the vocabulary and as wide as the model."
)
def columns_of_the_table(ids, table):
    _refuse_outside(ids, table.shape[1])
    return table.T[ids]


@look_up.misconception(
    "No gradient finds its way back to the table: what you return is a copy without a past (.detach(), .data, .tolist(), "
    "torch.tensor). The rows could never learn."
)
def rows_without_a_past(ids, table):
    return _rows_at(ids, table.detach())


@look_up.misconception(
    "A row that is looked up several times learns only once. It occurred at several places, and each of them has something to "
    "teach it: the gradients add up."
)
def learns_once(ids, table):
    _refuse_outside(ids, len(table))
    rows, learning = [], set()
    for i in ids.flatten().tolist():
        rows.append(table[i].detach() if i in learning else table[i])
        learning.add(i)
    return torch.stack(rows).reshape(*ids.shape, table.shape[1])


@look_up.misconception(
    "An id below 0 is taken from the end of the table, as Python's lists do it. -1 is nobody's id; it comes out of a mistake "
    "elsewhere, and should not get a vector."
)
def below_zero_from_the_end(ids, table):
    if (ids >= len(table)).any() or (ids < -len(table)).any():
        raise ValueError("no such row")
    return table[ids]


@look_up.misconception(
    "Ids that the table does not have are moved to its nearest row. A wrong word is worse than an error: refuse them."
)
def to_the_nearest_row(ids, table):
    return table[ids.clamp(0, len(table) - 1)]


@look_up.misconception(
    "Ids that the table does not have go around and begin again at its first row. Two words would share a vector: refuse them."
)
def around_and_around(ids, table):
    return table[ids % len(table)]


@look_up.misconception(
    "Ids that the table does not have get a vector of zeros. The model would go on as if nothing were there; an error says what "
    "is wrong."
)
def zeros_for_strangers(ids, table):
    known = (ids >= 0) & (ids < len(table))
    return table[ids.where(known, 0)] * known[..., None]


@look_up.misconception(
    "A wrong id ends in torch's own error, which names an axis and no id. Look at the ids first, and raise a ValueError."
)
def torchs_own_error(ids, table):
    if (ids < 0).any():
        raise IndexError("index out of range in self")
    return table[ids]


@look_up.misconception("All vectors lie in one long list. The axes of the ids should come first: (batch, time, d).")
def vectors_in_one_list(ids, table):
    return _rows_at(ids.flatten(), table)


@look_up.misconception(
    "The vectors of a row are added up. So early, each token still needs its own; added up, nobody knows who stood where."
)
def added_up(ids, table):
    rows = _rows_at(ids, table)
    return rows.sum(-2) if ids.dim() else rows


@look_up.misconception(
    "What comes out is always float32. The dtype is that of the table: a product with a one-hot vector of floats forgets it."
)
def always_single_floats(ids, table):
    return _rows_at(ids, table).float()


@look_up.misconception("The first row is for the id 1. Ids count from 0.")
def first_row_is_one(ids, table):
    _refuse_outside(ids, len(table))
    return table[ids - 1]


@look_up.alternative
def by_indexing(ids, table):
    wrong = (ids < 0) | (ids >= table.shape[0])
    if wrong.any():
        raise ValueError(f"no row {ids[wrong][0]}")
    return table[ids]


@look_up.alternative
def by_index_select(ids, table):
    _refuse_outside(ids, len(table))
    return table.index_select(0, ids.reshape(-1)).reshape(*ids.shape, table.shape[1])


@look_up.alternative
def by_a_product(ids, table):
    _refuse_outside(ids, len(table))
    return (ids[..., None] == torch.arange(len(table))).to(table.dtype) @ table


@look_up.alternative
def by_gather(ids, table):
    _refuse_outside(ids, len(table))
    flat = ids.reshape(-1, 1).expand(-1, table.shape[1]).long()
    return table.gather(0, flat).view(*ids.shape, table.shape[1])


@look_up.alternative
def row_by_row_stacked(ids, table):
    _refuse_outside(ids, len(table))
    return torch.stack([table[i] for i in ids.flatten().tolist()]).reshape(*ids.shape, -1)
