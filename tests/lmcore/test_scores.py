import pytest
import torch

from lmcore.scores import additive_score, dot_score, multiplicative_score, reduced_rank_score

Q, K = torch.randn(2, 3, 4), torch.randn(2, 5, 6)
W, U, V = torch.randn(4, 6), torch.randn(2, 4), torch.randn(2, 6)


def by_loops(score):
    scores = [[[score(q, k).item() for k in ks] for q in qs] for qs, ks in zip(Q, K, strict=True)]
    return torch.tensor(scores)


def test_scores_equal_their_formulas_pair_by_pair():
    h, w, u = torch.randn(7), torch.randn(7, 4), torch.randn(7, 6)
    torch.testing.assert_close(multiplicative_score(Q, K, W), by_loops(lambda q, k: q @ W @ k))
    torch.testing.assert_close(reduced_rank_score(Q, K, U, V), by_loops(lambda q, k: (U @ q) @ (V @ k)))
    torch.testing.assert_close(additive_score(Q, K, w, u, h), by_loops(lambda q, k: h @ torch.tanh(w @ q + u @ k)))
    torch.testing.assert_close(dot_score(Q, Q)[1, 2, 0], Q[1, 2] @ Q[1, 0])


def test_reduced_rank_is_multiplicative_with_a_matrix_of_low_rank():
    torch.testing.assert_close(reduced_rank_score(Q, K, U, V), multiplicative_score(Q, K, U.T @ V))


@pytest.mark.parametrize("score", [dot_score, lambda q, k: multiplicative_score(q, k, W.T)])
def test_widths_that_do_not_fit_are_named(score):
    with pytest.raises(ValueError, match=r"width 4 .* width 6"):
        score(Q, K)
