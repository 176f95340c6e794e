"""``cosine_similarity(q, k) -> similarities``"""

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero, gradients

from .parts import _product


def _cosine_similarity(q, k):
    lengths = q.norm(dim=-1).unsqueeze(-1) * k.norm(dim=-1).unsqueeze(-2)  # ... T S
    return _product(q, k) / lengths.masked_fill(lengths == 0, 1.0)


cosine_similarity = Task("cosine_similarity", reference=_cosine_similarity, forbidden=("torch.cosine_similarity",))


@cosine_similarity.check(
    points=1,
    title="compares every row with every row, by direction alone",
    hint="Divide each dot product by two lengths: that of its row of q and that of its row of k.",
    tolerance=1e-5,
)
def by_direction(cosine_similarity):
    t, s, d = different(3)
    q, k = away_from_zero(t, d) * (1 + torch.arange(t))[:, None], away_from_zero(s, d) * (2 + torch.arange(s))[:, None]
    square = 3 * away_from_zero(4, 4), 2 * away_from_zero(4, 4)
    return {
        "similarities": cosine_similarity(q, k),
        "as many rows as columns": outcome(lambda: cosine_similarity(*square)),
        "with itself": outcome(lambda: cosine_similarity(q, q)),
    }


@cosine_similarity.check(
    points=1,
    title="gives 0 for a vector of zeros, and the right answer for very short and very long ones",
    hint="Only a length of exactly 0 is special. Look at what you do to make sure that nothing is divided by it.",
    tolerance=1e-4,
)
def lengths_at_the_edge(cosine_similarity):
    t, s, d = different(3, 3, 7)
    q, k = away_from_zero(t, d), away_from_zero(s, d)
    q[1], k[0], k[-1] = 0.0, 0.0, -1.5 * q[0]
    return {
        "with zeros": outcome(lambda: cosine_similarity(q, k)),
        "short": outcome(lambda: cosine_similarity(q * 1e-4, k * 1e-4)),
        "long": outcome(lambda: cosine_similarity(q * 1e4, k * 1e-3)),
    }


@cosine_similarity.check(
    points=1,
    title="keeps batches apart, lets gradients through, and leaves q and k as they are",
    hint="The lengths are taken along the last axis, for each vector its own, and a new tensor holds the result.",
    tolerance=1e-5,
)
def batches_and_gradients(cosine_similarity):
    b, t, s, d = different(4)
    q, k = 2 * away_from_zero(b, t, d), 3 * away_from_zero(b, s, d)
    strided = away_from_zero(b, d, t).transpose(1, 2).double(), away_from_zero(b, 1, d).double().expand(b, s, d)
    return {
        "gradients": outcome(lambda: gradients(cosine_similarity, q, k)),
        "strided doubles": outcome(lambda: cosine_similarity(*strided)),
        "q and k afterwards": [q, k],
    }


cosine_similarity.equivalent(
    "_cosine_similarity: 1.0 -> 2.0", reason="the dot product with a vector of zeros is 0, whatever it is divided by"
)


@cosine_similarity.misconception(
    "These are dot products still: a longer vector gets a larger number. Of a cosine, every number lies between -1 and 1."
)
def not_divided(q, k):
    return _product(q, k)


@cosine_similarity.misconception(
    "You divide by the length of one of the two vectors only. Twice as long a key now counts twice as much."
)
def by_one_length(q, k):
    lengths = q.norm(dim=-1, keepdim=True)
    return _product(q, k) / lengths.masked_fill(lengths == 0, 1.0)


@cosine_similarity.misconception(
    "You divide by the squares of the lengths. A length is the root of the sum of squares."
)
def by_squared_lengths(q, k):
    lengths = (q * q).sum(-1).unsqueeze(-1) * (k * k).sum(-1).unsqueeze(-2)
    return _product(q, k) / lengths.masked_fill(lengths == 0, 1.0)


@cosine_similarity.misconception(
    "Beside a vector of zeros stands nan, from 0 / 0. It would spread to all that is computed from it; the answer for it "
    "is 0."
)
def nan_for_zeros(q, k):
    return _product(q, k) / (q.norm(dim=-1).unsqueeze(-1) * k.norm(dim=-1).unsqueeze(-2))


@cosine_similarity.misconception(
    "A small number is added to what you divide by, and beside short vectors it is not small: their similarity comes out "
    "too low. Treat a length of 0 by itself."
)
def padded_lengths(q, k):
    return _product(q, k) / (q.norm(dim=-1).unsqueeze(-1) * k.norm(dim=-1).unsqueeze(-2) + 1e-8)


@cosine_similarity.misconception(
    "Lengths below a limit are raised to the limit, and vectors shorter than it get too low a similarity. Only 0 needs "
    "care."
)
def raised_lengths(q, k):
    lengths = q.norm(dim=-1).clamp(min=1e-3).unsqueeze(-1) * k.norm(dim=-1).clamp(min=1e-3).unsqueeze(-2)
    return _product(q, k) / lengths


@cosine_similarity.misconception(
    "All numbers are divided by the same length, that of the whole tensor. Each vector has a length of its own."
)
def one_length_for_all(q, k):
    return _product(q, k) / (q.norm() * k.norm())


@cosine_similarity.misconception(
    "The lengths are taken along the wrong axis: they are those of the columns. A vector is a row; its numbers stand "
    "along the last axis."
)
def lengths_of_columns(q, k):
    q_lengths, k_lengths = q.norm(dim=-2, keepdim=True), k.norm(dim=-2, keepdim=True)
    return _product(q / q_lengths.masked_fill(q_lengths == 0, 1.0), k / k_lengths.masked_fill(k_lengths == 0, 1.0))


@cosine_similarity.misconception(
    "Signs are lost: vectors that point in opposite directions have the similarity -1, not 1."
)
def without_direction(q, k):
    return _cosine_similarity(q, k).abs()


@cosine_similarity.misconception(
    "The sum of the absolute numbers is not a vector's length. Think of Pythagoras: (3, 4) has the length 5."
)
def city_blocks(q, k):
    lengths = q.abs().sum(-1).unsqueeze(-1) * k.abs().sum(-1).unsqueeze(-2)
    return _product(q, k) / lengths.masked_fill(lengths == 0, 1.0)


@cosine_similarity.misconception(
    "The vectors that you were given have been normalised in their place (/= writes into a tensor). Whoever called you "
    "still needs them."
)
def normalised_in_place(q, k):
    with torch.no_grad():
        for x in (q, k):
            if x.is_contiguous():
                lengths = x.norm(dim=-1, keepdim=True)
                x /= lengths.masked_fill(lengths == 0, 1.0)
    return _cosine_similarity(q, k)


@cosine_similarity.misconception(
    "The lengths are numbers without a past (.detach(), .data, no_grad): the gradients forget that a longer vector does "
    "not help, and come out wrong without any error."
)
def lengths_cut_off(q, k):
    lengths = (q.norm(dim=-1).unsqueeze(-1) * k.norm(dim=-1).unsqueeze(-2)).detach()
    return _product(q, k) / lengths.masked_fill(lengths == 0, 1.0)


@cosine_similarity.misconception(
    "Similarities of row t with row t only, one for each row. A table of all pairs is wanted, as from dot_score."
)
def row_beside_row(q, k):
    return (q * k).sum(-1) / (q.norm(dim=-1) * k.norm(dim=-1))


@cosine_similarity.alternative
def normalised_first(q, k):
    q_lengths, k_lengths = q.norm(dim=-1, keepdim=True), k.norm(dim=-1, keepdim=True)
    q = q / torch.where(q_lengths == 0, 1.0, q_lengths)
    k = k / torch.where(k_lengths == 0, 1.0, k_lengths)
    return q @ k.transpose(-2, -1)


@cosine_similarity.alternative
def with_roots(q, k):
    lengths = q.square().sum(-1)[..., :, None].sqrt() * k.square().sum(-1)[..., None, :].sqrt()
    return torch.where(lengths > 0, _product(q, k) / torch.where(lengths > 0, lengths, 1.0), 0.0)


@cosine_similarity.alternative
def almost_nothing_as_limit(q, k):
    q = q / q.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    return q @ (k / k.norm(dim=-1, keepdim=True).clamp(min=1e-12)).mT


@cosine_similarity.alternative
def nan_made_zero(q, k):
    return (_product(q, k) / (q.norm(dim=-1)[..., None] * k.norm(dim=-1)[..., None, :])).nan_to_num(0.0)


@cosine_similarity.alternative
def with_linalg(q, k):
    q_lengths = torch.linalg.vector_norm(q, dim=-1, keepdim=True)
    k_lengths = torch.linalg.vector_norm(k, dim=-1, keepdim=True)
    dots = torch.einsum("...td,...sd->...ts", q, k)
    return dots / (q_lengths + (q_lengths == 0)) / (k_lengths + (k_lengths == 0)).transpose(-2, -1)
