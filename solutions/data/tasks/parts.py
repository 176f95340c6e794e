"""Plain parts that references, misconceptions and alternatives are built from; no probe uses them."""

import torch

IGNORED = -100


def _checked_stride(ids, context, stride):
    """The stride to use; a ValueError where there can be no windows."""
    if context < 1:
        raise ValueError(f"a context of {context} tokens is less than 1")
    if stride is None:
        stride = context
    if not 1 <= stride <= context:
        raise ValueError(f"a stride of {stride} is not in 1 .. {context}")
    if len(ids) < 2:
        raise ValueError(f"{len(ids)} ids are too few for a question and its answer")
    return stride


def _check_rows(rows):
    if not len(rows) or min(map(len, rows)) < 2:
        raise ValueError("each row needs one id to read and one to foretell, and there must be a row")


def _right(rows, padding, length=None):
    """Rows filled up on the right, int64."""
    length = max(map(len, rows)) if length is None else length
    return torch.tensor([[*row, *[padding] * (length - len(row))] for row in rows])


def _real(rows, length=None):
    """True where a row filled up on the right holds an id of its own."""
    length = max(map(len, rows)) if length is None else length
    return torch.arange(length) < torch.tensor([len(row) for row in rows])[:, None]


def _each_once(documents):
    return list(dict.fromkeys(documents))


def _aside(count, share):
    """How many of so many documents are put aside."""
    if not 0 < share < 1:
        raise ValueError(f"a share of {share} is not between 0 and 1")
    kept = max(1, round(share * count))
    if kept >= count:
        raise ValueError(f"of {count} documents none is left to train with")
    return kept


def _parted(documents, numbers):
    """Training and validation, when these numbers are put aside."""
    numbers = {int(number) for number in numbers}
    return (
        [document for i, document in enumerate(documents) if i not in numbers],
        [document for i, document in enumerate(documents) if i in numbers],
    )


def _starts_allowed(ids, context):
    if len(ids) < context + 1:
        raise ValueError(f"{len(ids)} ids are too few for a window of {context} and the id behind it")
    return len(ids) - context


def _cut_at(ids, starts, context):
    """Inputs and labels of the windows that begin at these places."""
    rows = torch.stack([ids[s : s + context + 1] for s in starts.tolist()]).long()
    return rows[:, :-1], rows[:, 1:]


def _refuse_outside(ids, size):
    outside = ids[(ids < 0) | (ids >= size)]
    if outside.numel():
        raise ValueError(f"id {outside[0].item()} is not in 0 .. {size - 1}")


def _angles_of(context, d_model, base=10000.0, start=0, first=0):
    """t * base^(-2i/d), doubles."""
    t = torch.arange(start, start + context, dtype=torch.float64)
    i = torch.arange(first, first + d_model // 2, dtype=torch.float64)
    return t[:, None] * base ** (-2 * i / d_model)


def _check_width(d_model):
    if d_model < 2 or d_model % 2:
        raise ValueError(f"a width of {d_model} is not made of pairs")


def _alternating(sines, cosines):
    return torch.stack((sines, cosines), dim=-1).flatten(-2).float()


def _check_end(time, table, start):
    if start < 0 or start + time > len(table):
        raise ValueError(f"positions {start} .. {start + time - 1} are not all in a table of {len(table)}")
