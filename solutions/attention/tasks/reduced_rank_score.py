"""``reduced_rank_score(q, k, u, v) -> scores``"""

import torch

from lmcore import scores
from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .parts import _product

reduced_rank_score = Task("reduced_rank_score", reference=scores.reduced_rank_score)


@reduced_rank_score.check(
    points=1,
    title="brings query and key to the same few numbers and multiplies those",
    hint="Score [t, s] is the dot product of u @ q[t] and v @ k[s], two vectors of r numbers.",
    tolerance=1e-4,
)
def few_numbers_meet(reduced_rank_score):
    # Everything is square, so that no mistake is an error.
    n = different(1, 3, 5)[0]
    q, k, u, v = (away_from_zero(n, n) for _ in range(4))
    t, s, r = different(3, 2, 5)
    wide = away_from_zero(t, 6), away_from_zero(s, 6), away_from_zero(r, 6), away_from_zero(r, 6)
    return {
        "square": reduced_rank_score(q, k, u, v),
        "wide": outcome(lambda: reduced_rank_score(*wide)),
        "rank one": outcome(lambda: reduced_rank_score(q, k, u[:1], v[:1])),
    }


@reduced_rank_score.check(
    points=1,
    title="takes queries and keys of different widths, in batches",
    hint="u is (r, d) and v is (r, e): each turns vectors of its own width into r numbers.",
    tolerance=1e-4,
)
def two_widths(reduced_rank_score):
    b, t, s, d, e, r = different(6, 2, 8)
    u, v = away_from_zero(r, d), away_from_zero(r, e)
    batch = away_from_zero(b, t, d).double(), away_from_zero(b, e, s).double().transpose(1, 2), u.double(), v.double()
    return {
        "scores": outcome(lambda: reduced_rank_score(away_from_zero(t, d), away_from_zero(s, e), u, v)),
        "batch": outcome(lambda: reduced_rank_score(*batch)),
    }


@reduced_rank_score.check(
    points=1,
    title="lets gradients reach both matrices, and leaves what it is given as it is",
    hint="Both matrices learn. Multiply with them, not with copies that torch cannot follow.",
    tolerance=1e-4,
)
def both_can_learn(reduced_rank_score):
    t, s, d, e, r = different(5)
    inputs = [away_from_zero(t, d), away_from_zero(s, e), away_from_zero(r, d), away_from_zero(r, e)]
    return {"gradients": outcome(lambda: gradients(reduced_rank_score, *inputs)), "afterwards": inputs}


@reduced_rank_score.misconception(
    "u and v have changed places: u is made for queries, v for keys. With equal widths nothing but the numbers shows it."
)
def exchanged(q, k, u, v):
    return _product(q @ v.T, k @ u.T)


@reduced_rank_score.misconception(
    "Queries and keys both go through u. Then a token asks for exactly what it offers itself, and v never learns."
)
def one_matrix_for_both(q, k, u, v):
    return _product(q @ u.T, k @ u.T)


@reduced_rank_score.misconception(
    "You multiply with u and v as they lie. Their rows, r of them, are what each vector is multiplied with; here the "
    "columns were."
)
def columns_of_matrices(q, k, u, v):
    return _product(q @ u, k @ v)


@reduced_rank_score.misconception(
    "The keys are used as they are, without v. A key has to be brought to r numbers as well before the two can meet."
)
def keys_as_they_are(q, k, u, v):
    return _product(q @ u.T, k)


@reduced_rank_score.misconception("The r products are averaged. Their sum is the score.")
def mean_over_the_rank(q, k, u, v):
    return _product(q @ u.T, k @ v.T) / u.shape[0]


@reduced_rank_score.misconception(
    "Divided by the root of r. Attention will do that, one step later: here it would be done twice."
)
def scaled_by_the_rank(q, k, u, v):
    return _product(q @ u.T, k @ v.T) / u.shape[0] ** 0.5


@reduced_rank_score.misconception(
    "The result has a row for each key and a column for each query. It is the queries that ask: a row belongs to one of "
    "them."
)
def rank_on_its_side(q, k, u, v):
    return _product(k @ v.T, q @ u.T)


@reduced_rank_score.misconception(
    "There is something between the two products that bends the numbers (tanh, relu). This score is linear in the query "
    "and in the key; the additive score is the one with a tanh."
)
def bent(q, k, u, v):
    return _product(torch.tanh(q @ u.T), torch.tanh(k @ v.T))


@reduced_rank_score.misconception(
    "One of the matrices gets no gradient: it was detached on the way. A head that can learn its questions but not its "
    "answers learns little."
)
def one_matrix_cut_off(q, k, u, v):
    return _product(q @ u.T, k @ v.detach().T)


@reduced_rank_score.misconception("A batch of keys has all its axes turned around by .T. Swap the last two.")
def turned_axes_of_short_keys(q, k, u, v):
    short = k @ v.T
    return q @ u.T @ short.permute(*reversed(range(short.dim())))


@reduced_rank_score.alternative
def through_the_large_matrix(q, k, u, v):
    return q @ (u.T @ v) @ k.transpose(-2, -1)


@reduced_rank_score.alternative
def rank_with_einsum(q, k, u, v):
    return torch.einsum("...td,rd,re,...se->...ts", q, u, v, k)


@reduced_rank_score.alternative
def with_linear(q, k, u, v):
    linear = torch.nn.functional.linear
    return torch.matmul(linear(q, u), linear(k, v).transpose(-1, -2))


@reduced_rank_score.alternative
def sum_over_the_rank(q, k, u, v):
    return sum((q @ one)[..., :, None] * (k @ other)[..., None, :] for one, other in zip(u, v, strict=True))
