"""``multiplicative_score(q, k, w) -> scores``"""

import torch

from lmcore import scores
from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .parts import _product, _weights_of

multiplicative_score = Task("multiplicative_score", reference=scores.multiplicative_score)


@multiplicative_score.check(
    points=1,
    title="puts the matrix between query and key, with the query on its left",
    hint="Score [t, s] is q[t] @ w @ k[s]. Try a w with a single 1 in it: which number of q meets which number of k?",
    tolerance=1e-4,
)
def query_on_the_left(multiplicative_score):
    t, s, d = different(3)
    return {
        "square": multiplicative_score(away_from_zero(t, d), away_from_zero(s, d), away_from_zero(d, d)),
        "all sizes equal": outcome(lambda: multiplicative_score(*(away_from_zero(3, 3) for _ in range(3)))),
    }


@multiplicative_score.check(
    points=1,
    title="takes queries and keys of different widths, in batches",
    hint="w is (d, e): d is the width of the queries, e that of the keys. The result is (..., T, S).",
    tolerance=1e-4,
)
def widths_differ(multiplicative_score):
    b, t, s, d, e = different(5)
    q, k, w = away_from_zero(t, d), away_from_zero(s, e), away_from_zero(d, e)
    batch = away_from_zero(b, t, d).double(), away_from_zero(b, e, s).double().transpose(1, 2), w.double()
    return {
        "scores": outcome(lambda: multiplicative_score(q, k, w)),
        "batch": outcome(lambda: multiplicative_score(*batch)),
    }


@multiplicative_score.check(
    points=1,
    title="lets gradients reach the matrix, and leaves q, k and w as they are",
    hint="w is what is learnt here. Multiply with w itself, not with a copy that torch cannot follow.",
    tolerance=1e-4,
)
def matrix_can_learn(multiplicative_score):
    t, s, d, e = different(4)
    q, k, w = away_from_zero(t, d), away_from_zero(s, e), away_from_zero(d, e)
    return {"gradients": outcome(lambda: gradients(multiplicative_score, q, k, w)), "afterwards": [q, k, w]}


multiplicative_score.equivalent("multiplicative_score: -1 -> 1", reason="w is a matrix: its last axis is axis 1")


@multiplicative_score.misconception(
    "The matrix is turned around: row i of w belongs to number i of the query, and yours gives it to the key. When both "
    "are equally wide, only the numbers tell."
)
def turned_matrix(q, k, w):
    return q @ w.T @ k.transpose(-2, -1)


@multiplicative_score.misconception(
    "w plays no part in the result, which is the plain dot product. The matrix decides which number of a query cares for "
    "which number of a key."
)
def matrix_ignored(q, k, w):
    return _product(q, k)


@multiplicative_score.misconception(
    "Only the diagonal of w counts, so each number of a query meets its own counterpart alone. All pairs of numbers have "
    "their weight in w."
)
def diagonal_only(q, k, w):
    return _product(q * w.diagonal(), k)


@multiplicative_score.misconception("The table has a row for each key. Turn it: queries in rows, keys in columns.")
def scores_on_their_side(q, k, w):
    return (q @ w @ k.transpose(-2, -1)).transpose(-2, -1)


@multiplicative_score.misconception(
    "Queries and keys both go through w before they are multiplied. One matrix stands between them, once."
)
def applied_to_both(q, k, w):
    return _product(q @ w, k @ w)


@multiplicative_score.misconception(
    "w was made symmetric: what a query in i thinks of a key in j would then be what j thinks of i. 'Adjective looks for "
    "noun' is not 'noun looks for adjective'."
)
def symmetric(q, k, w):
    return q @ ((w + w.T) / 2) @ k.transpose(-2, -1)


@multiplicative_score.misconception(
    "Divided by the root of the width: that belongs to scaled attention. The multiplicative score has no scale; w can "
    "learn one."
)
def scaled_between(q, k, w):
    return q @ w @ k.transpose(-2, -1) / q.shape[-1] ** 0.5


@multiplicative_score.misconception(
    "Weights come out, with sum 1 in each row. This function gives the raw scores; softmax follows elsewhere."
)
def weighed_already(q, k, w):
    return _weights_of(q @ w @ k.transpose(-2, -1))


@multiplicative_score.misconception(
    "The matrix gets no gradient, so it will never learn. Something cut it off from the result (.detach(), .data, "
    "torch.tensor(...))."
)
def matrix_cut_off(q, k, w):
    return q @ w.detach() @ k.transpose(-2, -1)


@multiplicative_score.misconception(
    "This works for one sentence and not for a batch: all axes of k are turned around, where only the last two should "
    "change places."
)
def turned_axes_of_keys(q, k, w):
    return q @ w @ k.permute(*reversed(range(k.dim())))


@multiplicative_score.alternative
def keys_first(q, k, w):
    return q @ (k @ w.T).transpose(-2, -1)


@multiplicative_score.alternative
def matrix_with_einsum(q, k, w):
    return torch.einsum("...td,de,...se->...ts", q, w, k)


@multiplicative_score.alternative
def queries_first(q, k, w):
    return _product(torch.matmul(q, w), k)


@multiplicative_score.alternative
def through_linear(q, k, w):
    return torch.nn.functional.linear(q, w.T) @ k.mT
