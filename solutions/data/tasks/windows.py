"""``windows(ids, context, stride=None) -> rows``"""

import random
from itertools import count, takewhile

import torch

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import some_ids
from .parts import _checked_stride


def _windows(ids, context, stride=None):
    if context < 1:
        raise ValueError(f"context {context} is less than 1")
    if stride is None:
        stride = context
    if not 1 <= stride <= context:
        raise ValueError(f"stride {stride} is not in 1 .. {context}, the context")
    if len(ids) < 2:
        raise ValueError(f"{len(ids)} ids are too few; 2 are least, one to read and one to foretell")
    rows = [ids[: context + 1]]
    for start in range(stride, len(ids) - 1 - context + stride, stride):
        rows.append(ids[start : start + context + 1])
    return rows


windows = Task("windows", reference=_windows)


@windows.check(
    points=1,
    title="cuts windows of context + 1 ids, of which neighbours share one",
    hint="Take the ten ids of the example. The id that ends one window begins the next one.",
)
def neighbours_share_one(windows):
    context = random.randint(2, 6)
    exact = some_ids(random.randint(3, 6) * context + 1)
    return {"exact": outcome(lambda: windows(exact, context)), "of one": outcome(lambda: windows(exact[:5], 1))}


@windows.check(
    points=1,
    title="keeps what is left at the end, and takes texts shorter than a window",
    hint="Every id but the first has to be foretold: it stands behind another one in some window.",
)
def the_rest_is_kept(windows):
    context = random.randint(4, 7)
    whole = random.randint(2, 4) * context + 1
    ids = some_ids(whole + context)
    rests = [ids[: whole + rest] for rest in (1, random.randint(2, context - 1))]
    short = [ids[:length] for length in (2, context, context + 1, context + 2)]
    return [outcome(lambda ids=ids: windows(ids, context)) for ids in (*rests, *short)]


@windows.check(
    points=1,
    title="begins each stride anew, and makes no window in which nothing is new",
    hint="Stop with the first window that reaches the last id; a later one would hold only what has been foretold.",
)
def strides(windows):
    context = random.randint(5, 8)
    ids = some_ids(4 * context)
    fit = 2 * 3 + context + 1
    return {
        "by three": [outcome(lambda n=n: windows(ids[:n], context, 3)) for n in (fit, fit + 1, fit + 2)],
        "by one": outcome(lambda: windows(ids[: 2 * context], context, 1)),
        "shorter than one": outcome(lambda: windows(ids[: context - 1], context, 2)),
        "by the context": outcome(lambda: windows(ids, context, context)),
    }


@windows.check(
    points=1,
    title="refuses what makes no windows, and leaves the ids as they are",
    hint="Try a stride of 0, one of context + 1, a context of 0, and a text of a single id: each is a ValueError.",
)
def refusals(windows):
    context = random.randint(3, 6)
    ids = some_ids(random.randint(20, 30))
    rows = outcome(lambda: windows(ids, context))
    return {
        "rows": rows if isinstance(rows, str) else rows[:2],
        "ids afterwards": ids,
        "one id": outcome(lambda: windows(ids[:1], context)),
        "no ids": outcome(lambda: windows([], context)),
        "stride 0": outcome(lambda: windows(some_ids(9), context, 0)),
        "stride below 0": outcome(lambda: windows(some_ids(9), context, -2)),
        "stride too large": outcome(lambda: windows(some_ids(9), context, context + 1)),
        "context 0": outcome(lambda: windows(some_ids(9), 0)),
        "context below 0": outcome(lambda: windows(some_ids(9), -3)),
    }


windows.equivalent("_windows: 1 -> 0 (2)", reason="range refuses a stride of 0 with a ValueError as well")


@windows.misconception(
    "Your windows hold as many ids as the model reads. One more belongs to each: the answer to its last question."
)
def without_the_last_answer(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    return [ids[start : start + context] for start in range(0, max(1, len(ids) - 1 - context + stride), stride)]


@windows.misconception(
    "The next window begins behind the last id of the one before. That id is then never read as an input, and the first "
    "one of each window is never foretold: they have to share one."
)
def nothing_shared(ids, context, stride=None):
    step = _checked_stride(ids, context, stride) + 1
    return [ids[start : start + context + 1] for start in range(0, max(1, len(ids) - 1 - context + step), step)]


@windows.misconception(
    "What does not fill a window is dropped: the end of the text is never foretold. The last window may be shorter."
)
def rest_dropped(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    return [ids[start : start + context + 1] for start in range(0, len(ids) - context, stride)]


@windows.misconception(
    "The last window was moved back until it was full. It begins off the stride, and its first answers have all been "
    "counted in the window before."
)
def last_one_moved_back(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    starts = range(0, max(1, len(ids) - 1 - context + stride), stride)
    return [ids[max(0, min(start, len(ids) - context - 1)) :][: context + 1] for start in starts]


@windows.misconception(
    "The last window is filled up with ids that are not in the text. Padding comes later, with a mask beside it; here a "
    "shorter window is right."
)
def rest_filled_up(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    starts = range(0, max(1, len(ids) - 1 - context + stride), stride)
    rows = [list(ids[start : start + context + 1]) for start in starts]
    return [row + [0] * (context + 1 - len(row)) for row in rows]


@windows.misconception(
    "There is a window at the end that holds a single id: it asks nothing. The last id of a text needs no window of its "
    "own; it has been foretold."
)
def a_lonely_end(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    return [ids[start : start + context + 1] for start in range(0, len(ids), stride)]


@windows.misconception(
    "With a small stride, windows go on after one has reached the end. They hold nothing that has not been foretold, "
    "with less past than before."
)
def more_than_needed(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    return [ids[start : start + context + 1] for start in range(0, len(ids) - 1, stride)]


@windows.misconception("The stride changes nothing: windows always begin one context after another.")
def stride_forgotten(ids, context, stride=None):
    _checked_stride(ids, context, stride)
    return [ids[start : start + context + 1] for start in range(0, len(ids) - 1, context)]


@windows.misconception(
    "Without a stride, your windows move on by one id. That is correct for stride=1; None means as far as the context."
)
def one_by_one(ids, context, stride=None):
    _checked_stride(ids, context, stride)
    stride = 1 if stride is None else stride
    return [ids[start : start + context + 1] for start in range(0, max(1, len(ids) - 1 - context + stride), stride)]


@windows.misconception(
    "A stride of 0 is taken for no stride at all: `or` and `if not stride` cannot tell 0 from None. It has to be refused."
)
def zero_for_none(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride or None)
    return [ids[start : start + context + 1] for start in range(0, max(1, len(ids) - 1 - context + stride), stride)]


@windows.misconception(
    "A stride larger than the context is accepted. Between two windows lie ids then that nobody foretells."
)
def gaps_allowed(ids, context, stride=None):
    stride = context if stride is None else stride
    if context < 1 or stride < 1 or len(ids) < 2:
        raise ValueError("no windows")
    return [ids[start : start + context + 1] for start in range(0, max(1, len(ids) - 1 - context + stride), stride)]


@windows.misconception(
    "The list of ids that you were given is shorter afterwards. Whoever called you wants to use it again: cut slices out "
    "of it and leave it whole."
)
def ids_used_up(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    rows = [ids[: context + 1]]
    while len(ids) > context + 1:
        del ids[:stride]
        rows.append(ids[: context + 1])
    return rows


@windows.misconception(
    "Inputs and labels are cut apart already. Here a window is one list of ids; the next function makes two rows of it."
)
def already_in_two(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    starts = range(0, max(1, len(ids) - 1 - context + stride), stride)
    return [(ids[start : start + context], ids[start + 1 : start + context + 1]) for start in starts]


@windows.alternative
def by_the_formula(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    number = 1 + -(-max(0, len(ids) - 1 - context) // stride)
    return [ids[i * stride : i * stride + context + 1] for i in range(number)]


@windows.alternative
def until_the_end_is_reached(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    rows, start = [], 0
    while True:
        rows.append(list(ids[start : start + context + 1]))
        if start + context + 1 >= len(ids):
            return rows
        start += stride


@windows.alternative
def starts_that_are_needed(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    later = takewhile(lambda start: start + context - stride + 1 < len(ids), count(stride, stride))
    return tuple(tuple(ids[start : start + context + 1]) for start in (0, *later))


@windows.alternative
def window_and_the_others(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    if len(ids) <= context + 1:
        return [ids[:]]
    return [ids[: context + 1], *window_and_the_others(ids[stride:], context, stride)]


@windows.alternative
def through_unfold(ids, context, stride=None):
    stride = _checked_stride(ids, context, stride)
    if len(ids) <= context + 1:
        return [list(ids)]
    full = torch.tensor(ids).unfold(0, context + 1, stride)
    rest = ids[len(full) * stride :]
    reached = (len(full) - 1) * stride + context + 1
    return full.tolist() + ([rest] if reached < len(ids) else [])
