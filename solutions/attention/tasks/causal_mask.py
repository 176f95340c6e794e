"""``causal_mask(queries, keys=None) -> mask``"""

import random

import torch

from lmcore import attention
from lmgrade import Task
from lmgrade.inputs import outcome

from .parts import _lower

causal_mask = Task("causal_mask", reference=attention.causal_mask)


@causal_mask.check(
    points=1,
    title="lets each position see itself and what came before",
    hint="Print it for 3 positions. The first row has one True, the second two, the last three.",
)
def itself_and_before(causal_mask):
    sizes = random.sample(range(2, 12), 3)
    return [causal_mask(n) for n in (*sizes, 1)]


@causal_mask.check(
    points=1,
    title="with more keys than queries, lets the last query see every key",
    hint="The queries are the last ones of the sequence: 2 queries beside 5 keys stand at the positions 3 and 4.",
)
def queries_at_the_end(causal_mask):
    pairs = [(t, t + random.randint(2, 6)) for t in random.sample(range(2, 7), 3)]
    return [outcome(lambda pair=pair: causal_mask(*pair)) for pair in [*pairs, (1, random.randint(4, 40))]]


@causal_mask.check(
    points=1,
    title="with more queries than keys, leaves the first queries without any",
    hint="The rule is the same: the last query stands where the last key stands, and the others count back from there.",
)
def queries_before_all_keys(causal_mask):
    pairs = [(s + random.randint(2, 5), s) for s in random.sample(range(2, 7), 2)]
    return [outcome(lambda pair=pair: causal_mask(*pair)) for pair in pairs]


causal_mask.equivalent(
    "causal_mask: torch.ones(queries, keys, dtype=torch.bool, device=device) -> torch.ones(queries, keys, dtype=torch.bool)",
    reason="learners are not asked for a device",
)


@causal_mask.misconception(
    "It is the wrong way round: True marks what may be seen. With yours, each position would see the future and nothing "
    "else."
)
def forbidden_is_true(queries, keys=None):
    return ~_lower(queries, queries if keys is None else keys)


@causal_mask.misconception(
    "Positions see themselves and the future: the other triangle. Rows are queries, columns are keys, and a key's number "
    "may not be larger than the query's."
)
def upper_triangle(queries, keys=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool).triu(keys - queries)


@causal_mask.misconception(
    "A position does not see itself. The first one then sees nothing at all, and a token could not use what it is."
)
def strictly_before(queries, keys=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries - 1)


@causal_mask.misconception("Each position sees one step into the future: the very token it is to guess.")
def one_step_ahead(queries, keys=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries + 1)


@causal_mask.misconception("The numbers are right, but they are floats. A mask is bool, so that ~ and & work on it.")
def floats_for_bools(queries, keys=None):
    return _lower(queries, queries if keys is None else keys).float()


@causal_mask.misconception(
    "0 and -inf are what is later *added* to scores. A mask says yes or no: bool, True where attention is allowed."
)
def numbers_to_add(queries, keys=None):
    keys = queries if keys is None else keys
    return torch.zeros(queries, keys).masked_fill(~_lower(queries, keys), -torch.inf)


@causal_mask.misconception(
    "With more keys than queries yours lines the first query up with the first key. The queries are the newest tokens: "
    "the last one stands at the last key."
)
def from_the_first_key(queries, keys=None):
    return torch.ones(queries, queries if keys is None else keys, dtype=torch.bool).tril()


@causal_mask.misconception("keys changes nothing: the mask is square, queries by queries.")
def always_square(queries, keys=None):
    return _lower(queries, queries)


@causal_mask.misconception("The shape is (keys, queries). A row belongs to a query: (queries, keys).")
def shape_exchanged(queries, keys=None):
    return _lower(queries, queries if keys is None else keys).T


@causal_mask.misconception(
    "More queries than keys makes yours refuse or go wrong. Nothing is wrong with it: a query that stands before all keys "
    "has an empty row."
)
def never_empty(queries, keys=None):
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool).tril(max(0, keys - queries))


@causal_mask.misconception("Everybody sees everything. In the row of position 0, only the first entry may be True.")
def nothing_forbidden(queries, keys=None):
    return torch.ones(queries, queries if keys is None else keys, dtype=torch.bool)


@causal_mask.alternative
def by_comparing_places(queries, keys=None):
    keys = queries if keys is None else keys
    return torch.arange(keys)[None, :] <= torch.arange(queries)[:, None] + keys - queries


@causal_mask.alternative
def without_the_future(queries, keys=None):
    keys = queries if keys is None else keys
    return ~torch.ones(queries, keys, dtype=torch.bool).triu(1 + keys - queries)


@causal_mask.alternative
def the_last_rows_of_a_square(queries, keys=None):
    keys = queries if keys is None else keys
    size = max(queries, keys)
    return torch.ones(size, size).tril()[size - queries :, size - keys :] == 1


@causal_mask.alternative
def in_two_loops(queries, keys=None):
    if keys is None:
        keys = queries
    return torch.tensor([[s <= t + keys - queries for s in range(keys)] for t in range(queries)])
