"""``collate(rows, padding=0) -> inputs, labels, mask``"""

import random
from itertools import zip_longest

import torch
from torch.nn.utils.rnn import pad_sequence

from lmgrade import Task
from lmgrade.inputs import different, outcome

from .inputs import some_ids
from .parts import IGNORED, _check_rows, _real, _right


def _collate(rows, padding=0):
    if len(rows) == 0:
        raise ValueError("0 rows make no batch; 1 is least")
    for i, row in enumerate(rows):
        if len(row) < 2:
            raise ValueError(f"row {i} has {len(row)} ids; 2 are least, one to read and one to foretell")
    time = max(map(len, rows)) - 1
    inputs = torch.full((len(rows), time), padding)
    labels = torch.full((len(rows), time), -100)
    mask = torch.zeros(len(rows), time, dtype=torch.bool)
    for i, row in enumerate(rows):
        inputs[i, : len(row) - 1] = torch.tensor(row[:-1])
        labels[i, : len(row) - 1] = torch.tensor(row[1:])
        mask[i, : len(row) - 1] = True
    return inputs, labels, mask


collate = Task("collate", reference=_collate)


def _three(collate, rows, **named):
    """The three parts, in whatever they come."""
    return outcome(lambda: list(collate(rows, **named)))


@collate.check(
    points=1,
    title="makes three rectangles of rows of unequal length",
    hint="Do the rows 5 8 2 and 7 3 9 4 by hand, and compare the three rectangles number by number.",
)
def unequal_rows(collate):
    lengths = different(4, 2, 9)
    return _three(collate, [some_ids(length) for length in lengths])


@collate.check(
    points=1,
    title="takes any id for padding, also one that stands in the text",
    hint="An id that happens to be the padding's can be real, as an input and as a label. How long a row is decides.",
)
def padding_may_be_real(collate):
    padding, *others = some_ids(9)
    a, b, c, d, e, f, g, h = others
    rows = [[padding, a, padding, b, padding], [c, padding], [d, e, f], [padding, padding, g, h]]
    random.shuffle(rows)
    return {
        "inside": _three(collate, rows, padding=padding),
        "elsewhere": _three(collate, [[a, b, c], [0, 0, d, 0, e]], padding=f),
        "as it is by itself": _three(collate, [[0, g, 0, h], [0, a, 0]]),
    }


@collate.check(
    points=1,
    title="takes one row, rows of two ids, and rows of equal length",
    hint="The time is one less than the longest row has ids; nothing has to be filled up where all are equal.",
)
def as_few_as_can_be(collate):
    equal = random.randint(3, 6)
    return {
        "one row": _three(collate, [some_ids(equal)]),
        "one question": _three(collate, [some_ids(2)]),
        "questions of one": _three(
            collate, [some_ids(2), some_ids(2), some_ids(2)], padding=random.randint(5001, 5009)
        ),
        "equal": _three(collate, [some_ids(equal), some_ids(equal)]),
        "longest and shortest": _three(collate, [some_ids(equal), some_ids(2)]),
    }


@collate.check(
    points=1,
    title="refuses rows that ask nothing, and leaves the rows as they are",
    hint="A row of a single id has nothing to foretell: a ValueError says which row. And fill up copies of rows.",
)
def rows_that_ask_nothing(collate):
    rows = [some_ids(4), some_ids(2), some_ids(3)]
    return {
        "parts": _three(collate, rows),
        "rows afterwards": rows,
        "a single id": _three(collate, [some_ids(3), some_ids(1)]),
        "an empty row": _three(collate, [[], some_ids(3)]),
        "nothing but single ids": _three(collate, [some_ids(1), some_ids(1)]),
        "no row": _three(collate, []),
    }


def _cut_apart(rows):
    _check_rows(rows)
    return [row[:-1] for row in rows], [row[1:] for row in rows]


@collate.misconception(
    "The labels are the inputs: the model is asked what it has just been told. A label is the id that comes next."
)
def labels_not_shifted(rows, padding=0):
    inputs, _ = _cut_apart(rows)
    return _right(inputs, padding), _right(inputs, IGNORED), _real(inputs)


@collate.misconception("The labels are shifted in the wrong direction: each one is the id that came before.")
def labels_of_the_past(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    return _right(labels, padding), _right(inputs, IGNORED), _real(inputs)


@collate.misconception(
    "Your rectangles are one place too wide: the last id of each row stands among the inputs, and nothing comes after it. "
    "It is an answer only."
)
def last_id_read(rows, padding=0):
    _, labels = _cut_apart(rows)
    length = max(map(len, rows))
    return _right(rows, padding), _right(labels, IGNORED, length), _real(rows)


@collate.misconception(
    "Where nothing is to be foretold, the labels hold the padding's id. The loss would count it, and the model would learn "
    "to write padding. The label that stands for nothing is -100."
)
def labels_padded_like_inputs(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    return _right(inputs, padding), _right(labels, padding), _real(inputs)


@collate.misconception(
    "Labels are left out by their id. A real id that is equal to the padding's is lost as well; where the padding is the "
    "end-of-text token, the model never learns to end."
)
def left_out_by_id(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    filled = _right(labels, padding)
    return _right(inputs, padding), filled.masked_fill(filled == padding, IGNORED), _real(inputs)


@collate.misconception(
    "The mask is made by looking for the padding's id. Real ids of that value are then taken for padding. What is real "
    "follows from the length of each row."
)
def mask_by_id(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    filled = _right(inputs, padding)
    return filled, _right(labels, IGNORED), filled != padding


@collate.misconception(
    "Inputs are filled up with -100. That is no id: a table has no such row. -100 is for labels, which are never looked up."
)
def inputs_padded_like_labels(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    return _right(inputs, IGNORED), _right(labels, IGNORED), _real(inputs)


@collate.misconception(
    "Rows are filled up on the left. To train, a text begins at the first place, where the model's positions begin to count."
)
def padded_on_the_left(rows, padding=0):
    inputs, labels = _cut_apart(rows)

    def left(rows, padding):
        return _right([row[::-1] for row in rows], padding).flip(1)

    return left(inputs, padding), left(labels, IGNORED), _real(inputs).flip(1)


@collate.misconception("The mask is the wrong way round: True says that an id is real.")
def true_for_padding(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    return _right(inputs, padding), _right(labels, IGNORED), ~_real(inputs)


@collate.misconception(
    "The mask holds numbers. It should be bool, so that it can pick places and be turned around by ~."
)
def mask_of_numbers(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    return _right(inputs, padding), _right(labels, IGNORED), _real(inputs).long()


@collate.misconception(
    "In each row, the last label is missing as well. A label counts if its *input* is real, and the last input has an answer: "
    "it is the row's last id."
)
def one_label_too_few(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    shorter = [label[:-1] for label in labels]
    return _right(inputs, padding), _right(shorter, IGNORED, max(map(len, labels))), _real(inputs)


@collate.misconception("All rows are cut to the shortest one: what the others have beyond that is never foretold.")
def cut_to_the_shortest(rows, padding=0):
    _check_rows(rows)
    shortest = min(map(len, rows))
    inputs, labels = _cut_apart([row[:shortest] for row in rows])
    return _right(inputs, padding), _right(labels, IGNORED), _real(inputs)


@collate.misconception("The inputs are always filled up with 0, whatever padding says.")
def padding_forgotten(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    return _right(inputs, 0), _right(labels, IGNORED), _real(inputs)


@collate.misconception(
    "The rows that you were given have become longer: append, extend and += write into the caller's lists. Fill up copies."
)
def rows_filled_in_place(rows, padding=0):
    inputs, labels = _cut_apart(rows)
    parts = _right(inputs, padding), _right(labels, IGNORED), _real(inputs)
    longest = max(map(len, rows))
    for row in rows:
        row += [padding] * (longest - len(row))
    return parts


@collate.misconception(
    "A row of a single id becomes a row of padding, without a word. It asks nothing, and is most likely a mistake in what was "
    "cut: refuse it."
)
def empty_questions(rows, padding=0):
    inputs, labels = [row[:-1] for row in rows], [row[1:] for row in rows]
    return _right(inputs, padding).long(), _right(labels, IGNORED).long(), _real(inputs)


@collate.alternative
def by_pad_sequence(rows, padding=0):
    _check_rows(rows)
    whole = [torch.tensor(row) for row in rows]
    inputs = pad_sequence([row[:-1] for row in whole], batch_first=True, padding_value=padding)
    labels = pad_sequence([row[1:] for row in whole], batch_first=True, padding_value=IGNORED)
    return inputs, labels, labels != IGNORED


@collate.alternative
def lists_added(rows, padding=0):
    _check_rows(rows)
    longest = max(len(row) for row in rows)
    inputs = [row[:-1] + [padding] * (longest - len(row)) for row in rows]
    labels = [row[1:] + [IGNORED] * (longest - len(row)) for row in rows]
    mask = [[True] * (len(row) - 1) + [False] * (longest - len(row)) for row in rows]
    return torch.tensor(inputs), torch.tensor(labels), torch.tensor(mask)


@collate.alternative
def filled_then_cut(rows, padding=0):
    _check_rows(rows)
    whole = _right(rows, padding)
    mask = _real(rows)[:, 1:]
    return [whole[:, :-1].where(mask, padding), whole[:, 1:].masked_fill(~mask, IGNORED), mask]


@collate.alternative
def by_columns(rows, padding=0):
    _check_rows(rows)
    inputs = torch.tensor(list(zip_longest(*(row[:-1] for row in rows), fillvalue=padding))).T
    labels = torch.tensor(list(zip_longest(*(row[1:] for row in rows), fillvalue=IGNORED))).T
    return inputs, labels, labels >= 0


@collate.alternative
def place_by_place(rows, padding=0):
    _check_rows(rows)
    time = max(len(row) - 1 for row in rows)
    real = [[t < len(row) - 1 for t in range(time)] for row in rows]
    inputs = [[row[t] if t < len(row) - 1 else padding for t in range(time)] for row in rows]
    labels = [[row[t + 1] if t < len(row) - 1 else IGNORED for t in range(time)] for row in rows]
    return torch.tensor(inputs), torch.tensor(labels), torch.tensor(real)
