"""``dot_score(q, k) -> scores``"""

import torch

from lmcore import scores
from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .parts import _product

dot_score = Task("dot_score", reference=scores.dot_score)


@dot_score.check(
    points=1,
    title="multiplies every query with every key, whatever their numbers",
    hint="Entry [t, s] is made of row t of q and row s of k alone. Compute one entry by hand and look where yours has it.",
    tolerance=1e-5,
)
def every_query_with_every_key(dot_score):
    t, s, d = different(3)
    q, k = away_from_zero(t, d), away_from_zero(s, d)
    square = away_from_zero(3, 4), away_from_zero(3, 4)
    return {
        "scores": dot_score(q, k),
        "as many queries as keys": outcome(lambda: dot_score(*square)),
        "one of each": outcome(lambda: dot_score(q[:1], k[:1])),
    }


@dot_score.check(
    points=1,
    title="keeps batch and heads apart, and the dtype",
    hint="All axes before the last two stay as they are: dot_score(q, k)[b, h] is dot_score(q[b, h], k[b, h]).",
    tolerance=1e-5,
)
def leading_axes_stay(dot_score):
    b, h, t, s, d = different(5)
    q, k = away_from_zero(b, h, t, d), away_from_zero(b, h, s, d)
    doubles = away_from_zero(b, t, d).double(), away_from_zero(b, t, d).double()
    # As a transposition leaves it, and one query for all rows: such tensors have no memory of their own.
    strided = away_from_zero(b, d, t).transpose(1, 2), away_from_zero(b, 1, d).expand(b, s, d)
    return {
        "scores": outcome(lambda: dot_score(q, k)),
        "doubles": outcome(lambda: dot_score(*doubles)),
        "strided": outcome(lambda: dot_score(*strided)),
    }


@dot_score.check(
    points=1,
    title="refuses widths that do not fit, lets gradients through, and leaves q and k as they are",
    hint="Ask about the widths before multiplying; build the result from tensors, and write nothing into q or k.",
    tolerance=1e-5,
)
def widths_and_gradients(dot_score):
    t, s, d = different(3)
    q, k = away_from_zero(t, d), away_from_zero(s, d)
    return {
        "gradients": outcome(lambda: gradients(dot_score, q, k)),
        "q and k afterwards": [q, k],
        "one wider": outcome(lambda: dot_score(q, away_from_zero(s, d + 1))),
        "width one": outcome(lambda: dot_score(q, away_from_zero(s, 1))),
    }


@dot_score.misconception(
    "Query number t meets key number t and no other. A score is wanted for every pair: a table with a row for each query "
    "and a column for each key."
)
def only_the_diagonal(q, k):
    if q.shape[-1] != k.shape[-1]:
        raise ValueError("widths")
    return (q * k).sum(-1)


@dot_score.misconception(
    "The table lies on its side: a row should belong to a query and a column to a key. With as many queries as keys the "
    "shape gives no sign of it."
)
def keys_in_rows(q, k):
    return _product(k, q)


@dot_score.misconception(
    "You divide by the lengths of the vectors, which makes the cosine of it. A dot product is larger for longer vectors."
)
def cosine_for_dot(q, k):
    return _product(q, k) / (q.norm(dim=-1).unsqueeze(-1) * k.norm(dim=-1).unsqueeze(-2))


@dot_score.misconception(
    "The scores are too small by a factor that depends on the width. Scaling has its place in step 5; here, the sum of "
    "products is all there is."
)
def scaled_already(q, k):
    return _product(q, k) / q.shape[-1] ** 0.5


@dot_score.misconception(
    "What comes out are distances between the vectors. They are small for what is alike; a dot product is large."
)
def distances(q, k):
    if q.shape[-1] != k.shape[-1]:
        raise ValueError("widths")
    return (q.unsqueeze(-2) - k.unsqueeze(-3)).square().sum(-1)


@dot_score.misconception("All signs are gone. Vectors that point away from each other should have a score below zero.")
def without_signs(q, k):
    return _product(q, k).abs()


@dot_score.misconception(
    "With a batch in front this fails: .T turns all axes of a tensor around, batch and heads too. Only the last two may "
    "change places."
)
def turned_all_axes(q, k):
    if q.shape[-1] != k.shape[-1]:
        raise ValueError("widths")
    return q @ k.permute(*reversed(range(k.dim())))


@dot_score.misconception(
    "Widths that do not fit end in torch's own RuntimeError, somewhere inside. Say at the door what is wrong: raise a "
    "ValueError."
)
def no_door(q, k):
    return q @ k.transpose(-2, -1)


@dot_score.misconception(
    "Keys of width 1 are stretched to the width of the queries, silently. That is broadcasting; the widths have to be "
    "equal, and anything else is a mistake that should be refused."
)
def broadcast_widths(q, k):
    if q.shape[-1] != k.shape[-1] and 1 not in (q.shape[-1], k.shape[-1]):
        raise ValueError("widths")
    return (q.unsqueeze(-2) * k.unsqueeze(-3)).sum(-1)


@dot_score.misconception(
    "No gradient comes through. Numbers taken out of their tensors (.item(), .tolist(), .detach(), torch.tensor(...)) "
    "have forgotten where they came from, and nothing could be learnt."
)
def cut_from_the_graph(q, k):
    return _product(q.detach(), k.detach())


@dot_score.misconception(
    "Doubles come back as single floats. A table made by torch.zeros has the default dtype: give it the dtype of q."
)
def always_float32(q, k):
    return _product(q, k).float()


@dot_score.misconception("The products are averaged over the width. A sum is wanted: a wider vector has more to say.")
def mean_of_products(q, k):
    return _product(q, k) / q.shape[-1]


@dot_score.alternative
def with_einsum(q, k):
    if q.shape[-1] != k.shape[-1]:
        raise ValueError("the widths differ")
    return torch.einsum("...td,...sd->...ts", q, k)


@dot_score.alternative
def summed_products(q, k):
    if q.size(-1) != k.size(-1):
        raise ValueError("the widths differ")
    return (q[..., :, None, :] * k[..., None, :, :]).sum(dim=-1)


@dot_score.alternative
def with_matmul_and_mt(q, k):
    if q.shape[-1] != k.shape[-1]:
        raise ValueError("the widths differ")
    return torch.matmul(q, k.mT)


@dot_score.alternative
def column_by_column(q, k):
    if q.shape[-1] != k.shape[-1]:
        raise ValueError("the widths differ")
    return torch.stack([(q * k[..., s : s + 1, :]).sum(-1) for s in range(k.shape[-2])], dim=-1)
