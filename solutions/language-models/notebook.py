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
# # Build a language model by counting
#
# What comes next: *there is more stor…*? Whoever says *y*, and how sure they are of it, is a **language model**: a function
# that takes what has been read so far and gives a probability to everything that could come next. Everything that a large
# one does (writing, being measured, being surprised) can be done with one that only counts.
#
# Tonight you build that one. It reads Python's manual and writes in its style. You measure in bits how much it knows. At the
# end it reads a thousand stories that were made by throwing dice, tells one of its own, and you see how far it is from
# the best model that there can be: a wall whose place is known exactly.
#
# You need Python and its lists, dicts and loops; no machine learning, no torch. The book's page **What a language model
# is** explains the idea with pictures, up to its section **The wall**; this notebook can also be done without it.
#
# | step | function | what it does | points |
# |---|---|---|---|
# | 1 | `count_ngrams` | what followed what, how often | 4 |
# | 2 | `smoothed` | counts → probabilities, also for what was never seen | 5 |
# | 3 | `draw` | one token, by its probability: the model writes | 3 |
# | 4 | `surprises` | how many bits each token of a text cost it | 4 |
# | 5 | `perplexity` | the same for the whole text, in one number | 3 |
# | 6 | `cross_entropy` | what wrong beliefs cost | 4 |
# | 7 | `interpolated` | long pasts that lean on short ones | 5 |
# | 8 | `code_lengths` | the shortest signals (optional, the hard one) | 3 |
# | | two questions | what a table cannot learn; three claims | 4 + 3 |
#
# ## How to work
#
# * Write where it says `YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Most functions need 3 to 10
#   lines. Run the cell, then the cell below it: its tests tell you in words what is wrong, and show you something when
#   nothing is.
# * Plain Python is enough: `math.log2`, `sum`, lists and dicts. **What you are building may not be used to build it**:
#   `draw` may not call `choices` of the module `random` or of a generator, nor `torch.multinomial`; `cross_entropy` may not
#   call torch's; and none may use `lmcore.ngrams`, where this course keeps its own n-grams. A function that breaks this gets
#   no points until a person has looked at it. In a cell of your own, comparing is a good idea.
# * Each step uses the ones before. Cells further down fail with `NotImplementedError` until you get there.
# * For a verdict, save the notebook and run this in a terminal, in the course's folder, as often as you like:
#
#       python -m lmgrade try exercises/language-models/language-models.ipynb
#
#   It tries your functions on inputs drawn anew each time, and names the mistake where it can. (In a class, the checks
#   may be kept by your instructor; then you hand in first and read the same table in your feedback.)
# * Before you hand in, choose *Restart Kernel and Run All Cells*. A finished notebook runs through in about fifteen seconds.
#
# One evening is enough. Run the next cell and begin.

# %%
import math
import random
import textwrap

import matplotlib.pyplot as plt

from lmcore.data.corpora import python_manual
from lmcore.tokenization.characters import CharacterTokenizer
from lmcore.visible import attempt, refused  # for the tests: they say in words what went wrong


def alike(got, wanted):
    """Are two numbers, lists or dicts the same, but for the last digits of floats?"""
    if isinstance(wanted, dict):
        return isinstance(got, dict) and got.keys() == wanted.keys() and all(alike(got[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(got, list) and len(got) == len(wanted) and all(map(alike, got, wanted))
    if isinstance(wanted, float):
        return isinstance(got, (int, float)) and (got == wanted or math.isclose(got, wanted, rel_tol=1e-6, abs_tol=1e-9))
    return got == wanted


def cut_short(value):
    """The same with floats cut short, for messages."""
    if isinstance(value, dict):
        return {key: cut_short(part) for key, part in value.items()}
    if isinstance(value, list):
        return [cut_short(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def expect(got, wanted, what):
    """Say in words what is wrong, if something is."""
    assert got is not None, f"{what} gives None: does the function end with a return?"
    assert alike(got, wanted), f"{what} should be\n  {cut_short(wanted)}\nand yours is\n  {cut_short(got)}"


def bar(share, width=40):
    """A share of 1 as a bar of text."""
    return "█" * round(width * share)


# %% [markdown]
# ## 0. A text is a list of ids
#
# To a model a text is a list of numbers. Here every character is a **token**, and its number is its **id**. CPython's manual
# is our text to learn from, a paragraph at a time. Every tenth paragraph is **held out**: the models never see it, so that
# they can be asked about something that they cannot have learnt by heart.
#
# One id is no character: `END`, 0, written `¶`. It stands behind each paragraph, and says that the paragraph is over.

# %%
paragraphs = [" ".join(lines.split()) for lines in python_manual().split("\n\n")]
paragraphs = list(dict.fromkeys(paragraphs))  # each one once


def is_prose(text):
    """No heading, no table, no code."""
    return len(text) > 60 and sum(character.isalpha() or character == " " for character in text) > 0.9 * len(text)


paragraphs = [text for text in paragraphs if is_prose(text)]
tokenizer = CharacterTokenizer(["¶", *sorted(set("".join(paragraphs)) - {"¶"})])
V, END = tokenizer.vocab_size, 0


def ids_of(text):
    return [*tokenizer.encode(text), END]


training = [ids_of(text) for i, text in enumerate(paragraphs) if i % 10 != 9]
held_out = [ids_of(text) for text in paragraphs[9::10]]

print(f"{V} different tokens; {sum(map(len, training)):,} of them to learn from, {sum(map(len, held_out)):,} held out")
print(paragraphs[100])
print(ids_of(paragraphs[100])[:12], "...")

# %% [markdown]
# ## 1. Learning is counting
#
# An **n-gram** is n tokens in a row. The last one is what came, the n - 1 before it are its **past**. A model that looks
# back by n - 1 tokens learns by counting, for each past, which token followed how often.
#
# And the first token of a text? It has nothing before it. So let n - 1 **pads** stand before each text: a past is always
# n - 1 tokens long.
#
# **`count_ngrams(texts, n, pad)`** takes a list of texts, each a list (or a tuple) of ids, and returns a dict: for each past
# that occurs, a tuple of n - 1 ids, a dict that says how often each token followed it.
#
# * Every token of every text is counted exactly once, the first and the last one too.
# * Texts are counted each by itself: no past reaches from one text into the one before.
# * With `n = 1` nothing is looked at. All tokens are counted under the empty past, `()`.
# * `n` below 1: raise a `ValueError`. The texts stay as they are.
#
# By hand, with `texts = [[1, 2, 1, 3], [2, 1]]` and `pad = 0`:
#
# | n | result |
# |---|---|
# | 1 | `{(): {1: 3, 2: 2, 3: 1}}` |
# | 2 | `{(0,): {1: 1, 2: 1}, (1,): {2: 1, 3: 1}, (2,): {1: 2}}` |
# | 3 | `{(0, 0): {1: 1, 2: 1}, (0, 1): {2: 1}, (1, 2): {1: 1}, (2, 1): {3: 1}, (0, 2): {1: 1}}` |
#
# (A tuple of one id is written with a comma, `(1,)`. If you know `Counter` and `defaultdict`: they are dicts, and welcome.)


# %% nbgrader={"grade": false, "grade_id": "count-ngrams", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_ngrams(texts, n, pad):
    """Count which token followed which past.

    Args:
        texts: a list of texts, each a list or tuple of ids. Not changed.
        n: how many tokens an n-gram has, the one that is predicted included; at least 1.
        pad: the id that stands before the beginning of a text.

    Returns:
        {past: {token: how often}}, each past a tuple of n - 1 ids.

    Raises:
        ValueError: n is below 1.
    """
    ### BEGIN SOLUTION
    if n < 1:
        raise ValueError(f"n is {n}; an n-gram has at least one token")
    counts = {}
    for text in texts:
        past = (pad,) * (n - 1)
        for token in text:
            followers = counts.setdefault(past, {})
            followers[token] = followers.get(token, 0) + 1
            past = (*past, token)[1:]
    return counts
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-count-ngrams", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
texts = [[1, 2, 1, 3], [2, 1]]
got = attempt(count_ngrams, texts, 2, 0)
assert texts == [[1, 2, 1, 3], [2, 1]], f"the texts you are given should stay as they are; now they are {texts}"
expect(got, {(0,): {1: 1, 2: 1}, (1,): {2: 1, 3: 1}, (2,): {1: 2}}, "count_ngrams([[1, 2, 1, 3], [2, 1]], 2, 0)")
wanted = {(0, 0): {1: 1, 2: 1}, (0, 1): {2: 1}, (1, 2): {1: 1}, (2, 1): {3: 1}, (0, 2): {1: 1}}
expect(attempt(count_ngrams, texts, 3, 0), wanted, "count_ngrams([[1, 2, 1, 3], [2, 1]], 3, 0)")
expect(attempt(count_ngrams, texts, 1, 0), {(): {1: 3, 2: 2, 3: 1}}, "count_ngrams([[1, 2, 1, 3], [2, 1]], 1, 0)")
expect(attempt(count_ngrams, [(5, 5, 5)], 2, 9), {(9,): {5: 1}, (5,): {5: 2}}, "count_ngrams([(5, 5, 5)], 2, 9)")
expect(attempt(count_ngrams, [[]], 2, 0), {}, "count_ngrams([[]], 2, 0), a text without tokens,")
print("n = 0 is refused, as it should be:", refused(count_ngrams, [[1, 2]], 0, 0))

counts_of = {n: count_ngrams(training, n, END) for n in (1, 2, 3, 4)}
print("\nWhat follows in Python's manual?")
for past in ("r", "th", "tor", "def"):
    followers = counts_of[len(past) + 1][tuple(tokenizer.encode(past))]
    often = sorted(followers, key=followers.get, reverse=True)[:6]
    print(f"  {past!r:6}", "   ".join(f"{tokenizer.characters[token]!r} {followers[token]}" for token in often))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("language-models", "count_ngrams")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Counts become probabilities
#
# The probability of a token after a past is its share: how often it followed, divided by how often anything did. But a
# token that never followed would get the probability 0, and *to have seen nothing is not to know that there is nothing*.
# So pretend that every token of the vocabulary was seen `k` times more than it was. This is **smoothing**:
#
# $$p(b \mid a) = \frac{\text{count}(a, b) + k}{\sum_{c} \text{count}(a, c) + k V}$$
#
# $V$ is the size of the vocabulary, and the sum goes over all that followed $a$.
#
# **`smoothed(times, vocab_size, k=0)`** takes what followed *one* past, a dict `{token: how often}`, and returns a list of
# `vocab_size` floats: place 0 holds the probability of token 0, and so on. Together they are 1.
#
# * `k` need not be a whole number. With `k = 0`, plain shares come out.
# * Where nothing was seen *and* `k` is 0 there is nothing to divide. Whoever knows nothing should expect everything equally:
#   give each token `1 / vocab_size`.
# * A negative `k`: raise a `ValueError`. The dict stays as it is.
#
# By hand: token 2 followed three times and token 0 once, of five tokens, `times = {2: 3, 0: 1}`.
#
# | k | token 0 | 1 | 2 | 3 | 4 | divided by |
# |---|---|---|---|---|---|---|
# | 0 | 1/4 | 0 | 3/4 | 0 | 0 | 4 |
# | 1 | 2/9 | 1/9 | 4/9 | 1/9 | 1/9 | 4 + 1 · 5 = 9 |
# | 0.5 | 1.5/6.5 | 0.5/6.5 | 3.5/6.5 | 0.5/6.5 | 0.5/6.5 | 4 + 0.5 · 5 = 6.5 |


# %% nbgrader={"grade": false, "grade_id": "smoothed", "locked": false, "schema_version": 3, "solution": true, "task": false}
def smoothed(times, vocab_size, k=0):
    """Turn what followed one past into probabilities.

    Args:
        times: {token: how often it followed}. Not changed.
        vocab_size: how many tokens there are.
        k: what is added to every token's count, at least 0.

    Returns:
        A list of vocab_size floats, which sum to 1; the place in the list is the token's id.

    Raises:
        ValueError: k is negative.
    """
    ### BEGIN SOLUTION
    if k < 0:
        raise ValueError(f"k is {k}; it must be at least 0")
    total = sum(times.values()) + k * vocab_size
    if total == 0:
        return [1 / vocab_size] * vocab_size
    return [(times.get(token, 0) + k) / total for token in range(vocab_size)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-smoothed", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
times = {2: 3, 0: 1}
expect(attempt(smoothed, times, 5), [1 / 4, 0.0, 3 / 4, 0.0, 0.0], "smoothed({2: 3, 0: 1}, 5)")
expect(attempt(smoothed, times, 5, 1), [2 / 9, 1 / 9, 4 / 9, 1 / 9, 1 / 9], "smoothed({2: 3, 0: 1}, 5, 1)")
wanted = [weight / 6.5 for weight in (1.5, 0.5, 3.5, 0.5, 0.5)]
expect(attempt(smoothed, times, 5, 0.5), wanted, "smoothed({2: 3, 0: 1}, 5, 0.5)")
assert times == {2: 3, 0: 1}, f"the dict you are given should stay as it is; now it is {times}"
expect(attempt(smoothed, {}, 4), [0.25] * 4, "smoothed({}, 4), where nothing was seen,")
expect(attempt(smoothed, {}, 4, 0.1), [0.25] * 4, "smoothed({}, 4, 0.1)")
print("k = -1 is refused, as it should be:", refused(smoothed, {0: 1}, 2, -1))

print("\nThere is more stor…: after 'or', and after 'tor',")
for past in ("or", "tor"):
    times = counts_of[len(past) + 1][tuple(tokenizer.encode(past))]
    for k in (0, 10):
        p = smoothed(times, V, k)
        print(f"\n{past!r}, seen {sum(times.values())} times, k = {k}: all {V} together {sum(p):.3f}")
        for token in [*sorted(range(V), key=p.__getitem__, reverse=True)[:4], *tokenizer.encode("y")]:
            print(f"  {tokenizer.characters[token]!r} {p[token]:5.1%} {bar(p[token])}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("language-models", "smoothed")
### END HIDDEN TESTS

# %% [markdown]
# A manual rarely tells of a *story*, and says *operator* often. Still, the longer past knows better: it gives the *y* more. And it
# has seen less; the less was seen, the more the same `k` drowns it. Both will matter.
#
# ## 3. Let it write
#
# To write, pick the next token by its probability, put it behind the text, ask again. Picking by probability works like
# this. Lay the probabilities side by side, token 0 first: together they cover the stretch from 0 to 1. Then throw one
# number between 0 and 1 and see on whose part it falls. For `p = [0.2, 0.3, 0.5]`:
#
#     0       0.2         0.5                 1
#     ├───0────┼─────1─────┼─────────2─────────┤
#
# 0.1 falls on token 0, 0.4 on token 1, 0.9 on token 2. Twice the probability, twice the room.
#
# **`draw(p, generator)`** takes probabilities and a random generator, and returns a token.
#
# * Take *one* number from `generator.random()`, which is at least 0 and below 1, and no other chance from anywhere. Then the
#   same generator always writes the same text, yours and everybody's.
# * A number exactly on a border belongs to the part that *begins* there: 0.2 falls on token 1 above. So a part without any
#   length, a token of probability 0, is never hit.
# * Sums of floats are not exact: the parts can end a hair before 1, and the number can fall behind all of them. It then
#   means the last token whose probability is above 0.
# * `p` stays as it is.


# %% nbgrader={"grade": false, "grade_id": "draw", "locked": false, "schema_version": 3, "solution": true, "task": false}
def draw(p, generator):
    """Draw a token by its probability.

    Args:
        p: a list of probabilities, one for each token. Not changed.
        generator: a random.Random; one number of its random() is taken.

    Returns:
        The token, an int.
    """
    ### BEGIN SOLUTION
    number, reached = generator.random(), 0.0
    for token, probability in enumerate(p):
        if probability > 0:
            reached += probability
            drawn = token
            if number < reached:
                break
    return drawn
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-draw", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
class Thrown(random.Random):
    """A generator of which we know beforehand what it throws."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def random(self):
        return self.number


for number, wanted in ((0.1, 0), (0.4, 1), (0.9, 2), (0.0, 0), (0.2, 1), (0.5, 2)):
    expect(attempt(draw, [0.2, 0.3, 0.5], Thrown(number)), wanted, f"draw([0.2, 0.3, 0.5], ...) when {number} is thrown")
for number, wanted in ((0.0, 1), (0.3, 1), (0.5, 3)):
    expect(attempt(draw, [0.0, 0.5, 0.0, 0.5], Thrown(number)), wanted, f"draw([0, 0.5, 0, 0.5], ...) when {number} is thrown")
p = [0.1] * 10 + [0.0]  # sums to 0.9999999999999999
expect(attempt(draw, p, Thrown(1 - 2**-53)), 9, "draw([0.1] * 10 + [0.0], ...) when 0.9999999999999999 is thrown")
assert p == [0.1] * 10 + [0.0], f"p should stay as it is; it has become {p}"
generator, twin = random.Random(1), random.Random(1)
draw([0.1, 0.2, 0.3, 0.4], generator)
twin.random()
assert generator.random() == twin.random(), "a draw should take one number from the generator, not none and not several"

p, generator = [0.1, 0.4, 0.2, 0.3], random.Random(2)
drawn = [draw(p, generator) for _ in range(5000)]
print("5,000 draws:")
for token, probability in enumerate(p):
    share = drawn.count(token) / len(drawn)
    print(f"  token {token}: probability {probability:.2f}, drawn {share:.3f} {bar(share)}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("language-models", "draw")
### END HIDDEN TESTS

# %% [markdown]
# That is all that is needed. Here your functions write paragraphs of a Python manual, with a longer and longer memory:


# %%
def counting_model(counts, k=0):
    """A model: a function from a past to the probabilities of all tokens."""
    return lambda past: smoothed(counts.get(past, {}), V, k)


def write(model, n, generator, longest=150, end=END):
    """Write a text, token by token, until it is over or long enough."""
    past, text = (end,) * (n - 1), []
    while len(text) < longest:
        token = draw(model(past), generator)
        if token == end:
            break
        text.append(token)
        past = (*past, token)[1:]
    return text


counts_of[6] = count_ngrams(training, 6, END)
for n, counts in counts_of.items():
    print(f"\nn = {n}:", textwrap.fill(tokenizer.decode(write(counting_model(counts), n, random.Random(2))), 100))

# %% [markdown]
# The first is soup, the second can nearly be pronounced, then there are words, then phrases. By n = 6 whole stretches are
# the manual's own. (For another text, change the 2.)
#
# ## 4. How surprised is it?
#
# A good model is rarely surprised by a text it has not seen. If it gave the probability $p$ to the token that came, its
# **surprise** at it is
#
# $$-\log_2 p \quad \text{bits.}$$
#
# A coin, 1/2, is 1 bit; 1/4 is 2 bits; something certain is 0 bits; something held impossible, infinitely many.
#
# **`surprises(text, model, n, pad)`** walks along a text, a list of ids, and returns a list of as many floats: the surprise at
# each token. `model` is a function, as `counting_model` above: `model(past)` returns the list of probabilities of all tokens,
# where `past` is a *tuple* of exactly n - 1 ids.
#
# * The first token is predicted too. As in step 1, `pad` stands wherever the past reaches beyond the beginning.
# * The past of a token does not hold the token itself.
# * A token of probability 0: its surprise is `math.inf`. (`math.log2(0)` is an error in Python.)
# * An empty text has no surprises, `[]`. The text stays as it is.
#
# By hand, with n = 2, pad 0 and a model that says `[0, 1/2, 1/2]` after `(0,)`, `[0, 1/4, 3/4]` after `(1,)` and `[0, 1, 0]`
# after `(2,)`:
#
# | token of the text `[1, 1, 2, 1, 0]` | 1 | 1 | 2 | 1 | 0 |
# |---|---|---|---|---|---|
# | its past | `(0,)` | `(1,)` | `(1,)` | `(2,)` | `(1,)` |
# | its probability | 1/2 | 1/4 | 3/4 | 1 | 0 |
# | surprise | 1 | 2 | 0.415 | 0 | `inf` |


# %% nbgrader={"grade": false, "grade_id": "surprises", "locked": false, "schema_version": 3, "solution": true, "task": false}
def surprises(text, model, n, pad):
    """How surprised a model is at each token of a text.

    Args:
        text: a list of ids. Not changed.
        model: a function from a past, a tuple of n - 1 ids, to a list of probabilities.
        n: the model looks back by n - 1 tokens.
        pad: the id that stands before the beginning of a text.

    Returns:
        A list of floats, as many as the text has tokens: surprises in bits.
    """
    ### BEGIN SOLUTION
    past, bits = (pad,) * (n - 1), []
    for token in text:
        p = model(past)[token]
        bits.append(-math.log2(p) if p > 0 else math.inf)
        past = (*past, token)[1:]
    return bits
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-surprises", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
asked = []


def eight_alike(past):
    """A model that notes what it is asked, and thinks that all of eight tokens are equally likely."""
    asked.append(past)
    return [1 / 8] * 8


for n, wanted in ((3, [(0, 0), (0, 5), (5, 6)]), (1, [(), (), ()])):
    asked.clear()
    got = attempt(surprises, [5, 6, 7], eight_alike, n, 0)
    expect(asked, wanted, f"what the model is asked with, for the text [5, 6, 7] and n = {n},")
    expect(got, [3.0, 3.0, 3.0], "three tokens, each of probability 1/8: their surprises")


def by_hand(past):
    """The model of the example."""
    return {(0,): [0.0, 1 / 2, 1 / 2], (1,): [0.0, 1 / 4, 3 / 4], (2,): [0.0, 1.0, 0.0]}[past]


text = [1, 1, 2, 1, 0]
got = attempt(surprises, text, by_hand, 2, 0)
expect(got, [1.0, 2.0, math.log2(4 / 3), 0.0, math.inf], "the example worked by hand")
assert text == [1, 1, 2, 1, 0], f"the text should stay as it is; now it is {text}"
expect(attempt(surprises, [], by_hand, 2, 0), [], "the surprises of an empty text")

sentence = "There is more story than oil"
figure, axes = plt.subplots(figsize=(10, 2.8))
for shift, n in ((-0.2, 1), (0.2, 3)):
    values = surprises(tokenizer.encode(sentence), counting_model(counts_of[n], 0.1), n, END)
    mean = sum(values) / len(values)
    axes.bar([t + shift for t in range(len(sentence))], values, width=0.4, label=f"n = {n}: {mean:.2f} bits on average")
axes.set_xticks(range(len(sentence)), [character.replace(" ", "·") for character in sentence])
axes.set(ylabel="bits", title="How surprised is it at each letter?")
axes.legend(frameon=False)
plt.show()
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("language-models", "surprises")
### END HIDDEN TESTS

# %% [markdown]
# With two letters to look back at, most letters are cheaper, above all inside words. But the manual knows no *oil*, and there the
# model with the longer past is *more* surprised: whoever expects something definite can be more wrong.
#
# ## 5. The whole text in one number
#
# The mean of the surprises is the **cross-entropy** of the text, in bits per token. It is the number that people who train
# language models look at all day. Often it is told as
#
# $$\text{perplexity} = 2^{\text{mean surprise}},$$
#
# the number of equally likely tokens among which the model would be just as undecided: 2 is a coin, 6 is a die. Many programs
# take the natural logarithm instead, and measure surprise in **nats**: $-\ln p$. Then the perplexity is $e$ to the power of the mean.
# It is the same number.
#
# **`perplexity(surprises, unit="bits")`** takes a list of surprises and returns the perplexity, a float. `unit` says what they
# are in, `"bits"` or `"nats"`.
#
# * It is infinite if one of the surprises is.
# * Texts are long: thousands of tokens must be no problem. (The probability of such a text, the product of all its
#   probabilities, is too small for a float. The mean of surprises is not.)
# * No surprises at all, or another unit: raise a `ValueError`.
#
# By hand: surprises of 1 and 3 bits have the mean 2, the perplexity is $2^2 = 4$. In nats these are 0.693 and 2.079, the mean is
# 1.386, and $e^{1.386} = 4$.


# %% nbgrader={"grade": false, "grade_id": "perplexity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def perplexity(surprises, unit="bits"):
    """Among how many equally likely tokens a model hesitates, on average.

    Args:
        surprises: a list of surprises, at least one.
        unit: what they are measured in, "bits" or "nats".

    Returns:
        From 1.0 (never surprised) to infinity.

    Raises:
        ValueError: no surprises, or another unit.
    """
    ### BEGIN SOLUTION
    if unit not in ("bits", "nats"):
        raise ValueError(f"unit is {unit!r}; it must be 'bits' or 'nats'")
    if not surprises:
        raise ValueError("a text without tokens has no perplexity")
    mean = sum(surprises) / len(surprises)
    return 2**mean if unit == "bits" else math.exp(mean)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-perplexity", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
expect(attempt(perplexity, [1.0, 3.0]), 4.0, "perplexity([1, 3])")
expect(attempt(perplexity, [math.log(2), math.log(8)], "nats"), 4.0, "perplexity([0.693, 2.079], 'nats')")
expect(attempt(perplexity, [0.0, 0.0, 0.0]), 1.0, "perplexity([0, 0, 0]), of a model that was never surprised,")
expect(attempt(perplexity, [2.0] * 5000), 4.0, "perplexity([2] * 5000), of a long text,")
expect(attempt(perplexity, [1.0, math.inf]), math.inf, "perplexity([1, inf])")
print("An empty text is refused, as it should be:", refused(perplexity, []))
print("So is another unit:", refused(perplexity, [1.0], "bytes"))

some = held_out[::6]
print(f"\nperplexity on {sum(map(len, some)):,} held-out characters; all {V} equally likely: {V}")
print("     without smoothing      k = 0.01       k = 1")
for n in (1, 2, 3, 4):
    row = []
    for k in (0, 0.01, 1):
        model = counting_model(counts_of[n], k)
        row.append(perplexity([bits for text in some for bits in surprises(text, model, n, END)]))
    print(f"n = {n} {row[0]:17.2f} {row[1]:13.2f} {row[2]:11.2f}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("language-models", "perplexity")
### END HIDDEN TESTS

# %% [markdown]
# Without smoothing, a single pair that never occurred makes everything infinite. With it, a longer past helps. But look
# at `k = 1`: after a past of three characters that was seen twice, adding one to each of a hundred counts leaves nothing of
# what was seen. We will do better than that in step 7.
#
# ## 6. What wrong beliefs cost
#
# Why bits? Ida, the lighthouse keeper, signals the weather with long and short flashes: `·` for clear, `–·` for fog, `––·` for
# rain, `–––` for storm. Nights are clear with probability 1/2, foggy with 1/4, rainy and stormy with 1/8 each, and each signal
# is exactly as long as the surprise: 1, 2, 3, 3. Her mean is 1.75 flashes a night, the **entropy** of the weather, and no code
# does better.
#
# But if she believes other probabilities $q$, she makes signals as long as $q$ says, $-\log_2 q$, while the weather goes on being
# drawn from the true $p$. (Where that is no whole number, think of many nights that share one signal: nothing is rounded.) Her
# mean is then the **cross-entropy** of $p$ and $q$:
#
# $$\text{H}(p, q) = -\sum_x p(x) \log_2 q(x)$$
#
# It is never below the entropy, which is H(p, p): what lies between them is the price of her error.
#
# **`cross_entropy(p, q)`** takes two lists of probabilities, the true ones and the believed ones, and returns bits.
#
# * What never happens, where `p` is 0, costs nothing, *whatever* `q` says about it, 0 as well.
# * What happens although it was held impossible, `q` 0 and `p` not, has no signal: the result is `math.inf`.
# * Lists of different lengths: raise a `ValueError`. Both stay as they are.
#
# By hand: Ida believes that all four kinds of weather are equally likely. Then all signals are 2 flashes long, and so is the
# mean. If she believes in `[1/8, 1/8, 1/4, 1/2]` it is 1/2 · 3 + 1/4 · 3 + 1/8 · 2 + 1/8 · 1 = 2.625.


# %% nbgrader={"grade": false, "grade_id": "cross-entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(p, q):
    """The mean length of a signal, in bits, when p is true and the code was made for q.

    Args:
        p: a list of probabilities: how often each thing happens. Not changed.
        q: a list of as many: what is believed. Not changed.

    Returns:
        Bits, from the entropy of p to infinity.

    Raises:
        ValueError: lists of different lengths.
    """
    ### BEGIN SOLUTION
    if len(p) != len(q):
        raise ValueError(f"{len(p)} probabilities, but {len(q)} beliefs")
    bits = 0.0
    for true, believed in zip(p, q, strict=True):
        if true > 0:
            bits += true * (-math.log2(believed) if believed > 0 else math.inf)
    return bits
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-cross-entropy", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
weather = [1 / 2, 1 / 4, 1 / 8, 1 / 8]
expect(attempt(cross_entropy, weather, weather), 1.75, "the entropy of the weather, cross_entropy(weather, weather),")
expect(attempt(cross_entropy, weather, [1 / 4] * 4), 2.0, "cross_entropy(weather, [1/4, 1/4, 1/4, 1/4])")
expect(attempt(cross_entropy, weather, [1 / 8, 1 / 8, 1 / 4, 1 / 2]), 2.625, "cross_entropy(weather, [1/8, 1/8, 1/4, 1/2])")
expect(attempt(cross_entropy, [0.5, 0.5], [0.8, 0.2]), math.log2(2.5), "cross_entropy([1/2, 1/2], [4/5, 1/5])")
expect(attempt(cross_entropy, [1.0, 0.0], [0.5, 0.5]), 1.0, "cross_entropy([1, 0], [1/2, 1/2])")
expect(attempt(cross_entropy, [1.0, 0.0], [1.0, 0.0]), 0.0, "cross_entropy([1, 0], [1, 0])")
expect(attempt(cross_entropy, [0.5, 0.5], [1.0, 0.0]), math.inf, "cross_entropy([1/2, 1/2], [1, 0])")
print("Lists of 4 and 3 are refused, as they should be:", refused(cross_entropy, weather, [1 / 4, 1 / 4, 1 / 2]))

print("\nIf Ida believes that this share of the nights is clear, and the others are as they are:")
for clear in (0.1, 0.3, 0.5, 0.7, 0.9):
    flashes = cross_entropy(weather, [clear, *((1 - clear) * share for share in (1 / 2, 1 / 4, 1 / 4))])
    print(f"  {clear:.0%}  {flashes:.2f} flashes a night {bar(flashes / 4)}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("language-models", "cross_entropy")
### END HIDDEN TESTS

# %% [markdown]
# The mean surprise of step 5 is the same thing, measured on a text: there, the text decides how often each thing happens.
# So a model is a code, and its bits are the length of the text in that code.
#
# ## 7. Long pasts lean on short ones
#
# A long past knows much and was rarely seen; a short one knows little and was seen often. So let each past *lean* on the next
# shorter one. Smoothing gave the same $k$ to every token. Now $k$ pretended tokens in all are handed out, by what the shorter past
# says about them:
#
# $$p_n(b \mid a) = \frac{c(a\,b) + k\, p_{n-1}(b \mid a')}{c(a) + k}$$
#
# Here $c(a\,b)$ counts how often $b$ followed the past $a$, $c(a)$ how often anything did, and $a'$ is $a$ without its *first*
# token, the one that is farthest back. The shortest past is `()`, and it leans on $p_0$: equal shares, $1/V$ each. A past seen
# much more often than $k$ times speaks for itself; one that was never seen says what the shorter one says.
#
# **`interpolated(counts, past, vocab_size, k)`** takes counts of pasts of *all* lengths in one dict, as step 1 makes them,
# and a past, a tuple of ids of any length. It returns the list of `vocab_size` probabilities.
#
# * All pasts take part: `()`, the last token, the last two, ..., the whole `past`. Any of them may be missing in `counts`, `()`
#   too: it has then been seen 0 times.
# * `k` not above 0: raise a `ValueError`.
# * `counts` stays as it is. (In a `defaultdict`, looking up what is missing makes an entry: `counts.get(...)` does not.)
#
# By hand, for V = 4, k = 1 and `counts = {(): {0: 2, 1: 2}, (1,): {0: 3}}`:
#
# | | token 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | equal shares | 0.25 | 0.25 | 0.25 | 0.25 |
# | past `()` | (2 + 0.25) / 5 = 0.45 | 0.45 | 0.25 / 5 = 0.05 | 0.05 |
# | past `(1,)` | (3 + 0.45) / 4 = 0.8625 | 0.45 / 4 = 0.1125 | 0.0125 | 0.0125 |
# | past `(2, 1)`, never seen | 0.8625 | 0.1125 | 0.0125 | 0.0125 |


# %% nbgrader={"grade": false, "grade_id": "interpolated", "locked": false, "schema_version": 3, "solution": true, "task": false}
def interpolated(counts, past, vocab_size, k):
    """The probabilities of the next token, where each past leans on the next shorter one.

    Args:
        counts: {past: {token: how often}}, with pasts of all lengths. Not changed.
        past: a tuple of ids.
        vocab_size: how many tokens there are.
        k: how many tokens' worth of belief each past takes from the shorter one, above 0.

    Returns:
        A list of vocab_size floats, which sum to 1.

    Raises:
        ValueError: k is not above 0.
    """
    ### BEGIN SOLUTION
    if k <= 0:
        raise ValueError(f"k is {k}; it must be above 0")
    p = [1 / vocab_size] * vocab_size
    for length in range(len(past) + 1):
        times = counts.get(past[len(past) - length :], {})
        total = sum(times.values()) + k
        p = [(times.get(token, 0) + k * lower) / total for token, lower in enumerate(p)]
    return p
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-interpolated", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
counts = {(): {0: 2, 1: 2}, (1,): {0: 3}}
expect(attempt(interpolated, counts, (), 4, 1), [0.45, 0.45, 0.05, 0.05], "the example, with the past ()")
expect(attempt(interpolated, counts, (1,), 4, 1), [0.8625, 0.1125, 0.0125, 0.0125], "the example, with the past (1,)")
expect(attempt(interpolated, counts, (2, 1), 4, 1), [0.8625, 0.1125, 0.0125, 0.0125], "the example, with the past (2, 1)")
expect(attempt(interpolated, counts, (1, 2), 4, 1), [0.45, 0.45, 0.05, 0.05], "the example, with the past (1, 2)")
expect(attempt(interpolated, {}, (1, 2), 4, 1), [0.25] * 4, "without any counts, equal shares")
assert counts == {(): {0: 2, 1: 2}, (1,): {0: 3}}, f"the counts should stay as they are; now they are {counts}"
print("k = 0 is refused, as it should be:", refused(interpolated, counts, (1,), 4, 0))


def leaning_model(counts, k=2.0, vocab_size=V):
    """A model: a function from a past to the probabilities of all tokens."""
    return lambda past: interpolated(counts, past, vocab_size, k)


all_counts = {}
for n in range(1, 8):
    all_counts |= count_ngrams(training, n, END)  # pasts of different lengths never meet
some = held_out[::8]
print(f"\nbits per character, on {sum(map(len, some)):,} held-out characters")
print("      the same k for each     leaning on shorter pasts")
for n in range(1, 8):
    mean = []
    for model in (lambda past: smoothed(all_counts.get(past, {}), V, 0.01), leaning_model(all_counts)):
        bits = [bits for text in some for bits in surprises(text, model, n, END)]
        mean.append(sum(bits) / len(bits))
    print(f"n = {n} {mean[0]:16.2f} {mean[1]:25.2f}  {bar(mean[1] / 5)}")
print("\nn = 5:", textwrap.fill(tokenizer.decode(write(leaning_model(all_counts), 5, random.Random(4), 300)), 100))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("language-models", "interpolated")
### END HIDDEN TESTS

# %% [markdown]
# A longer past now hurts much less: where it knows nothing, it lets the shorter one speak. And still the best n lies in the
# middle. What was seen once or twice is believed a little too much.
#
# ## 8. The shortest signals (optional, the hard one)
#
# Ida's code fits because her probabilities are halves of halves. What is the best code for a die, where the surprise is 2.58
# bits, and nobody can send half a flash? David Huffman found it in 1951, as a student who could write about it in the place of an
# exam. Nothing further down needs it: whoever leaves it out runs the cells below it one by one. Build it from below:
#
# * Let each thing that can happen be a pile of its own, as heavy as its probability.
# * Put the two lightest piles together: the new pile is as heavy as both. Whatever lies in it needs one more flash, to say which of
#   the two parts it was in.
# * Go on until one pile is left.
#
# **`code_lengths(p)`** takes a list of probabilities and returns a list of as many ints: how many flashes the signal of each
# thing takes.
#
# * What never happens, `p` 0, is in no pile and has the length 0.
# * If only one thing can happen, nothing needs to be said: its length is 0.
# * `p` stays as it is.
#
# By hand, for the weather 1/2, 1/4, 1/8, 1/8:
#
# | step | put together | piles then | lengths so far |
# |---|---|---|---|
# | 1 | rain 1/8, storm 1/8 | 1/2, 1/4, 1/4 | 0, 0, 1, 1 |
# | 2 | fog 1/4, (rain, storm) 1/4 | 1/2, 1/2 | 0, 1, 2, 2 |
# | 3 | clear 1/2, (fog, rain, storm) 1/2 | 1 | 1, 2, 3, 3 |
#
# Where several piles are equally light, any two of them will do: the mean length is the same. (Python's `heapq` finds the
# lightest fast. `min` and `sort` do too, a little slower.)


# %% nbgrader={"grade": false, "grade_id": "code-lengths", "locked": false, "schema_version": 3, "solution": true, "task": false}
def code_lengths(p):
    """How many flashes the signals of a best code take.

    Args:
        p: a list of probabilities. Not changed.

    Returns:
        A list of ints: 0 for what never happens.
    """
    ### BEGIN SOLUTION
    lengths = [0] * len(p)
    piles = [(weight, [thing]) for thing, weight in enumerate(p) if weight > 0]
    while len(piles) > 1:
        piles.sort(reverse=True)
        (one, things), (other, others) = piles.pop(), piles.pop()
        for thing in things + others:
            lengths[thing] += 1
        piles.append((one + other, things + others))
    return lengths
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-code-lengths", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
expect(attempt(code_lengths, weather), [1, 2, 3, 3], "code_lengths([1/2, 1/4, 1/8, 1/8])")
expect(attempt(code_lengths, [1 / 8, 1 / 2, 1 / 8, 1 / 4]), [3, 1, 3, 2], "code_lengths([1/8, 1/2, 1/8, 1/4])")
expect(attempt(code_lengths, [0.4, 0.3, 0.16, 0.14]), [1, 2, 3, 3], "code_lengths([0.4, 0.3, 0.16, 0.14])")
expect(attempt(code_lengths, [0.3, 0.28, 0.22, 0.2]), [2, 2, 2, 2], "code_lengths([0.3, 0.28, 0.22, 0.2])")
expect(attempt(code_lengths, [0.0, 0.5, 0.0, 0.5]), [0, 1, 0, 1], "code_lengths([0, 1/2, 0, 1/2])")
expect(attempt(code_lengths, [0.0, 1.0]), [0, 0], "code_lengths([0, 1])")


def signals(lengths):
    """Signals of these lengths, none of which is the beginning of another one."""
    signal, made = -1, [""] * len(lengths)
    for length, thing in sorted((length, thing) for thing, length in enumerate(lengths) if length):
        before = max(map(len, made))
        signal = (signal + 1) << (length - before)
        made[thing] = f"{signal:0{length}b}".translate({48: "·", 49: "–"})
    return made


letters = smoothed(counts_of[1][()], V)
lengths = code_lengths(letters)
code = signals(lengths)
print("Ida telegraphs the manual. Her signals for the most frequent characters:")
for token in sorted(range(V), key=letters.__getitem__, reverse=True)[:6]:
    print(f"  {tokenizer.characters[token]!r} {code[token]:6} surprise {-math.log2(letters[token]):.2f}")
mean = sum(p * length for p, length in zip(letters, lengths, strict=True))
print(f"{mean:.3f} flashes per character; the entropy, which no code can beat, is {cross_entropy(letters, letters):.3f}")
print("oil =", " ".join(code[token] for token in tokenizer.encode("oil")))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("language-models", "code_lengths")
### END HIDDEN TESTS

# %% [markdown]
# ## Milestone: how far is the wall?
#
# How few bits can a model need? Of English nobody knows. But this course has a source of text of which one knows it exactly:
# a machine that tells small stories by throwing dice. Which name, which animal, how many pears: each is a fair choice among
# some options, and the rest follows. The entropy of its stories is known, and **no model can need fewer bits on average**. It
# is a wall.
#
# Tokens are words now, so that a past reaches further back. A thousand stories to read, eight that are kept aside:

# %%
from lmcore.data import stories
from lmcore.tokenization.words import WordTokenizer

STORY_END = "<|endoftext|>"
read = [stories.write(seed) for seed in range(1000)]
unseen = [stories.write(seed) for seed in range(1_000_000, 1_000_008)]
words = WordTokenizer.train(" ".join(story.text for story in read), 1000, [STORY_END])
[END_OF_STORY] = words.encode(STORY_END)


def ids_of_story(story):
    return [*words.encode(story.text), END_OF_STORY]


wall = stories.source_entropy() / math.log(2)
landmark = stories.forgetful_entropy() / math.log(2)
print(textwrap.fill(unseen[0].text, 100))
print(f"\n{words.vocab_size} different tokens, {sum(len(ids_of_story(s)) for s in unseen) / len(unseen):.0f} in a story")
print(f"entropy of a story: {wall:.1f} bits")

# %% [markdown]
# Your functions read, and are asked about stories that they have read and about stories that they have not:

# %%
story_counts = {}
for n in range(1, 7):
    story_counts |= count_ngrams([ids_of_story(story) for story in read], n, END_OF_STORY)
story_model = leaning_model(story_counts, 1.0, words.vocab_size)


def bits_per_story(some, n):
    return sum(sum(surprises(ids_of_story(story), story_model, n, END_OF_STORY)) for story in some) / len(some)


ORDERS = [1, 2, 3, 4, 6]
on_new = [bits_per_story(unseen, n) for n in ORDERS]
on_old = [bits_per_story(read[:4], n) for n in ORDERS]
print(" n   new stories   stories it has read")
for n, new, old in zip(ORDERS, on_new, on_old, strict=True):
    print(f"{n:2} {new:10.0f} {old:16.0f}   bits per story")
print(f"   {landmark:10.0f}  a reader who knows all plots by heart, and nothing of what this story has told")
print(f"   {wall:10.0f}  the wall")

figure, axes = plt.subplots(figsize=(7, 4))
axes.plot(ORDERS, on_new, "o-", label="new stories")
axes.plot(ORDERS, on_old, "s--", label="stories it has read")
axes.axhline(landmark, color="C5", linestyle=":", label="knows the plots, remembers nothing")
axes.axhline(wall, color="C2", linewidth=3, label="the wall")
axes.set(yscale="log", xlabel="n", ylabel="bits per story", title="How far is the wall?")
axes.set_yticks([20, 50, 100, 200, 500, 1000], ["20", "50", "100", "200", "500", "1000"])
axes.legend(fontsize="small")
plt.show()

# %% [markdown]
# From more than a thousand bits down, and still far from the wall. On stories that it has read it looks much better, and the
# better the longer its past: it has begun to learn them by heart. That says nothing about stories to come.
#
# Now let it tell a story of its own. `stories.parse` reads a story and says whether the dice could have made it.

# %%
my_seed = 2  # put your own here

for n in (2, 4):
    told = words.decode(write(story_model, n, random.Random(my_seed), 300, END_OF_STORY))
    print(f"n = {n}:", textwrap.fill(told, 100))
    print("The reader says:", str(stories.parse(told)).splitlines()[0], "\n")

# %% [markdown]
# Word by word it is a story, and nobody in it remembers who has what. Where do its bits go? Here is a story that it has not read.
# The darker a word, the more it was surprised.

# %%
from html import escape

from IPython.display import HTML, display


def shaded(text, bits, most=8):
    """A text, each word as dark as the surprise at it."""
    return " ".join(
        f'<span style="background: rgb(255 127 14 / {min(b / most, 1):.0%}); border-radius: 3px">{escape(word)}</span>'
        for word, b in zip(text, bits, strict=False)
    )


ids = ids_of_story(unseen[0])
bits = surprises(ids, story_model, 4, END_OF_STORY)
pieces = [words.words[token] for token in ids[:-1]]
display(HTML(f'<p style="max-width: 46em; line-height: 1.7">{shaded(pieces, bits)}</p>'))
print(f"{sum(bits):.0f} bits with n = 4; its dice made {unseen[0].surprise / math.log(2):.0f}")

# %% [markdown]
# **There it is: a language model, all of it yours, and a number that says how much it still has to learn.** Everything
# between its curve and the wall has to come from looking back further, and at the right place. That is what attention is for.
#
# ## A question: what can a table not learn?
#
# Perhaps it has just not read enough. Find out.
#
# 1. Measure the bits per story on the eight new stories after reading 30, 300 and 3,000 stories, each with n = 2, 3 and 4
#    (`k = 1`, as above; `words` may stay as it is; `stories.write(seed)` makes the stories beyond the thousand). How much does
#    ten times the reading gain, for each n?
# 2. After 300 stories, with n = 4, try `k` = 0.1, 1 and 10, on new stories and on four of those that were read.
# 3. Look at the words that cost most after 3,000 stories. Pick one new story, and find in it a name or a thing that is told for the
#    first time and comes again later: what does it cost each time? (With n = 4.) What would a reader with a memory pay?
# 4. Would a million stories bring the table to the wall? Nobody has to count them: estimate which n it would need for the names
#    that come again, and how many pasts of that length there are.
#
# Do the first three in the code cell (it runs for some ten seconds), and write what you found, and why it is so, in the cell
# below it: two small tables and some ten lines.
#
# | points | for |
# |---|---|
# | 1 | measured bits per story: nine for the number of stories and n, six for k |
# | 1 | why reading more helps a large n more than a small one; why the best `k` on stories that were read is not the best on new ones |
# | 1 | what a name costs when it comes first and when it comes again, measured, and what of it a reader with a memory would save |
# | 1 | why even a million stories do not bring a table to the wall: what n would have to be, and how many pasts of that length there are |

# %% nbgrader={"grade": false, "grade_id": "measure-tables", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def counts_after(how_many):
    texts = [ids_of_story(stories.write(seed)) for seed in range(how_many)]
    counts = {}
    for n in range(1, 5):
        counts |= count_ngrams(texts, n, END_OF_STORY)
    return counts


def measured(counts, some, n, k=1.0):
    model = leaning_model(counts, k, words.vocab_size)
    return sum(sum(surprises(ids_of_story(story), model, n, END_OF_STORY)) for story in some) / len(some)


few, many = counts_after(300), counts_after(3000)
for how_many, counts in ((30, counts_after(30)), (300, few), (3000, many)):
    print(f"{how_many:5} stories:", *(f"n = {n}: {measured(counts, unseen, n):.0f}  " for n in (2, 3, 4)))
for k in (0.1, 1, 10):
    print(f"k = {k:3}: new {measured(few, unseen, 4, k):.0f}, read {measured(few, read[:4], 4, k):.0f}")

bits = surprises(ids, leaning_model(many, 1.0, words.vocab_size), 4, END_OF_STORY)
print(f"one story, {sum(bits):.0f} bits; what comes more than once:")
for piece in dict.fromkeys(pieces):
    places = [t for t, other in enumerate(pieces) if other == piece]
    if len(places) > 1 and max(bits[t] for t in places) > 4:
        print(f"  {piece:10}", *(f"{bits[t]:.1f}" for t in places))
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-tables", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# | bits per story, new stories | n = 2 | n = 3 | n = 4 |
# |---|---|---|---|
# | 30 stories read | 877 | 741 | 722 |
# | 300 | 589 | 384 | 354 |
# | 3,000 | 524 | 266 | 201 |
#
# | 300 stories read, n = 4 | k = 0.1 | k = 1 | k = 10 |
# |---|---|---|---|
# | new stories | 432 | 354 | 322 |
# | stories it has read | 139 | 146 | 187 |
#
# **Reading more.** With n = 2 the last ten times as many stories gain 65 bits, with n = 4 they gain 153. There are few pasts of one word,
# and after 300 stories each of them has been seen often: what the table says about them is known, and more reading does not change
# it. Of pasts of three words there are many, most are still rare, and every new one that is met helps. **Leaning.** On stories that were
# read, the longest past knows exactly what comes, so the less it leans on shorter ones the better: the best k is the smallest. On new
# stories the same past has often been seen once or never, and what followed then was chance; the best of the three is k = 10. So k is
# chosen on stories that were not read.
#
# **A name.** In the first new story the hero, Hazel, costs 2.8 bits when she is named first, and then 5.7 and 4.9. Nora costs 5.3 at
# first, then 5.7, 5.9, 5.2 and 4.9; the kite 5.5 and 4.9. Each time the table pays for one name among forty (log2 40 = 5.3 bits), for it
# has forgotten. A reader with a memory pays once; the other times cost next to nothing. Of the 222 bits that this story costs, names
# and things that come again are a large part, and the dice made only 56.
#
# **Why the wall stays out of reach.** A name comes again after twenty to a hundred words. A table would need n of that size, and a count
# for each past that can occur. There are forty names, as many animals, things and places: a past of fifty words holds some ten of these
# choices, and the number of such pasts is in the billions and more. A million stories meet hardly any of them twice. What is
# needed is not a longer past but to know *which* earlier word to look at.
# ### END SOLUTION

# %% [markdown]
# ## A question: three claims
#
# Somebody tells you this. Is it true, is it not, or can it not be known? Give the reason, and a number where there is one to give.
#
# 1. "My model has a perplexity of 9 per character, yours has one of 65 per piece, at 4.2 characters in a piece. Mine is seven times
#    better."
# 2. "Without smoothing, my model has a perplexity of 6.1 on its training text, and with `k = 0.1` it has 6.4. So I leave smoothing
#    away."
# 3. "On a hundred of the dice machine's stories my model needs 41 bits a story on average, and the wall is at 57. It has found out
#    more about these stories than the machine itself knows."
#
# | points | for |
# |---|---|
# | 1 | the first claim: both models in bits per character, and the verdict |
# | 1 | the second: what the training text says about smoothing, what would have to be measured, and what comes out there |
# | 1 | the third: why this cannot be for the mean of new stories, and the likeliest reason, with a way to find out |

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-claims", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# **1. Not true.** A perplexity is per token, and the tokens differ. In bits per character: $\log_2 9 = 3.17$ for the first model;
# $\log_2 65 = 6.02$ per piece, divided by 4.2 that is 1.43 for the second. The second one needs less than half as many bits for the
# same text. (If both were measured on the same text, which is not said.)
#
# **2. It does not follow.** On the text that was counted, plain shares are the best probabilities of all, so smoothing can only look
# worse there: that text never has anything new in it. The question is what happens on held-out text. Without smoothing, the first
# pair that was never seen makes the perplexity infinite; with any `k` above 0 it is finite. So `k` is chosen on held-out text.
#
# **3. Not true.** The cross-entropy is never below the entropy, whatever the model: a mean over a hundred stories varies a little with
# their dice, by a bit or so, but not by that much. The likeliest reason is that the model has read these stories, or most of them. Ask
# it about stories of new seeds, and see whether the number rises; or look for the test stories in its training text. (Also right:
# the number is in another unit. 41 *nats* are 59 bits, and that would be a very good model. Or a part of each story was left out.)
# ### END SOLUTION

# %% [markdown]
# ## What you have built
#
# A language model: counted, smoothed, written with, measured in bits and held against what is possible. All that follows in this
# course changes one thing, the function from the past to the probabilities. Drawing, surprise, perplexity and the wall stay as they
# are. In the next topic the tokens get longer; `lmcore/ngrams.py` has the same models in the form in which this course uses them.
