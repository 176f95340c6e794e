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
# # Build generation
#
# A trained model never says a word. It gives numbers: after this beginning, so much for *owl*, so much for *rabbit*, so
# much for each of all the tokens that it knows. Somebody has to choose one, append it, and ask again. That somebody is a
# small program, and whether the same model writes one story for ever, a hundred good ones or nonsense is up to it.
#
# Tonight you write that program, from taking the likeliest token to throwing a die that is just wild enough, with a memory
# that makes it fast. At the end a model that has learnt from stories tells you new ones through *your* functions, a
# program that knows all such stories says whether each is right from the first to the last word, and you draw a map of how
# hot the die may be.
#
# You need Python, and to know what a softmax is. The book's page **Generation** explains all of it with pictures; this
# notebook can also be done without it.
#
# | step | function | what it does | points |
# |---|---|---|---|
# | 1 | `greedy` | the likeliest token | 3 |
# | 2 | `with_temperature` | cooler or wilder | 3 |
# | 3 | `keep_top_k` | only the k likeliest | 4 |
# | 4 | `keep_top_p` | only as many as the model is unsure about | 4 |
# | 5 | `penalise_repetition` | what was said becomes less likely | 3 |
# | 6 | `draw` | drop the needle | 4 |
# | 7 | `generate` | the loop | 5 |
# | 8 | `generate_cached` | the loop, each token read once | 4 |
# | 9 | `text_score` | how likely is a whole text? | 3 |
# | 10 | `beam_search` | look for the likeliest text (the hard one) | 4 |
# | | two questions | where stories break; where their surprise is | 8 |
#
# ## How to work
#
# * Write where it says `YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Most functions need 2 to 6
#   lines. Run the cell, then the cell below it: its tests tell you in words what is wrong, and show you something when
#   nothing is.
# * Torch is yours: `softmax`, `log_softmax`, `argmax`, `topk`, `sort`, `cumsum`, `torch.where`, ... One thing is not: in
#   `draw` you make what **`torch.multinomial`** and `torch.distributions` have ready, so it may not be used there (a function that
#   uses it gets no points until a person has looked at it).
# * **Nothing that you are given may be changed.** Logits, prompts and masks belong to whoever called you. Make new ones.
# * For a verdict, save the notebook and run this in a terminal, in the course's folder, as often as you like:
#
#       python -m lmgrade try exercises/generation/generation.ipynb
#
#   It tries your functions on inputs drawn anew each time, and names the mistake where it can. (In a class, the checks
#   may be kept by your instructor; then you hand in first and read the same table in your feedback.)
# * Before you hand in, choose *Restart Kernel and Run All Cells*. A finished notebook runs through in less than a minute.
#
# Two evenings are enough. Run the next cell and begin.

# %%
import math
import time

import matplotlib.pyplot as plt
import torch

from lmcore.data.stories import parse, write
from lmcore.storyteller.model import storyteller_model
from lmcore.storyteller.weights import storyteller_tokenizer
from lmcore.visible import attempt, expect, refused  # for the tests: they say in words what went wrong

storyteller, tokenizer = storyteller_model(), storyteller_tokenizer()
END = tokenizer.special_tokens["<|endoftext|>"]  # a story begins behind this token and ends with it
INF = math.inf


@torch.no_grad()
def logits_after(text):
    """What the storyteller says after the beginning of a story: logits (1, vocab)."""
    return storyteller(torch.tensor([[END, *tokenizer.encode(text)]]))[:, -1]


def bars(logits, count=8):
    """Print the probabilities of the likeliest tokens."""
    probabilities = logits[0].softmax(-1)
    for i in probabilities.argsort(descending=True)[:count].tolist():
        if probabilities[i] > 0:
            print(f"  {tokenizer.decode([i])!r:12} {probabilities[i]:6.1%} {'█' * round(40 * probabilities[i].item())}")
    kept = int((probabilities > 0).sum())
    print(f"  {kept:,} of {len(probabilities):,} tokens can come")


# %% [markdown]
# ## 0. What a model says
#
# The storyteller has read many stories of one kind, and knows a vocabulary of some fourteen hundred tokens. After a
# beginning, it gives each of them a **logit**: any number, the larger the likelier. The softmax makes probabilities of
# them,
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}.$$
#
# Logits have the shape `(batch, vocab)`: a row for each text that is being written, a column for each token. A token's
# **id** is its column, counted from 0. A token that must not come has the logit `-inf`, since $e^{-\infty} = 0$. All
# functions of steps 1 to 6 work on such tables.

# %%
logits = logits_after("Long, long ago a")
print("logits:", tuple(logits.shape), "- after “Long, long ago a” comes")
bars(logits)

# %% [markdown]
# ## 1. The likeliest
#
# **`greedy(logits)`** takes logits `(batch, vocab)` and returns for each row the id of its likeliest token, `(batch,)`.
#
# * Of equally likely tokens it is the first one.
# * From some rows nothing can be chosen: those with a `nan` (a broken model), and those with nothing but `-inf` (everything
#   was forbidden). Raise a `ValueError` that says which row; otherwise some id would come out, and nobody would notice. A row
#   with *some* `-inf` is fine.
#
# By hand: with the logits `[2, 1, 0]` for *story*, *oil* and *wine* it is 0, *story*. For `[-inf, 4, 4]` it is 1.
#
# `argmax` takes the first of equals. `isnan()`, `isfinite()`, `any(-1)` and `all(-1)` help with the rest.


# %% nbgrader={"grade": false, "grade_id": "greedy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def greedy(logits):
    """The likeliest token of each row; of equally likely ones the first.

    Args:
        logits: (batch, vocab). Not changed.

    Returns:
        Ids (batch,).

    Raises:
        ValueError: a row with nan, or one of nothing but -inf.
    """
    ### BEGIN SOLUTION
    for row, numbers in enumerate(logits):
        if numbers.isnan().any() or (numbers == -INF).all():
            raise ValueError(f"row {row} has a nan or no token that is allowed: nothing can be chosen from it")
    return logits.argmax(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-greedy", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
expect(attempt(greedy, torch.tensor([[2.0, 1, 0]])), torch.tensor([0]), "greedy([[2, 1, 0]])")
got = attempt(greedy, torch.tensor([[0.0, 3, 1, 2], [5, 3, 1, 2], [-9, -8, -7, -6]]))
expect(got, torch.tensor([1, 0, 3]), "the likeliest tokens of three rows")
expect(attempt(greedy, torch.tensor([[-INF, 4, 4], [7, 0, 7]])), torch.tensor([1, 0]), "of equally likely ones, the first,")
print("nan is refused:        ", refused(greedy, torch.tensor([[0.0, 1], [math.nan, 2]])))
print("only -inf is refused:  ", refused(greedy, torch.tensor([[0.0, 1], [-INF, -INF]])))

text = "Long, long ago a"
for _ in range(24):
    text += tokenizer.decode(greedy(logits_after(text)).tolist())
print(f"\n{text} ...")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "greedy")
### END HIDDEN TESTS

# %% [markdown]
# A good beginning. But run it again: it is the same one, for ever. So throw a die. First, how much may the die decide?
#
# ## 2. Temperature
#
# $$p_i = \frac{e^{z_i / \tau}}{\sum_j e^{z_j / \tau}}$$
#
# Divide the logits by a number $\tau$, the **temperature**, before the softmax. Below 1 their differences grow and the likely
# becomes likelier still; above 1 they shrink and all become more alike.
#
# **`with_temperature(logits, temperature)`** takes logits `(batch, vocab)` and a number, and returns *logits*, not
# probabilities: other steps will follow.
#
# * The temperature is a finite number above 0. Anything else, `nan` too, is refused with a `ValueError` that names it. (For 0
#   there is `greedy`, which needs no division.)
# * `-inf` stays `-inf`, the dtype stays what it is, and so do the logits that you were given.
#
# By hand, with *story*, *oil* and *wine*:
#
# | temperature | logits | probabilities |
# |---|---|---|
# | 1 | `[2, 1, 0]` | 0.67, 0.24, 0.09 |
# | 0.5 | `[4, 2, 0]` | 0.87, 0.12, 0.02 |
# | 2 | `[1, 0.5, 0]` | 0.51, 0.31, 0.19 |
#
# A chain of comparisons such as `0 < x < math.inf` is `False` for `nan`, as every comparison with it is.


# %% nbgrader={"grade": false, "grade_id": "with-temperature", "locked": false, "schema_version": 3, "solution": true, "task": false}
def with_temperature(logits, temperature):
    """Below 1 the likely becomes likelier still, above 1 all become more alike.

    Args:
        logits: (batch, vocab). Not changed.
        temperature: a finite number above 0.

    Returns:
        Logits (batch, vocab).

    Raises:
        ValueError: a temperature that is not a finite number above 0.
    """
    ### BEGIN SOLUTION
    if not 0 < temperature < math.inf:
        raise ValueError(f"the temperature is {temperature}; it must be a finite number above 0")
    return logits / temperature
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-with-temperature", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
logits = torch.tensor([[2.0, 1, 0]])
expect(attempt(with_temperature, logits, 0.5), torch.tensor([[4.0, 2, 0]]), "[2, 1, 0] at temperature 0.5")
assert logits.tolist() == [[2, 1, 0]], f"the logits you are given should stay as they are; they are now {logits.tolist()}"
expect(attempt(with_temperature, logits, 2), torch.tensor([[1.0, 0.5, 0]]), "[2, 1, 0] at temperature 2")
got = attempt(with_temperature, torch.tensor([[3.0, -INF], [-1, 6]]), 3.0)
expect(got, torch.tensor([[1.0, -INF], [-1 / 3, 2]]), "two rows at temperature 3, one with -inf,")
for bad in (0, -1.0, math.nan, INF):
    print(f"{bad} is refused:", refused(with_temperature, logits, bad))

for temperature in (0.5, 1, 2):
    print(f"\nFar, far away ..., at temperature {temperature}:")
    bars(with_temperature(logits_after("Far, far away"), temperature), count=4)
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "with_temperature")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Top-k
#
# When it is hot, there is a danger. No wrong token is likely by itself, but there are more than a thousand of them, and
# together they have a good share: the **tail**. In a story of two hundred tokens the die is thrown two hundred times. So cut
# the tail off before you throw.
#
# **`keep_top_k(logits, k)`** returns logits `(batch, vocab)` in which all but the `k` likeliest tokens of each row are
# `-inf`; the others are as they were, where they were.
#
# * Tokens as likely as the k-th stay, too, so that there can be more than `k`. Why should one of two equals go?
# * A `k` larger than the vocabulary keeps everything. A `k` below 1 is a `ValueError`.
# * Forbidden tokens stay forbidden, and the logits that you were given as they are.
#
# By hand, `k = 2`:
#
# | logits | result | why |
# |---|---|---|
# | `[1, 4, 2, 3]` | `[-inf, 4, -inf, 3]` | the second likeliest has 3 |
# | `[2, 2, 5, 2]` | `[2, 2, 5, 2]` | the second likeliest has 2, and so have the others |
#
# `logits.topk(k).values` are the `k` largest numbers of each row in falling order, `(batch, k)`. Which of them is the limit?
# To compare it with a whole row it needs an axis of size 1, `(batch, 1)`.


# %% nbgrader={"grade": false, "grade_id": "keep-top-k", "locked": false, "schema_version": 3, "solution": true, "task": false}
def keep_top_k(logits, k):
    """Forbid all but the k likeliest tokens.

    Args:
        logits: (batch, vocab). Not changed.
        k: at least 1; more than there are tokens keeps them all.

    Returns:
        Logits (batch, vocab), -inf at forbidden tokens. Tokens as likely as the k-th are kept.

    Raises:
        ValueError: a k below 1.
    """
    ### BEGIN SOLUTION
    if k < 1:
        raise ValueError(f"k is {k}; it must be at least 1")
    least = logits.topk(min(k, logits.shape[-1])).values[:, -1:]  # B 1
    return logits.masked_fill(logits < least, -INF)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-keep-top-k", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
logits = torch.tensor([[1.0, 4, 2, 3], [20, 50, 40, 30]])
wanted = torch.tensor([[-INF, 4, -INF, 3], [-INF, 50, 40, -INF]])
expect(attempt(keep_top_k, logits, 2), wanted, "two rows with k = 2")
assert logits[0].tolist() == [1, 4, 2, 3], f"the logits you are given should stay as they are; row 0 is now {logits[0].tolist()}"
expect(attempt(keep_top_k, logits, 1), torch.tensor([[-INF, 4, -INF, -INF], [-INF, 50, -INF, -INF]]), "the same with k = 1")
expect(attempt(keep_top_k, torch.tensor([[2.0, 2, 5, 2]]), 2), torch.tensor([[2.0, 2, 5, 2]]), "[2, 2, 5, 2] with k = 2")
for k in (4, 50):
    expect(attempt(keep_top_k, logits, k), logits, f"four tokens with k = {k}")
print("k = 0 is refused:", refused(keep_top_k, logits, 0))

for beginning in ("Long, long ago a brave", "Long, long ago a brave elephant called Flora lived in the mill. The"):
    print(f"\n... {beginning[-25:]} ..., temperature 2, k = 3:")
    bars(keep_top_k(with_temperature(logits_after(beginning), 2), 3))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "keep_top_k")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Top-p
#
# After *a brave* any animal would be right, and three are too few. Where a name has to come back, one word is right, and three
# are two too many. **Top-p** lets the model say how many: of the likeliest tokens it keeps the fewest that have the
# probability $p$ together, the **nucleus**.
#
# **`keep_top_p(logits, p)`** returns logits `(batch, vocab)`, `-inf` at all tokens outside of their row's nucleus.
#
# * Go through a row's tokens from the likeliest one down, and add up their probabilities. The token with which the sum reaches
#   `p` still stays; those after it go. So at least one stays, however small `p` is.
# * `p = 1` cuts nothing. Return all logits then without adding up: rounded, the sum may be 1 long before its end.
# * `p` is above 0 and at most 1; anything else, `nan` too, is a `ValueError`.
# * What is kept stays where it was, as it was. (Of *equally* likely tokens at the border it does not matter which stay.)
#
# By hand, with probabilities (take their logarithms as logits):
#
# | probabilities | `p` | sums from the likeliest | kept |
# |---|---|---|---|
# | 0.5, 0.3, 0.15, 0.05 | 0.7 | 0.5, **0.8** | the first two |
# | 0.05, 0.15, 0.3, 0.5 | 0.7 | 0.5, **0.8** | the last two |
# | 0.9, 0.06, 0.03, 0.01 | 0.3 | **0.9** | the first |
#
# `descending, order = logits.sort(dim=-1, descending=True)` sorts each row, and `order` says which token went to which place.
# A token stays if the sum *before* it, without itself, is still below `p`. Then you know it for the sorted row, and have to
# bring it back: `lost_in_order.scatter(-1, order, lost_in_order)` puts each entry where its token stands. (`order.argsort(-1)`
# with `gather` does it, too.)


# %% nbgrader={"grade": false, "grade_id": "keep-top-p", "locked": false, "schema_version": 3, "solution": true, "task": false}
def keep_top_p(logits, p):
    """Keep the fewest tokens that have the probability p together.

    Args:
        logits: (batch, vocab). Not changed.
        p: above 0, at most 1; 1 keeps everything.

    Returns:
        Logits (batch, vocab), -inf at forbidden tokens. At least one is kept.

    Raises:
        ValueError: a p outside that range.
    """
    ### BEGIN SOLUTION
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}; it must be above 0 and at most 1")
    if p == 1:
        return logits
    descending, order = logits.sort(dim=-1, descending=True)
    probabilities = descending.softmax(-1)
    lost_in_order = probabilities.cumsum(-1) - probabilities >= p  # what comes before has reached p
    return logits.masked_fill(lost_in_order.scatter(-1, order, lost_in_order), -INF)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-keep-top-p", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
probabilities = torch.tensor([[0.5, 0.3, 0.15, 0.05], [0.05, 0.15, 0.3, 0.5], [0.03, 0.9, 0.01, 0.06]])
logits = probabilities.log()
kept = torch.tensor([[True, True, False, False], [False, False, True, True], [False, True, False, False]])
expect(attempt(keep_top_p, logits, 0.7), logits.masked_fill(~kept, -INF), "the logarithms of three rows, with p = 0.7,")
assert torch.equal(logits, probabilities.log()), "the logits you are given should stay as they are; yours were written into"
kept = torch.tensor([[True, False, False, False], [False, False, False, True], [False, True, False, False]])
expect(attempt(keep_top_p, logits, 0.01), logits.masked_fill(~kept, -INF), "the same with p = 0.01")
kept = torch.tensor([[True, True, True, False], [False, True, True, True], [False, True, False, True]])
expect(attempt(keep_top_p, logits, 0.94), logits.masked_fill(~kept, -INF), "the same with p = 0.94")
sure = torch.tensor([[30.0, 0, 1, -9]])
expect(attempt(keep_top_p, sure, 1), sure, "[30, 0, 1, -9] with p = 1")
for bad in (0, 1.5, math.nan):
    print(f"p = {bad} is refused:", refused(keep_top_p, logits, bad))

for beginning in ("Long, long ago a brave", "Long, long ago a brave elephant called Flora lived in the mill. The"):
    print(f"\n... {beginning[-25:]} ..., p = 0.9:")
    bars(keep_top_p(logits_after(beginning), 0.9), count=5)
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "keep_top_p")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Not again!
#
# Some models get stuck, above all when they write greedily: *the owl and the owl and the owl*. A popular remedy is a
# **repetition penalty** $\rho > 1$ for tokens that the text already has:
#
# $$z_i' = \begin{cases} z_i / \rho & \text{seen, } z_i \ge 0 \\ z_i \cdot \rho & \text{seen, } z_i < 0 \\ z_i & \text{not seen} \end{cases}$$
#
# Why two cases? Half of 4 is 2, which is less likely. Half of -4 is -2, which is *likelier*.
#
# **`penalise_repetition(logits, seen, penalty)`** takes logits `(batch, vocab)`, a bool mask of the same shape, `True` at
# tokens that are in the row's text, and a number.
#
# * The penalty is a finite number above 0, or else a `ValueError`. 1 changes nothing; below 1 it *invites* repetition, which is
#   allowed.
# * `-inf` stays `-inf`, also where it was seen, and nothing that you were given is changed.
#
# By hand, with a penalty of 2: the logits `[4, -4, 4, -inf]`, of which the first, the second and the last were seen, become
# `[2, -8, 4, -inf]`. `torch.where(condition, a, b)` takes `a` where the condition is `True`, and `b` elsewhere.


# %% nbgrader={"grade": false, "grade_id": "penalise-repetition", "locked": false, "schema_version": 3, "solution": true, "task": false}
def penalise_repetition(logits, seen, penalty):
    """Make tokens that the text already has less likely.

    Args:
        logits: (batch, vocab). Not changed.
        seen: bool (batch, vocab), True at tokens that are in the text.
        penalty: a finite number above 0; 1 changes nothing.

    Returns:
        Logits (batch, vocab).

    Raises:
        ValueError: a penalty that is not a finite number above 0.
    """
    ### BEGIN SOLUTION
    if not 0 < penalty < math.inf:
        raise ValueError(f"the penalty is {penalty}; it must be a finite number above 0")
    return torch.where(seen, torch.where(logits < 0, logits * penalty, logits / penalty), logits)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-penalise-repetition", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
logits = torch.tensor([[4.0, -4, 4, -INF], [1, 2, -3, 0]])
seen = torch.tensor([[True, True, False, True], [False, True, True, True]])
wanted = torch.tensor([[2.0, -8, 4, -INF], [1, 1, -6, 0]])
expect(attempt(penalise_repetition, logits, seen, 2), wanted, "two rows with a penalty of 2")
assert logits[0, 0] == 4, f"the logits you are given should stay as they are; row 0 is now {logits[0].tolist()}"
wanted = torch.tensor([[8.0, -2, 4, -INF], [1, 4, -1.5, 0]])
expect(attempt(penalise_repetition, logits, seen, 0.5), wanted, "the same with 0.5, an invitation,")
for bad in (0, -2, math.nan):
    print(f"{bad} is refused:", refused(penalise_repetition, logits, seen, bad))

beginning = "Long, long ago a brave elephant called Flora lived in the mill. The"
seen = torch.zeros_like(logits_after(beginning), dtype=torch.bool)
seen[0, tokenizer.encode(beginning)] = True
for penalty in (1, 2):
    print(f"\n... {beginning[-35:]} ..., penalty {penalty}:")
    bars(penalise_repetition(logits_after(beginning), seen, penalty), count=4)
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "penalise_repetition")
### END HIDDEN TESTS

# %% [markdown]
# The remedy has a price: it does not ask *why* a word comes back. Here the place should.
#
# ## 6. Drop the needle
#
# How does one draw by given probabilities? Put them end to end, so that they make a line of length 1, and drop a needle on
# it. A long part is hit often, a short one rarely.
#
#       0           0.5          0.8    1
#       |--- story ---|--- oil ---|-wine-|          the needle falls at 0.62: oil
#                         ^
#
# The parts end at 0.5, 0.8 and 1. One end lies at or before 0.62, so it is token number 1.
#
# **`draw(logits, generators)`** takes logits `(batch, vocab)` and a list of generators, one for each row, and returns the
# drawn ids `(batch,)`.
#
# * The needle of a row is **one** number from **its own** generator, a float64:
#   `torch.rand(1, generator=generator, dtype=torch.float64)`. Not one number more, none from elsewhere: then the same seed
#   writes the same text, whatever is written beside it. (That is also how your draws can be graded.)
# * Compute the line in float64, too: `logits.double()`. Forbidden tokens have a part of length 0 and are never drawn.
# * Another number of generators than rows is a `ValueError`, and so is a row from which nothing can be chosen, as in `greedy`.
# * `torch.multinomial` is what you are building, and may not be used.
#
# The softmax of a row that has a `nan`, or nothing but `-inf`, is `nan` throughout. `cumsum(-1)` is the running sum of each
# row. It may be a hair below 1 at its end. If you multiply the needle by the last end, it falls on the line for sure.


# %% nbgrader={"grade": false, "grade_id": "draw", "locked": false, "schema_version": 3, "solution": true, "task": false}
def draw(logits, generators):
    """Draw one token for each row, with the probabilities that the softmax gives.

    Args:
        logits: (batch, vocab). Not changed. -inf is never drawn.
        generators: a list of torch.Generator, one for each row. One number is taken from each.

    Returns:
        Ids (batch,).

    Raises:
        ValueError: another number of generators than rows; a row with nan, or one of nothing but -inf.
    """
    ### BEGIN SOLUTION
    if len(generators) != len(logits):
        raise ValueError(f"{len(generators)} generators for {len(logits)} rows; each row has its own")
    ends = logits.double().softmax(-1).cumsum(-1)  # B V
    if ends.isnan().any():
        raise ValueError("a row has a nan or no token that is allowed: nothing can be drawn from it")
    needles = torch.cat([torch.rand(1, generator=generator, dtype=torch.float64) for generator in generators])
    return (ends <= needles[:, None] * ends[:, -1:]).sum(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-draw", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def seeded(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


line = torch.tensor([[0.5, 0.3, 0.2]]).log()
needles = [torch.rand(1, generator=g, dtype=torch.float64).item() for g in seeded(*range(8))]
wanted = torch.tensor([0 if needle < 0.5 else 1 if needle < 0.8 else 2 for needle in needles])
expect(attempt(draw, line.expand(8, 3), seeded(*range(8))), wanted, f"with needles at {[round(x, 2) for x in needles]}, it")
(generator,) = seeded(3)
drawn = [attempt(draw, line, [generator]).item() for _ in range(3000)]
shares = [drawn.count(token) / len(drawn) for token in range(3)]
assert all(abs(share - p) < 0.05 for share, p in zip(shares, (0.5, 0.3, 0.2), strict=True)), f"shares in 3,000 draws: {shares}"
blocked = torch.tensor([[-INF, 0.0, 0.0, -INF]])
drawn = [draw(blocked, [generator]).item() for _ in range(500)]
assert set(drawn) == {1, 2}, f"tokens 0 and 3 are forbidden; in 500 draws came {sorted(set(drawn))}"
before = torch.random.get_rng_state()
draw(line, [generator])
assert torch.equal(before, torch.random.get_rng_state()), "a number was taken from torch's common generator"
print("Two generators for one row are refused:", refused(draw, line, seeded(1, 2)))
print("A row of nothing but -inf is refused:  ", refused(draw, torch.full((1, 3), -INF), seeded(1)))

print("\nstory 0.5, oil 0.3, wine 0.2, drawn 3,000 times:", ", ".join(f"{share:.3f}" for share in shares))
text = "Long, long ago a"
for _ in range(24):
    text += tokenizer.decode(draw(keep_top_p(logits_after(text), 0.9), [generator]).tolist())
print(f"{text} ...")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "draw")
### END HIDDEN TESTS

# %% [markdown]
# Run that cell with another seed than 3, and another story begins.
#
# ## 7. The loop
#
# Ask the model, choose, append, ask again. That is all of writing.
#
# **`generate(model, prompt, max_new_tokens, choose, end=None)`** takes
#
# * a model: `model(ids)` takes ids `(1, time)` and gives logits `(1, time, vocab)`. Those at place `t` say what comes *after*
#   token `t`, so only the last place's are of use here. `model.config.context` is the largest number of tokens it can read;
# * a prompt: a list of ids, at least one;
# * `choose(logits, ids)`: a function. You call it with the logits `(1, vocab)` and the list of all ids so far, the prompt's
#   too. It returns the next id, in a tensor `(1,)`, as `greedy` and `draw` do;
# * `end`: the id that ends a text, or `None`.
#
# It returns **one list of numbers: the prompt and what was written after it**, at most `max_new_tokens` ids.
#
# * When the end token is chosen, the text is over; the end token itself is not written. In the *prompt* it means nothing,
#   not even as its last token: a story begins behind it, and often it is the whole prompt. `end` may be 0.
# * If the prompt and `max_new_tokens` together are more than the context, or the prompt is empty, raise a `ValueError` before
#   the model has read anything.
# * No gradients are recorded (`with torch.no_grad():` around the loop), and the prompt's list stays as it is.
#
# To try it, here is a model that you can calculate by hand. Ida sends messages home, and after each word only a few can
# come (▸ begins a message, ■ ends it). Its logits are the logarithms of these probabilities:
#
# | after | comes |
# |---|---|
# | ▸ | *there* 0.6, *send* 0.4 |
# | there | *is* 1 |
# | is | *more* 0.6, *no* 0.4 |
# | send | *oil* 0.8, *more* 0.2 |
# | more | *oil* 0.7, *story* 0.3 |
# | no | *oil* 1 |
# | oil, story | ■ 1 |
# | ■ | ▸ 1, another message |
#
# Greedy after `▸`: *there*, *is*, *more*, *oil*, and then ■, the end.

# %%
from types import SimpleNamespace

WORDS = ["■", "▸", "there", "is", "more", "no", "oil", "story", "send"]
AFTER = {
    "▸": {"there": 0.6, "send": 0.4},
    "there": {"is": 1.0},
    "is": {"more": 0.6, "no": 0.4},
    "send": {"oil": 0.8, "more": 0.2},
    "more": {"oil": 0.7, "story": 0.3},
    "no": {"oil": 1.0},
    "oil": {"■": 1.0},
    "story": {"■": 1.0},
    "■": {"▸": 1.0},
}


class Ida(torch.nn.Module):
    """A model that looks at the last word only."""

    def __init__(self):
        super().__init__()
        table = torch.tensor([[AFTER[word].get(other, 0.0) for other in WORDS] for word in WORDS])
        self.table = torch.nn.Parameter(table.log())
        self.config = SimpleNamespace(context=8, vocab_size=len(WORDS))
        self.readings = []

    def forward(self, ids):
        self.readings.append((ids.shape[1], torch.is_grad_enabled()))  # how many tokens, and with gradients?
        return self.table[ids]


def ids_of(text):
    return [WORDS.index(word) for word in text.split()]


def words_of(ids):
    return " ".join(WORDS[i] for i in ids)


def likeliest(logits, ids):
    """A choose that is greedy."""
    return greedy(logits)


print("message:", ids_of("▸ there is"), "- the logits after it:", Ida()(torch.tensor([ids_of("▸ there is")])).shape)


# %% nbgrader={"grade": false, "grade_id": "generate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generate(model, prompt, max_new_tokens, choose, end=None):
    """Append the next token, again and again.

    Args:
        model: from ids (1, time) to logits (1, time, vocab).
        prompt: a list of ids, at least one. Not changed.
        max_new_tokens: at most how many tokens to write.
        choose: from logits (1, vocab) and the list of all ids so far to the next id (1,).
        end: the id that ends a text; None for none.

    Returns:
        A list: the prompt's ids and the new ones, without the end.

    Raises:
        ValueError: an empty prompt, or one that is too long together with max_new_tokens.
    """
    ### BEGIN SOLUTION
    if not prompt:
        raise ValueError("the prompt is empty; it needs one id at least")
    if len(prompt) + max_new_tokens > model.config.context:
        raise ValueError(
            f"{len(prompt)} tokens and {max_new_tokens} new ones are more than the context of {model.config.context}"
        )
    ids = list(prompt)
    with torch.no_grad():
        for _ in range(max_new_tokens):
            logits = model(torch.tensor([ids]))[:, -1]  # 1 V
            new = int(choose(logits, ids))
            if new == end:
                break
            ids.append(new)
    return ids
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-generate", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
ida, begin = Ida(), ids_of("▸")
got = attempt(generate, ida, begin, 7, likeliest, 0)
assert isinstance(got, list) and all(type(i) is int for i in got), f"a list of numbers should come back; yours is {got!r}"
assert words_of(got) == "▸ there is more oil", f"Ida's greedy message is '▸ there is more oil'; yours is {words_of(got)!r}"
assert begin == ids_of("▸"), f"the prompt's list should stay as it is; it is now {words_of(begin)!r}"
lengths = [length for length, _ in ida.readings]
assert lengths == [1, 2, 3, 4, 5], f"the model should read the whole text each time, 1, 2, 3, 4, 5 tokens; it read {lengths}"
assert not any(recorded for _, recorded in ida.readings), "the model was called while gradients were recorded"
assert torch.is_grad_enabled(), "gradients should be recorded again when generate is done: switch them off for your block only"
got = words_of(attempt(generate, ida, ids_of("▸ send more"), 1, likeliest, 0))
assert got == "▸ send more oil", f"one token more after '▸ send more' makes '▸ send more oil'; yours is {got!r}"
got = words_of(attempt(generate, ida, ids_of("■ ▸ no"), 4, likeliest, 0))
assert got == "■ ▸ no oil", f"'■ ▸ no' goes on to '■ ▸ no oil', although ■ stands in the prompt; yours is {got!r}"
got = words_of(attempt(generate, ida, ids_of("■"), 3, likeliest, 0))
assert got == "■ ▸ there is", f"'■' goes on to '■ ▸ there is', although the prompt ends with ■; yours is {got!r}"
got = words_of(attempt(generate, ida, ids_of("▸ send"), 6, likeliest))
assert got == "▸ send oil ■ ▸ there is more", f"without an end, six tokens come after '▸ send'; yours is {got!r}"
asked = []
generate(ida, ids_of("▸ there"), 2, lambda logits, ids: asked.append((tuple(logits.shape), list(ids))) or greedy(logits))
assert asked == [((1, 9), [1, 2]), ((1, 9), [1, 2, 3])], f"choose should be asked with (1, 9) and all ids; it was {asked}"
readings = len(ida.readings)
print("8 new tokens in a context of 8 are refused:", refused(generate, ida, ids_of("▸"), 8, likeliest))
print("An empty prompt is refused:                ", refused(generate, ida, [], 2, likeliest))
assert len(ida.readings) == readings, "the model should read nothing before you refuse"

(generator,) = seeded(1)
messages = [words_of(generate(ida, ids_of("▸"), 7, lambda logits, ids: draw(logits, [generator]), 0)) for _ in range(300)]
print("\n300 messages, drawn:")
for message in sorted(set(messages), key=messages.count, reverse=True):
    print(f"  {messages.count(message) / 300:5.1%}  {message}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "generate")
### END HIDDEN TESTS

# %% [markdown]
# Keep that list for step 10. Greedy always says *there is more oil*. Is it the likeliest message?
#
# ## 8. Read each token once
#
# To write the hundredth token, your loop lets the model read all ninety-nine before it, and for the next one again. But a
# token looks only back, so for those ninety-nine nothing has changed: their keys and values can be kept, in a **cache**. The
# storyteller has one:
#
# * `cache = model.new_cache(capacity)` makes an empty one with room for so many tokens;
# * `model(ids, cache)` reads ids `(1, new)` as the *next* tokens of the text in the cache, and adds them to it. It gives
#   logits for the new ones only, `(1, new, vocab)`. Positions count on from what the cache holds, so it matters that each
#   token is read once and in order.
#
# **`generate_cached(model, prompt, max_new_tokens, choose, end=None)`** does what `generate` does, everything, and
#
# * reads the whole prompt in one call, and after that in each call the one token that is new;
# * begins each text with a cache of its own, with room for the prompt and all new tokens.
#
# | call | ids that are read | tokens in the cache before |
# |---|---|---|
# | 1 | `▸ there is` | 0 |
# | 2 | `more` | 3 |
# | 3 | `oil` | 4 |
#
# `choose` still gets *all* ids: it has no cache.


# %% nbgrader={"grade": false, "grade_id": "generate-cached", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generate_cached(model, prompt, max_new_tokens, choose, end=None):
    """Write what generate writes, and read each token once.

    Args:
        model: has new_cache(capacity), and goes from ids (1, new) and a cache to logits (1, new, vocab).
        prompt, max_new_tokens, choose, end: as for generate.

    Returns:
        A list: the prompt's ids and the new ones, without the end.

    Raises:
        ValueError: as generate.
    """
    ### BEGIN SOLUTION
    if not prompt:
        raise ValueError("the prompt is empty; it needs one id at least")
    if len(prompt) + max_new_tokens > model.config.context:
        raise ValueError(
            f"{len(prompt)} tokens and {max_new_tokens} new ones are more than the context of {model.config.context}"
        )
    ids = list(prompt)
    unread = ids
    with torch.no_grad():
        cache = model.new_cache(len(prompt) + max_new_tokens)
        for _ in range(max_new_tokens):
            logits = model(torch.tensor([unread]), cache)[:, -1]  # 1 V
            new = int(choose(logits, ids))
            if new == end:
                break
            ids = [*ids, new]
            unread = [new]
    return ids
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-generate-cached", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
prompt = [END, *tokenizer.encode("Long, long ago a brave")]
again = " a second time (the first time all was right: what is left over from it?)"
for count, time_of_it in ((40, ""), (40, again), (1, ""), (2, "")):
    wanted = generate(storyteller, prompt, count, likeliest, END)
    got = attempt(generate_cached, storyteller, prompt, count, likeliest, END)
    where = next((n for n, (a, b) in enumerate(zip(wanted, got, strict=False)) if a != b), min(len(wanted), len(got)))
    what = f"{count} new tokens after the prompt's {len(prompt)}{time_of_it}"
    assert got == wanted, f"{what}: yours differs from generate's from place {where} on"


class Watched(torch.nn.Module):
    """The storyteller, and a list of what it was given at each call, and how many tokens the cache held."""

    def __init__(self):
        super().__init__()
        self.config, self.calls = storyteller.config, []

    def new_cache(self, capacity=None):
        return storyteller.new_cache(capacity)

    def forward(self, ids, cache=None):
        self.calls.append((ids[0].tolist(), cache[0].length if cache else 0))
        return storyteller(ids, cache)


watched = Watched()
text = generate_cached(watched, prompt, 4, likeliest)
wanted = [(prompt, 0), *(([text[n]], n) for n in range(len(prompt), len(prompt) + 3))]
for call, (right, yours) in enumerate(zip(wanted, watched.calls, strict=False), start=1):
    assert right == yours, f"call {call} should read the ids {right[0]} with {right[1]} in the cache; yours: {yours[0]} with {yours[1]}"
print("Too long is refused:", refused(generate_cached, storyteller, prompt, 250, likeliest))

print("\ntokens   without   with a cache")
for count in (50, 100, 200):
    seconds = []
    for write_tokens in (generate, generate_cached):
        started = time.perf_counter()
        write_tokens(storyteller, [END], count, likeliest)
        seconds.append(time.perf_counter() - started)
    print(f"{count:6} {seconds[0]:8.2f} s {seconds[1]:8.2f} s")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "generate_cached")
### END HIDDEN TESTS

# %% [markdown]
# ## 9. How likely is a text?
#
# So far each token was judged by itself. The probability of a whole text is the product of its tokens' probabilities, each
# after what stands before it; its logarithm is a sum, which does not get too small for a computer. Each further token makes
# a text less likely, so to compare texts of different lengths one divides by a power of the length:
#
# $$\text{score}(y) = \frac{1}{n^\alpha} \sum_{t=1}^{n} \ln p(y_t \mid y_{<t})$$
#
# Here $n$ is the number of *new* tokens. $\alpha = 0$ gives the logarithm of the text's probability, $\alpha = 1$ the mean per
# token.
#
# **`text_score(model, prompt, continuation, length_penalty=0.0)`** takes two lists of ids, each with at least one, and
# $\alpha$. It returns a number (a float, not a tensor).
#
# * Only the continuation's tokens count, all of them, also an end token in it. The prompt's do not.
# * One call of the model is enough: `model` gives the logits of all places. Where stands what foretold a token?
# * Very unlikely texts have a score, too, not `-inf`. `log_softmax` takes the logarithm without making a 0 first; do it in
#   float64.
# * No gradients are recorded.
#
# By hand, after ▸: *send oil ■* has $\ln(0.4 \cdot 0.8 \cdot 1) = \ln 0.32 = -1.139$, and with $\alpha = 1$ it is
# $-1.139 / 3 = -0.380$. *there is more oil ■* has $\ln 0.252 = -1.378$, and $-1.378 / 5 = -0.276$.
#
# | place | 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | token | ▸ | send | oil | ■ |
# | the logits here foretell | send | oil | ■ | |


# %% nbgrader={"grade": false, "grade_id": "text-score", "locked": false, "schema_version": 3, "solution": true, "task": false}
def text_score(model, prompt, continuation, length_penalty=0.0):
    """The logarithm of a continuation's probability, divided by a power of its length.

    Args:
        model: from ids (1, time) to logits (1, time, vocab).
        prompt: a list of ids, at least one.
        continuation: a list of ids, at least one.
        length_penalty: alpha, the power.

    Returns:
        A float.
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        logits = model(torch.tensor([[*prompt, *continuation]]))[0]  # T V
    rows = logits.double().log_softmax(-1)[len(prompt) - 1 : -1]
    total = sum(row[i].item() for row, i in zip(rows, continuation, strict=True))
    return total / len(continuation) ** length_penalty
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-text-score", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def number(got, wanted, what):
    assert isinstance(got, float), f"{what} should be a float; yours is {got!r}"
    assert abs(got - wanted) < 1e-4, f"{what} should be {wanted:.4f}; yours is {got:.4f}"


ida = Ida()
number(attempt(text_score, ida, ids_of("▸"), ids_of("send oil ■")), math.log(0.32), "the score of 'send oil ■'")
number(attempt(text_score, ida, ids_of("▸"), ids_of("send oil ■"), 1.0), math.log(0.32) / 3, "its mean")
number(attempt(text_score, ida, ids_of("▸ there"), ids_of("is more oil")), math.log(0.42), "'is more oil' after '▸ there'")
number(attempt(text_score, ida, ids_of("▸ there is"), ids_of("no"), 1.0), math.log(0.4), "'no' after '▸ there is'")
number(attempt(text_score, ida, ids_of("▸ send"), ids_of("more story"), 0.5), math.log(0.06) / 2**0.5, "alpha 0.5")
ida.readings.clear()
text_score(ida, ids_of("▸"), ids_of("send oil ■"))
assert len(ida.readings) == 1, f"one reading gives the logits of all places; the model was called {len(ida.readings)} times"
assert not ida.readings[0][1], "the model was called while gradients were recorded"
wanted = logits_after("Far, far away")[0].double().log_softmax(-1)[tokenizer.encode(" a")[0]].item()
got = text_score(storyteller, [END, *tokenizer.encode("Far, far away")], tokenizer.encode(" a"))
number(got, wanted, "the storyteller's score of ' a' after 'Far, far away'")

sentence = "Long, long ago a brave elephant called Flora lived in the"
print(sentence, "...")
for word in (" mill.", " chapel.", " elephant.", " seven."):
    score = text_score(storyteller, [END, *tokenizer.encode(sentence)], tokenizer.encode(word))
    print(f"  {word:10} ln p = {score:7.2f}, p = {math.exp(score):.2g}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "text_score")
### END HIDDEN TESTS

# %% [markdown]
# ## 10. Look for the likeliest text
#
# This is the hard one. If you are tired, look at the milestone first: it does without.
#
# Greedy writing lets go of *send* at once, and so never finds *send oil*, the likeliest of Ida's messages. **Beam search** keeps
# several unfinished texts, the **beams**. At each step it continues every beam by every token, and of all these
# continuations keeps the best.
#
# **`beam_search(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0)`** returns a list of pairs `(ids, score)`,
# best score first, at most `beams` of them. `ids` are the new tokens, a list of numbers without the prompt and without the
# end token. Precisely:
#
# 1. In the beginning there is one unfinished text, the empty one, with the sum 0.
# 2. In step `n` (1, 2, ..., `max_new_tokens`) continue each unfinished text by each token: its sum is the text's sum plus
#    $\ln p$ of the token. Leave out what has no probability at all ($\ln p = -\infty$). Put all continuations of all texts in
#    one order, by their sums, best first.
# 3. A continuation that **ends** (by the end token) is finished if it is among the first `beams` of this order. Otherwise it
#    is dropped.
# 4. Of those that do *not* end, the first `beams` go on. So texts that end take no place from those that go on.
# 5. In the **last** step nothing goes on: the first `beams` of the order are finished, whether they end or not.
# 6. A text that is finished in step `n` has the score sum / $n^\alpha$, where `n` counts the end token. It is what
#    `text_score` gives.
# 7. When no text goes on, the search is over. Of all finished texts return the best `beams`.
#
# By hand: Ida, two beams, $\alpha = 0$.
#
# | step | order of the continuations | go on | finished |
# |---|---|---|---|
# | 1 | there 0.6, send 0.4 | both | |
# | 2 | there is 0.6, send oil 0.32, send more 0.08 | there is, send oil | |
# | 3 | there is more 0.36, **send oil ■ 0.32**, there is no 0.24 | there is more, there is no | send oil 0.32 |
# | 4 | there is more oil 0.252, there is no oil 0.24, there is more story 0.108 | the first two | |
# | 5 | there is more oil ■ 0.252, there is no oil ■ 0.24 | none | both |
#
# So the best two are *send oil* (0.32) and *there is more oil* (0.252). Add logarithms, in float64, instead of multiplying.
# All unfinished texts of a step are equally long, so the model can read them in one call, `(beams, time)`. In a flat order of
# all continuations, number `i` is token `i % vocab` of text `i // vocab`: `divmod(i, vocab)`.


# %% nbgrader={"grade": false, "grade_id": "beam-search", "locked": false, "schema_version": 3, "solution": true, "task": false}
def beam_search(model, prompt, max_new_tokens, beams, end=None, length_penalty=0.0):
    """The best continuations that a beam of this width finds.

    Args:
        model: from ids (batch, time) to logits (batch, time, vocab).
        prompt: a list of ids, at least one.
        max_new_tokens: at most how many tokens to write, an end token included.
        beams: how many unfinished texts go on, and how many texts come back at most.
        end: the id that ends a text; None for none.
        length_penalty: alpha, the power of the length that a score is divided by.

    Returns:
        Pairs (ids, score), best first.
    """
    ### BEGIN SOLUTION
    running, finished = [([], 0.0)], []
    for n in range(1, max_new_tokens + 1):
        with torch.no_grad():
            logits = model(torch.tensor([[*prompt, *ids] for ids, _ in running]))[:, -1]  # beams V
        sums = torch.tensor([total for _, total in running], dtype=torch.float64)
        sums = sums[:, None] + logits.double().log_softmax(-1)
        order = sums.flatten().sort(descending=True)
        goes_on = []
        for rank, (total, i) in enumerate(zip(order.values.tolist(), order.indices.tolist(), strict=True)):
            if total == -math.inf:
                break
            row, token = divmod(i, logits.shape[1])
            ids = running[row][0]
            if token == end or n == max_new_tokens:
                if rank < beams:
                    finished.append((ids if token == end else [*ids, token], total / n**length_penalty))
            elif len(goes_on) < beams:
                goes_on.append(([*ids, token], total))
        if not goes_on:
            break
        running = goes_on
    return sorted(finished, key=lambda text: text[1], reverse=True)[:beams]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-beam-search", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def found(beams, alpha=0.0, steps=7, end=0, prompt="▸"):
    pairs = attempt(beam_search, ida, ids_of(prompt), steps, beams, end, alpha)
    assert isinstance(pairs, list) and all(len(pair) == 2 for pair in pairs), f"a list of pairs should come back, not {pairs!r}"
    return [(words_of(ids), score) for ids, score in pairs]


def finds(beams, *wanted, **settings):
    wanted = [(words, f"{score:.3f}") for words, score in wanted]
    got = [(words, f"{score:.3f}") for words, score in found(beams, **settings)]
    call = ", ".join(f"{name} {value}" for name, value in {"beams": beams, **settings}.items())
    assert got == wanted, f"with {call}, found should be {wanted}; yours is {got}"


finds(1, ("there is more oil", math.log(0.252)))
finds(2, ("send oil", math.log(0.32)), ("there is more oil", math.log(0.252)))
finds(2, ("there is more oil", math.log(0.252) / 5), ("there is no oil", math.log(0.24) / 5), alpha=1.0)
finds(3, ("there is", math.log(0.6)), ("send oil", math.log(0.32)), ("send more", math.log(0.08)), steps=2)
finds(2, ("oil ■ ▸", math.log(0.8)), ("more oil ■", math.log(0.14)), steps=3, end=None, prompt="▸ send")
assert len(found(50)) == 6, f"Ida has six messages; with 50 beams, {len(found(50))} are found"
for words, score in found(50):
    number(text_score(ida, ids_of("▸"), ids_of(f"{words} ■")), score, f"the text_score of {words!r}")

print("the best of Ida's messages")
for alpha in (0.0, 0.3, 0.4, 1.0):
    words, score = found(4, alpha)[0]
    print(f"  alpha {alpha}: {words} ({score:.3f})")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("generation", "beam_search")
### END HIDDEN TESTS

# %% [markdown]
# Without normalisation the shortest message wins, since each word costs something. Somewhere between 0.3 and 0.4 it turns
# over.
#
# ## Milestone: it tells you a story
#
# Put your functions together. A **sampler** is a `choose` made of your parts in their usual order: penalty, temperature, cuts,
# needle. Of your functions it needs those of steps 2, 4, 6 and 8. Run the next cells as they are.


# %%
def sampler(seed, temperature=1.0, top_k=None, top_p=1.0, penalty=1.0):
    """A choose for generate_cached."""
    (generator,) = seeded(seed)

    def choose(logits, ids):
        if penalty != 1:
            seen = torch.zeros_like(logits, dtype=torch.bool)
            seen[0, ids] = True
            logits = penalise_repetition(logits, seen, penalty)
        logits = with_temperature(logits, temperature)
        if top_k is not None:
            logits = keep_top_k(logits, top_k)
        return draw(keep_top_p(logits, top_p), [generator])

    return choose


def tell(seed, beginning="", **settings):
    """The ids of a story, with the token that it begins behind."""
    prompt = [END, *tokenizer.encode(beginning)]
    return generate_cached(storyteller, prompt, 250 - len(prompt), sampler(seed, **settings), END)


def text_of(ids):
    return tokenizer.decode(ids[1:])


for seed in range(20):
    story = text_of(tell(seed, temperature=0.7))
    reading = parse(story)
    if reading.valid:
        break
print(f"seed {seed}\n\n{story}\n\nThe reader of stories: {reading.mistakes[0] if reading.mistakes else 'no mistake'}.")

# %% [markdown]
# **There it is: a story that nobody has written, true to itself from the first to the last word, and each of its words was
# chosen by your functions.** The reader of stories knows all plots of this kind: it checks that whoever brought something is
# remembered, that *he* is not *she*, that what was in the mill is still there. Is there more? Begin a story yourself, and
# turn the heat up:

# %%
for temperature in (0.7, 1.5):
    ids = tell(3, beginning="Long, long ago a brave elephant called Flora", temperature=temperature)
    reading = parse(text_of(ids))
    print(f"temperature {temperature}: {text_of(ids)}\n  -> {reading.mistakes[0] if reading.mistakes else 'no mistake'}\n")

# %% [markdown]
# How hot may it be? And what does the cut save? Here is a small map: for each temperature and each `p`, some stories, and the
# share of those without a mistake. This takes some ten seconds.

# %%
TEMPERATURES, CUTS, COUNT = (1.0, 1.5, 2.0), (1.0, 0.8, 0.5), 4
told = {
    (temperature, top_p): [tell(seed, temperature=temperature, top_p=top_p) for seed in range(COUNT)]
    for temperature in TEMPERATURES
    for top_p in CUTS
}
shares = torch.tensor(
    [[sum(parse(text_of(ids)).valid for ids in told[t, p]) / COUNT for t in TEMPERATURES] for p in CUTS]
)
figure, axes = plt.subplots(figsize=(4.4, 3.4))
axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
axes.set_xticks(range(len(TEMPERATURES)), TEMPERATURES)
axes.set_yticks(range(len(CUTS)), [f"{p}" if p < 1 else "1 (no cut)" for p in CUTS])
for row, numbers in enumerate(shares.tolist()):
    for column, share in enumerate(numbers):
        colour = "white" if share > 0.5 else "0.3"
        axes.text(column, row, f"{share:.0%}", ha="center", va="center", color=colour)
axes.set(xlabel="temperature", ylabel="top-p", title="stories without a mistake")
figure.tight_layout()
plt.show()

# %% [markdown]
# Without a cut the heat spoils everything. The smaller `p`, the more heat a story stands. (With so few stories each share is
# rough: raise `COUNT` if you have the patience.)
#
# ## Question 1: where does a story break?
#
# No single wrong token is likely. So which one was it? `place_of_mistake(ids)` gives the place in `ids` of the token with which
# a story goes wrong, `None` for a valid one, and `len(ids)` where the story ended too early. `ids[:place]` is the text before
# it.
#
# 1. Collect at least 12 stories that break, told at temperature 1.5 without a cut. For each find the token it broke with, its
#    probability at that place (at temperature 1.5), its rank among all tokens (1 is the likeliest), and whether `keep_top_p` with
#    `p = 0.8` would have kept it.
# 2. For the places *before* the mistakes: how much probability, on average, lies outside of the nucleus of 0.8? From this
#    number and the length of a story, say why hardly any story survives.
# 3. Find a story that breaks although it was told with `top_p=0.8` at temperature 1. About one in ten does: let
#    a loop look for one, from seed 300 on. What was the model's mistake there: a token from the tail, or one that the model
#    believed in?
#
# Do this in the code cell, and write what you found in the cell below it: a small table and some ten lines.
#
# | points | for |
# |---|---|
# | 1 | measured for 12 stories or more: token, probability, rank, kept or not; told in a table or by medians and shares |
# | 1 | the probability outside of the nucleus at an ordinary place, and the calculation from one throw to a whole story |
# | 1 | a mistake that the cut does not prevent, with its token's probability, and why no cut could have prevented it |
# | 1 | what follows for the choice of temperature and `p`: what each of the two is good for, and what a smaller `p` costs |


# %%
def place_of_mistake(ids):
    """The place of the token with which a story goes wrong; None for a story without a mistake."""
    reading = parse(text_of(ids))
    if reading.valid:
        return None
    start = reading.mistakes[0].start
    return next((n for n in range(1, len(ids)) if len(text_of(ids[: n + 1])) > start), len(ids))


# %% nbgrader={"grade": false, "grade_id": "measure-mistakes", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def hot_logits(ids, temperature):
    with torch.no_grad():
        return with_temperature(storyteller(torch.tensor([ids]))[0], temperature)  # T V


broken, seed = [], 100
while len(broken) < 12:
    ids = tell(seed, temperature=1.5)
    place = place_of_mistake(ids)
    if place is not None and place < len(ids):
        broken.append((ids, place))
    seed += 1

outside, chances, ranks, kept = [], [], [], 0
for ids, place in broken:
    logits = hot_logits(ids[:place], 1.5)
    probabilities = logits.softmax(-1)
    nucleus = keep_top_p(logits, 0.8) > -INF
    outside += (probabilities * ~nucleus).sum(-1).tolist()
    chance = probabilities[-1, ids[place]].item()
    chances.append(chance)
    ranks.append(int((probabilities[-1] > chance).sum()) + 1)
    kept += bool(nucleus[-1, ids[place]])
    print(f"{tokenizer.decode([ids[place]])!r:14} p {chance:.1e}  rank {ranks[-1]:4}  kept {bool(nucleus[-1, ids[place]])}")
mean = sum(outside) / len(outside)
print(f"median probability {sorted(chances)[6]:.1e}, median rank {sorted(ranks)[6]}, kept by the cut {kept} of 12")
print(f"outside of the nucleus, on average {mean:.3f}; a story of 160 tokens stays inside with {(1 - mean) ** 160:.1g}")

seed = 300
while (place := place_of_mistake(ids := tell(seed, temperature=1.0, top_p=0.8))) is None or place >= len(ids):
    seed += 1
probabilities = hot_logits(ids[:place], 1.0).softmax(-1)[-1]
print(f"\nseed {seed}, with the cut: ... {text_of(ids[:place])[-100:]} >>{tokenizer.decode([ids[place]])}<<")
print(f"p {probabilities[ids[place]]:.3f}, the likeliest:")
bars(probabilities.log()[None], count=3)
print(parse(text_of(ids)).mistakes[0])
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-mistakes", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Twelve stories at temperature 1.5, each up to the token that broke it:
#
# | | median | from | to |
# |---|---|---|---|
# | probability of that token | 0.0002 | below 0.0001 | 0.0035 |
# | its rank | 184 | 2 | 408 |
# | kept by `p = 0.8` | none of 12 | | |
#
# **One throw too many.** Each of these tokens was very unlikely: typically some two hundred others were likelier. None had more than
# half a percent. But at an average place 4.4 % of the probability lies outside of the nucleus of 0.8, shared by more than a
# thousand tokens. One throw stays inside with 0.956, the 160 throws of a story all do with $0.956^{160} = 0.0008$. Not every
# token outside is wrong (where all animals are equally likely, some right ones are outside, too), but a story that never leaves
# the nucleus is as good as impossible, and one bad throw is enough. The map says the same: without a cut, none of the stories at
# 1.5 is valid.
#
# **What the cut does not prevent.** With `p = 0.8` at temperature 1, a story broke at the name *Daisy*: a friend is to come, and
# gets the hero's own name. It had 2.6 %, the likeliest name 2.9 %. The model believes that all names are possible there and has
# not noticed that one is taken. A cut goes by the model's own probabilities, so it keeps what the model takes for right. Only a
# better model (or, for this very mistake, a penalty on repetition) would help.
#
# **What follows.** Temperature says how the probability is shared among tokens that are all plausible; the cut says how far down
# the list a throw may go. Cutting at 0.8 lets most stories at 1.5 survive, where none did without. But a smaller `p` takes
# right tokens, too: of equally likely names, animals and places a part can never come again, the same few are told over and over,
# and where the model is unsure for good reason, it is made to look sure.
# ### END SOLUTION

# %% [markdown]
# ## Question 2: where is the surprise in a story?
#
# The **surprise** of a text is `-text_score(...) / math.log(2)` bits: 1 bit for each throw of a fair coin. Ask the storyteller how
# surprising it finds each of these, from behind the `END` that a story begins with (the prompt is `[END]`) up to the `END` that
# it ends with (the last token of the continuation):
#
# * eight stories by the process that wrote its training texts, `write(seed).text` for seeds from 3,000,000 on, which it has never
#   read;
# * four of your own at each of the temperatures 0.5, 1 and 1.5, without a cut (`told` has those of 1 and 1.5);
# * the greedy one.
#
# 1. Measure the mean surprise of a story and of a token for each of the five kinds.
# 2. Take a story of the first kind token by token (one reading of the model gives you all of it). How many of its tokens have
#    more than 1 bit, what share of the whole surprise do they have together, and what kind of tokens are they? About how many
#    different stories are there?
# 3. How much less surprising is the greedy story than the others, and why is it not less? Compare with a coin that shows heads in
#    60 of 100 throws: how many bits has the likeliest sequence of a hundred throws, and how many has an ordinary one?
# 4. An editor has a hundred stories by your functions, told at temperatures from 0.5 to 1.5, and prints the ten with the best
#    `text_score`. What does that throw out, and what can it not find?
#
# | points | for |
# |---|---|
# | 1 | measured bits for a story and for a token, five kinds |
# | 1 | the tokens with more than 1 bit: how many, their share, what they decide; the number of stories |
# | 1 | the greedy story against the others, and the coin with its numbers: what decides whether likely is typical |
# | 1 | what a selection by likelihood throws out, and why it is no measure of quality among the rest |

# %% nbgrader={"grade": false, "grade_id": "measure-surprise", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def bits(ids):
    return -text_score(storyteller, [END], [*ids[1:], END]) / math.log(2)


kinds = {"real": [[END, *tokenizer.encode(write(3_000_000 + seed).text)] for seed in range(8)]}
kinds["temperature 0.5"] = [tell(seed, temperature=0.5) for seed in range(4)]
kinds |= {f"temperature {temperature}": told[temperature, 1.0] for temperature in (1.0, 1.5)}
kinds["greedy"] = [generate_cached(storyteller, [END], 249, likeliest, END)]
for name, stories in kinds.items():
    surprises = [bits(ids) for ids in stories]
    tokens = sum(len(ids) for ids in stories)  # without the first, with the last
    print(f"{name:16} {sum(surprises) / len(stories):6.1f} bits a story, {sum(surprises) / tokens:5.2f} a token,", end=" ")
    print(f"from {min(surprises):.0f} to {max(surprises):.0f}, {tokens / len(stories):.0f} tokens")

ids = [*kinds["real"][0], END]
with torch.no_grad():
    rows = storyteller(torch.tensor([ids]))[0].double().log_softmax(-1)
each = [-rows[n, i].item() / math.log(2) for n, i in enumerate(ids[1:])]
choices = [(tokenizer.decode([i]).strip(), surprise) for i, surprise in zip(ids[1:], each, strict=True) if surprise > 1]
share = sum(surprise for _, surprise in choices) / sum(each)
print(f"\n{len(choices)} of {len(each)} tokens have more than 1 bit, {share:.1%} of {sum(each):.1f} bits:")
print(", ".join(f"{word} {surprise:.1f}" for word, surprise in choices))
heads, tails = -math.log2(0.6), -math.log2(0.4)
print(f"\na hundred heads {100 * heads:.1f} bits, 60 heads and 40 tails {60 * heads + 40 * tails:.1f} bits")
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-surprise", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# | | bits for a story | bits for a token |
# |---|---|---|
# | real stories, never read | 56.7 (from 52 to 61) | 0.33 |
# | temperature 0.5 | 55.0 | 0.32 |
# | temperature 1 | 61.9 | 0.36 |
# | temperature 1.5 | 233.3 | 1.94 |
# | greedy | 53.9 | 0.30 |
#
# **Few tokens carry it all.** In the story that begins with *Beyond*, 17 of 188 tokens have more than 1 bit, and 99 % of its 60.6
# bits are theirs: *proud* 3.2, *fox* 4.2, *Adam* 5.2, *castle* 4.4, *map* 5.3, ... These are the choices of whoever wrote
# it: a name, an animal, a place, a thing, a turn of the plot. Everything else follows from them, and the model knows it; the second
# *castle* costs nothing. 5.2 bits for a name means that some 37 names are about equally likely. With 56.7 bits there are about
# $2^{56.7}$, a hundred million billion, of such stories, all about equally likely.
#
# **Greedy is hardly less surprising.** It takes the likeliest token each time, but where all names are equally likely the likeliest
# one is no likelier than the others and costs as many bits. So the greedy story is an ordinary one. A coin that shows heads in 60 of
# 100 throws is different: the likeliest sequence is a hundred heads with 73.7 bits, an ordinary one has 60 heads and 97.1 bits, and
# nobody will ever see the former. Likely is typical only where choices are fair. In most texts they are not, and then greedy writing
# and beam search say each time what everybody would say, and sum up to what nobody does.
#
# **The editor.** The hot stories have four times the bits of the others, for each wrong word costs ten bits or more. So a selection by
# score throws out broken stories, above all those with many mistakes, and keeps cool ones. Among stories without a mistake it finds
# nothing: they differ by how many choices their plot has and by how common their words are, so the editor prints short plots with
# few choices (or, with a length penalty of 1, long ones, in which the same bits are spread over more words). A single forgotten name
# costs 5 bits, as much as a right one at another place: the score cannot tell a mistake that the model does not see.
# ### END SOLUTION

# %% [markdown]
# ## What you have built
#
# All that stands between a trained model and a text: the parts of a sampler in their usual order, the loop, a loop that reads
# each token once, and a search. Programs that serve large models do the same for hundreds of texts at once;
# `lmcore/generation.py` writes many texts of different lengths side by side, and a test holds that each gets what it would get
# alone. The book's page **Generation** shows what else can go wrong: half letters, a space at the end of a prompt, padding on
# the wrong side.
