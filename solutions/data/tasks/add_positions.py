"""``add_positions(x, table, start=0) -> x with positions``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import gradients

from .parts import _check_end


def _add_positions(x, table, start=0):
    time = x.shape[-2]
    if start < 0 or start + time > len(table):
        raise ValueError(f"positions {start} .. {start + time - 1} are not all in a table of {len(table)}")
    return x + table[start : start + time].to(x.dtype)


add_positions = Task("add_positions", reference=_add_positions)


@add_positions.check(
    points=1,
    title="adds to each token the row of its position",
    hint="All rows of the batch stand at the same positions. Give it zeros, and look at what comes out.",
)
def the_row_of_the_position(add_positions):
    b, t, d = different(3)
    table = torch.randn(t + random.randint(2, 5), d)
    # All axes are of one size: the wrong one gives numbers, not an error.
    cube, square = torch.randn(4, 4, 4), torch.randn(4, 4)
    return {
        "batch": outcome(lambda: add_positions(torch.randn(b, t, d), table)),
        "all sizes equal": outcome(lambda: add_positions(cube, square)),
        "one token": outcome(lambda: add_positions(torch.randn(b, 1, d), table)),
        "without a batch": outcome(lambda: add_positions(torch.randn(t, d), table)),
        "the whole table": outcome(lambda: add_positions(torch.randn(2, len(table), d), table)),
    }


@add_positions.check(
    points=1,
    title="begins at start, and refuses positions that the table does not have",
    hint="With start=3 the first token gets row 3. A text that reaches beyond the table's last row is a ValueError.",
)
def beginning_at_start(add_positions):
    b, t, d = different(3, 3, 7)
    room = random.randint(2, 5)
    table, x = torch.randn(t + room, d), torch.randn(b, t, d)
    return {
        "in the middle": outcome(lambda: add_positions(x, table, 1)),
        "at the very end": outcome(lambda: add_positions(x, table, start=room)),
        "one token": outcome(lambda: add_positions(x[:, :1], table, start=len(table) - 1)),
        "one too far": outcome(lambda: add_positions(x, table, start=room + 1)),
        "one token too far": outcome(lambda: add_positions(x[:, :1], table, start=len(table))),
        "too long a text": outcome(lambda: add_positions(torch.randn(b, len(table) + 1, d), table)),
        "before the beginning": outcome(lambda: add_positions(x, table, start=-1)),
        "far before it": outcome(lambda: add_positions(x, table, start=-t - 1)),
    }


@add_positions.check(
    points=1,
    title="keeps x and its dtype, and teaches both the tokens and the table",
    hint="Make a new tensor of the dtype of x, and let gradients reach the table: positions may be learnt.",
    tolerance=1e-5,
)
def both_learn(add_positions):
    b, t, d = different(3)
    x, table = torch.randn(b, t, d), torch.randn(t + 2, d)
    half = torch.randn(b, t, d).to(torch.bfloat16)
    spread = torch.randn(1, t, d, dtype=torch.float64).expand(b, t, d)
    return {
        "sum": outcome(lambda: add_positions(x, table)),
        "x afterwards": x,
        "table afterwards": table,
        "gradients": outcome(lambda: gradients(lambda x, table: add_positions(x, table, 1), x, table)),
        "halves": outcome(lambda: add_positions(half, table).dtype == torch.bfloat16),
        "doubles": outcome(lambda: add_positions(spread, table)),
    }


@add_positions.misconception(
    "Positions run along the batch: all tokens of a text get one row, and each text another. It is the time that they count."
)
def along_the_batch(x, table, start=0):
    _check_end(x.shape[-2], table, start)
    _check_end(x.shape[0], table, start)
    rows = table[start : start + x.shape[0]].to(x.dtype)
    return x + (rows[:, None] if x.dim() == 3 else rows)


@add_positions.misconception("start changes nothing: the first token always gets the first row.")
def start_forgotten(x, table, start=0):
    _check_end(x.shape[-2], table, start)
    return x + table[: x.shape[-2]].to(x.dtype)


@add_positions.misconception(
    "Rows are multiplied with the vectors. A clock that shows 0 would wipe out what the token says; positions are added."
)
def multiplied_in(x, table, start=0):
    _check_end(x.shape[-2], table, start)
    return x * table[start : start + x.shape[-2]].to(x.dtype)


@add_positions.misconception(
    "Positions are put beside the vectors, which are wider afterwards. They are added, number by number, and the width stays."
)
def side_by_side(x, table, start=0):
    _check_end(x.shape[-2], table, start)
    rows = table[start : start + x.shape[-2]].to(x.dtype)
    return torch.cat((x, rows.expand(*x.shape[:-1], rows.shape[-1])), dim=-1)


@add_positions.misconception(
    "x has been changed: += writes into the tensor that you were given, and whoever else holds it finds positions in it."
)
def added_in_place(x, table, start=0):
    _check_end(x.shape[-2], table, start)
    x += table[start : start + x.shape[-2]]
    return x


@add_positions.misconception(
    "A text that is too long goes around and begins again at the first row: two tokens then say that they stand at the same "
    "place. Refuse it."
)
def positions_go_around(x, table, start=0):
    places = (start + torch.arange(x.shape[-2])) % len(table)
    return x + table[places].to(x.dtype)


@add_positions.misconception(
    "All tokens beyond the end of the table share its last row, and nobody is told that they cannot be told apart."
)
def last_row_for_the_rest(x, table, start=0):
    places = (start + torch.arange(x.shape[-2])).clamp(0, len(table) - 1)
    return x + table[places].to(x.dtype)


@add_positions.misconception(
    "A slice that reaches beyond the table is shorter than the text, without an error of its own. What follows then goes wrong "
    "elsewhere, or a single row is spread over all tokens: look before you cut."
)
def slice_not_looked_at(x, table, start=0):
    return x + table[start : start + x.shape[-2]].to(x.dtype)


@add_positions.misconception(
    "The text just fills the table, and you refuse it. The last row is a position like any other."
)
def last_row_refused(x, table, start=0):
    _check_end(x.shape[-2] + 1, table, start)
    return x + table[start : start + x.shape[-2]].to(x.dtype)


@add_positions.misconception(
    "The result has the dtype of the table. A model that computes in another one would be torn out of it here: x says which "
    "dtype."
)
def dtype_of_the_table(x, table, start=0):
    _check_end(x.shape[-2], table, start)
    return x.to(table.dtype) + table[start : start + x.shape[-2]]


@add_positions.misconception(
    "The table learns nothing: its rows were cut off from the sum (.detach(), .data). That is right for sines and wrong for a "
    "table of learned positions, and your function cannot know which one it got."
)
def table_cut_off(x, table, start=0):
    _check_end(x.shape[-2], table, start)
    return x + table[start : start + x.shape[-2]].detach().to(x.dtype)


@add_positions.misconception(
    "A start below 0 is accepted, and the slice begins at the end of the table. No token stands before the first."
)
def start_below_zero(x, table, start=0):
    if start + x.shape[-2] > len(table):
        raise ValueError("too long")
    return x + table[torch.arange(start, start + x.shape[-2])].to(x.dtype)


@add_positions.alternative
def looked_up(x, table, start=0):
    places = torch.arange(start, start + x.shape[-2])
    if places[0] < 0 or places[-1] >= len(table):
        raise ValueError("no such position")
    return table[places].to(x.dtype) + x


@add_positions.alternative
def token_by_token(x, table, start=0):
    _check_end(x.shape[-2], table, start)
    tokens = [token + table[start + t].to(x.dtype) for t, token in enumerate(x.unbind(-2))]
    return torch.stack(tokens, dim=-2)


@add_positions.alternative
def narrowed(x, table, start=0):
    if not 0 <= start <= len(table) - x.shape[-2]:
        raise ValueError("no such positions")
    return torch.add(x, table.narrow(0, start, x.shape[-2]).type_as(x))


@add_positions.alternative
def spread_over_the_batch(x, table, start=0):
    _check_end(x.shape[-2], table, start)
    rows = table[start:][: x.shape[-2]].to(x.dtype)
    return x.clone() + rows.expand_as(x)
