"""``greedy(logits) -> ids``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import ranked
from .parts import _chosen_or_refused


def _greedy(logits):
    largest = logits.amax(-1)
    if not largest.isfinite().all():
        raise ValueError(f"nothing can be chosen where the largest logit is {largest.tolist()}")
    return logits.argmax(-1)


greedy = Task("greedy", reference=_greedy)


@greedy.check(
    points=1,
    title="finds the likeliest token of each row",
    hint="One row is one text. For each there is one answer: the place of its largest number, counted from 0.",
)
def likeliest_of_each_row(greedy):
    n = random.randint(6, 9)
    square, wide = ranked(n, n), ranked(2, n + 3)
    low = ranked(3, n) - 50
    low[:, random.randrange(n)] = -torch.inf
    return {
        "square": outcome(lambda: greedy(square)),
        "wide": outcome(lambda: greedy(wide)),
        "all below 0": outcome(lambda: greedy(low)),
        "doubles": outcome(lambda: greedy(ranked(n, 4).double().T)),
        "one row": outcome(lambda: greedy(wide[1:])),
    }


@greedy.check(
    points=1,
    title="takes the first of several that are equally likely",
    hint="Give it a row with the same largest number at two places. Which of them should it be, each time you ask?",
)
def first_of_equals(greedy):
    rows = torch.zeros(20, 9)
    for row in rows:
        row[sorted(random.sample(range(9), 4))] = 1.5
    return outcome(lambda: greedy(rows))


@greedy.check(
    points=1,
    title="refuses a row from which nothing can be chosen, and leaves the logits as they are",
    hint="A row with nan, and a row of nothing but -inf, have no likeliest token. A row with some -inf has one.",
)
def nothing_to_choose(greedy):
    fine = ranked(3, 6) + 5
    fine[torch.arange(3), torch.randperm(3)] = -torch.inf
    broken, empty = fine.clone(), fine.clone()
    broken[random.randrange(3), random.randrange(3, 6)] = torch.nan
    empty[random.randrange(3)] = -torch.inf
    return {
        "fine": outcome(lambda: greedy(fine)),
        "a nan": outcome(lambda: greedy(broken)),
        "nothing allowed": outcome(lambda: greedy(empty)),
        "afterwards": [fine, broken, empty],
    }


for change in ("-1 -> 1", "-1 -> 1 (2)"):
    greedy.equivalent(f"_greedy: {change}", reason="logits have two axes: the last one is axis 1")


@greedy.misconception(
    "You look for the largest number of each column: which text makes a token likeliest. It should be which token is "
    "likeliest in each text."
)
def over_the_texts(logits):
    _chosen_or_refused(logits)
    return logits.argmax(0)


@greedy.misconception(
    "One number for the whole batch comes out. Each row is a text of its own and needs an answer of its own."
)
def one_for_all(logits):
    _chosen_or_refused(logits)
    return logits.argmax()


@greedy.misconception("The ids have one axis too many, (batch, 1). One id for each row is (batch,).")
def axis_kept(logits):
    _chosen_or_refused(logits)
    return logits.argmax(-1, keepdim=True)


@greedy.misconception("These are the largest logits themselves. Asked for is *where* they stand: ids.")
def logits_not_ids(logits):
    return _chosen_or_refused(logits)


@greedy.misconception("This is the least likely token of each row.")
def least_likely(logits):
    _chosen_or_refused(logits)
    return logits.argmin(-1)


@greedy.misconception(
    "You compare sizes without their sign. A logit of -9 is a very unlikely token, however large a 9 is."
)
def sign_ignored(logits):
    _chosen_or_refused(logits)
    return logits.masked_fill(logits == -torch.inf, 0.0).abs().argmax(-1)


@greedy.misconception(
    "Of equally likely tokens the last one is taken. It should be the first, so that everybody's greedy text is the same."
)
def last_of_equals(logits):
    _chosen_or_refused(logits)
    return logits.shape[-1] - 1 - logits.flip(-1).argmax(-1)


@greedy.misconception(
    "Among equally likely tokens chance decides. Greedy writing has no chance in it: ask twice, and you get the same."
)
def chance_among_equals(logits):
    largest = _chosen_or_refused(logits)
    best = logits == largest[:, None]
    return (best * (1 + torch.rand(logits.shape))).argmax(-1)


@greedy.misconception(
    "A row that has nothing to choose from gets a token all the same. Some id comes out, and nobody learns that the model "
    "is broken or that everything was forbidden."
)
def never_refuses(logits):
    return logits.argmax(-1)


@greedy.misconception(
    "nan is refused, but a row of nothing but -inf gives token 0, which was forbidden like all the others."
)
def only_nan_refused(logits):
    if logits.isnan().any():
        raise ValueError("there is a nan among the logits")
    return logits.argmax(-1)


@greedy.misconception(
    "A nan goes through. Every comparison with nan is false, so what looks like the largest number is none."
)
def only_empty_refused(logits):
    if (logits == -torch.inf).all(-1).any():
        raise ValueError("a row has no token left")
    return logits.argmax(-1)


@greedy.misconception(
    "A row with a single -inf is refused. That is how a token is forbidden; the others may still be written."
)
def every_infinity_refused(logits):
    if not logits.isfinite().all():
        raise ValueError("all logits must be finite")
    return logits.argmax(-1)


@greedy.misconception("The logits that you were given have changed. Others may still need them: work on a copy.")
def written_into(logits):
    _chosen_or_refused(logits)
    return logits.masked_fill_(logits == -torch.inf, -1e9).argmax(-1)


@greedy.alternative
def largest_with_its_place(logits):
    value, place = logits.max(dim=1)
    if value.isnan().any() or (value == -torch.inf).any():
        raise ValueError("nothing can be chosen")
    return place


@greedy.alternative
def first_that_equals_the_largest(logits):
    largest = _chosen_or_refused(logits)
    places = torch.arange(logits.shape[1]).expand_as(logits)
    return places.masked_fill(logits != largest[:, None], logits.shape[1]).amin(-1)


@greedy.alternative
def row_after_row(logits):
    ids = []
    for row in logits.tolist():
        if any(number != number for number in row) or max(row) == float("-inf"):
            raise ValueError(f"nothing can be chosen from {row}")
        ids.append(row.index(max(row)))
    return torch.tensor(ids)


@greedy.alternative
def sorted_stably(logits):
    _chosen_or_refused(logits)
    return logits.sort(dim=-1, descending=True, stable=True).indices[:, 0]
