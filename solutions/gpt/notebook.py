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
# # Build a GPT
#
# "there is more story than oil". Which word comes next? A **GPT** answers with a probability for every token there is.
# Attention, by which words look at one another, is one part of it. Tonight you build all the rest: the norm, the layer that
# thinks, the block that holds them together, the whole way from token ids to logits, and the loading of weights from the
# kind of file that GPT-2 was published in.
#
# At the end your functions run a trained model. But for attention, which had its own evening, nothing of it is ready made:
# you give it the beginning of a story, and your own few dozen lines tell the rest.
#
# You need Python, to know that `x @ y` multiplies two matrices, and to have heard of attention. The book's page **A GPT**, up
# to its section **Counting parameters**, explains everything with pictures; this notebook can also be done without it.
#
# | step | function | what it does | points |
# |---|---|---|---|
# | 1 | `layer_norm` | brings vectors to one scale | 4 |
# | 2 | `gelu` | a bend | 3 |
# | 3 | `feed_forward` | each token thinks for itself | 3 |
# | 4 | `block` | look, think, and add both to the stream | 5 |
# | 5 | `gpt` | ids → logits: the whole model | 6 |
# | 6 | `n_parameters` | how large is it? | 3 |
# | 7 | `from_gpt2` | a file of GPT-2's kind → your weights | 5 |
# | 8 | `modern_block` | the block of newer models (the hard one) | 4 |
# | | a question | which mistakes would nobody notice? | 4 |
# | | a question | plan a model for a talking bear | 4 |
#
# ## How to work
#
# * Write where it says `YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Most functions need 2 to 8
#   lines. Run the cell, then the cell below it: its tests tell you in words what is wrong, and show you something when
#   nothing is.
# * Torch has most of this ready made. **What you are building may not be used to build it**: none of torch's `layer_norm`,
#   `rms_norm`, `group_norm`, `gelu`, `silu`, be it as function, method or module, and no `nn.TransformerEncoderLayer` or
#   `nn.TransformerDecoderLayer`. Everything else of torch is yours: `@`, `mean`, `var`, `erf`, `tanh`, `sigmoid`, `chunk`, ...
#   Use your own earlier functions in later steps. A function that breaks this gets no points until a person has looked at
#   it. In a cell of your own, comparing with torch's is a good idea.
# * For a verdict, save the notebook and run this in a terminal, in the course's folder, as often as you like:
#
#       python -m lmgrade try exercises/gpt/gpt.ipynb
#
#   It tries your functions on inputs drawn anew each time, and names the mistake where it can. Later steps run on your earlier
#   functions: where several are wrong, mend the uppermost first. (In a class, the checks may be kept by your instructor; then
#   you hand in first and read the same table in your feedback.)
# * Before you hand in, choose *Restart Kernel and Run All Cells*. A finished notebook runs through in some ten seconds.
#
# One evening is enough. Run the next cell and begin.

# %%
import math

import matplotlib.pyplot as plt
import torch

from lmcore.attention import scaled_dot_product_attention
from lmcore.data.stories import score, write
from lmcore.storyteller.gpt2_weights import N_HEADS, gpt2_tensors
from lmcore.storyteller.weights import storyteller_tokenizer, storyteller_weights
from lmcore.visible import attempt, expect, refused  # for the tests: they say in words what went wrong

# %% [markdown]
# ## 0. The stream
#
# A text comes in as **ids**, one number for each token. A table turns each id into a vector of `C` numbers, so a batch of
# texts is a tensor `(batch, time, channels)`, in comments `B T C`. It keeps this shape to the end: every layer reads it, works
# something out, and *adds* the result. What flows through the model that way is called the **residual stream**.
#
# In shapes, `(..., C)` is a tensor of any number of axes of which the last is `C`. A matrix is written `(out, in)` throughout
# and is used on rows as `x @ w.T`.
#
# ## 1. One scale for all
#
# After many additions, some vectors in the stream are long and some are short, and a layer that has to cope with either is
# hard to train. So before a layer reads, each token's vector is **normed**: shifted so that its mean is 0, scaled so that
# its variance is 1, and then stretched and moved by numbers that are learnt, a `weight` $w$ and a `bias` $b$ for each place
# of the vector.
#
# $$\text{LN}(x) = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \odot w + b, \qquad
# \mu = \frac1d \sum_i x_i, \qquad \sigma^2 = \frac1d \sum_i (x_i - \mu)^2$$
#
# ($\odot$ multiplies number by number.) **`layer_norm(x, weight, bias, eps=1e-5)`** takes `x` `(..., d)`, `weight` and `bias`
# `(d,)`, and returns the normed `x`, of the same shape and dtype.
#
# * Mean and variance belong to one vector: they are taken along the last axis, and nowhere else.
# * The variance is the mean of the squares, over all `d`. (Statisticians who estimate from a sample divide by `d - 1`, and so
#   do `x.var()` and `x.std()` unless you say `correction=0`.)
# * `eps` stands *under* the root. A vector of equal numbers, whose variance is 0, becomes the bias.
# * It has to hold for vectors far from 0 as well, such as `[40000, 40001, 40002]`. The shortcut "mean of the squares less square
#   of the mean" does not: its two numbers are huge, nearly equal, and float32 has seven digits.
# * `x` stays as it is: it is the stream, and others read it too.
#
# What is averaged along an axis loses that axis, unless you say `keepdim=True`: then it stays, with size 1.
#
# By hand: `[1, 3, 5, 7]` has the mean 4. The distances from it are -3, -1, 1, 3, their squares 9, 1, 1, 9, the variance is 5
# and its root 2.236: `[-1.342, -0.447, 0.447, 1.342]`. If the last weight is 2 and the last bias 10, the last number becomes
# 2 · 1.342 + 10 = 12.683.


# %% nbgrader={"grade": false, "grade_id": "layer-norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_norm(x, weight, bias, eps=1e-5):
    """Bring each vector to mean 0 and variance 1, then scale and shift each of its places.

    Args:
        x: (..., d). Not changed.
        weight: scale (d,).
        bias: shift (d,).
        eps: what is added to the variance, under the root.

    Returns:
        The shape and dtype of x.
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    return centred / (variance + eps).sqrt() * weight + bias
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-layer-norm", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
x, one, zero = torch.tensor([1.0, 3.0, 5.0, 7.0]), torch.ones(4), torch.zeros(4)
wanted = torch.tensor([-1.3416, -0.4472, 0.4472, 1.3416])
expect(attempt(layer_norm, x, one, zero), wanted, "[1, 3, 5, 7], normed,")
assert x.tolist() == [1.0, 3.0, 5.0, 7.0], f"x should stay as it is; it has become {x.tolist()}"
got = attempt(layer_norm, x, torch.tensor([1.0, 1, 1, 2]), torch.tensor([0.0, 0, 0, 10]))
expect(got, torch.tensor([-1.3416, -0.4472, 0.4472, 12.6833]), "the same with the weight [1, 1, 1, 2] and the bias [0, 0, 0, 10]")
square = torch.stack([x, 10 * x, 2 - x, x + 40000])
fourfold = torch.stack([wanted, wanted, -wanted, wanted])
got = attempt(layer_norm, square, one, zero)
expect(got, fourfold, "a table of four such vectors, each with a mean of its own (keepdim=True keeps it in its row),", 1e-3)
expect(attempt(layer_norm, square[None], one, zero)[0], layer_norm(square, one, zero), "the table as a batch of one text")
expect(attempt(layer_norm, torch.full((2, 4), 3.0), one, one), torch.ones(2, 4), "a vector of equal numbers, with the bias 1,")
expect(attempt(layer_norm, 1e-3 * x, one, zero), wanted * 0.5774, "[0.001, 0.003, 0.005, 0.007], where eps counts,", 1e-3)
expect(attempt(layer_norm, x, one, zero, 15.0), wanted / 2, "[1, 3, 5, 7] with eps = 15")

print("Whatever is done to a vector as a whole, the norm forgets:")
for what, changed in {"x": x, "100 x": 100 * x, "x + 1000": x + 1000, "-x": -x}.items():
    normed = layer_norm(changed, one, zero)
    before, after = (" ".join(f"{number:8.2f}" for number in numbers.tolist()) for numbers in (changed, normed))
    print(f"  {what:9}{before}  → {after}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("gpt", "layer_norm")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. A bend
#
# Matrices alone cannot make anything new: two of them in a row are one matrix. Between them, each number has to be *bent*.
# GPT bends with the **GELU**. It lets a number through with the chance that it is larger than a number drawn at random from
# the normal distribution: large numbers nearly always, negative ones hardly ever.
#
# $$\text{gelu}(x) = x \, \Phi(x), \qquad \Phi(x) = \frac12 \left(1 + \text{erf}\frac{x}{\sqrt2}\right)$$
#
# $\Phi(x)$ is that chance, the area under the bell curve to the left of `x`; `erf` is a function that torch has.
#
# **`gelu(x)`** takes floats of any shape and returns as many, of the same dtype. It is exact (formulas with `tanh` or a
# sigmoid come close, and no more), gradients go through, and `x` stays as it is.
#
# By hand: below 1 lie 84.13 % of the normal distribution, so 1 becomes 0.8413. Below -1 lie 15.87 %: -1 becomes -0.1587. And
# 2 becomes 2 · 0.9772 = 1.9545, 0 stays 0, -5 becomes -0.0000014.


# %% nbgrader={"grade": false, "grade_id": "gelu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gelu(x):
    """Each number times the chance that a normal number is below it.

    Args:
        x: floats of any shape. Not changed.

    Returns:
        The shape and dtype of x.
    """
    ### BEGIN SOLUTION
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-gelu", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
x = torch.tensor([[-2.0, -1.0, 0.0], [1.0, 2.0, 3.0]])
wanted = torch.tensor([[-0.0455, -0.1587, 0.0], [0.8413, 1.9545, 2.9960]])
expect(attempt(gelu, x), wanted, "gelu([[-2, -1, 0], [1, 2, 3]])", 6e-5)
got = attempt(gelu, torch.tensor([2.3]))
expect(got, torch.tensor([2.275335]), "gelu([2.3]), where curves that only come close are off,", 1e-5)
expect(attempt(gelu, torch.tensor([100.0, -100.0])), torch.tensor([100.0, 0.0]), "gelu([100, -100])")
got = attempt(gelu, torch.tensor(1.0, dtype=torch.float64))
expect(got, torch.tensor(0.841344746, dtype=torch.float64), "gelu(1.0) in float64")
assert x.tolist() == [[-2, -1, 0], [1, 2, 3]], f"x should stay as it is; it has become {x.tolist()}"

x = torch.linspace(-4, 4, 161)
plt.figure(figsize=(5, 2.8))
plt.plot(x, x.clamp_min(0), "--", color="0.6", label="cut at 0 (ReLU)")
plt.plot(x, gelu(x), label="your gelu")
plt.xlabel("what comes in")
plt.ylabel("what goes on")
plt.legend()
plt.show()
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("gpt", "gelu")
### END HIDDEN TESTS

# %% [markdown]
# When GPT-2 was made, `erf` was slow, and its authors took a formula with `tanh` that comes close. Its weights were trained
# with that one, so whoever runs them uses it too. Here it is, ready made, for later steps.


# %%
def gelu_tanh(x):
    """GELU as GPT-2 has it."""
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


x = torch.linspace(-6, 6, 1201)
apart = (gelu(x) - gelu_tanh(x)).abs()
print(f"The two are at most {apart.max():.5f} apart, at {abs(x[apart.argmax()]):.2f}.")

# %% [markdown]
# ## 3. Thinking
#
# Attention *moves* things: what comes out of it is an average of what went in. The **feed-forward layer** makes something new
# of what has been gathered. It works on each token by itself: a matrix makes the vector wider, usually four times, a curve
# bends each number, a second matrix makes it narrow again.
#
# $$\text{ff}(x) = f(x W_\text{up}^\top + b_\text{up}) \, W_\text{down}^\top + b_\text{down}$$
#
# **`feed_forward(x, w_up, b_up, w_down, b_down, curve)`** takes
#
# * `x` `(..., channels)`,
# * `w_up` `(hidden, channels)` and `b_up` `(hidden,)`,
# * `w_down` `(out, hidden)` and `b_down` `(out,)`,
# * `curve`, the $f$: a function such as `gelu`, which takes a tensor and gives one of the same shape,
#
# and returns `(..., out)`. Nothing is added to `x` here; that will be the block's business. The inputs stay as they are.
#
# By hand, with a curve that cuts at 0: `x = [1, -2]`, `w_up = [[1, 0], [0, 1], [1, 1]]` and `b_up = [0, 0, 3]` make the wide
# vector `[1, -2, -1 + 3] = [1, -2, 2]`. Cut at 0, it is `[1, 0, 2]`. With `w_down = [[1, 1, 1], [0, 0, 2]]` and
# `b_down = [0.5, 0]` the result is `[1 + 0 + 2 + 0.5, 4] = [3.5, 4]`.


# %% nbgrader={"grade": false, "grade_id": "feed-forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def feed_forward(x, w_up, b_up, w_down, b_down, curve):
    """Make each vector wide, bend it, make it narrow again.

    Args:
        x: (..., channels).
        w_up, b_up: matrix (hidden, channels) and bias (hidden,).
        w_down, b_down: matrix (out, hidden) and bias (out,).
        curve: what bends: a function from a tensor to one of the same shape.

    Returns:
        (..., out).
    """
    ### BEGIN SOLUTION
    return curve(x @ w_up.T + b_up) @ w_down.T + b_down  # ... hidden -> ... out
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-feed-forward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def cut(h):
    """A bend that is easy by hand."""
    return h.clamp_min(0)


x = torch.tensor([1.0, -2.0])
numbers = [[1.0, 0], [0, 1], [1, 1]], [0.0, 0, 3], [[1.0, 1, 1], [0, 0, 2]], [0.5, 0.0]
layer = [torch.tensor(part) for part in numbers]
expect(attempt(feed_forward, x, *layer, cut), torch.tensor([3.5, 4.0]), "the example worked by hand")
expect(attempt(feed_forward, x, *layer, lambda h: h), torch.tensor([1.5, 4.0]), "the example with a curve that bends nothing")
expect(attempt(feed_forward, x, *layer, torch.square), torch.tensor([9.5, 8.0]), "the example with squares for a curve")
texts = torch.stack([x, 2 * x, 0 * x, -x])[None].expand(3, 4, 2)
wanted = torch.tensor([[3.5, 4.0], [3.5, 2.0], [3.5, 6.0], [6.5, 8.0]])
expect(attempt(feed_forward, texts, *layer, cut), wanted.expand(3, 4, 2), "a batch of three texts of four tokens")

either = [torch.tensor(part) for part in ([[1.0, 1], [1, 1]], [0.0, -1], [[1.0, -2]], [0.0])]
pairs = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
bent, straight = feed_forward(pairs, *either, cut), feed_forward(pairs, *either, lambda h: h)
print("Is it one of the two, and not both? No matrix alone can tell. This layer can:")
for pair, with_bend, without in zip(pairs.tolist(), bent.flatten(), straight.flatten(), strict=True):
    print(f"  {pair[0]:.0f} {pair[1]:.0f}   with the bend {with_bend:2.0f}   without {without:2.0f}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("gpt", "feed_forward")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. The block
#
# Now put the parts together. A **block** does two things to the stream $x$, one after the other: it lets the tokens look at
# one another, and then lets each think about what it has found. Each layer reads a *normed copy* of the stream, and what it
# finds is *added* to the stream itself:
#
# $$\begin{aligned}
# x' &= x + \text{attention}(\text{norm}_1(x)) \\
# y &= x' + \text{ff}(\text{norm}_2(x'))
# \end{aligned}$$
#
# So nothing in the stream is ever replaced: a layer that has nothing to say adds nothing, and nothing is lost.
#
#     x ──┬─────────────────────────── + ──┬──────────────────────────── + ── y
#         └─ norm_1 ── attention ──────┘   └─ norm_2 ── feed-forward ────┘
#
# From here on, weights come in **dicts**. A block's holds sixteen tensors:
#
# | names | shape |
# |---|---|
# | `norm_1_weight`, `norm_1_bias`, `norm_2_weight`, `norm_2_bias` | `(channels,)` |
# | `w_q`, `w_k`, `w_v`, `w_o` | `(channels, channels)` |
# | `b_q`, `b_k`, `b_v`, `b_o` | `(channels,)` |
# | `w_up`, `b_up` | `(hidden, channels)`, `(hidden,)` |
# | `w_down`, `b_down` | `(channels, hidden)`, `(channels,)` |
#
# Attention is from an earlier topic, so you get it: `attention(x, w, n_heads)` takes `(batch, time, channels)` and a block's
# dict, and returns what each token has gathered from itself and those before it, of the same shape.


# %%
def attention(x, w, n_heads):
    """Causal attention of many heads: nobody sees the future."""
    q, k, v = (
        (x @ w[f"w_{part}"].T + w[f"b_{part}"]).unflatten(-1, (n_heads, -1)).transpose(1, 2) for part in "qkv"
    )  # B H T D
    gathered = scaled_dot_product_attention(q, k, v, causal=True)
    return gathered.transpose(1, 2).flatten(2) @ w["w_o"].T + w["b_o"]


# %% [markdown]
# **`block(x, w, n_heads)`** takes the stream `(batch, time, channels)`, a block's weights `w` and the number of heads, and
# returns the stream after both layers, of the same shape.
#
# * It bends with `gelu_tanh`, as GPT-2 does.
# * `x` and `w` stay as they are. Mind that `x += ...` writes into the tensor that you were given, and `x = x + ...` does not.
#
# By hand, for a single token, which can look at nobody but itself, with 2 channels and one head. All norms have weight 1 and
# bias 0, all biases are 0, `w_v` hands over what it reads, and `w_o` doubles it:
#
# | | |
# |---|---|
# | the stream comes in | `x = [3, 1]` |
# | norm_1 | `[1, -1]` (mean 2, distance 1) |
# | attention finds | `[2, -2]` |
# | added | `x' = [5, -1]` |
# | norm_2 | `[1, -1]` (mean 2, distance 3) |
# | `w_up = [[1, 0]]` | `[1]`, bent to `[0.841]` |
# | `w_down = [[1], [10]]` | `[0.841, 8.412]` |
# | added | `y = [5.841, 7.412]` |


# %% nbgrader={"grade": false, "grade_id": "block", "locked": false, "schema_version": 3, "solution": true, "task": false}
def block(x, w, n_heads):
    """Let tokens look at one another, then think; add both to the stream.

    Args:
        x: the stream (batch, time, channels). Not changed.
        w: the block's weights, a dict.
        n_heads: number of heads.

    Returns:
        (batch, time, channels).
    """
    ### BEGIN SOLUTION
    x = x + attention(layer_norm(x, w["norm_1_weight"], w["norm_1_bias"]), w, n_heads)
    normed = layer_norm(x, w["norm_2_weight"], w["norm_2_bias"])
    return x + feed_forward(normed, w["w_up"], w["b_up"], w["w_down"], w["b_down"], gelu_tanh)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-block", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def by_hand(channels, hidden):
    """A block whose norms change nothing after norming and whose matrices and biases are all 0."""
    w = {f"norm_{i}_{kind}": torch.full((channels,), one) for i in (1, 2) for kind, one in (("weight", 1.0), ("bias", 0.0))}
    shapes = dict.fromkeys("qkvo", (channels, channels)) | {"up": (hidden, channels), "down": (channels, hidden)}
    for part, shape in shapes.items():
        w |= {f"w_{part}": torch.zeros(shape), f"b_{part}": torch.zeros(shape[0])}
    return w


x = torch.tensor([[[3.0, 1.0]]])
expect(attempt(block, x, by_hand(2, 1), 1), x, "the stream behind a block whose layers find nothing, so that it is as it was,")
looks = by_hand(2, 1) | {"w_v": torch.eye(2), "w_o": 2 * torch.eye(2)}
expect(attempt(block, x, looks, 1), torch.tensor([[[5.0, -1.0]]]), "the example with attention alone (w_up and w_down are 0)")
assert x.tolist() == [[[3.0, 1.0]]], f"the stream that you were given should stay as it is; it has become {x.tolist()}"
thinks = by_hand(2, 1) | {"w_up": torch.tensor([[1.0, 0]]), "w_down": torch.tensor([[1.0], [10]])}
wanted = torch.tensor([[[3.8412, 9.4119]]])
what = "the example with the feed-forward layer alone (w_v and w_o are 0), bent by gelu_tanh,"
expect(attempt(block, x, thinks, 1), wanted, what)
example = looks | {name: thinks[name] for name in ("w_up", "w_down")}
expect(attempt(block, x, example, 1), torch.tensor([[[5.8412, 7.4119]]]), "the example worked by hand")

generator = torch.Generator().manual_seed(1)
x = torch.randn(2, 5, 12, generator=generator)
w = {name: torch.randn(part.shape, generator=generator) / 3 for name, part in by_hand(12, 48).items()}
torchs = torch.nn.TransformerEncoderLayer(12, 3, 48, dropout=0.0, activation=gelu_tanh, batch_first=True, norm_first=True)
torchs.load_state_dict(
    {f"norm{i}.{kind}": w[f"norm_{i}_{kind}"] for i in (1, 2) for kind in ("weight", "bias")}
    | {f"linear1.{kind}": w[f"{kind[0]}_up"] for kind in ("weight", "bias")}
    | {f"linear2.{kind}": w[f"{kind[0]}_down"] for kind in ("weight", "bias")}
    | {f"self_attn.in_proj_{kind}": torch.cat([w[f"{kind[0]}_{part}"] for part in "qkv"]) for kind in ("weight", "bias")}
    | {f"self_attn.out_proj.{kind}": w[f"{kind[0]}_o"] for kind in ("weight", "bias")}
)
with torch.no_grad():
    wanted = torchs(x, src_mask=torch.nn.Transformer.generate_square_subsequent_mask(5), is_causal=True)
expect(attempt(block, x, w, 3), wanted, "a block with random weights, which torch's own block agrees about,")

deep = x
lengths = [deep.norm(dim=-1).mean().item()]
for _ in range(12):
    deep = block(deep, {name: part / 3 if name.startswith("w") else part for name, part in w.items()}, 3)
    lengths.append(deep.norm(dim=-1).mean().item())
print("How long the stream's vectors are after 0, 1, ... 12 such blocks:", *(f"{length:.0f}" for length in lengths))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("gpt", "block")
### END HIDDEN TESTS

# %% [markdown]
# The stream grows, since everything is added to it and nothing taken away. No layer minds: all that they see of it has been
# normed.
#
# ## 5. A GPT
#
# What is left is little more than a loop:
#
#     ids ── tokens + positions ── block ── block ── ... ── norm ── logits
#
# A model's weights are a dict again:
#
# | name | what | shape |
# |---|---|---|
# | `tokens` | a vector for each token | `(vocabulary, channels)` |
# | `positions` | a vector for each place of the text | `(context, channels)` |
# | `blocks` | a list of the blocks' dicts | |
# | `norm_weight`, `norm_bias` | the norm behind the last block | `(channels,)` |
#
# **`gpt(ids, weights, n_heads)`** takes ids, integers `(batch, time)`, and returns **logits**, `(batch, time, vocabulary)`: at
# each place, a score for each token that may come next. (Softmax would make probabilities of them; leave that to others.)
#
# 1. Each id fetches its row of `tokens`, and to it the row of `positions` is added that belongs to its *place*: row 0 for the
#    first token of each text, row 1 for the next. `table[ids]` fetches the rows of a whole tensor of ids.
# 2. The stream goes through all blocks, in order; then through the last norm. (In your loop, call a block's dict `w` and not
#    `block`: the name is taken, by your function.)
# 3. A token's logit is the dot product of the stream with the token's vector. The vectors are those of `tokens` again: one
#    table on the way in and on the way out. The weights are said to be **tied**.
#
# * A text longer than the context: raise a `ValueError` that names both lengths.
# * An id that the table does not have: raise a `ValueError` that names the id and what is allowed. Do not rely on torch for
#   this. An id of -1 is no error to an index: it fetches the last row.
# * `ids` and `weights` stay as they are.
#
# By hand, without any block: `tokens = [[2, 1], [0, 1], [1, 0]]`, `positions = [[1, -2], [0, 0]]`, and a last norm with weight
# 1 and bias 0. The id 0 at the first place is `[2, 1] + [1, -2] = [3, -1]`, the norm makes `[1, -1]` of it, and the logits are
# 2 - 1 = 1, 0 - 1 = -1 and 1 - 0 = 1.


# %% nbgrader={"grade": false, "grade_id": "gpt", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gpt(ids, weights, n_heads):
    """At each place, a score for each token that may come next.

    Args:
        ids: integers (batch, time).
        weights: of the whole model, a dict. Not changed.
        n_heads: number of heads in each block.

    Returns:
        Logits (batch, time, vocabulary).

    Raises:
        ValueError: more tokens than the context has places, or an id outside the vocabulary.
    """
    ### BEGIN SOLUTION
    tokens, positions = weights["tokens"], weights["positions"]
    if ids.shape[1] > len(positions):
        raise ValueError(f"{ids.shape[1]} tokens are more than the context of {len(positions)}")
    if ids.min() < 0 or ids.max() >= len(tokens):
        raise ValueError(f"ids from {ids.min()} to {ids.max()}; this vocabulary has 0 to {len(tokens) - 1}")
    x = tokens[ids] + positions[: ids.shape[1]]  # B T C
    for w in weights["blocks"]:
        x = block(x, w, n_heads)
    return layer_norm(x, weights["norm_weight"], weights["norm_bias"]) @ tokens.T  # B T V
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-gpt", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
tiny = {
    "tokens": torch.tensor([[2.0, 1.0], [0.0, 1.0], [1.0, 0.0]]),
    "positions": torch.tensor([[1.0, -2.0], [0.0, 0.0]]),
    "blocks": [],
    "norm_weight": torch.ones(2),
    "norm_bias": torch.zeros(2),
}
expect(attempt(gpt, torch.tensor([[0]]), tiny, 1), torch.tensor([[[1.0, -1.0, 1.0]]]), "the example worked by hand")
wanted = torch.tensor([[[1.0, -1, 1], [-1, 1, -1]], [[1, -1, 1], [1, -1, 1]]])
expect(attempt(gpt, torch.tensor([[0, 1], [2, 0]]), tiny, 1), wanted, "two texts of two tokens, still without a block,")
deeper = tiny | {"blocks": [example, thinks]}
got = attempt(gpt, torch.tensor([[0]]), deeper, 1)
expect(got, torch.tensor([[[-1.0, 1, -1]]]), "the example with two blocks, that of step 4 and one that only thinks,")
wide = {
    "tokens": torch.tensor([[1.0, 0, 2], [0, 3, 1], [2, 1, 0], [1, 1, 1]]),
    "positions": torch.tensor([[0.0, 1, 0], [1, 0, -3], [3, 0, 1]]),
    "blocks": [],
    "norm_weight": torch.tensor([1.0, 1, 2]),
    "norm_bias": torch.tensor([0.0, 1, 0]),
}
ids = torch.tensor([[2, 0]])
wanted = torch.tensor([[[-4.9497, 2.2929, 3.1213, -0.4142], [-2.9399, 0.0601, 3.4053, -0.069]]])
expect(attempt(gpt, ids, wide, 1), wanted, "what a model of 3 channels without a block makes of the ids 2 and 0")
first = by_hand(3, 1) | {"w_up": torch.tensor([[1.0, 0, 0]]), "w_down": torch.tensor([[0.0], [3], [0]])}
second = by_hand(3, 1) | {"w_up": torch.tensor([[0.0, 1, 0]]), "w_down": torch.tensor([[2.0], [0], [0]])}
wanted = torch.tensor([[[-4.7959, 1.9153, 3.237, -0.4066], [-4.8929, 2.1366, 3.1717, -0.4129]]])
expect(attempt(gpt, ids, wide | {"blocks": [first, second]}, 1), wanted, "the same with two blocks, one after the other,")
print("refused, as it should be:", refused(gpt, torch.tensor([[0, 0, 0]]), tiny, 1))
for wrong in (3, -1):
    print("refused, as it should be:", refused(gpt, torch.tensor([[wrong]]), tiny, 1))


def untrained(vocabulary, context, channels, blocks, generator):
    """A GPT as it is before training: small random matrices."""
    def near_zero(part):
        return 0.02 * torch.randn(part.shape, generator=generator) if part.dim() == 2 else part

    still = by_hand(channels, 4 * channels)
    return {
        "tokens": near_zero(torch.empty(vocabulary, channels)),
        "positions": near_zero(torch.empty(context, channels)),
        "blocks": [{name: near_zero(part) for name, part in still.items()} for _ in range(blocks)],
        "norm_weight": torch.ones(channels),
        "norm_bias": torch.zeros(channels),
    }


generator = torch.Generator().manual_seed(1)
small = untrained(500, 32, 48, 3, generator)
ids = torch.randint(500, (8, 32), generator=generator)
logits = attempt(gpt, ids, small, 4)
shape = tuple(logits.shape)
assert shape == (8, 32, 500), f"ids (8, 32) and 500 tokens should give logits (8, 32, 500); yours are {shape}"
changed = ids.clone()
changed[:, -1] = (changed[:, -1] + 1) % 500
expect(gpt(changed, small, 4)[:, :-1], logits[:, :-1], "with another last token, the logits of all places before it", 1e-5)
surprise = -logits[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None]).mean()
print(f"\nA model that knows nothing gives each of 500 tokens 1/500: a surprise of ln 500 = {math.log(500):.2f} nats.")
print(f"Yours, not trained yet, is surprised by {surprise:.2f}.")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("gpt", "gpt")
### END HIDDEN TESTS

# %% [markdown]
# **Surprise** is minus the logarithm of the chance that the model gave to the token that came; with the natural logarithm it is
# measured in *nats*. That last line is the cheapest test there is of a new model: look at it before you train anything.
#
# ## 6. How large is it?
#
# The **parameters** are all numbers that training may change. Count them, exactly, for a GPT as above whose feed-forward
# layers are four times as wide in the middle as outside.
#
# **`n_parameters(vocab_size, context, n_layers, d_model)`** takes four whole numbers (`n_layers` blocks, `d_model` channels)
# and returns the count, a whole number. The tables of steps 4 and 5 list all there is: every bias and every norm counts,
# and the table of tokens, though it is used twice, is there once. (The number of heads does not matter. Why?)
#
# By hand, with 3 tokens, 2 places, one block and 2 channels:
#
# | part | numbers |
# |---|---|
# | tables | 3 · 2 + 2 · 2 = 10 |
# | attention | four matrices of 2 · 2 and four biases of 2: 24 |
# | feed-forward | 8 · 2 + 8 up, 2 · 8 + 2 down: 42 |
# | the block's norms | two weights and two biases of 2: 8 |
# | last norm | 2 + 2 = 4 |
# | together | **88** |


# %% nbgrader={"grade": false, "grade_id": "n-parameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def n_parameters(vocab_size, context, n_layers, d_model):
    """How many numbers a GPT learns.

    Args:
        vocab_size: different tokens.
        context: places of a text.
        n_layers: blocks.
        d_model: channels.

    Returns:
        The number of parameters, a whole number.
    """
    ### BEGIN SOLUTION
    d = d_model
    attention = 4 * (d * d + d)
    feed_forward = (4 * d * d + 4 * d) + (4 * d * d + d)
    norms = 2 * (d + d)
    return (vocab_size + context) * d + n_layers * (attention + feed_forward + norms) + 2 * d
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-n-parameters", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def in_words(wanted, *sizes):
    got = attempt(n_parameters, *sizes)
    assert type(got) is int, f"n_parameters{sizes} should be a whole number (an int); yours is {got!r}"
    assert got == wanted, f"n_parameters{sizes} should be {wanted:,}; yours is {got:,}, which is {got - wanted:+,}"


in_words(10 + 4, 3, 2, 0, 2)
in_words(88, 3, 2, 1, 2)
in_words(124_439_808, 50257, 1024, 12, 768)
counted = 500 * 48 + 32 * 48 + 3 * sum(w.numel() for w in by_hand(48, 4 * 48).values()) + 2 * 48
in_words(counted, 500, 32, 3, 48)
for name, sizes in {
    "GPT-2, the smallest": (50257, 1024, 12, 768),
    "GPT-2, the largest": (50257, 1024, 48, 1600),
    "GPT-3": (50257, 2048, 96, 12288),
    "the one of the next step": (1412, 256, 2, 128),
}.items():
    blocks = n_parameters(*sizes) - n_parameters(*sizes[:2], 0, sizes[3])
    print(f"{name:25}{n_parameters(*sizes):16,} parameters, {blocks / n_parameters(*sizes):6.1%} of them in blocks")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("gpt", "n_parameters")
### END HIDDEN TESTS

# %% [markdown]
# ## 7. A file of GPT-2's kind
#
# GPT-2's weights were published as a file of named tensors, and thousands of models since have been kept in the same form. To
# run one, its tensors have to find their places in your dicts. The course has one, small and trained: a GPT-2 of two blocks
# that has read stories. This is what its file holds:

# %%
for name, tensor in gpt2_tensors().items():
    if ".h.1." not in name:
        print(f"{name:40}{tuple(tensor.shape)}")
print("... and for .h.1. as for .h.0.")

# %% [markdown]
# | in the file | yours |
# |---|---|
# | `wte.weight` | `tokens` |
# | `wpe.weight` | `positions` |
# | `h.0.ln_1.weight`, `.bias` | `blocks[0]["norm_1_weight"]`, `["norm_1_bias"]` |
# | `h.0.attn.c_attn.weight`, `.bias` | `w_q`, `w_k`, `w_v` and `b_q`, `b_k`, `b_v`, side by side in this order |
# | `h.0.attn.c_proj.weight`, `.bias` | `w_o`, `b_o` |
# | `h.0.ln_2.weight`, `.bias` | `norm_2_weight`, `norm_2_bias` |
# | `h.0.mlp.c_fc.weight`, `.bias` | `w_up`, `b_up` |
# | `h.0.mlp.c_proj.weight`, `.bias` | `w_down`, `b_down` |
# | `ln_f.weight`, `.bias` | `norm_weight`, `norm_bias` |
#
# **`from_gpt2(tensors)`** takes a dict of tensors by name and returns a model's weights, with exactly the names of steps 4
# and 5.
#
# * **A block's matrices lie the other way round**: GPT-2's code keeps them `(in, out)` and computes `x @ w`; yours are
#   `(out, in)`. Turn every one of them. Take care: one of them is square, so forgetting it raises no error. The tables `wte`
#   and `wpe` are no such matrices; they are as yours.
# * `c_attn.weight` is `(channels, 3 * channels)`: its outputs are all queries, then all keys, then all values. Cut it, and its
#   bias, in three. `x.chunk(3, dim=-1)` cuts along the last axis; of a matrix that has been turned, the outputs are the first.
# * Files differ: some have `transformer.` in front of every name and some have not (`name.removeprefix("transformer.")`). Take
#   either.
# * How many blocks there are, count from the names. In a file, names may stand in any order, and sorted as text `h.10` comes
#   before `h.2`.
# * Names that your table does not have, such as `h.0.attn.bias` (in old files a causal mask) or `lm_head.weight` (the table
#   of tokens once more), are passed over. A tensor that is missing ends in a `KeyError`, which `tensors[name]` raises by
#   itself: a model with a part made up would only be bad, and nobody would know why.
# * Dtypes stay, and so do the file's dict and its tensors.


# %% nbgrader={"grade": false, "grade_id": "from-gpt2", "locked": false, "schema_version": 3, "solution": true, "task": false}
def from_gpt2(tensors):
    """The weights of a GPT, from the tensors of a file of GPT-2's kind.

    Args:
        tensors: by their names in the file. Not changed.

    Returns:
        A dict as gpt takes it: tokens, positions, blocks, norm_weight, norm_bias.

    Raises:
        KeyError: a tensor is missing.
    """
    ### BEGIN SOLUTION
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
    blocks = []
    while f"h.{len(blocks)}.ln_1.weight" in tensors:
        start = f"h.{len(blocks)}."
        w = {}
        for ours, theirs in {"norm_1": "ln_1", "norm_2": "ln_2"}.items():
            w[f"{ours}_weight"], w[f"{ours}_bias"] = tensors[f"{start}{theirs}.weight"], tensors[f"{start}{theirs}.bias"]
        for ours, theirs in {"o": "attn.c_proj", "up": "mlp.c_fc", "down": "mlp.c_proj"}.items():
            w[f"w_{ours}"], w[f"b_{ours}"] = tensors[f"{start}{theirs}.weight"].T, tensors[f"{start}{theirs}.bias"]
        matrices = tensors[f"{start}attn.c_attn.weight"].chunk(3, dim=-1)
        biases = tensors[f"{start}attn.c_attn.bias"].chunk(3)
        for ours, matrix, bias in zip("qkv", matrices, biases, strict=True):
            w[f"w_{ours}"], w[f"b_{ours}"] = matrix.T, bias
        blocks.append(w)
    return {
        "tokens": tensors["wte.weight"],
        "positions": tensors["wpe.weight"],
        "blocks": blocks,
        "norm_weight": tensors["ln_f.weight"],
        "norm_bias": tensors["ln_f.bias"],
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-from-gpt2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def numbered(*shape):
    return torch.arange(math.prod(shape), dtype=torch.float32).reshape(shape)


file = {"wte.weight": numbered(4, 2), "wpe.weight": numbered(2, 2) + 50}
file |= {"ln_f.weight": numbered(2) + 60, "ln_f.bias": numbered(2) + 70}
for i in range(11):
    layers = {"ln_1": (2,), "ln_2": (2,), "attn.c_attn": (2, 6), "attn.c_proj": (2, 2), "mlp.c_fc": (2, 8), "mlp.c_proj": (8, 2)}
    for place, (name, shape) in enumerate(layers.items()):
        file[f"h.{i}.{name}.weight"] = numbered(*shape) + 1000 * i + 100 * place
        file[f"h.{i}.{name}.bias"] = -numbered(shape[-1]) - 1000 * i - 100 * place
before = {name: tensor.clone() for name, tensor in file.items()}
got = attempt(from_gpt2, dict(reversed(file.items())))
top = {"tokens", "positions", "blocks", "norm_weight", "norm_bias"}
assert isinstance(got, dict), f"from_gpt2 should return a dict; yours is {type(got).__name__}"
assert set(got) == top, f"from_gpt2 should return a dict of {sorted(top)}; yours has {sorted(got)}"
assert len(got["blocks"]) == 11, f"the file has blocks h.0 to h.10, which are 11; yours are {len(got['blocks'])}"
names, yours = sorted(by_hand(2, 8)), sorted(got["blocks"][0])
assert yours == names, f"a block should hold {names}; yours holds {yours}"
ends = {"tokens": "wte.weight", "positions": "wpe.weight", "norm_weight": "ln_f.weight", "norm_bias": "ln_f.bias"}
for ours, theirs in ends.items():
    expect(got[ours], file[theirs], f"{ours}, which is {theirs} as it stands there,")
for i in (0, 2, 10):
    first, w = 1000 * i, got["blocks"][i]
    expect(w["norm_2_weight"], torch.tensor([100.0, 101]) + first, f"norm_2_weight of block {i}")
    for place, part in enumerate("qkv"):
        expect(w[f"w_{part}"], torch.tensor([[200.0, 206], [201, 207]]) + 2 * place + first, f"w_{part} of block {i}")
        expect(w[f"b_{part}"], torch.tensor([-200.0, -201]) - 2 * place - first, f"b_{part} of block {i}")
    expect(w["w_o"], torch.tensor([[300.0, 302], [301, 303]]) + first, f"w_o of block {i}, the square one,")
    expect(w["w_up"], (numbered(2, 8) + 400 + first).T, f"w_up of block {i}")
    expect(w["b_down"], torch.tensor([-500.0, -501]) - first, f"b_down of block {i}")
assert all(torch.equal(tensor, before[name]) for name, tensor in file.items()), "the file's tensors should stay as they are"
refused(from_gpt2, {name: tensor for name, tensor in file.items() if name != "h.3.mlp.c_fc.bias"}, error=KeyError)

trained = attempt(from_gpt2, gpt2_tensors())
tokenizer = storyteller_tokenizer()
end = tokenizer.special_tokens["<|endoftext|>"]  # stands before a story and after it


def ids_of(text):
    """The ids of a text that begins a story, (1, time)."""
    return torch.tensor([[end, *tokenizer.encode(text)]])


def surprise(text, model=gpt, weights=trained, n_heads=N_HEADS):
    """The mean surprise of a model at the tokens of a text, in nats."""
    ids = ids_of(text)
    with torch.no_grad():
        logits = model(ids, weights, n_heads)
    return -logits[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None]).mean().item()


stories = [write(seed).text for seed in range(3_000_000, 3_000_010)]  # it has read none of these
nats = sum(map(surprise, stories)) / len(stories)
print(f"Stories that it never read surprise the model by {nats:.2f} nats a token, of 7.25 that knowing nothing would cost.")
assert nats < 0.27, "with everything in its place it should be about 0.25"
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("gpt", "from_gpt2")
### END HIDDEN TESTS

# %% [markdown]
# ## 8. The block of newer models
#
# This is the hard one. If you are tired, go on to the milestone: it does without.
#
# Since GPT-2, four parts of the block have been exchanged, and nearly every open model has them now.
#
# * **RMSNorm** in place of LayerNorm. It leaves the mean where it is and divides by the root of the mean square, and has a
#   weight and no bias: $\text{RMS}(x) = x \,/ \sqrt{\frac1d \sum_i x_i^2 + \epsilon} \odot w$, with $\epsilon = 0.00001$.
# * **SwiGLU** in place of the old feed-forward layer. One matrix makes numbers, a second makes a gate for each of them, and
#   a third makes the product narrow again: $\left(\text{silu}(x W_\text{gate}^\top) \odot x W_\text{up}^\top\right)
#   W_\text{down}^\top$, with $\text{silu}(z) = z / (1 + e^{-z})$, the number times its sigmoid.
# * **Rotary positions**: no table at the beginning. Queries and keys are turned, in every head, by angles that grow along the
#   text. You get this as a function: `turn(q)` takes `(batch, heads, time, width)` and returns the same shape.
# * **Grouped queries**: there may be fewer heads of keys and values than of queries. The first query heads share the first
#   of them, the next ones the second, and so on. `scaled_dot_product_attention(q, k, v, causal=True)` of `lmcore` deals with
#   that by itself, if `k` and `v` simply have fewer heads.
#
# And there are no biases. The frame has not changed: two layers, each reads a normed copy, each adds to the stream.
#
# **`modern_block(x, w, n_heads, turn)`** takes the stream `(batch, time, channels)`, a dict `w`, the number of *query* heads,
# and `turn`. It returns the new stream; `x` and `w` stay as they are.
#
# | names | shape |
# |---|---|
# | `norm_1`, `norm_2` | `(channels,)` |
# | `w_q` | `(heads * width, channels)` |
# | `w_k`, `w_v` | `(key heads * width, channels)` |
# | `w_o` | `(channels, heads * width)` |
# | `w_gate`, `w_up` | `(hidden, channels)` |
# | `w_down` | `(channels, hidden)` |
#
# All heads have the same width, which follows from `w_q` and `n_heads`; it need not be `channels / n_heads`. How many key heads
# there are follows from `w_k` and the width. The function `attention` above shows how to cut heads.
#
# By hand, for one token with 2 channels: `[3, 4]` has the mean square 12.5 and its root 3.536, RMSNorm makes
# `[0.849, 1.131]` of it. With `w_gate = [[1, 0]]` and `w_up = [[0, 1]]` the gate is silu(0.849) = 0.594, what it lets through
# is 0.594 · 1.131 = 0.672, and `w_down = [[10], [0]]` adds `[6.72, 0]`, if attention has added nothing.


# %% nbgrader={"grade": false, "grade_id": "modern-block", "locked": false, "schema_version": 3, "solution": true, "task": false}
def modern_block(x, w, n_heads, turn):
    """A block with RMSNorm, SwiGLU, rotary positions and grouped queries.

    Args:
        x: the stream (batch, time, channels). Not changed.
        w: the block's weights, a dict.
        n_heads: number of query heads.
        turn: turns queries or keys, (batch, heads, time, width) to the same shape.

    Returns:
        (batch, time, channels).
    """
    ### BEGIN SOLUTION
    def rms_norm(x, weight):
        return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weight

    width = len(w["w_q"]) // n_heads
    read = rms_norm(x, w["norm_1"])
    q, k, v = ((read @ w[name].T).unflatten(-1, (-1, width)).transpose(1, 2) for name in ("w_q", "w_k", "w_v"))
    gathered = scaled_dot_product_attention(turn(q), turn(k), v, causal=True)  # B H T D
    x = x + gathered.transpose(1, 2).flatten(2) @ w["w_o"].T
    read = rms_norm(x, w["norm_2"])
    gate = read @ w["w_gate"].T
    return x + (gate * torch.sigmoid(gate) * (read @ w["w_up"].T)) @ w["w_down"].T
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-modern-block", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
from lmcore.positions import RotaryPositions


def nothing(q):
    """A turn that turns nothing."""
    return q


x = torch.tensor([[[3.0, 4.0]]])
still = {name: torch.zeros(2, 2) for name in ("w_q", "w_k", "w_v", "w_o")}
still |= {"norm_1": torch.ones(2), "norm_2": torch.ones(2)}
still |= {"w_gate": torch.zeros(1, 2), "w_up": torch.zeros(1, 2), "w_down": torch.zeros(2, 1)}
looks = still | {"w_v": torch.eye(2), "w_o": torch.eye(2)}
got = attempt(modern_block, x, looks, 1, nothing)
expect(got, torch.tensor([[[3.8485, 5.1314]]]), "[3, 4] with attention alone, which hands over what it reads,")
thinks = still | {"w_gate": torch.tensor([[1.0, 0]]), "w_up": torch.tensor([[0.0, 1]])}
thinks |= {"w_down": torch.tensor([[10.0], [0]])}
expect(attempt(modern_block, x, thinks, 1, nothing), torch.tensor([[[9.7226, 4.0]]]), "[3, 4] with the feed-forward layer alone")
assert x.tolist() == [[[3.0, 4.0]]], f"the stream that you were given should stay as it is; it has become {x.tolist()}"
expect(attempt(modern_block, 0 * x, looks, 1, nothing), 0 * x, "a vector of zeros")
generator = torch.Generator().manual_seed(1)
shapes = {"w_q": (16, 6), "w_k": (8, 6), "w_v": (8, 6), "w_o": (6, 16), "w_gate": (9, 6), "w_up": (9, 6), "w_down": (6, 9)}
w = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
w |= {"norm_1": torch.ones(6), "norm_2": torch.ones(6)}
x = torch.randn(2, 5, 6, generator=generator)
got = attempt(modern_block, x, w, 4, RotaryPositions(5, 4))
doubled = {n: w[n].unflatten(0, (2, 4)).repeat_interleave(2, 0).flatten(0, 1) for n in ("w_k", "w_v")}
wanted = modern_block(x, w | doubled, 4, RotaryPositions(5, 4))
expect(got, wanted, "with four query heads that share two key heads, the stream", 1e-3)
unturned = attempt(modern_block, x, w, 4, nothing)
same = torch.allclose(got[:, 1:], unturned[:, 1:], atol=1e-3)
assert not same, "turn changes nothing: queries and keys should both go through it"
expect(got[:, 0], unturned[:, 0], "the first token, which is turned by nothing,")
two = modern_block(x[:, :2], w, 4, RotaryPositions(5, 4))
expect(two, got[:, :2], "with only the first two tokens of the text, their stream", 1e-3)

teller = storyteller_weights()
turn = RotaryPositions(teller.context, len(teller.blocks[0].w_q) // teller.n_heads, teller.rotary_base)


def storyteller(ids, weights, n_heads):
    """The modern model that the book talks with, on your blocks."""
    x = weights.tokens[ids]
    for w in weights.blocks:
        named = {"norm_1": w.attention_norm, "norm_2": w.feed_forward_norm} | {n: getattr(w, n) for n in shapes}
        x = modern_block(x, named, n_heads, turn)
    return x / (x.square().mean(-1, keepdim=True) + weights.norm_eps).sqrt() * weights.norm @ weights.tokens.T


nats = sum(surprise(story, storyteller, teller, teller.n_heads) for story in stories) / len(stories)
print(f"The storyteller, two modern blocks, is surprised by {nats:.3f} nats a token; the GPT-2 of step 7 by", end=" ")
print(f"{sum(map(surprise, stories)) / len(stories):.3f}.")
assert nats < 0.24, "with everything in its place the storyteller should be at about 0.231"
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("gpt", "modern_block")
### END HIDDEN TESTS

# %% [markdown]
# ## Milestone: it speaks
#
# Everything below runs on your functions and a file of numbers. First, what would it say next? A GPT gives a probability to
# every token at every place; here are the largest at the last one. Put sentences of your own in. Mind that all it knows are
# stories of one kind. Where such a story has only one way on, it is sure; where there is a choice, a name say, it spreads its
# chances. And of oil, which it has never read about? See how sure a model can be of nothing.

# %%
texts = ["Once upon a", "Once upon a time a proud owl called", "there is more story than oil"]  # put your own here

figure, panels = plt.subplots(1, len(texts), figsize=(4 * len(texts), 2.6))
for panel, text in zip(panels, texts, strict=True):
    with torch.no_grad():
        chances = gpt(ids_of(text), trained, N_HEADS)[0, -1].softmax(-1)
    best = chances.topk(6)
    names = ["(end)" if i == end else tokenizer.decode([i]) for i in best.indices.tolist()]
    panel.barh(names, best.values)
    panel.invert_yaxis()
    panel.set(xlim=(0, 1), xlabel="probability", title=f"{text} ...")
figure.tight_layout()
plt.show()

# %% [markdown]
# Now let it tell. Draw a token, put it behind the text, ask again: four stories side by side, until each has come to its end.
# A temperature below 1 makes likely tokens likelier still. Another seed, other stories.


# %%
@torch.no_grad()
def tell(beginning, count, seed, temperature=0.5):
    """Stories that begin with some words, told by your GPT."""
    generator = torch.Generator().manual_seed(seed)
    ids = ids_of(beginning).repeat(count, 1)
    over = torch.zeros(count, dtype=torch.bool)
    while not over.all() and ids.shape[1] < len(trained["positions"]):
        chances = (gpt(ids, trained, N_HEADS)[:, -1] / temperature).softmax(-1)
        drawn = torch.multinomial(chances, 1, generator=generator)
        drawn[over] = end
        ids = torch.cat([ids, drawn], dim=1)
        over |= drawn[:, 0] == end
    return [tokenizer.decode([i for i in row if i != end]) for row in ids.tolist()]


told = tell("Once upon a time a", 4, seed=1)
print(told[0])

# %% [markdown]
# Is it any good? These stories follow rules: a name, once given, stays; the letter tells of the party that there was. The
# course has a reader that knows the rules and finds the first word that breaks them. The last line sums up: how many stories are
# without mistake, how many come to their end, and how many of the names, of the things, and of words such as *he* or *she* are
# right.

# %%
from lmcore.data.stories import parse

for number, story in enumerate(told):
    reading = parse(story)
    print(f"story {number}:", "true to its plot" if reading.valid else f"at {reading.mistakes[0]}")
print(score(told))

# %% [markdown]
# **Your block, your GPT, your loading: some forty lines tell stories.** They read well; what fails now and then is memory, a
# thing or a place that was told otherwise before. Of 96 stories like these, 27 were true to their plots; of 32 of the modern
# *storyteller*, 31. Between the two lie 0.02 nats a token: in a loss that is next to nothing, and in a story it is who has
# the umbrella.
#
# ## A question: which mistakes would nobody notice?
#
# A wrong shape is an error. A wrong *number* is a model that is a little worse, or a lot. Make mistakes on purpose, and measure
# each by `surprise(story)`, averaged over the list `stories`:
#
# 1. In the **weights**: the mixing matrix `w_o` of each block not turned; queries and keys exchanged; keys and values
#    exchanged; the two norms of each block exchanged; the blocks in the other order; all positions one place too far.
# 2. In the **code**: 4 heads instead of 8 (`n_heads=4`), and 16; no last norm; the exact GELU for `gelu_tanh`; the variance
#    divided by `d - 1`.
# 3. One of your own.
#
# How to: wrong weights are a new dict, `surprise(story, weights=wrong)`; another whole model is `surprise(story, model=other)`.
# Binding the names `trained` or `gpt` anew changes nothing there, for `surprise` keeps those it was made with. To try another
# function *inside* your model, bind its name for a moment: `kept, gelu_tanh = gelu_tanh, gelu`, measure, and
# `gelu_tanh = kept`. `tell` on the other hand looks up `gpt`, `trained` and `N_HEADS` each time: bind those, and bind them back.
#
# Measure at least eight. For three of them, let it also tell a story. Do this in the code cell, and write what you found in the
# cell below it: a table, and some twelve lines.
#
# | points | for |
# |---|---|
# | 1 | at least eight mistakes, measured on the same stories, in a table that also has the model without any |
# | 1 | which of them could be noticed by a shape, by reading a story, or by the number alone; with one example of each kind that there is |
# | 1 | why some cost next to nothing and others of the same shape cost everything: a reason for one of each |
# | 1 | a test that would have caught all of them, the harmless ones too, and why a story that reads well is none |

# %% nbgrader={"grade": false, "grade_id": "measure-mistakes", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def mean_surprise(weights=trained, n_heads=N_HEADS, model=gpt):
    return sum(surprise(story, model, weights, n_heads) for story in stories) / len(stories)


def each_block(change):
    return trained | {"blocks": [w | change(w) for w in trained["blocks"]]}


def without_last_norm(ids, weights, n_heads):
    x = weights["tokens"][ids] + weights["positions"][: ids.shape[1]]
    for w in weights["blocks"]:
        x = block(x, w, n_heads)
    return x @ weights["tokens"].T


def divided_by_one_less(x, weight, bias, eps=1e-5):
    return (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + eps).sqrt() * weight + bias


def exchanged(*pairs):
    """Weights of all blocks, with some exchanged for others."""
    return each_block(lambda w: {ours: w[other] for a, b in pairs for ours, other in ((a, b), (b, a))})


norms = exchanged(("norm_1_weight", "norm_2_weight"), ("norm_1_bias", "norm_2_bias"))
not_turned = each_block(lambda w: {"w_o": w["w_o"].T})
too_far = trained | {"positions": trained["positions"].roll(-1, 0)}
measured = {
    "nothing": mean_surprise(),
    "w_o not turned": mean_surprise(not_turned),
    "queries and keys exchanged": mean_surprise(exchanged(("w_q", "w_k"), ("b_q", "b_k"))),
    "keys and values exchanged": mean_surprise(exchanged(("w_k", "w_v"), ("b_k", "b_v"))),
    "norms exchanged": mean_surprise(norms),
    "blocks in the other order": mean_surprise(trained | {"blocks": trained["blocks"][::-1]}),
    "positions one too far": mean_surprise(too_far),
    "4 heads": mean_surprise(n_heads=4),
    "16 heads": mean_surprise(n_heads=16),
    "no last norm": mean_surprise(model=without_last_norm),
    "no key has a bias": mean_surprise(each_block(lambda w: {"b_k": 0 * w["b_k"]})),
}
kept, gelu_tanh = gelu_tanh, gelu
measured["exact GELU"] = mean_surprise()
gelu_tanh = kept
kept, layer_norm = layer_norm, divided_by_one_less
measured["variance over d - 1"] = mean_surprise()
layer_norm = kept
for mistake, nats in measured.items():
    print(f"{mistake:28}{nats:9.4f}")

right = trained
for mistake, wrong, heads in (("16 heads", right, 16), ("positions one too far", too_far, 8), ("w_o not turned", not_turned, 8)):
    trained, N_HEADS = wrong, heads
    print(f"\n{mistake}: {tell('Once upon a time a', 1, seed=1)[0][:400]}")
trained, N_HEADS = right, 8
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-mistakes", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# | mistake | nats per token |
# |---|---|
# | none | 0.247 |
# | exact GELU for `gelu_tanh` | 0.247 |
# | keys without their bias (my own) | 0.247 |
# | variance divided by `d - 1` | 0.247 |
# | 16 heads | 0.290 |
# | 4 heads | 0.379 |
# | no last norm | 0.389 |
# | norms of each block exchanged | 0.440 |
# | positions one place too far | 0.462 |
# | queries and keys exchanged | 1.752 |
# | `w_o` not turned | 2.598 |
# | keys and values exchanged | 2.906 |
# | blocks in the other order | 5.629 |
#
# **What would have been noticed, and by what.** By a shape, not one: all of them run. By reading a story: `w_o` not turned
# ("Thank you seen my green bell"), and with some patience the positions ("far from Poppy everything", and a grey bottle that
# becomes a brown one). By the number alone: 16 heads. Its story reads as well as any, and yet it costs 0.04 nats a token, twice
# what lies between this model and the storyteller. Three mistakes nobody would notice even in this number, to three digits.
#
# **Why some cost nothing.** The two GELUs are at most 0.0005 apart, and what is written into the stream is some numbers in
# size. With `d - 1` all normed vectors shrink by the same 0.4 %. The bias of the keys adds the same number, the query times that
# bias, to *all* scores of a query, and softmax does not see what is added to a whole row: that one costs exactly nothing.
#
# **Why others cost everything.** `w_o` not turned sends what the heads have found to wrong places of the stream: the same
# numbers, in places where no later layer looks for them. With queries and keys exchanged, each word asks what it should
# answer. Blocks in the other order is worst: block 1 reads what block 0 has written, and now finds nothing of it. Between the
# two kinds stand those that spoil a part: with 16 heads, each half of a head scores by itself, and often the halves agree.
#
# **A test.** Take one text and the logits that the original program gives for it, and compare all of them, number by number, to
# about 0.001: two right programs differ by some 0.00001, the other GELU moves a logit by 0.01 and `d - 1` by 0.16. For the keys'
# bias, which changes no logit at all, compare the loaded tensors themselves. A story that reads well shows only that the
# likeliest token was a likely one. Most tokens of a text are easy; the mistakes are in the few that are not.
# ### END SOLUTION

# %% [markdown]
# ## A question: a model for a talking bear
#
# A toy firm wants a bear that tells stories by itself. Its chip has room for **5,000,000 parameters**; the context is to be
# 256 tokens. Three vocabularies are on offer. With the large one, a token is 4.5 characters on average; with the middle one
# 3.5; the small one is bytes, 1 character.
#
# | | tokens | characters per token |
# |---|---|---|
# | large (GPT-2's) | 50,257 | 4.5 |
# | middle | 8,192 | 3.5 |
# | small | 256 | 1.0 |
#
# For each vocabulary find, with `n_parameters`, the widest model of 4 blocks that fits (a multiple of 16). Then compare: how
# much of it is blocks, how many characters it can look back, and how many operations a *character* costs. To read a token takes
# about $2\,(12 L d^2 + V d) + 4 L d S$ operations, with $L$ blocks, width $d$, $V$ tokens, and $S = 256$ tokens looked at.
# Which one would you build? If you like, try also 2 and 8 blocks, or a vocabulary between two of these (and guess how many
# characters its tokens have).
#
# | points | for |
# |---|---|
# | 1 | for each vocabulary the widest model that fits, with its count, the share of its blocks, characters of context, operations per character |
# | 1 | what the large vocabulary costs here and why GPT-2 could afford it |
# | 1 | what the small vocabulary costs, though its blocks are the largest |
# | 1 | a choice, argued from the numbers, and one thing that the numbers do not tell and how to find it out |

# %% nbgrader={"grade": false, "grade_id": "plan-a-bear", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
print("tokens  blocks width parameters in blocks context/char. operations/char.")
for vocabulary, characters in ((50257, 4.5), (8192, 3.5), (2048, 2.6), (256, 1.0)):
    for blocks in (2, 4, 8):
        width = max(d for d in range(16, 1024, 16) if n_parameters(vocabulary, 256, blocks, d) <= 5_000_000)
        count = n_parameters(vocabulary, 256, blocks, width)
        share = 1 - n_parameters(vocabulary, 256, 0, width) / count
        operations = 2 * (12 * blocks * width**2 + vocabulary * width) + 4 * blocks * width * 256
        print(f"{vocabulary:6}{blocks:7}{width:7}{count:11,}{share:10.0%}{256 * characters:13.0f}{operations / characters / 1e6:14.1f} M")
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-bear", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# | vocabulary | width (4 blocks) | parameters | in blocks | characters of context | operations per character |
# |---|---|---|---|---|---|
# | 50,257 | 80 | 4,352,560 | 7 % | 1,152 | 2.0 million |
# | 8,192 | 240 | 4,805,280 | 58 % | 896 | 3.0 million |
# | 256 | 304 | 4,608,032 | 97 % | 256 | 10.3 million |
#
# **The large vocabulary eats the model.** Its table costs 50,257 numbers for every channel, so the width ends at 80 and 93 % of
# the parameters are a list of words: there is hardly anything left to think with, and most of its tokens no child's story
# ever uses. GPT-2 has the same table at width 768, and it is almost a third of the smallest one and 5 % of the largest,
# since a table grows with the width and blocks grow with its square. A large vocabulary is for large models.
#
# **The small vocabulary has the largest blocks and wastes them.** A text is 3.5 times as many tokens as with the middle one. The
# context of 256 tokens is then 256 characters, three sentences: who came to the party is forgotten before the letter is
# written. Each character costs 3.4 times as many operations as with the middle one, so the bear speaks that much slower or
# needs a larger battery. And part of the blocks has to learn spelling.
#
# **I would build the middle one**, 4 blocks of width 240: more than half of it is blocks, it looks back 896 characters, which is
# a whole story, and costs a third more per character than the large one with nearly nine times as large blocks. With 8 blocks
# of width 176 more of it is blocks (67 %), at the same cost. A vocabulary still smaller, made from children's stories, may be
# better yet: with some 2,000 tokens the same words are a few more tokens, and the table shrinks to a seventh.
#
# **What the numbers do not tell** is how well each model would do: two models of one size need not know the same. Train the
# candidates briefly on the same stories and compare their surprise *per character*, since tokens of different vocabularies are
# not the same thing.
# ### END SOLUTION

# %% [markdown]
# ## What you have built
#
# A GPT, whole: the norm, the bend, the layer that thinks, the block, the stack, its size and its weights. The GPT-2 that was
# published runs on these functions as they are; only its file is larger (12 blocks, 768 channels, 50,257 tokens), and step 7
# reads it. `lmcore/gpt.py` says the same in parts that can be exchanged, and `lmcore/llama.py` exchanges them. In the next
# topic, the numbers: where they come from when there is no file.
