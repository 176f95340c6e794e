# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Build attention
#
# "Daisy brought an umbrella, and Ada brought a mushroom cake." A page later somebody asks who brought the
# umbrella. How does a model know? It looks back. **Attention** is how a token looks at the others and takes from each
# as much as it matters, and it is the heart of every large language model.
#
# Tonight you build it, from the product of two numbers to many heads with a memory. At the end you put your functions
# into a small model that was trained to tell stories, give it a story with names that *you* choose, and see a head of it
# look back at the very name that it is about to say.
#
# You need Python, and to know that `x @ y` multiplies two matrices. The book's page **Attention**, up to its section
# **Heads**, explains the idea with pictures; this notebook can also be done without it.
#
# | step | function | what it does | points |
# |---|---|---|---|
# | 1 | `dot_score` | every query times every key | 3 |
# | 2 | `cosine_similarity` | which vectors point the same way | 3 |
# | 3 | `softmax` | any numbers → shares of 1 | 4 |
# | 4 | `multiplicative_score` | a matrix learns what matches what | 3 |
# | 5 | `reduced_rank_score` | the same with two thin matrices | 3 |
# | 6 | `causal_mask` | nobody sees the future | 3 |
# | 7 | `scaled_dot_product_attention` | all of it together | 6 |
# | 8 | `split_heads` | one long vector → many short ones | 3 |
# | 9 | `merge_heads` | and back | 3 |
# | 10 | `multi_head_attention` | a whole layer | 6 |
# | 11 | `cached_attention` | a layer that remembers (the hard one) | 3 |
# | | a question | switch off the heads that remember | 4 |
#
# ## How to work
#
# * Write where it says `YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Most functions need 1 to 6
#   lines. Run the cell, then the cell below it: its tests tell you in words what is wrong, and show you something when
#   nothing is.
# * Torch has most of this ready made. **What you are building may not be used to build it**: no `torch.softmax`,
#   `x.softmax()` or `nn.Softmax` (nor their log forms), no `cosine_similarity` of torch, no
#   `scaled_dot_product_attention` of torch, no `nn.MultiheadAttention`. Everything else of torch is yours: `@`, `exp`,
#   `sum`, `norm`, `masked_fill`, `torch.where`, `einsum`, ... Use your own earlier functions in later steps. A
#   function that breaks this gets no points until a person has looked at it. In a cell of your own, comparing with torch's is a
#   good idea.
# * For a verdict, save the notebook and run this in a terminal, in the course's folder, as often as you like:
#
#       python -m lmgrade try exercises/attention/attention.ipynb
#
#   It tries your functions on inputs drawn anew each time, and names the mistake where it can. (In a class, the checks
#   may be kept by your instructor; then you hand in first and read the same table in your feedback.) Later functions use
#   earlier ones, and go wrong with them: begin with the first line that is not passed.
# * Before you hand in, choose *Restart Kernel and Run All Cells*. A finished notebook runs through in about ten seconds.
#
# One evening is enough. Run the next cell and begin.

# %%
import math
import time

import matplotlib.pyplot as plt
import torch

from lmcore.storyteller.weights import storyteller_tokenizer, storyteller_weights
from lmcore.visible import attempt, expect, refused  # for the tests: they say in words what went wrong


def heat_map(weights, rows, columns, title="", axes=None, numbers=None):
    """Draw a table of numbers from 0 to 1: dark is much."""
    if axes is None:
        _, axes = plt.subplots(figsize=(1.5 + 0.38 * len(columns), 1.2 + 0.32 * len(rows)))
    weights = weights.detach()
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), rows)
    if len(columns) <= 8 if numbers is None else numbers:
        for t, row in enumerate(weights.tolist()):
            for s, weight in enumerate(row):
                axes.text(s, t, f"{weight:.2f}", ha="center", va="center", color="white" if weight > 0.5 else "0.3")
    axes.set_title(title, fontsize=10)
    return axes


# %% [markdown]
# ## 0. A token is a row
#
# To a model, a token is a row of numbers, a **vector**, and a text is a table of them. `tokens` below holds the vectors of
# a model that has learnt to write small stories, the *storyteller*: one row for each token that it knows. `vectors(words)`
# picks the rows of some words.
#
# Shapes are written like this: `(T, d)` is a table of `T` rows of width `d`; `(..., T, d)` is any number of such tables,
# for instance `(batch, heads, T, d)`, a table for each head of each sentence. The dots mean: *whatever is there is carried
# along*. `x.transpose(-2, -1)` exchanges the last two axes and leaves the others alone; `x.T` would turn all of them
# around, so it is for single tables only.

# %%
tokenizer = storyteller_tokenizer()
tokens = storyteller_weights().tokens


def vectors(words):
    """The rows of some words that are one token each; words in a text begin with a space."""
    return torch.stack([tokens[tokenizer.encode(f" {word}")[0]] for word in words])


print("all tokens:", tuple(tokens.shape))
print("three words:", tuple(vectors(["owl", "red", "seven"]).shape))
print("the first numbers of 'owl':", [round(number, 2) for number in vectors(["owl"])[0, :6].tolist()])

# %% [markdown]
# ## 1. How well do they match?
#
# Attention is asking. Each token asks a question, its **query**, and each token holds up a sign that says what is to be
# found there, its **key**. How well a key answers a query is a single number, the **score**. The simplest score is the
# **dot product**: multiply number by number and add up. Vectors that point the same way have a large one, vectors at right
# angles 0, vectors that point away from each other a negative one.
#
# **`dot_score(q, k)`** takes queries `(..., T, d)` and keys `(..., S, d)` and returns all scores, `(..., T, S)`: the entry
# `[..., t, s]` is the dot product of query `t` and key `s`.
#
# * All axes before the last two are carried along, and the result has the dtype of `q` and `k`.
# * Queries and keys must be equally wide. If they are not, raise a `ValueError` that names both widths.
#
# By hand: with the queries `[1, 2]` and `[3, 0]` and the keys `[1, 1]`, `[0, 1]` and `[-2, 1]`
#
# | | key `[1, 1]` | key `[0, 1]` | key `[-2, 1]` |
# |---|---|---|---|
# | query `[1, 2]` | 1·1 + 2·1 = 3 | 1·0 + 2·1 = 2 | 1·(-2) + 2·1 = 0 |
# | query `[3, 0]` | 3 | 0 | -6 |
#
# No loop is needed: the product of two matrices is made of dot products. Of which rows with which columns?


# %% nbgrader={"grade": false, "grade_id": "dot-score", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dot_score(q, k):
    """Score every query with every key: their dot product.

    Args:
        q: queries (..., T, d).
        k: keys (..., S, d).

    Returns:
        Scores (..., T, S).

    Raises:
        ValueError: queries and keys of different widths.
    """
    ### BEGIN SOLUTION
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(f"queries of width {q.shape[-1]} and keys of width {k.shape[-1]} do not match")
    return q @ k.transpose(-2, -1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-dot-score", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
q, k = torch.tensor([[1.0, 2.0], [3.0, 0.0]]), torch.tensor([[1.0, 1.0], [0.0, 1.0], [-2.0, 1.0]])
wanted = torch.tensor([[3.0, 2.0, 0.0], [3.0, 0.0, -6.0]])
expect(attempt(dot_score, q, k), wanted, "the example worked by hand")
got = attempt(dot_score, q, q)
expect(got, torch.tensor([[5.0, 3.0], [3.0, 9.0]]), "dot_score(q, q), each query with itself and the other,")
batch = torch.stack([q, 10 * q])
expect(attempt(dot_score, batch, torch.stack([k, k])), torch.stack([wanted, 10 * wanted]), "a batch of two tables")
print("Widths 2 and 5 are refused, as they should be:", refused(dot_score, q, torch.ones(3, 5)))

animals = {"sparrow": [1, 1, 0], "penguin": [1, 0, 1], "carp": [0, 0, 1]}  # has feathers, flies, swims
print("\nWho is asked for?      ", *(f"{name:>8}" for name in animals))
for question, query in {"something that flies": [0, 1, 0], "feathers, but no flying": [1, -1, 0]}.items():
    scores = dot_score(torch.tensor([query]), torch.tensor(list(animals.values())))[0]
    print(f"{question:23}", *(f"{score:8}" for score in scores.tolist()))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "dot_score")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Which way do they point?
#
# A long vector has large dot products with everything. To ask only for the *direction*, divide by the lengths. That is the
# cosine of the angle between two vectors: 1 for the same direction, 0 for a right angle, -1 for opposite ones.
#
# $$\text{cosine}(q, k) = \frac{q \cdot k}{|q|\,|k|}, \qquad |x| = \sqrt{x_1^2 + \dots + x_d^2}$$
#
# **`cosine_similarity(q, k)`** takes `q` `(..., T, d)` and `k` `(..., S, d)` and returns the cosine of *every* row of `q`
# with *every* row of `k`, `(..., T, S)`.
#
# * A vector of nothing but zeros has no direction: its similarity to everything is 0, not nan.
# * All other vectors, however short, get their exact cosine. So do not add a small number to what you divide by: next to a
#   short vector, it is not small. `torch.where(condition, a, b)` takes from `a` where the condition holds, from `b` elsewhere.
# * `q` and `k` stay as they are.
#
# The lengths of all rows are `x.norm(dim=-1)`, a tensor `(..., T)`. `None` in an index puts a new axis of size 1 there, so
# `[..., :, None]` makes a column of them and `[..., None, :]` a row, and a column times a row is a table.
#
# By hand: `[3, 4]` has the length 5 and `[1, 0]` the length 1. Their dot product is 3, their cosine 3 / (5 · 1) = 0.6.


# %% nbgrader={"grade": false, "grade_id": "cosine-similarity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cosine_similarity(q, k):
    """The cosine of the angle between every row of q and every row of k.

    Args:
        q: vectors (..., T, d). Not changed.
        k: vectors (..., S, d). Not changed.

    Returns:
        (..., T, S), from -1 to 1; 0 for a vector of zeros.
    """
    ### BEGIN SOLUTION
    lengths = q.norm(dim=-1)[..., :, None] * k.norm(dim=-1)[..., None, :]  # ... T S
    return dot_score(q, k) / torch.where(lengths == 0, 1.0, lengths)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-cosine-similarity", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
q, k = torch.tensor([[3.0, 4.0], [0.0, 2.0]]), torch.tensor([[1.0, 0.0], [-6.0, -8.0], [0.0, 0.5]])
wanted = torch.tensor([[0.6, -1.0, 0.8], [0.0, -0.8, 1.0]])
expect(attempt(cosine_similarity, q, k), wanted, "the cosines of [3, 4], [0, 2] with [1, 0], [-6, -8], [0, 0.5]")
expect(attempt(cosine_similarity, q / 1000, k / 1000), wanted, "the same vectors, all a thousand times shorter,")
expect(attempt(cosine_similarity, q, torch.zeros(1, 2)), torch.zeros(2, 1), "the similarity to a vector of zeros")
assert q[0].tolist() == [3.0, 4.0], f"the vectors you are given should stay as they are; [3, 4] is now {q[0].tolist()}"

words = ["red", "owl", "seven", "mill", "Daisy", "kite"]
similarities = cosine_similarity(vectors(words), tokens)
print("The storyteller's tokens, and which others point the same way:")
for word, row in zip(words, similarities, strict=True):
    nearest = [tokenizer.decode([i]).strip() for i in row.argsort(descending=True)[1:7].tolist()]
    print(f"  {word:6}", ", ".join(nearest))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "cosine_similarity")
### END HIDDEN TESTS

# %% [markdown]
# Look at that list. Nobody told the model what a colour is, or an animal, or a number, or a name. It has read stories, and
# words that can stand in one another's place have come to point the same way.
#
# ## 3. Shares
#
# Scores are any numbers. To *take from each as much as it matters* we need shares: positive, and 1 together. **Softmax**
# makes them:
#
# $$\text{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}$$
#
# **`softmax(x, dim)`** takes floats of any shape and returns weights of the same shape and dtype, which sum to 1 along the
# axis `dim` (0 is the first axis, -1 the last).
#
# * **It must not overflow.** `exp(89.0)` is more than a float32 can hold: the result is `inf`, and `inf / inf` is `nan`. But
#   if the same number is subtracted from a whole row, numerator and denominator shrink by the same factor, and the weights
#   do not change. Which number makes sure that no exponent is above 0? Mind that each row has its own.
# * Sums and maxima along an axis lose that axis, unless you say `keepdim=True`: then it stays, with size 1, and what you get
#   still fits in front of `x`.
# * **`-inf` gets the weight 0**, exactly (`exp(-inf)` is 0). We will use this to forbid things. A row of nothing but `-inf`
#   has no right answer: leave it `nan`, as torch does, and step 7 will take care of it.
# * `x` stays as it is.
#
# By hand: `e` is about 2.72, so the numbers `[0, 1, 1]` become `[1, 2.72, 2.72]`, the sum is 6.44, and the weights are
# `[0.155, 0.422, 0.422]`. For `[1000, 1001, 1001]` they are the same.


# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(x, dim):
    """Turn numbers into weights that sum to 1 along an axis.

    Args:
        x: floats of any shape. Not changed.
        dim: the axis.

    Returns:
        Weights of the shape and dtype of x.
    """
    ### BEGIN SOLUTION
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-softmax", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
wanted = torch.tensor([0.1554, 0.4223, 0.4223])
expect(attempt(softmax, torch.tensor([0.0, 1.0, 1.0]), 0), wanted, "softmax([0, 1, 1], 0)")
expect(attempt(softmax, torch.tensor([1000.0, 1001.0, 1001.0]), 0), wanted, "softmax([1000, 1001, 1001], 0)")
table = torch.tensor([[0.0, 1.0], [0.0, 3.0]])
got = attempt(softmax, table, 1)
expect(got, torch.tensor([[0.2689, 0.7311], [0.0474, 0.9526]]), "softmax([[0, 1], [0, 3]], 1), where each row sums to 1,")
assert table.tolist() == [[0.0, 1.0], [0.0, 3.0]], f"x should stay as it is; it has become {table.tolist()}"
got = attempt(softmax, table, 0)
expect(got, torch.tensor([[0.5, 0.1192], [0.5, 0.8808]]), "softmax([[0, 1], [0, 3]], 0), where each column sums to 1,")
got = attempt(softmax, torch.tensor([[0.0, 1.0], [2000.0, 2001.0]]), -1)
expect(got, torch.tensor([[0.2689, 0.7311], [0.2689, 0.7311]]), "a row of small numbers above a row of large ones")
got = attempt(softmax, torch.tensor([2.0, -math.inf, 2.0]), 0)
expect(got, torch.tensor([0.5, 0.0, 0.5]), "softmax([2, -inf, 2], 0)")
got = attempt(softmax, torch.tensor([-math.inf, -math.inf]), 0)
expect(got, torch.tensor([math.nan, math.nan]), "softmax([-inf, -inf], 0), which has no right answer,")

print("The same four scores, weak and strong:")
for factor in (0.2, 1, 5):
    weights = softmax(factor * torch.tensor([1.0, 2.0, 3.0, -1.0]), 0)
    print(f"  times {factor:3}  ", "   ".join(f"{weight:.2f} {'█' * round(10 * weight):10}" for weight in weights.tolist()))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "softmax")
### END HIDDEN TESTS

# %% [markdown]
# Small scores share evenly, large ones give everything to the winner. That is why the *size* of scores will matter in
# step 7.
#
# ## 4. A matrix learns what matches what
#
# With the dot product, a token finds what is *like* itself. But language is not about likeness: an adjective looks for its
# noun, "she" looks for a woman's name. Put a matrix between query and key, and each number of the query can ask for any
# number of the key:
#
# $$\text{score}(q, k) = q^\top W k = \sum_{i, j} q_i\, W_{ij}\, k_j$$
#
# **`multiplicative_score(q, k, w)`** takes queries `(..., T, d)`, keys `(..., S, e)`, whose width may be another one, and a
# matrix `w` `(d, e)`, and returns the scores `(..., T, S)`.
#
# By hand: let the first number of a vector say "adjective" and the second "noun". `W = [[0, 1], [0, 0]]` has a single 1, in
# row 0 and column 1: adjectives ask for nouns.
#
# | query | key | score |
# |---|---|---|
# | adjective `[1, 0]` | noun `[0, 1]` | 1·1·1 = **1** |
# | noun `[0, 1]` | adjective `[1, 0]` | 0: nouns ask for nothing |
# | adjective `[1, 0]` | adjective `[1, 0]` | 0: likeness does not count any more |


# %% nbgrader={"grade": false, "grade_id": "multiplicative-score", "locked": false, "schema_version": 3, "solution": true, "task": false}
def multiplicative_score(q, k, w):
    """Score every query with every key through a matrix.

    Args:
        q: queries (..., T, d).
        k: keys (..., S, e).
        w: matrix (d, e).

    Returns:
        Scores (..., T, S).
    """
    ### BEGIN SOLUTION
    return q @ w @ k.transpose(-2, -1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-multiplicative-score", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
words = ["small", "owl", "red", "kite"]
q = k = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
w = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
wanted = torch.tensor([[0.0, 1, 0, 1], [0, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]])
expect(attempt(multiplicative_score, q, k, w), wanted, "adjectives asking for nouns, in 'small owl red kite',")
wide = torch.tensor([[1.0, 2.0, 3.0]])
got = attempt(multiplicative_score, q[:2], wide, torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 10.0]]))
expect(got, torch.tensor([[1.0], [30.0]]), "queries of width 2, a key of width 3 and a matrix (2, 3)")
got = attempt(multiplicative_score, torch.stack([q, 2 * q]), torch.stack([k, k]), w)
expect(got, torch.stack([wanted, 2 * wanted]), "a batch of two tables")

heat_map(multiplicative_score(q, k, w), words, words, "who asks for whom: rows ask, columns answer")
plt.show()
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "multiplicative_score")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Two thin matrices
#
# For vectors of width 768 that matrix holds 589,824 numbers, for *one* kind of question. Most of it is wasted: a question
# such as "who is the noun?" needs a few numbers only. So write the matrix as a product of two thin ones, $W = U^\top V$:
#
# $$q^\top U^\top V k = (U q) \cdot (V k)$$
#
# Read from the right, it says something simple: bring the query down to `r` numbers, bring the key down to `r` numbers, and
# take the dot product of the two. This is what a head of a transformer does.
#
# **`reduced_rank_score(q, k, u, v)`** takes queries `(..., T, d)`, keys `(..., S, e)`, `u` `(r, d)` and `v` `(r, e)`, and
# returns the scores `(..., T, S)`.
#
# The vectors are rows here, and a matrix that is written `(out, in)` is used on rows as `x @ w.T`. All matrices of this
# notebook are from here on.
#
# By hand: `q = [1, 2, 3]`, `k = [1, 1]`, `u = [[1, 0, 0], [0, 0, 1]]` and `v = [[2, 0], [1, 1]]`. Then `u` makes `[1, 3]` of
# the query, `v` makes `[2, 2]` of the key, and the score is 1·2 + 3·2 = 8.


# %% nbgrader={"grade": false, "grade_id": "reduced-rank-score", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reduced_rank_score(q, k, u, v):
    """Score every query with every key after bringing both to a few numbers.

    Args:
        q: queries (..., T, d).
        k: keys (..., S, e).
        u: matrix (r, d) for queries.
        v: matrix (r, e) for keys.

    Returns:
        Scores (..., T, S).
    """
    ### BEGIN SOLUTION
    return dot_score(q @ u.T, k @ v.T)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-reduced-rank-score", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
q, k = torch.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]]), torch.tensor([[1.0, 1.0]])
u, v = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), torch.tensor([[2.0, 0.0], [1.0, 1.0]])
expect(attempt(reduced_rank_score, q, k, u, v), torch.tensor([[8.0], [0.0]]), "the example worked by hand")
got = attempt(reduced_rank_score, torch.stack([q, q]), torch.stack([k, 2 * k]), u, v)
expect(got, torch.tensor([[[8.0], [0.0]], [[16.0], [0.0]]]), "a batch of two tables")
generator = torch.Generator().manual_seed(1)
q, k, u, v = (torch.randn(shape, generator=generator) for shape in ((2, 4), (3, 4), (4, 4), (4, 4)))
expect(attempt(reduced_rank_score, q, k, u, v), multiplicative_score(q, k, u.T @ v), "the score with W = U.T @ V, in two parts,")

print("numbers to learn, for vectors of width 768:")
print(f"  one matrix           {768 * 768:8,}")
for r in (64, 8, 1):
    print(f"  two of rank {r:3}      {2 * r * 768:8,}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "reduced_rank_score")
### END HIDDEN TESTS

# %% [markdown]
# ## 6. Nobody sees the future
#
# The model is to guess each next word, and while it learns it has the whole text before it. If a token could look at the
# next one, guessing would be copying. So each token may look at itself and at what came before. Which looks are allowed is
# written in a **mask**: a table of yes and no, one row for each query and one column for each key.
#
# **`causal_mask(queries, keys=None)`** takes two numbers and returns a bool tensor `(queries, keys)`, `True` where looking
# is allowed. Without `keys` there are as many keys as queries.
#
# * As many keys as queries: query `t` sees the keys `0` to `t`.
# * More keys than queries: the queries are the *last* tokens of the text, since when a model writes, all others have been
#   dealt with before. So the last query sees all keys, the one before it all but the last, and so on.
# * Fewer keys than queries: the same rule. The last query sees all keys, and those that stand before all keys see nothing.
#
# By hand (■ allowed, · not):
#
# | `causal_mask(3)` | `causal_mask(2, 4)` | `causal_mask(4, 2)` |
# |---|---|---|
# | `■ · ·` | `■ ■ ■ ·` | `· ·` |
# | `■ ■ ·` | `■ ■ ■ ■` | `· ·` |
# | `■ ■ ■` | | `■ ·` |
# | | | `■ ■` |
#
# `torch.tril`, or comparing two `torch.arange`, makes short work of it.


# %% nbgrader={"grade": false, "grade_id": "causal-mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def causal_mask(queries, keys=None):
    """Who may look at whom when nobody sees the future.

    Args:
        queries: the number of queries, which are the last tokens of the text.
        keys: the number of keys; as many as queries if None.

    Returns:
        A bool tensor (queries, keys), True where attention is allowed.
    """
    ### BEGIN SOLUTION
    if keys is None:
        keys = queries
    return torch.arange(keys) <= torch.arange(queries)[:, None] + keys - queries
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-causal-mask", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
yes, no = True, False
got = attempt(causal_mask, 3)
assert isinstance(got, torch.Tensor) and got.dtype == torch.bool, "a mask is a tensor of bool, True where looking is allowed"
expect(got, torch.tensor([[yes, no, no], [yes, yes, no], [yes, yes, yes]]), "causal_mask(3)")
expect(attempt(causal_mask, 1), torch.tensor([[yes]]), "causal_mask(1)")
expect(attempt(causal_mask, 2, 4), torch.tensor([[yes, yes, yes, no], [yes] * 4]), "causal_mask(2, 4)")
expect(attempt(causal_mask, 4, 2), torch.tensor([[no, no], [no, no], [yes, no], [yes, yes]]), "causal_mask(4, 2)")

words = ["there", "is", "more", "story", "than", "oil"]
print("Who sees what:")
for word, row in zip(words, causal_mask(len(words)).tolist(), strict=True):
    print(f"  {word:6}", " ".join(other if seen else "·" * len(other) for other, seen in zip(words, row, strict=True)))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "causal_mask")
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Attention
#
# You have everything. A token asks with its query, every token answers with its key, and what is then handed over is the
# token's **value**, a third vector. For each query, attention returns the average of all values, each weighted by how well
# its key matched:
#
# $$\text{attention}(Q, K, V) = \text{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V$$
#
# Why $\sqrt{d}$? If the numbers in queries and keys are about 1 in size, with any sign, a sum of `d` products of them is
# about $\sqrt{d}$ in size. You saw in step 3 what softmax does with large numbers: everything goes to one key, and then
# nothing is learnt any more about the others. Dividing brings the scores back to about 1, however wide the vectors are.
#
# **`scaled_dot_product_attention(q, k, v, mask=None)`** takes queries `(..., T, d)`, keys `(..., S, d)` and values
# `(..., S, e)` and returns `(..., T, e)`.
#
# * The weights of each query sum to 1 over the keys.
# * `mask` is bool, `True` where attention is allowed, `(T, S)` or of any shape that broadcasts to `(..., T, S)`. What is
#   forbidden gets *exactly* no weight, and the weights of what is left still sum to 1. Which score becomes the weight 0?
# * A query for which everything is forbidden gathers nothing: its result is **zeros**, not nan. Its gradients must not be
#   nan either, which happens if `-inf` is *added* to scores: use `masked_fill` or `torch.where` on scores, and on weights.
# * Its inputs stay as they are.
#
# By hand, with width 4: the query `[2, 0, 0, 0]` meets the keys `[2, 0, 0, 0]` and `[0, 5, 0, 0]`. The scores are 4 and 0,
# divided by $\sqrt{4}$ they are 2 and 0, softmax makes 0.881 and 0.119 of them. With the values `[10]` and `[20]` the result
# is 0.881 · 10 + 0.119 · 20 = 11.19. If the mask forbids the first key, it is 20; if it forbids both, 0.


# %% nbgrader={"grade": false, "grade_id": "scaled-dot-product-attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scaled_dot_product_attention(q, k, v, mask=None):
    """Average the values, each weighted by how well its key matches the query.

    Args:
        q: queries (..., T, d).
        k: keys (..., S, d).
        v: values (..., S, e).
        mask: bool, broadcast to (..., T, S), True where attention is allowed.

    Returns:
        (..., T, e); zeros for a query that may look nowhere.
    """
    ### BEGIN SOLUTION
    scores = dot_score(q, k) / math.sqrt(q.shape[-1])  # ... T S
    if mask is None:
        return softmax(scores, dim=-1) @ v
    weights = softmax(scores.masked_fill(~mask, -math.inf), dim=-1)
    return weights.masked_fill(~mask, 0.0) @ v  # changes only rows without any key, where softmax gives nan
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-scaled-dot-product-attention", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
q, k, v = torch.tensor([[2.0, 0, 0, 0]]), torch.tensor([[2.0, 0, 0, 0], [0, 5, 0, 0]]), torch.tensor([[10.0], [20.0]])
expect(attempt(scaled_dot_product_attention, q, k, v), torch.tensor([[11.192]]), "the example worked by hand")
for mask, wanted in (([[True, True]], 11.192), ([[False, True]], 20.0), ([[True, False]], 10.0), ([[False, False]], 0.0)):
    got = attempt(scaled_dot_product_attention, q, k, v, torch.tensor(mask))
    expect(got, torch.tensor([[wanted]]), f"the example with the mask {mask}")
q = torch.tensor([[2.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0]])
wanted = torch.tensor([[11.192], [19.933], [15.0]])
expect(attempt(scaled_dot_product_attention, q, k, v), wanted, "three queries, the last of which is all zeros,")
many = q.expand(2, 5, 3, 4), k.expand(2, 5, 2, 4), v.expand(2, 5, 2, 1)
got = attempt(scaled_dot_product_attention, *many)
expect(got, wanted.expand(2, 5, 3, 1), "the three queries, in each of (batch, heads) = (2, 5),")
got = attempt(scaled_dot_product_attention, *many, causal_mask(3, 2))
expect(got, torch.tensor([[0.0], [10.0], [15.0]]).expand(2, 5, 3, 1), "(batch, heads) = (2, 5), with causal_mask(3, 2),")

sentence = "ida had a kite and max had a drum and ida had a"
words = sentence.split()
names = sorted(set(words))
now = torch.stack([torch.eye(len(names))[names.index(word)] for word in words])  # which word stands here: a single 1


def back(steps):
    """Which word stood so many steps before."""
    return torch.cat([torch.zeros(steps, len(names)), now[: len(now) - steps]])


queries = 9 * torch.cat([now, back(1), back(2)], dim=1)  # the three words just read
keys = torch.cat([back(1), back(2), back(3)], dim=1)  # the three words that stood before this one
mask = causal_mask(len(words))
weights = scaled_dot_product_attention(queries, keys, torch.eye(len(words)), mask)
guess = names[scaled_dot_product_attention(queries, keys, now, mask)[-1].argmax()]
heat_map(weights, words, words, "a head made by hand that looks back")
plt.show()
print(sentence, "...", guess)
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "scaled_dot_product_attention")
### END HIDDEN TESTS

# %% [markdown]
# No learning was needed for that. A key holds up *these words stood before me*, and a query asks *who came after the words
# that I have just read?* The head finds the place where the text was the same, and the value there says how it went on: at the
# end of "... and ida had a", the last row, it looks at the **kite** and not at the drum. (Rows for which nothing fits look
# around without much interest.) Keep this picture. At the end you will see whether a trained model found the trick too.
#
# One more thing to keep: with `torch.eye` for values, attention returns its own weights. Each token hands over its number,
# so the average says who gave how much.
#
# ## 8. Many short vectors
#
# A word wants to look at several places at once: an adjective at its noun, a name at where it stood before. One softmax gives
# one answer. So the long vectors are cut into pieces, the **heads**, and each head attends by itself.
#
# **`split_heads(x, n_heads)`** takes `(batch, time, channels)` and returns `(batch, heads, time, width)`, where `width` is
# `channels / n_heads`: the first head gets the first `width` numbers of every token, the second head the next ones, and so
# on. Time and width come last, since attention works on the last two axes.
#
# * Heads that do not divide the channels, or fewer than one head: raise a `ValueError` that names both numbers.
# * It has to take any tensor, also one whose numbers do not lie in memory in order, such as a transposed one.
#
# By hand, one sentence of 3 tokens with 4 channels, in 2 heads:
#
# | token | `x` | head 0 | head 1 |
# |---|---|---|---|
# | 0 | `0 1 2 3` | `0 1` | `2 3` |
# | 1 | `4 5 6 7` | `4 5` | `6 7` |
# | 2 | `8 9 10 11` | `8 9` | `10 11` |
#
# Mind the trap: `reshape` alone counts numbers off in order and can give the right shape with the wrong numbers. Head 0 would
# hold `0 1`, `2 3`, `4 5`. First cut the channels in two axes, then exchange axes.


# %% nbgrader={"grade": false, "grade_id": "split-heads", "locked": false, "schema_version": 3, "solution": true, "task": false}
def split_heads(x, n_heads):
    """Cut each token's vector into heads.

    Args:
        x: (batch, time, channels).
        n_heads: how many heads; divides channels.

    Returns:
        (batch, heads, time, channels / heads).

    Raises:
        ValueError: heads that do not divide the channels.
    """
    ### BEGIN SOLUTION
    batch, time, channels = x.shape
    if n_heads < 1 or channels % n_heads:
        raise ValueError(f"{n_heads} heads do not divide {channels} channels")
    return x.reshape(batch, time, n_heads, channels // n_heads).transpose(1, 2)  # B H T D
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-split-heads", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
x = torch.arange(12.0).reshape(1, 3, 4)
wanted = torch.tensor([[[[0.0, 1], [4, 5], [8, 9]], [[2, 3], [6, 7], [10, 11]]]])
expect(attempt(split_heads, x, 2), wanted, "the numbered sentence, in two heads,")
expect(attempt(split_heads, x, 1), x[:, None], "the numbered sentence, in one head,")
expect(attempt(split_heads, torch.cat([x, 100 + x]), 2), torch.cat([wanted, 100 + wanted]), "a batch of two sentences")
for heads in (3, 0):
    print(f"{heads} heads are refused, as they should be:", refused(split_heads, x, heads))
print("The shape", tuple(torch.zeros(32, 100, 768).shape), "becomes", tuple(split_heads(torch.zeros(32, 100, 768), 12).shape))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "split_heads")
### END HIDDEN TESTS

# %% [markdown]
# ## 9. And back
#
# **`merge_heads(x)`** undoes it: it takes `(batch, heads, time, width)` and returns `(batch, time, heads * width)`, for each
# token what its heads found, side by side, the first head first. `merge_heads(split_heads(x, n))` is `x` again.
#
# The same trap waits here, from the other side: time has to come back in front of the heads *before* two axes become one.
# And the result of `transpose` does not lie in memory in order, so that `view` refuses it; `reshape` and `flatten` copy
# where they must.


# %% nbgrader={"grade": false, "grade_id": "merge-heads", "locked": false, "schema_version": 3, "solution": true, "task": false}
def merge_heads(x):
    """Put the heads side by side again.

    Args:
        x: (batch, heads, time, width).

    Returns:
        (batch, time, heads * width).
    """
    ### BEGIN SOLUTION
    return x.transpose(1, 2).flatten(2)  # B T H D -> B T (H D)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-merge-heads", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
heads = torch.tensor([[[[0.0, 1], [4, 5], [8, 9]], [[2, 3], [6, 7], [10, 11]]]])
expect(attempt(merge_heads, heads), torch.arange(12.0).reshape(1, 3, 4), "the two heads of step 8, merged,")
expect(attempt(merge_heads, heads[:, :1]), heads[:, 0], "a single head, merged,")
x = torch.randn(5, 7, 12, generator=torch.Generator().manual_seed(1))
for n_heads in (1, 2, 3, 12):
    expect(attempt(merge_heads, split_heads(x, n_heads)), x, f"a batch, split into {n_heads} heads and merged again,")
print("Split and merged, everything is where it was.")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "merge_heads")
### END HIDDEN TESTS

# %% [markdown]
# ## 10. A whole layer
#
# Where do queries, keys and values come from? From the same vectors, through three matrices that are learnt. A fourth one
# mixes what the heads found. That is a layer of **multi-head attention**:
#
#     x ──┬─ w_q ─ split ──┐
#         ├─ w_k ─ split ──┼── attention ── merge ── w_o ── y
#         └─ w_v ─ split ──┘
#
# **`multi_head_attention(x, w_q, w_k, w_v, w_o, n_heads, mask=None)`** takes
#
# * `x` `(batch, time, channels)`,
# * `w_q`, `w_k`, `w_v`, each `(heads * width, channels)`: used as `x @ w_q.T`, they give the queries, keys and values of all
#   heads side by side. Together the heads may be wider or narrower than the channels: a head's width follows from the
#   matrices, not from `x`,
# * `w_o` `(out, heads * width)`, used in the same way on what comes out of `merge_heads`,
# * and a mask for `scaled_dot_product_attention`, for instance `causal_mask(time)`. The same mask holds for all heads.
#
# It returns `(batch, time, out)`. With your functions it is three or four lines.
#
# By hand, one head, one channel, two tokens, `x = [1, 2]`, all four matrices `[[1]]`: the scores of token 0 are 1·1 and 1·2,
# its weights 0.269 and 0.731, its result 0.269 · 1 + 0.731 · 2 = 1.731. For token 1 the scores are 2 and 4, and the result is
# 0.119 · 1 + 0.881 · 2 = 1.881. With a causal mask, token 0 sees itself alone and stays 1.


# %% nbgrader={"grade": false, "grade_id": "multi-head-attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def multi_head_attention(x, w_q, w_k, w_v, w_o, n_heads, mask=None):
    """A layer of attention with many heads.

    Args:
        x: (batch, time, channels).
        w_q, w_k, w_v: (heads * width, channels).
        w_o: (out, heads * width).
        n_heads: number of heads.
        mask: bool, broadcast to (batch, heads, time, time), True where attention is allowed.

    Returns:
        (batch, time, out).
    """
    ### BEGIN SOLUTION
    q, k, v = (split_heads(x @ w.T, n_heads) for w in (w_q, w_k, w_v))  # B H T D
    return merge_heads(scaled_dot_product_attention(q, k, v, mask)) @ w_o.T
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-multi-head-attention", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
x, one = torch.tensor([[[1.0], [2.0]]]), torch.ones(1, 1)
expect(attempt(multi_head_attention, x, one, one, one, one, 1), torch.tensor([[[1.7311], [1.8808]]]), "the example worked by hand")
got = attempt(multi_head_attention, x, one, one, one, one, 1, causal_mask(2))
expect(got, torch.tensor([[[1.0], [1.8808]]]), "the example with a causal mask")
got = attempt(multi_head_attention, x, 0 * one, one, 3 * one, 2 * one, 1)
expect(got, torch.tensor([[[9.0], [9.0]]]), "with w_q = 0, w_v = 3 and w_o = 2 (all weights are equal then)")
x = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]])
w_q, w_k, w_v, w_o = torch.tensor([[[1.0, 0], [0, 2]], [[1.0, 0], [1, 1]], [[1.0, 2], [3, 4]], [[1.0, 0], [1, 10]]])
wanted = torch.tensor([[[2.0, 48.6667], [2.0, 64.5445], [2.0, 64.5445]]])
expect(attempt(multi_head_attention, x, w_q, w_k, w_v, w_o, 2), wanted, "a sentence of three tokens and two heads of width 1")

generator = torch.Generator().manual_seed(1)
x, *layer = (torch.randn(shape, generator=generator) for shape in ((1, 5, 12), (8, 12), (8, 12), (8, 12), (12, 8)))
shuffled = [3, 0, 4, 2, 1]
straight, mixed = (multi_head_attention(part, *layer, 4) for part in (x, x[:, shuffled]))
print("The tokens shuffled, and the results with them?", torch.allclose(straight[:, shuffled], mixed, atol=1e-4))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "multi_head_attention")
### END HIDDEN TESTS

# %% [markdown]
# That last line is worth a moment. Without a mask, attention does not know the order of its tokens: shuffle them, and the
# same results come out, shuffled. To it, a sentence is a bag of words. Models have to be told *where* a token stands; the
# storyteller's way of telling it is in the milestone below.
#
# ## 11. A layer that remembers
#
# This is the hard one. If you are tired, look at the milestone first: it does without.
#
# A model writes one token at a time. For the hundredth token, it would compute the keys and values of the ninety-nine
# before it once more, although nothing about them has changed: nobody sees the future, so no later token can change an
# earlier one. So one keeps them, in a **cache**, and each new token brings only its own.
#
# **`cached_attention(x, cache, w_q, w_k, w_v, w_o, n_heads)`** takes the *new* tokens `x` `(batch, new, channels)`, one or
# several, and what the last call returned as cache, or `None` at the beginning of a text. It returns two things, `y` and the
# next cache.
#
# * `y` `(batch, new, out)` is what a causal `multi_head_attention` over *all* tokens so far would give for the new ones.
# * The cache is a pair `(k, v)`, each `(batch, heads, tokens so far, width)`: in heads, in the order of the text.
# * Among several new tokens, nobody sees the future. You have written the mask for it already.
# * The cache that you are given stays as it is: somebody may want to go on from it in another way. `torch.cat` makes new
#   tensors.
#
# | call | new tokens | keys in the cache before | keys looked at | `causal_mask` |
# |---|---|---|---|---|
# | 1 | "ida had a" | 0 | 3 | 3 by 3 |
# | 2 | "red" | 3 | 4 | 1 by 4 |
# | 3 | "kite ." | 4 | 6 | 2 by 6 |


# %% nbgrader={"grade": false, "grade_id": "cached-attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cached_attention(x, cache, w_q, w_k, w_v, w_o, n_heads):
    """Causal attention of new tokens, which look at themselves and at all that came before.

    Args:
        x: the new tokens (batch, new, channels).
        cache: (keys, values) of the tokens before, each (batch, heads, before, width), or None. Not changed.
        w_q, w_k, w_v: (heads * width, channels).
        w_o: (out, heads * width).
        n_heads: number of heads.

    Returns:
        y (batch, new, out), and (keys, values) of all tokens so far.
    """
    ### BEGIN SOLUTION
    q, k, v = (split_heads(x @ w.T, n_heads) for w in (w_q, w_k, w_v))  # B H new D
    if cache is not None:
        k, v = torch.cat((cache[0], k), dim=2), torch.cat((cache[1], v), dim=2)  # B H all D
    mask = causal_mask(q.shape[2], k.shape[2])
    return merge_heads(scaled_dot_product_attention(q, k, v, mask)) @ w_o.T, (k, v)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-cached-attention", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
generator = torch.Generator().manual_seed(2)
x, *layer = (torch.randn(shape, generator=generator) for shape in ((2, 6, 8), (8, 8), (8, 8), (8, 8), (8, 8)))
wanted = multi_head_attention(x, *layer, 2, causal_mask(6))
for sizes in ([6], [1] * 6, [3, 1, 2]):
    cache, outputs = None, []
    for chunk in x.split(sizes, dim=1):
        result = attempt(cached_attention, chunk, cache, *layer, 2)
        assert not isinstance(result, torch.Tensor) and len(result) == 2, "cached_attention should return y, (keys, values)"
        y, cache = result
        outputs.append(y)
    expect(torch.cat(outputs, dim=1), wanted, f"reading six tokens in chunks of {sizes}")
    expect(cache[0], split_heads(x @ layer[1].T, 2), "the first part of the cache, the keys of all six tokens in heads,")
    expect(cache[1], split_heads(x @ layer[2].T, 2), "the second part of the cache, the values of all six tokens in heads,")
kept = cache[0].clone()
cached_attention(x[:, :1], cache, *layer, 2)
assert torch.equal(cache[0], kept), "the cache that you were given should stay as it is"

x, *layer = (torch.randn(shape, generator=generator) / 16 for shape in ((1, 150, 128), *[(128, 128)] * 4))
started, cache = time.perf_counter(), None
for t in range(150):
    _, cache = cached_attention(x[:, t : t + 1], cache, *layer, 8)
remembering = time.perf_counter() - started
started = time.perf_counter()
for t in range(150):
    multi_head_attention(x[:, : t + 1], *layer, 8, causal_mask(t + 1))
again = time.perf_counter() - started
print(f"150 tokens, one by one: {remembering:.2f} s with a cache, {again:.2f} s reading everything again")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("attention", "cached_attention")
### END HIDDEN TESTS

# %% [markdown]
# ## Milestone: see a head look back
#
# Now put your functions into a real model. The *storyteller* is small (two blocks of eight heads), built as large ones are,
# and it has learnt from stories like the one below. Here it is, whole. Its attention is yours; three things around it are
# not, and you will meet them in later chapters: a *norm*, which brings vectors to one length; a *feed-forward layer*, in which
# each token thinks for itself; and *rotary positions*, which turn queries and keys by an angle that grows along the text, so
# that a head can tell how far away a token is.

# %%
from lmcore.positions import RotaryPositions

teller = storyteller_weights()
turn = RotaryPositions(teller.context, teller.blocks[0].w_q.shape[0] // teller.n_heads, teller.rotary_base, pairing="half")


def norm(x, weight):
    return x / (x.square().mean(-1, keepdim=True) + teller.norm_eps).sqrt() * weight


def feed_forward(x, block):
    gate = x @ block.w_gate.T
    return (gate * gate.sigmoid() * (x @ block.w_up.T)) @ block.w_down.T


def read(text, off=()):
    """Let the storyteller read a text.

    Args:
        text: what it reads.
        off: heads to switch off, such as [(1, 0)] for head 0 of block 1.

    Returns:
        The pieces of the text, how probable each token is to come next, and the attention maps (block, head, T, T).
    """
    ids = tokenizer.encode(text)
    x = teller.tokens[ids][None]  # 1 T C
    mask = causal_mask(len(ids))
    maps = []
    for number, block in enumerate(teller.blocks):
        normed = norm(x, block.attention_norm)
        q, k, v = (split_heads(normed @ w.T, teller.n_heads) for w in (block.w_q, block.w_k, block.w_v))
        q, k = turn(q), turn(k)
        gathered = scaled_dot_product_attention(q, k, v, mask)
        maps.append(scaled_dot_product_attention(q, k, torch.eye(len(ids)).expand(1, teller.n_heads, -1, -1), mask)[0])
        for where, head in off:
            if where == number:
                gathered[:, head] = 0  # this head says nothing
        x = x + merge_heads(gathered) @ block.w_o.T
        x = x + feed_forward(norm(x, block.feed_forward_norm), block)
    scores = dot_score(norm(x[0, -1:], teller.norm), teller.tokens)  # of the last token, with every token that may follow
    return [tokenizer.decode([i]) for i in ids], softmax(scores, -1)[0], torch.stack(maps)


# %% [markdown]
# Here is a story with blanks. Change the names and the animal as you like, but take words that the storyteller has met in
# its stories, such as Ada, Emil, Flora, Greta, Hugo, Ida, Jack, Leo, Max, Nora, Paul, Rosa, Tom, Walter; or fox, goat, owl,
# rabbit. The story stops where the hero writes a letter and is about to say who brought the umbrella.

# %%
STORY = """Long, long ago a proud {animal} called {hero} lived in the mill. The mill was far from everything, but the proud \
{animal} liked it. When she turned seven, there was a party. {first} brought an umbrella, and {second} brought a sweet \
mushroom cake. They told riddles until the stars came out. "What a lovely party!" said everybody. The next day {hero} wrote \
a letter to her grandfather. "When I turned seven, there was a party."""

my_words = {"animal": "owl", "hero": "Hazel", "first": "Rosa", "second": "Hugo"}  # put your own here

story = STORY.format(**my_words)
pieces, probabilities, maps = read(story)
assert f" {my_words['first']}" in pieces, f"the storyteller has never met {my_words['first']}; choose a name from the list"
print("It goes on with:")
for i in probabilities.argsort(descending=True)[:3].tolist():
    print(f"  {tokenizer.decode([i]):10} {probabilities[i]:.3f}")

# %% [markdown]
# It remembers. And where did it look? Of all sixteen heads, here is the one that looks hardest at the name, and all that it
# looks at. The darker a piece, the larger its share.

# %%
from html import escape

from IPython.display import HTML, display


def shaded(pieces, weights):
    """A text, each piece as dark as it is looked at."""
    return "".join(
        f'<span style="background: rgb(31 119 180 / {weight:.0%}); color: {"white" if weight > 0.5 else "inherit"}; '
        f'border-radius: 3px">{escape(piece)}</span>'
        for piece, weight in zip(pieces, weights.tolist(), strict=True)
    )


name = pieces.index(f" {my_words['first']}")
looks = maps[:, :, -1]  # of the last token: block, head, T
block, head = divmod(int(looks[:, :, name].argmax()), teller.n_heads)
print(f"Head {head} of block {block} gives {looks[block, head, name]:.0%} of its weight to {my_words['first']}:")
display(HTML(f'<p style="max-width: 46em; line-height: 1.7">{shaded(pieces, looks[block, head])} <b>▮</b></p>'))

# %% [markdown]
# **There it is: your attention, in a trained model, looking back at the name that it is about to say.** Now let it write on,
# always the most probable token, and watch the same head: a row for each token that it reads, a column for each token of the
# party.

# %%
party, written = range(name - 1, name + 13), range(len(pieces) - 1, len(pieces) + 11)
letter, likely = story, probabilities  # the story itself stays as it is
for _ in written:
    letter += tokenizer.decode([int(likely.argmax())])
    all_pieces, likely, all_maps = read(letter)
print("..." + "".join(all_pieces[written[0] - 20 :]))

rows, columns = [all_pieces[t].strip() for t in written], [all_pieces[s].strip() for s in party]
heat_map(all_maps[block, head][written][:, party], rows, columns, f"block {block}, head {head}", numbers=False)
plt.show()

# %% [markdown]
# The head has one job. Twice a name is due, behind the full stop and behind "and", and each time it looks at the right one of
# two names; in all other rows it has little to do with the party. It is a relative of the head that you made by hand in
# step 7, and nobody put it there: it was found by learning to guess the next word. Change the names and run it again.
#
# ## A question: which heads remember?
#
# A map shows where a head looks. It does not show what the model needs the head for. To find that out, switch it off:
# `read(story, off=[(block, head)])` does.
#
# 1. Switch off each of the sixteen heads, one at a time, and measure the probability of the first guest's name where it is due,
#    as above: at the end of `story`. In `probabilities`, the place of a name that is one token is `tokenizer.encode(" Rosa")[0]`,
#    the space included. Do the same for the second guest's name: it is due after `story + " Rosa brought an umbrella, and"` (with
#    your first guest's name).
# 2. Do both for a second story with other guests, say Max and Leo. Numbers differ from story to story: what holds in both?
# 3. Without the head that copies, what does the model say instead? And is there a head that matters, in one story at least,
#    although it does *not* look at the name? See what it looks at, and where the copying head looks when that one is off.
# 4. Give the first guest a name that the storyteller has never met, such as Timosha. Look at its pieces, and at what the model
#    says where the name is due.
#
# Do this in the code cell, and write what you found in the cell below it: your measurements in a small table, and some ten lines.
#
# | points | for |
# |---|---|
# | 1 | measured probabilities: two stories, two names each, all heads on and each head off (in the text, those that matter are enough) |
# | 1 | what is lost with the copying head and what is not: what the model says instead, and what it therefore still knows |
# | 1 | a head of block 0 that does not look at the name and matters: what it looks at, what its loss does to the copying head, and why block 1 can use what block 0 has gathered |
# | 1 | what happened to the name it had never met, and why; and one thing that no map of attention could have told |

# %% nbgrader={"grade": false, "grade_id": "measure-heads", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def most_probable(probabilities, count=3):
    return ", ".join(
        f"{tokenizer.decode([i]).strip()} {probabilities[i]:.3f}" for i in probabilities.argsort(descending=True)[:count].tolist()
    )


def copying(text, off=()):
    """Where the copying head looks hardest at the end of a text, and with which weight."""
    pieces, _, maps = read(text, off)
    place = int(maps[1, 4, -1].argmax())
    return f"{pieces[place].strip()} {maps[1, 4, -1, place]:.0%}"


for words in (my_words, {"animal": "fox", "hero": "Ada", "first": "Max", "second": "Leo"}):
    first = STORY.format(**words)
    for guest, text in (("first", first), ("second", f"{first} {words['first']} brought an umbrella, and")):
        right = tokenizer.encode(f" {words[guest]}")[0]
        pieces, probabilities, maps = read(text)
        print(f"{words[guest]}, {guest} guest: {probabilities[right]:.3f} with all heads; one of them off:")
        for number in range(2):
            print(f"  block {number}:", *(f"{read(text, [(number, head)])[1][right]:.3f}" for head in range(8)))
        print("  without head 4 of block 1:", most_probable(read(text, [(1, 4)])[1]))
        head = 1 if guest == "first" else 0
        place = int(maps[0, head, -1].argmax())
        print(f"  head {head} of block 0 looks at '{pieces[place].strip()}', {maps[0, head, -1, place]:.0%}")
        print(f"  without it: {most_probable(read(text, [(0, head)])[1])}")
        print(f"  the copying head then looks at {copying(text, [(0, head)])}, otherwise at {copying(text)}")

print("\nTimosha is", [tokenizer.decode([i]) for i in tokenizer.encode(" Timosha")])
print(most_probable(read(STORY.format(animal="owl", hero="Hazel", first="Timosha", second="Hugo"))[1]))
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-heads", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# | head switched off | Rosa, first | Hugo, second | Max, first | Leo, second |
# |---|---|---|---|---|
# | none | 0.999 | 1.000 | 0.999 | 0.999 |
# | head 4 of block 1 | 0.025 | 0.019 | 0.011 | 0.002 |
# | head 1 of block 0 | 0.968 | 1.000 | 0.138 | 0.999 |
# | head 0 of block 0 | 0.999 | 0.915 | 0.999 | 0.000 |
# | any other | 0.99 or more | 0.99 or more | 0.99 or more | 0.99 or more |
#
# **Head 4 of block 1 copies.** In both stories and for both names it is the one that looks at the name, and without it the name
# is gone. What is left is a choice of other names (Walter 0.21, Ruby 0.12, Sam 0.10, ...): the model still knows *that* a guest is
# due, and no longer *which*. So this head carries the name and nothing else; that it is time for a name is known elsewhere.
#
# **Two heads of block 0 tell it where to look.** Neither looks at the name. When the first guest is due, head 1 of the full stop
# looks at "turned", four fifths of its weight: whatever ended here was the sentence about the birthday. Without it the copying
# head gives Max 40 % instead of 98 %, and the model goes on with "Nobody" or "And". When the second guest is due, head 0 of "and"
# looks at "wrote": we are in the letter. Without it the copying head looks at the "and" beside the name and not at Leo, and the
# model says Rufus. Block 1 works on what block 0 has written into the vectors: the query of the copying head is made of it, and
# asks for a better place when it knows more about its own. In the story of Rosa the same heads matter much less, so there
# are other signs to go by, and how much one head matters is a question of the story, too.
#
# **The name it had never met.** Timosha is five pieces, `T`, `im`, `os`, `h`, `a`, which in no story stand for a guest. The model
# says Hazel (0.994), a name that it does know from the story. It has not learnt to copy *whatever stands there*, as the head that
# was made by hand does, but to find one of the tokens that it knows as names.
#
# **What no map could have told:** that a head which never looks at the name decides whether it is found, and that most of the
# others can be switched off without any loss, wherever they look.
# ### END SOLUTION

# %% [markdown]
# ## What you have built
#
# The attention of GPT and of everything since, in some thirty lines, down to masks with empty rows and a cache. What runs in
# large models computes the same numbers in another order, so that they fit into a chip's fast memory; `lmcore/attention.py`
# has both forms side by side, and a test that holds them equal. In the next topic, the layer gets its surroundings (norms,
# feed-forward layers, the residual stream) and becomes a transformer.
