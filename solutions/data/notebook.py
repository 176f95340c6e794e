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
# # Feed a model
#
# A tokenizer has turned a text into a list of numbers. A model wants something else: small rectangles of numbers, one after
# another, each with the right answers beside it, and then vectors instead of numbers. What lies between is dull to describe
# and easy to get wrong, and a mistake in it is silent: the loss goes down, the curves look fine, and the model is useless.
#
# Tonight you build all of it, from the cut in the text to the door of the model. At the end your rectangles, your table and
# your positions train two small models on stories. The first one comes down to a number that can be computed beforehand. The
# second one finds out by itself which words are animals, and writes.
#
# You need Python and a little torch: what a tensor and its shape are. The book's page **Data** explains the ideas with
# pictures; this notebook can also be done without it.
#
# | step | function | what it does | points |
# |---|---|---|---|
# | 1 | `windows` | a text → pieces that ask and answer | 4 |
# | 2 | `collate` | rows of unequal length → a rectangle | 4 |
# | 3 | `split_documents` | what to learn from, what to be tested with | 4 |
# | 4 | `random_batch` | from anywhere in the text | 4 |
# | 5 | `one_hot` | a number is a name | 3 |
# | 6 | `look_up` | a name → a row of a table | 4 |
# | 7 | `sinusoidal_table` | clocks that tell where a token stands | 4 |
# | 8 | `add_positions` | both together | 3 |
# | 9 | `row_numbers` | batch 5,000, at once (the hard one) | 4 |
# | | two questions | a figure too good to be true; what positions buy | 8 |
#
# ## How to work
#
# * Write where it says `YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Most functions need 3 to 10
#   lines. Run the cell, then the cell below it: its tests tell you in words what is wrong, and show you something when
#   nothing is.
# * **What you are building may not be used to build it**: no `one_hot` of torch in step 5, no `embedding` of torch in step 6
#   (nor `nn.Embedding`), since each is the whole answer. Everything else of torch and NumPy is yours, and so are your own
#   earlier functions. A function that breaks this gets no points until a person has looked at it. In a cell of your own,
#   comparing with torch's is a good idea.
# * For a verdict, save the notebook and run this in a terminal, in the course's folder, as often as you like:
#
#       python -m lmgrade try exercises/data/data.ipynb
#
#   It tries your functions on inputs drawn anew each time, and names the mistake where it can. (In a class, the checks
#   may be kept by your instructor; then you hand in first and read the same table in your feedback.)
# * Before you hand in, choose *Restart Kernel and Run All Cells*. A finished notebook runs through in less than a minute.
#
# One evening is enough. Run the next cell and begin.

# %%
import math
import time
from html import escape

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import HTML, display

from lmcore.data.corpora import python_manual
from lmcore.data.stories import nats_per_token, write
from lmcore.tokenization.words import WordTokenizer
from lmcore.visible import attempt, expect, refused  # for the tests: they say in words what went wrong

END = "<|endoftext|>"  # the token that says: here a story is over
texts = [write(seed).text for seed in range(1500)]  # the course's small stories
tokenizer = WordTokenizer.train(" ".join(texts), 1000, [END])
(end,) = tokenizer.encode(END)


def words_of(ids):
    """What ids stand for; the end of a story is shown as ■."""
    return [tokenizer.words[i].replace(END, "■") for i in ids]


print(f"{len(texts):,} stories, {tokenizer.vocab_size} different words and marks. One of them begins:")
print(texts[7][:200], "...")

# %% [markdown]
# ## 1. A text asks its own questions
#
# Cover the end of a sentence with your palm: what comes next? Take the palm away, and there is the answer. Nobody had to
# write it down. So a text of `N` ids holds `N - 1` questions. A model reads at most so many tokens at once, its **context**,
# and so the text is cut into **windows**. A window of `context + 1` ids holds `context` questions: *what follows the first
# id?*, ..., *what follows all but the last?*
#
# **`windows(ids, context, stride=None)`** takes a list of ids and returns a list of windows, each a list of ids.
#
# * Window `i` begins at `ids[i * stride]`. Without a stride, `stride` is `context`: neighbours then share one id, the last
#   one that a window foretells and the first one that the next window reads.
# * A window has `context + 1` ids, but the last one may be shorter: **every id except the very first is foretold in some
#   window** (it stands behind another one there).
# * No window more than needed: the first one that reaches the last id of the text is the last window. A text shorter than one
#   window is one window.
# * Raise a `ValueError`, with the number in question, for a context below 1, for a stride that is not in `1 .. context` (0 is
#   not; a larger one would leave out ids), and for fewer than two ids.
# * The list you are given stays as it is. What stands in it does not matter: it is moved, never computed with, and could be
#   words.
#
# By hand, with a context of 4:
#
# | ids | stride | windows |
# |---|---|---|
# | `10 11 12 13 14 15 16 17 18` | 4 | `10 11 12 13 14`, `14 15 16 17 18` |
# | `10 11 12 13 14 15 16 17 18 19` | 4 | `10 11 12 13 14`, `14 15 16 17 18`, `18 19` |
# | `10 11 12 13 14 15 16 17` | 2 | `10 11 12 13 14`, `12 13 14 15 16`, `14 15 16 17` |
# | `10 11 12` | 4 | `10 11 12` |


# %% nbgrader={"grade": false, "grade_id": "windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
def windows(ids, context, stride=None):
    """Cut a text into windows of context + 1 ids.

    Args:
        ids: a list of two ids or more. Not changed.
        context: how many tokens a model reads, 1 or more.
        stride: from one beginning to the next, 1 .. context; context if None.

    Returns:
        A list of lists of ids; the last one may be shorter.

    Raises:
        ValueError: a context, a stride or a number of ids for which there are no windows.
    """
    ### BEGIN SOLUTION
    if context < 1:
        raise ValueError(f"a context of {context} is less than 1")
    if stride is None:
        stride = context
    if not 1 <= stride <= context:
        raise ValueError(f"a stride of {stride} is not in 1 .. {context}, the context")
    if len(ids) < 2:
        raise ValueError(f"{len(ids)} ids hold no question; 2 are least")
    number = 1 + math.ceil(max(0, len(ids) - 1 - context) / stride)
    return [ids[i * stride : i * stride + context + 1] for i in range(number)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-windows", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
ten = list(range(10, 20))
for ids, context, stride, wanted in (
    (ten[:9], 4, None, [[10, 11, 12, 13, 14], [14, 15, 16, 17, 18]]),
    (ten, 4, None, [[10, 11, 12, 13, 14], [14, 15, 16, 17, 18], [18, 19]]),
    (ten[:8], 4, 2, [[10, 11, 12, 13, 14], [12, 13, 14, 15, 16], [14, 15, 16, 17]]),
    (ten[:3], 4, None, [[10, 11, 12]]),
    (ten[:4], 2, 1, [[10, 11, 12], [11, 12, 13]]),
    (ten[:4], 1, None, [[10, 11], [11, 12], [12, 13]]),
):
    got = attempt(windows, list(ids), context, stride)
    assert got is not None, "windows gives None: does the function end with a return?"
    assert [list(row) for row in got] == wanted, f"windows({ids}, {context}, {stride}) should be\n  {wanted}\nand yours is\n  {got}"
for what, arguments in {"a stride of 0": (ten, 4, 0), "a stride of 5": (ten, 4, 5), "a single id": ([10], 4), "a context of 0": (ten, 0)}.items():
    print(f"{what} is refused, as it should be:", refused(windows, *arguments))
kept = list(ten)
windows(kept, 3, 2)
assert kept == ten, f"the ids you are given should stay as they are; {ten} has become {kept}"

sentence = "there is more story than oil"
print("\nOne window, and what it asks:")
for row in windows(sentence.split(), 5):
    for t in range(1, len(row)):
        print(f"  {' '.join(row[:t]):24} → {row[t]}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("data", "windows")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. A rectangle
#
# Rows are read many at once, as a **batch**: a rectangle `(batch, time)`. But rows are not equally long. So short ones are
# filled up with **padding**, and two things are written down beside the inputs: a **mask**, which says what is real, and the
# **labels**, the answers. For each input the label is the id that comes next. A label that stands for nothing is -100, by
# custom: torch's `cross_entropy` leaves it out.
#
# **`collate(rows, padding=0)`** takes a list of lists of ids, such as your windows, and returns three tensors, each
# `(batch, time)`, where `time` is one less than the longest row has ids:
#
# * `inputs`, int64: the row without its last id, filled up on the right with `padding`,
# * `labels`, int64: the row without its first id, filled up on the right with -100,
# * `mask`, bool: `True` where the input is real.
#
# Mind one thing: **any id may be the padding**, also one that stands in the text. In many programs it is the end-of-text
# token. So what is real cannot be seen from the ids. From what, then?
#
# * Raise a `ValueError` if there is no row, or if a row has fewer than two ids: it asks nothing.
# * The rows stay as they are.
#
# By hand, the rows `5 8 2` and `7 3 9 4`, padding 0:
#
# | inputs | labels | mask |
# |---|---|---|
# | `5 8 0` | `8 2 -100` | `True True False` |
# | `7 3 9` | `3 9 4` | `True True True` |


# %% nbgrader={"grade": false, "grade_id": "collate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def collate(rows, padding=0):
    """Make a batch of rows of unequal length.

    Args:
        rows: lists of two ids or more. Not changed.
        padding: the id to fill inputs with.

    Returns:
        inputs (batch, time) int64, labels (batch, time) int64, mask (batch, time) bool.

    Raises:
        ValueError: no row, or a row with fewer than two ids.
    """
    ### BEGIN SOLUTION
    if not rows:
        raise ValueError("0 rows make no batch")
    for i, row in enumerate(rows):
        if len(row) < 2:
            raise ValueError(f"row {i} has {len(row)} ids; 2 are least, one to read and one to foretell")
    time = max(len(row) - 1 for row in rows)
    inputs = torch.full((len(rows), time), padding)  # B T
    labels = torch.full((len(rows), time), -100)
    mask = torch.zeros(len(rows), time, dtype=torch.bool)
    for i, row in enumerate(rows):
        inputs[i, : len(row) - 1] = torch.tensor(row[:-1])
        labels[i, : len(row) - 1] = torch.tensor(row[1:])
        mask[i, : len(row) - 1] = True
    return inputs, labels, mask
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-collate", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
yes, no = True, False
for rows, padding, inputs, labels, mask in (
    ([[5, 8, 2], [7, 3, 9, 4]], 0, [[5, 8, 0], [7, 3, 9]], [[8, 2, -100], [3, 9, 4]], [[yes, yes, no], [yes, yes, yes]]),
    ([[7, 3, 9]], 0, [[7, 3]], [[3, 9]], [[yes, yes]]),
    ([[2, 9, 9], [9, 4], [1, 9, 9, 3]], 9, [[2, 9, 9], [9, 9, 9], [1, 9, 9]], [[9, 9, -100], [4, -100, -100], [9, 9, 3]],
     [[yes, yes, no], [yes, no, no], [yes, yes, yes]]),
):
    before = [list(row) for row in rows]
    got = attempt(collate, rows, padding)
    assert got is not None and len(got) == 3, "collate should return three tensors: inputs, labels, mask"
    for part, name, wanted in zip(got, ("inputs", "labels", "mask"), (inputs, labels, mask), strict=True):
        expect(part, torch.tensor(wanted), f"for the rows {before} and padding {padding}, the {name}")
    assert rows == before, f"the rows you are given should stay as they are; {before} has become {rows}"
for what, rows in {"A row of one id": [[5, 8, 2], [7]], "No row": []}.items():
    print(f"{what} is refused, as it should be:", refused(collate, rows))

spelled = [list(word + "■") for word in ("lamp", "oil", "goose", "story", "sea", "cards")]
alphabet = sorted({letter for word in spelled for letter in word})
inputs, labels, mask = collate([[alphabet.index(letter) for letter in word] for word in spelled], alphabet.index("■"))
print("\nSix words and their ends, spelled; padding is shown as a dot:\n")
print("  inputs        labels        mask")
for i in range(len(spelled)):
    row = " ".join(alphabet[x] if real else "·" for x, real in zip(inputs[i], mask[i], strict=True))
    answers = " ".join("–" if x == -100 else alphabet[x] for x in labels[i])
    print(f"  {row:14}{answers:14}{' '.join(str(int(real)) for real in mask[i])}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("data", "collate")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. What is set aside
#
# Whether a model has learnt or only memorised shows on texts that it has never read. So some documents are put aside before
# anything else: the **validation** part. Two things go wrong with that all the time. Corpora hold copies, the same text
# twice, and one of them lands on either side. And corpora are sorted, so that their end is another kind of text than their
# beginning.
#
# **`split_documents(documents, share, generator)`** takes a list of texts, the share to put aside and a `torch.Generator`, and
# returns two lists, `training, validation`.
#
# 1. **Copies go out first.** Of texts that are the same, character for character, the first one stays, where it stands. Let
#    `n` be the number of texts that are left.
# 2. `round(share * n)` of them are put aside, and at least one.
# 3. Which ones, chance decides: `torch.randperm(n, generator=generator)` gives the numbers `0 .. n - 1` in random order, and
#    **its first numbers** are the numbers of the texts to put aside.
# 4. Both lists are in the order of the corpus.
#
# * Randomness comes from the generator that you are given, and from nothing else. Use it as it is: do not seed it.
# * Raise a `ValueError` for a share that is not between 0 and 1 (0 and 1 themselves are not), and if nothing would be left to
#   train with.
#
# By hand: of `a b a c d`, `a b c d` are left. With a share of 0.5, two are put aside. If `torch.randperm` gives `2 0 3 1`,
# they are those with the numbers 2 and 0: training is `b d`, validation is `a c`.


# %% nbgrader={"grade": false, "grade_id": "split-documents", "locked": false, "schema_version": 3, "solution": true, "task": false}
def split_documents(documents, share, generator):
    """Throw copies out, and put some documents aside.

    Args:
        documents: a list of texts. Not changed.
        share: how much to put aside, between 0 and 1.
        generator: a torch.Generator.

    Returns:
        training, validation: two lists in the order of the corpus.

    Raises:
        ValueError: a share outside its limits, or nothing left to train with.
    """
    ### BEGIN SOLUTION
    if not 0 < share < 1:
        raise ValueError(f"a share of {share} is not between 0 and 1")
    kept = list(dict.fromkeys(documents))
    aside = max(1, round(share * len(kept)))
    if aside >= len(kept):
        raise ValueError(f"of {len(kept)} documents, {aside} would be put aside and none be left to train with")
    numbers = set(torch.randperm(len(kept), generator=generator)[:aside].tolist())
    training = [document for i, document in enumerate(kept) if i not in numbers]
    validation = [document for i, document in enumerate(kept) if i in numbers]
    return training, validation
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-split-documents", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def seeded(seed):
    return torch.Generator().manual_seed(seed)


def two_lists(documents, share, generator):
    got = attempt(split_documents, documents, share, generator)
    assert got is not None and len(got) == 2, "split_documents should return two lists: training, validation"
    return [list(part) for part in got]


letters = list("dadbdcehfag")
for seed in (1, 2):
    order = torch.randperm(8, generator=seeded(seed)).tolist()
    wanted = ["".join("dabcehfg"[i] for i in sorted(part)) for part in (order[3:], order[:3])]
    got = ["".join(part) for part in two_lists(letters, 0.4, seeded(seed))]
    assert len("".join(got)) == 8, f"d a d b d c e h f a g are 8 documents and 3 copies; yours are {got[0]!r} and {got[1]!r}"
    assert got == wanted, f"with the order {order}, d a b c e h f g should become {wanted[0]!r} and {wanted[1]!r}; yours are {got[0]!r} and {got[1]!r}"
assert letters == list("dadbdcehfag"), "the list of documents should stay as it is"
generator = seeded(3)
first, second = (two_lists(texts[:50], 0.2, generator)[1] for _ in range(2))
assert first != second, "two calls with one generator should differ: do you seed it, or leave it out?"
assert len(two_lists(letters, 0.01, seeded(1))[1]) == 1, "at least one document should be put aside"
for what, arguments in {"A share of 0": (letters, 0), "A share of 40": (letters, 40), "A single text": (["a", "a"], 0.5)}.items():
    print(f"{what} is refused, as it should be:", refused(split_documents, *arguments, seeded(1)))

paragraphs = [paragraph.strip() for paragraph in python_manual().split("\n\n") if paragraph.strip()]
training, validation = split_documents(paragraphs, 0.1, seeded(1))
naive = {text for i, text in enumerate(paragraphs) if i % 10}, paragraphs[::10]
print(f"\nPython's manual has {len(paragraphs):,} paragraphs, {len(set(paragraphs)):,} different ones.")
for name, part, aside in (("every tenth one put aside", *naive), ("your split", set(training), validation)):
    print(f"  {name:26} {sum(text in part for text in aside):4} of {len(aside)} put aside stand in the training part too, word for word")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("data", "split_documents")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. From anywhere in the text
#
# Large models are trained on one long ribbon: all documents end to end, with an end-of-text token behind each. The simplest
# way to get a batch of it is to cut windows at random places. It takes four lines, and many a program has had a mistake in
# one of them.
#
# **`random_batch(ids, batch, context, generator)`** takes the ribbon, a tensor of integers `(N,)`, and returns `inputs,
# labels`, both int64 `(batch, context)`. Each row of inputs is a stretch of the text, and its labels are the stretch that
# begins one id later.
#
# * A window may begin **wherever each of its questions has an answer**, and at no other place. Be careful at the end: which
#   is the last start that is allowed, and how many are there?
# * Draw all starts with one call, `torch.randint(how many, (batch,), generator=generator)`. It draws from `0 .. how many - 1`.
# * `ids` may be of a smaller dtype, such as int16 or int32: ribbons are long, and a vocabulary is often small enough for two
#   bytes. What you return is int64 all the same.
# * If the text is too short for even one window, raise a `ValueError` that names both lengths.
#
# By hand: with the ribbon `10 11 12 13 14 15` and a context of 3, a window may begin at 0, 1 or 2. The one that begins at 2
# has the inputs `12 13 14` and the labels `13 14 15`. One that begins at 3 would have no answer to its last question.


# %% nbgrader={"grade": false, "grade_id": "random-batch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_batch(ids, batch, context, generator):
    """Cut windows out of a ribbon, at random places.

    Args:
        ids: the ribbon, integers (N,). Not changed.
        batch: how many windows.
        context: how many ids a model reads in each.
        generator: a torch.Generator.

    Returns:
        inputs and labels, both (batch, context) int64.

    Raises:
        ValueError: a ribbon too short for one window.
    """
    ### BEGIN SOLUTION
    allowed = len(ids) - context
    if allowed < 1:
        raise ValueError(f"{len(ids)} ids are too few for a window of {context} and the id behind it")
    starts = torch.randint(allowed, (batch,), generator=generator)
    rows = torch.stack([ids[start : start + context + 1] for start in starts]).long()  # B T+1
    return rows[:, :-1], rows[:, 1:]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-random-batch", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
def inputs_and_labels(*arguments):
    got = attempt(random_batch, *arguments)
    assert got is not None and len(got) == 2, "random_batch should return inputs, labels"
    return got


ribbon = torch.arange(100, 160)
inputs, labels = inputs_and_labels(ribbon, 7, 5, seeded(1))
starts = torch.randint(55, (7,), generator=seeded(1))
wanted = 100 + starts[:, None] + torch.arange(5)
expect(inputs, wanted, f"with the starts {starts.tolist()}, drawn out of 55, the rectangle of inputs")
expect(labels, wanted + 1, "the rectangle of labels, each one id on,")
for length in (4, 5, 6):
    inputs, labels = inputs_and_labels(ribbon[:length], 200, 3, seeded(2))
    found = sorted(set((inputs[:, 0] - 100).tolist()))
    assert found == list(range(length - 3)), f"with {length} ids and a context of 3, windows may begin at {list(range(length - 3))}; yours begin at {found}"
inputs, labels = inputs_and_labels(ribbon.to(torch.int16), 2, 3, seeded(1))
assert inputs.dtype == labels.dtype == torch.int64, f"for a ribbon of int16, int64 should come out too; yours are {inputs.dtype} and {labels.dtype}"
generator = seeded(3)
first, second = (inputs_and_labels(ribbon, 8, 4, generator)[0] for _ in range(2))
assert not torch.equal(first, second), "two calls with one generator should give other windows: do you seed it?"
assert torch.equal(first, random_batch(ribbon, 8, 4, seeded(3))[0]), "two generators with one seed should give the same windows: is yours used?"
print("A ribbon of 3 ids is refused for a context of 3:", refused(random_batch, ribbon[:3], 1, 3, seeded(1)))

ribbon = torch.tensor([i for text in texts[:20] for i in [*tokenizer.encode(text), end]])
print("\nThree windows out of twenty stories:")
for row, answers in zip(*random_batch(ribbon, 3, 7, seeded(8)), strict=True):
    print(f"  {' '.join(words_of(row)):48} → {words_of(answers)[-1]}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("data", "random_batch")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. A number is a name
#
# Now the ids are in a rectangle. Can a model compute with them? Word 8 is not twice word 4, and word 7 is not between the
# two: an id is a name. The honest way to write a name in numbers is a **one-hot** vector, as long as the vocabulary, all
# zeros but a single 1 in the place of the id. No two words are nearer to each other than any other two.
#
# **`one_hot(ids, vocab_size)`** takes int64 ids of any shape and returns float32 vectors, of the same shape with one more
# axis *at the end*: `(batch, time)` becomes `(batch, time, vocab_size)`.
#
# * An id that is not in `0 .. vocab_size - 1` is nobody's name: raise a `ValueError` that says which id it is. Negative ones
#   too; mind that Python's and torch's indices take -1 for the last one.
# * `F.one_hot` is the whole answer and may not be used.
#
# By hand: `one_hot([2, 0], 3)` is `[[0, 0, 1], [1, 0, 0]]`.
#
# Two ways that work: rows of the unit matrix `torch.eye`, or comparing `ids[..., None]` with `torch.arange`. (`None` in an
# index puts a new axis of size 1 there, and the dots stand for all axes before it.)


# %% nbgrader={"grade": false, "grade_id": "one-hot", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_hot(ids, vocab_size):
    """Write each id as a vector of zeros with a single 1.

    Args:
        ids: int64, of any shape. Not changed.
        vocab_size: how many ids there are.

    Returns:
        float32 (*ids.shape, vocab_size).

    Raises:
        ValueError: an id outside 0 .. vocab_size - 1.
    """
    ### BEGIN SOLUTION
    outside = ids[(ids < 0) | (ids >= vocab_size)]
    if len(outside):
        raise ValueError(f"id {outside[0]} is not in 0 .. {vocab_size - 1}")
    return (ids[..., None] == torch.arange(vocab_size)).float()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-one-hot", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
expect(attempt(one_hot, torch.tensor([2, 0]), 3), torch.tensor([[0.0, 0, 1], [1, 0, 0]]), "one_hot([2, 0], 3)")
expect(attempt(one_hot, torch.tensor([0, 0]), 4), torch.tensor([[1.0, 0, 0, 0]] * 2), "one_hot([0, 0], 4), of which most ids do not occur,")
wanted = torch.tensor([[[0.0, 1], [1, 0], [0, 1]], [[1, 0], [1, 0], [0, 1]]])
expect(attempt(one_hot, torch.tensor([[1, 0, 1], [0, 0, 1]]), 2), wanted, "a batch of two rows of three ids")
expect(attempt(one_hot, torch.tensor(1), 2), torch.tensor([0.0, 1.0]), "a single id, without any axis")
for wrong in (3, -1):
    print(f"id {wrong} is refused, as it should be:", refused(one_hot, torch.tensor([0, wrong]), 3))

weights = torch.tensor([[2.0, 0, -1], [1, 1, 0], [0, 4, 1], [-3, 2, 5]])  # a table of four rows
print("\nA one-hot vector times a table:")
for i, vector in enumerate(one_hot(torch.arange(4), 4)):
    print(f"  {vector.int().tolist()} @ table = {(vector @ weights).int().tolist()}, which is row {i}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("data", "one_hot")
### END HIDDEN TESTS

# %% [markdown]
# ## 6. A name is looked up
#
# Look at that: the product of a one-hot vector and a table picks out one row. All other rows are multiplied by 0. So why
# multiply? With 50,000 words and rows of 768 numbers, one token would cost 38 million multiplications, all but 768 of them by
# zero. Take the row.
#
# The table is learnt, and its row is the word's **embedding**: the numbers by which the model knows it.
#
# **`look_up(ids, table)`** takes ids, int64 or int32, of any shape, and a table `(rows, d)`. It returns the rows at these ids,
# `(*ids.shape, d)`, in the table's dtype: exactly what `one_hot(ids, rows) @ table` would give.
#
# * **Gradients flow back into the table**, also exactly as with the product: a row that was looked up at several places gets
#   the sum of what all of them have to teach it; a row that was not looked up gets 0. Torch does this for you, if you take
#   the rows *of the table* and not of a copy without a past (`.detach()`, `.data`, `.tolist()`).
# * An id that the table does not have, above or below, is a `ValueError` that names it.
# * `F.embedding` and `nn.Embedding` are the whole answer and may not be used. Indexing may: `table[...]`.
#
# By hand, with the table printed above: `look_up([3, 0, 3], table)` is `[[-3, 2, 5], [2, 0, -1], [-3, 2, 5]]`. If the loss is
# the sum of all these numbers, row 3 gets the gradient `[2, 2, 2]`, row 0 gets `[1, 1, 1]`, and rows 1 and 2 get zeros.


# %% nbgrader={"grade": false, "grade_id": "look-up", "locked": false, "schema_version": 3, "solution": true, "task": false}
def look_up(ids, table):
    """The table's rows at these ids.

    Args:
        ids: int64 or int32, of any shape.
        table: (rows, d).

    Returns:
        (*ids.shape, d), in the dtype of the table.

    Raises:
        ValueError: an id outside 0 .. rows - 1.
    """
    ### BEGIN SOLUTION
    outside = ids[(ids < 0) | (ids >= len(table))]
    if len(outside):
        raise ValueError(f"id {outside[0]} is not in a table of {len(table)} rows")
    return table[ids]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-look-up", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
weights = torch.tensor([[2.0, 0, -1], [1, 1, 0], [0, 4, 1], [-3, 2, 5]], requires_grad=True)
got = attempt(look_up, torch.tensor([3, 0, 3]), weights)
expect(got, torch.tensor([[-3.0, 2, 5], [2, 0, -1], [-3, 2, 5]]), "look_up([3, 0, 3], table)")
assert got.requires_grad, "no gradient would flow back: the result hangs together with no table"
got.sum().backward()
expect(weights.grad, torch.tensor([[1.0, 1, 1], [0, 0, 0], [0, 0, 0], [2, 2, 2]]), "the gradient of the sum, in which row 3 occurs twice,")
ids = torch.tensor([[1, 2], [0, 0]])
expect(attempt(look_up, ids, weights.detach()), one_hot(ids, 4) @ weights.detach(), "a batch, compared with the one-hot product,")
expect(attempt(look_up, ids, weights.detach().double()), weights.detach().double()[ids], "a table of doubles")
for wrong in (4, -1):
    print(f"id {wrong} is refused, as it should be:", refused(look_up, torch.tensor([0, wrong]), weights.detach()))

table, ids = torch.randn(5_000, 64, generator=seeded(1)), torch.randint(5_000, (1, 32), generator=seeded(2))
times = {}
for name, way in {"one-hot product": lambda: one_hot(ids, 5_000) @ table, "look-up": lambda: look_up(ids, table)}.items():
    way()
    started = time.perf_counter()
    rows = way()
    times[name] = time.perf_counter() - started
print("\n32 tokens of a vocabulary of 5,000, width 64:", ", ".join(f"{name} {1000 * t:.2f} ms" for name, t in times.items()))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("data", "look_up")
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Clocks
#
# One thing is lost on the way. A model that gets a set of rows does not know in which order they came: add up the rows of
# "Nora asked Clara" and those of "Clara asked Nora", and it is the same sum. So each token must carry its place with it. One
# way is to give each place a vector of waves. Think of a row of clocks: the first hand turns quickly, each next one more
# slowly, and all hands together say how late it is. A hand is two numbers, a sine and a cosine.
#
# $$P_{t, 2i} = \sin(t\,\theta_i) \qquad P_{t, 2i+1} = \cos(t\,\theta_i) \qquad \theta_i = 10000^{-2i/d}$$
#
# **`sinusoidal_table(context, d_model)`** returns this table, float32 `(context, d_model)`: a row for each position $t$ = 0,
# 1, 2, ..., with $d$ = `d_model` numbers, in which sines and cosines take turns. Pair $i$ = 0, 1, ..., $d/2 - 1$ is one
# clock.
#
# * It should be exact for long texts too. A float32 has seven digits: of the angle 20,000.12345 it knows 20,000.12 and no
#   more. So compute angles, sines and cosines in float64, and convert at the end.
# * Raise a `ValueError` for a width that is odd or less than 2, and for a context less than 1.
#
# By hand, for `d_model = 4` there are two clocks, $\theta_0 = 1$ and $\theta_1 = 10000^{-2/4} = 0.01$:
#
# | position | sin of the first | cos of the first | sin of the second | cos of the second |
# |---|---|---|---|---|
# | 0 | sin 0 = 0 | cos 0 = 1 | sin 0 = 0 | cos 0 = 1 |
# | 1 | sin 1 = 0.8415 | cos 1 = 0.5403 | sin 0.01 = 0.0100 | cos 0.01 = 1.0000 |
# | 2 | sin 2 = 0.9093 | cos 2 = -0.4161 | sin 0.02 = 0.0200 | cos 0.02 = 0.9998 |
#
# `table[:, 0::2]` is every second column, from the first one on.


# %% nbgrader={"grade": false, "grade_id": "sinusoidal-table", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sinusoidal_table(context, d_model):
    """A vector of sines and cosines for each position.

    Args:
        context: how many positions, 1 or more.
        d_model: width, even.

    Returns:
        float32 (context, d_model).

    Raises:
        ValueError: a width that is not made of pairs, or no positions.
    """
    ### BEGIN SOLUTION
    if d_model < 2 or d_model % 2:
        raise ValueError(f"a width of {d_model} is not made of pairs")
    if context < 1:
        raise ValueError(f"a context of {context} has no positions")
    speeds = 10000.0 ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
    angles = torch.arange(context, dtype=torch.float64)[:, None] * speeds  # context D/2
    table = torch.zeros(context, d_model)
    table[:, 0::2] = angles.sin()
    table[:, 1::2] = angles.cos()
    return table
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-sinusoidal-table", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
wanted = torch.tensor([[0, 1, 0, 1], [0.841471, 0.540302, 0.0099998, 0.99995], [0.909297, -0.416147, 0.0199987, 0.9998]])
expect(attempt(sinusoidal_table, 3, 4), wanted, "sinusoidal_table(3, 4)")
expect(attempt(sinusoidal_table, 2, 2), wanted[:2, :2], "sinusoidal_table(2, 2), a single clock,")
got = attempt(sinusoidal_table, 8, 6)
expect(got[7], torch.tensor([0.656987, 0.753902, 0.319246, 0.947672, 0.015080, 0.999886]), "position 7 of width 6")
far = attempt(sinusoidal_table, 29_988, 8)[29_987]
clock = torch.tensor([math.sin(2998.7), math.cos(2998.7), math.sin(299.87), math.cos(299.87)])
expect(far[2:6], clock, "far along, at position 29,987 of width 8, the second and third clock", tolerance=1e-5)
for what, arguments in {"width 5": (3, 5), "width 0": (3, 0), "no positions": (0, 4)}.items():
    print(f"{what} is refused, as it should be:", refused(sinusoidal_table, *arguments))

table = sinusoidal_table(100, 32)
_, (left, right) = plt.subplots(1, 2, figsize=(11, 3), width_ratios=(3, 2))
left.imshow(table.T, cmap="RdBu", aspect="auto", vmin=-1, vmax=1)
left.set(xlabel="position", ylabel="place in the vector", title="a column is what all clocks show at a position")
for t in (20, 50, 80):
    right.plot(table @ table[t], label=f"t = {t}")
right.set(xlabel="position s", ylim=(4, 20), title="dot product of positions t and s")
right.legend(loc="upper center", ncols=3)
plt.show()
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("data", "sinusoidal_table")
### END HIDDEN TESTS

# %% [markdown]
# On the left, fast clocks above, slow ones below; blue is 1, red is -1. On the right, why these waves: the dot product of two
# positions depends on their *distance* only. The three curves are one curve, moved along.
#
# ## 8. Both together
#
# What a token is and where it stands are simply added up. That goes well since there is room for both: in a space of many
# axes, two vectors that have nothing to do with each other are nearly at right angles.
#
# **`add_positions(x, table, start=0)`** takes vectors `x` `(..., time, d)` and a table of positions `(context, d)`, and
# returns `x` with the row of its position added to each token. The first token stands at position `start`, the next one at
# `start + 1`, and so on; all rows of a batch stand at the same positions.
#
# * The result has the shape and the dtype of `x`, whatever the dtype of the table.
# * If a token stands at a position that the table does not have, behind its end or before 0, raise a `ValueError` that says
#   so. (Slices do not tell: `table[90:110]` of a table of 100 rows has 10 rows, without any error.)
# * `x` stays as it is, and gradients flow into both: there are models that *learn* their table of positions.
#
# By hand: two tokens `[5, 5]` and `[7, 7]` and the table `[[0, 1], [10, 20], [30, 40]]` give `[[5, 6], [17, 27]]`, and with
# `start=1` `[[15, 25], [37, 47]]`. With `start=2` the second token has no position.


# %% nbgrader={"grade": false, "grade_id": "add-positions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def add_positions(x, table, start=0):
    """Add to each token the vector of its position.

    Args:
        x: (..., time, d). Not changed.
        table: (context, d).
        start: the position of the first token.

    Returns:
        The shape and dtype of x.

    Raises:
        ValueError: positions that the table does not have.
    """
    ### BEGIN SOLUTION
    stop = start + x.shape[-2]
    if start < 0 or stop > len(table):
        raise ValueError(f"positions {start} to {stop - 1} are not all in a table of {len(table)}")
    return x + table[start:stop].to(x.dtype)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-add-positions", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
x, table = torch.tensor([[5.0, 5.0], [7.0, 7.0]]), torch.tensor([[0.0, 1.0], [10.0, 20.0], [30.0, 40.0]])
wanted = torch.tensor([[5.0, 6.0], [17.0, 27.0]])
expect(attempt(add_positions, x, table), wanted, "the example worked by hand")
assert x.tolist() == [[5.0, 5.0], [7.0, 7.0]], f"x should stay as it is; it has become {x.tolist()}"
expect(attempt(add_positions, x, table, 1), torch.tensor([[15.0, 25.0], [37.0, 47.0]]), "the example with start=1")
expect(attempt(add_positions, torch.stack([x, 0 * x]), table), torch.stack([wanted, table[:2]]), "a batch of two texts")
expect(attempt(add_positions, 0 * table, table), table, "a text that just fills the table")
expect(attempt(add_positions, x.double(), table), wanted.double(), "doubles, with a table of single floats,")
for start in (2, 3, -1):
    print(f"start={start} is refused, as it should be:", refused(add_positions, x, table, start))

table = torch.randn(tokenizer.vocab_size, 16, generator=seeded(4))
clocks = sinusoidal_table(3, 16)
there, back = (look_up(torch.tensor(tokenizer.encode(text)), table) for text in ("Nora asked Clara", "Clara asked Nora"))
for name, first, second in (("without", there, back), ("with", add_positions(there, clocks), add_positions(back, clocks))):
    difference = (first.tanh().sum(0) - second.tanh().sum(0)).norm()
    print(f"Nora asked Clara, or Clara asked Nora? The sums {name} positions differ by {difference:.2f}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("data", "add_positions")
### END HIDDEN TESTS

# %% [markdown]
# (Each vector went through a bend there, `tanh`, before the sum. Why that is needed is for the second question.)
#
# ## 9. Batch 5,000, at once
#
# This is the hard one. If you are tired, look at the milestone first: it does without.
#
# Random places are simple, but some text is read three times before other text is read once. The other way is to go through
# all rows in a random order, an **epoch**, and then once more in another order. And a long run will be interrupted. When it
# goes on at step 5,000, it should get the batch that it would have had. So a batch must not depend on the one before: **which
# rows make up a batch follows from its number**.
#
# **`row_numbers(step, batch_size, rows, seed)`** returns the numbers of the rows in batch `step` = 0, 1, 2, ..., as a list of
# `batch_size` ints from `0 .. rows - 1`.
#
# * Epoch `e` = 0, 1, 2, ... has the order `np.random.default_rng((seed, e)).permutation(rows)`. (Not `seed + e`: then epoch 1
#   of seed 0 would be epoch 0 of seed 1.)
# * Think of all epochs laid end to end, as one endless ribbon of row numbers. Batch `step` is the piece of it that begins at
#   place `step * batch_size`. So a batch may begin in one epoch and end in the next one, or, if there are few rows, reach
#   over several.
# * Every batch has `batch_size` rows, none is dropped, and nothing is remembered between calls.
# * A negative step is a `ValueError`.
#
# By hand: 5 rows, batches of 3. If the orders of the epochs 0, 1, 2 are `2 0 4 1 3`, `1 3 0 2 4` and `0 4 1 2 3`:
#
# | step | begins at place | batch |
# |---|---|---|
# | 0 | 0 | `2 0 4` |
# | 1 | 3 | `1 3 1`, of which the last is the first one of epoch 1 |
# | 2 | 6 | `3 0 2` |
# | 3 | 9 | `4 0 4`: the last one of epoch 1, the first two of epoch 2 |
#
# Which epoch does place `p` of the ribbon belong to, and which place is it there? `divmod` answers both.


# %% nbgrader={"grade": false, "grade_id": "row-numbers", "locked": false, "schema_version": 3, "solution": true, "task": false}
def row_numbers(step, batch_size, rows, seed):
    """Which rows make up a batch.

    Args:
        step: the number of the batch, from 0.
        batch_size: rows in a batch.
        rows: how many rows there are.
        seed: of this run.

    Returns:
        A list of batch_size ints.

    Raises:
        ValueError: a negative step.
    """
    ### BEGIN SOLUTION
    if step < 0:
        raise ValueError(f"there is no batch {step}")
    numbers = []
    for place in range(step * batch_size, (step + 1) * batch_size):
        epoch, at = divmod(place, rows)
        numbers.append(int(np.random.default_rng((seed, epoch)).permutation(rows)[at]))
    return numbers
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-row-numbers", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
endless = [int(i) for epoch in range(40) for i in np.random.default_rng((3, epoch)).permutation(10)]
for step, batch_size in ((0, 5), (1, 5), (2, 5), (7, 5), (2, 4), (5, 4), (99, 4), (1, 23)):
    got = attempt(row_numbers, step, batch_size, 10, 3)
    wanted = endless[step * batch_size : (step + 1) * batch_size]
    assert isinstance(got, list), f"row_numbers should give a list; yours is {type(got).__name__}"
    assert got == wanted, f"row_numbers({step}, {batch_size}, 10, 3) should be\n  {wanted}\nand yours is\n  {got}"
print("Step -1 is refused, as it should be:", refused(row_numbers, -1, 4, 10, 3))

print("\nTen rows, batches of four, seed 0; | where an epoch ends:")
for step in range(5):
    row = "".join(f"{'| ' if place % 10 == 0 and place else '  '}{number}" for place, number in enumerate(row_numbers(step, 4, 10, 0), 4 * step))
    print(f"  step {step}: {row}")
print(f"  ...\n  step 5000: {row_numbers(5000, 4, 10, 0)}, without the 4,999 before it")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("data", "row_numbers")
### END HIDDEN TESTS

# %% [markdown]
# ## Milestone: stories, seen as a model sees them
#
# All of it, one behind the other: split the stories, lay those for training end to end, cut windows, make a rectangle. The
# picture shows a few rows of it. In each cell, above, what the model reads, and below in orange, what it has to foretell; the
# numbers are positions. ■ is the end of a story, behind which another begins, and grey is padding: the ribbon ended there.

# %%
training, validation = split_documents(texts, 0.05, seeded(0))
encoded = [[*tokenizer.encode(text), end] for text in training]
ribbon = [i for ids in encoded for i in ids]
rows = windows(ribbon, context=10)
across = [i for i, row in enumerate(rows) if end in row[4:7]]  # windows in which a story ends and another begins
inputs, labels, mask = collate([rows[0], rows[1], rows[across[0]], rows[across[1]], rows[-1]])


def batch_picture(inputs, labels, mask):
    """A batch as a table: what is read, and below it what is to be foretold."""
    lines = ["<tr><td></td>" + "".join(f"<th style='text-align: center'>{t}</th>" for t in range(inputs.shape[1])) + "</tr>"]
    for i in range(len(inputs)):
        cells = ""
        for x, label, real in zip(inputs[i].tolist(), labels[i].tolist(), mask[i].tolist(), strict=True):
            read, foretold = escape(words_of([x])[0]), "–" if label == -100 else escape(words_of([label])[0])
            colours = ("#1f77b4", "#ff7f0e") if real else ("#bbb", "#bbb")
            cells += f"<td style='text-align: center; border: 1px solid #ccc'><b style='color: {colours[0]}'>{read if real else 'pad'}</b>"
            cells += f"<br><span style='color: {colours[1]}'>{foretold}</span></td>"
        lines.append(f"<tr><th>row {i}</th>{cells}</tr>")
    return HTML(f"<table>{''.join(lines)}</table>")


print(f"{len(training)} stories to learn from: {len(ribbon):,} tokens, {len(rows):,} windows. {len(validation)} stories put aside.")
display(batch_picture(inputs, labels, mask))

# %% [markdown]
# ### A table that finds the figure
#
# The simplest model that can be trained: a table with a row for each word, and in the row a *score* for each word that may
# come next. Look up the row of the word just read, and there is the answer. (`F.cross_entropy` turns scores into
# probabilities and says how surprised they were by the right word, in nats; it belongs to a later chapter.) Where does such a
# model end? That can be known beforehand, by counting: if *b* has followed *a* in a share $p$ of all cases, no table can do
# better than to say $p$. Averaged over the text, that is the **bigram entropy**.

# %%
ribbon = torch.tensor(ribbon)
held_out = torch.tensor([i for text in validation for i in [*tokenizer.encode(text), end]])
V = tokenizer.vocab_size

pairs = torch.bincount(ribbon[:-1] * V + ribbon[1:], minlength=V * V).reshape(V, V).double()  # how often b follows a
shares = pairs.sum(0) / pairs.sum()
word_entropy = -(shares * shares.clamp(min=1e-12).log()).sum().item()
bigram_entropy = -(pairs * (pairs / pairs.sum(1, keepdim=True).clamp(min=1)).clamp(min=1e-12).log()).sum().item() / len(ribbon[1:])
floor, plateau = nats_per_token(tokenizer.encode)


def train(scores, parameters, past, steps, batch, rate, slips=0.0):
    """Train a model that foretells the next word from the last `past` words; returns the loss of each step.

    A share of the words that it reads, `slips`, is exchanged for random ones.
    """
    generator, losses = seeded(1), []
    optimiser = torch.optim.Adam(parameters, lr=rate)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - step / steps) ** 0.7
        inputs, labels = random_batch(ribbon, batch, past, generator)
        if slips:
            slipped = torch.rand(inputs.shape, generator=generator) < slips
            inputs = torch.randint(V, inputs.shape, generator=generator).where(slipped, inputs)
        loss = F.cross_entropy(scores(inputs), labels[:, -1])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def measure(scores, text, past):
    """Nats per word on a text, each word foretold from the last `past` ones."""
    rows = text.unfold(0, past + 1, 1)
    return sum(F.cross_entropy(scores(part[:, :-1]), part[:, -1], reduction="sum").item() for part in rows.split(4096)) / len(rows)


successors = torch.zeros(V, V, requires_grad=True)  # the table: a row for each word


def bigram(inputs):
    return look_up(inputs[:, -1], successors)


started = time.perf_counter()
bigram_losses = train(bigram, [successors], past=1, steps=150, batch=1024, rate=0.3)
print(f"trained in {time.perf_counter() - started:.0f} s")
print(f"any word is as good as any other  {math.log(V):.3f} nats per word")
print(f"knowing how frequent words are    {word_entropy:.3f}")
print(f"your table, on what it read       {-(pairs * successors.detach().log_softmax(1)).sum().item() / len(ribbon[1:]):.3f}")
print(f"the bigram entropy, by counting   {bigram_entropy:.3f}")

# %% [markdown]
# Your table has come down to it, but for pairs so rare that they were hardly ever in a batch: train longer, and that goes too.
# Below it, a table of pairs cannot get.
#
# ### A model that looks further back
#
# Now all pieces together. This model reads the last eight words. Each is looked up in a table of embeddings, gets its
# position, and goes through a small layer with a bend; the eight are added up, and give a score for each word of the
# vocabulary. All tables and matrices begin at random. While it learns, one word in twenty that it reads is
# exchanged for a random one: who has only ever read good text does not find back from a slip of the pen. The same model is
# trained twice, with positions and without. It takes a few seconds each.

# %%
PAST, WIDTH, HIDDEN = 8, 32, 128
clocks = sinusoidal_table(PAST, WIDTH)


def new_model(positions):
    """The model's tables and matrices, at random, and the function that computes with them."""
    generator = seeded(2)
    embeddings = torch.randn(V, WIDTH, generator=generator) / 10  # small, so that what is learnt soon outweighs chance
    first = torch.randn(WIDTH, HIDDEN, generator=generator) / WIDTH**0.5
    last = torch.randn(HIDDEN, V, generator=generator) / HIDDEN**0.5
    parameters = [part.requires_grad_() for part in (embeddings, first, last)]

    def scores(inputs):
        x = look_up(inputs, embeddings)  # B T D
        if positions:
            x = add_positions(x, clocks)
        gathered = (x @ first).relu().sum(1) / PAST**0.5  # B H
        return gathered @ last  # B V

    return scores, parameters


models, curves = {}, {}
for name in ("without positions", "with positions"):
    started = time.perf_counter()
    scores, parameters = new_model(positions=name.startswith("with "))
    curves[name] = train(scores, parameters, PAST, steps=400, batch=384, rate=0.02, slips=0.05)
    models[name] = scores
    print(f"{name:18} trained in {time.perf_counter() - started:4.1f} s; on stories that it has never read: {measure(scores, held_out, PAST):.3f} nats per word")
embeddings = parameters[0].detach()

# %%
_, axes = plt.subplots(figsize=(9, 4))
for name, losses in {"table of pairs": bigram_losses, **curves}.items():
    axes.plot(torch.tensor(losses).unfold(0, 5, 1).mean(1), label=name)
for height, place, name in ((bigram_entropy, 270, "bigram entropy"), (plateau, 0, "knows all plots, remembers nothing"), (floor, 0, "remembers everything: nobody can do better")):
    axes.axhline(height, color="gray", linestyle=":")
    axes.text(place, height * 1.03, name, color="gray")
axes.set(yscale="log", ylim=(0.18, 7), xlabel="step", ylabel="nats per word")
axes.set_yticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
axes.minorticks_off()
axes.legend()
plt.show()

# %% [markdown]
# The grey lines were there before anybody trained anything: the stories come from a process whose entropy is known. (While
# they learn, the two models stumble over slips; on whole texts they are better than their curves.) Now see
# what the model has made of its table. Nobody told it what an animal is, or a name, or a colour. For each word, those whose
# rows point most nearly the same way:

# %%
directions = embeddings / embeddings.norm(dim=1, keepdim=True)
for word in ("goat", "Nora", "red", "kite", "seven", "kitchen", "plums"):
    (i,) = tokenizer.encode(word)
    nearest = (directions @ directions[i]).argsort(descending=True)[1:7]
    print(f"  {word:8}", ", ".join(words_of(nearest.tolist())))

# %% [markdown]
# And it can write. Each model begins with the same words, behind the end of another story, and draws one word after another
# from its probabilities, until it says that the story is over. (Scores count twice, so that what is probable becomes more
# so: a cautious writer.)


# %%
def written(scores, past, begin="Once upon a time a", most=200):
    """A story of a model's own."""
    generator, ids = seeded(5), encoded[0][-PAST:] + tokenizer.encode(begin)
    while len(ids) < most and ids[-1] != end:
        with torch.no_grad():
            probabilities = (2 * scores(torch.tensor([ids[-past:]]))).softmax(-1)[0]
        ids.append(torch.multinomial(probabilities, 1, generator=generator).item())
    return tokenizer.decode([i for i in ids[PAST:] if i != end]) + (" ■" if ids[-1] == end else " ...")


for name, scores, past in (("table of pairs", bigram, 1), *((name, model, PAST) for name, model in models.items())):
    print(f"{name}:\n  {written(scores, past)}\n")

# %% [markdown]
# **There it is: raw text in, your cuts, your rectangles, your table, your clocks, and out comes a model that has sorted the
# world into animals, names and colours.** It forgets after eight words who the story was about. How to look further back is
# the next chapter's subject.
#
# ## First question: a figure too good to be true
#
# Here is a model that learns nothing. The *copycat* remembers, for every run of `n` words that it has read, the word that
# came next. On new text it looks for the last `n` words in its memory and says what it finds there; `foretold` is the share
# of words that it gets right.
#
# Measure it on Python's manual (`paragraphs`, above) for `n` = 1, 2, 4, 6, 8, with a tenth put aside in three ways:
#
# * **A**: all paragraphs laid end to end as one list of words, cut by `windows(words, 60, 30)`, and every tenth *window* put
#   aside (those with the numbers 0, 10, 20, ...),
# * **B**: every tenth *paragraph* put aside, numbered in the same way,
# * **C**: your `split_documents(paragraphs, 0.1, seeded(1))`.
#
# `paragraph.split()` makes a list of words of a paragraph.
#
# Do this in the code cell, and write what you found in the cell below it: a small table and some ten lines.
#
# | points | for |
# |---|---|
# | 1 | the fifteen measured shares |
# | 1 | A: where the copycat has read what it is asked, with the numbers of `windows(words, 60, 30)`: how much of a window put aside stands in others? |
# | 1 | B against C: what differs between them, although both put whole paragraphs aside; and what the shares do as `n` grows in each of the three, and why |
# | 1 | which `n` somebody would choose who trusts A, and which one is best in truth; and one thing that the honest split C still lets through |

# %%
def copycat(documents, n):
    """What came next after each run of n words; documents are lists of words."""
    return {tuple(words[i : i + n]): words[i + n] for words in documents for i in range(len(words) - n)}


def foretold(memory, documents, n):
    """The share of words that the memory foretells rightly."""
    right = sum(memory.get(tuple(words[i : i + n])) == words[i + n] for words in documents for i in range(len(words) - n))
    return right / sum(max(0, len(words) - n) for words in documents)


# %% nbgrader={"grade": false, "grade_id": "measure-leaks", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
in_words = [paragraph.split() for paragraph in paragraphs]
cut = windows([word for words in in_words for word in words], 60, 30)
honest = split_documents(paragraphs, 0.1, seeded(1))
splits = {
    "A, windows": ([row for i, row in enumerate(cut) if i % 10], cut[::10]),
    "B, paragraphs": ([words for i, words in enumerate(in_words) if i % 10], in_words[::10]),
    "C, each once": tuple([text.split() for text in part] for part in honest),
}
for name, (read, asked) in splits.items():
    print(f"{name:14}", *(f"{foretold(copycat(read, n), asked, n):6.1%}" for n in (1, 2, 4, 6, 8)))
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-leaks", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# | put aside | n = 1 | 2 | 4 | 6 | 8 |
# |---|---|---|---|---|---|
# | A, windows | 25.0 % | 66.2 % | 93.6 % | 93.7 % | 91.5 % |
# | B, paragraphs | 12.8 % | 25.4 % | 34.5 % | 34.1 % | 33.7 % |
# | C, each once | 8.5 % | 9.4 % | 5.4 % | 3.1 % | 1.8 % |
#
# **A.** A window holds 61 words, and the next one begins 30 words later. So the first 31 words of a window put aside stand in
# the window before it, the last 31 in the one after it, and both of these are in the training part: every word of it has been
# read. Only runs that cross its middle have not. There are more of those the longer the run is, and so the share falls a
# little from n = 6 to n = 8.
#
# **B and C.** B puts whole paragraphs aside, but the manual says some things several times: 83 of the 261 have a copy among
# the others, nearly a third. That is what the copycat gets right, hardly less with longer runs: of a copy it knows each word.
# C has no copies. There a longer run has hardly ever been read before, so that the share falls, while a run of one word has
# been, but says too little.
#
# In A and B, memory looks like skill: whoever trusts A takes n = 6 and thinks that 94 % of all words can be foretold. In truth
# n = 2 is best, with 9 %. And C still lets near copies through: paragraphs that differ in one word or one space, and sentences
# that stand in several paragraphs.
# ### END SOLUTION

# %% [markdown]
# ## Second question: what positions buy
#
# Two models stand above, `models["with positions"]` and `models["without positions"]`, equal but for one line. Both take ids
# `(batch, 8)` and give scores `(batch, vocab_size)`.
#
# 1. Take 2,000 windows of eight words and the word behind each from `held_out` (`random_batch` with `seeded(9)`). Shuffle the
#    eight words of each window, in the same way for all: `inputs[:, torch.randperm(8, generator=seeded(1))]`. What happens to
#    the loss of each model, `F.cross_entropy(scores, labels[:, -1])`? And if only the first seven are shuffled (by
#    `torch.randperm(7, generator=seeded(1))`) and the last one stays?
# 2. The model without positions knows nothing of order, and still it is far better than the table of pairs, which does know
#    which word came last. What does it go by? Measure both with the first four words of each window exchanged for those of the
#    window before it: `inputs.roll(1, 0)[:, :4]`.
# 3. The layer has a bend, `relu`, *before* the eight vectors are added up. Take it out on paper: the sum of $(E_{x_t} +
#    P_t)\,W$ over the eight places. Why are the positions of no use then?
#
# | points | for |
# |---|---|
# | 1 | measured losses of both models: as it is, all eight shuffled, the first seven shuffled |
# | 1 | why one model does not notice, to the last digits, and the other one does; what the third number says about the last word |
# | 1 | what a model without order can still know, with a measurement |
# | 1 | the sum written out, and what is left of the positions in it |

# %% nbgrader={"grade": false, "grade_id": "measure-positions", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
inputs, labels = random_batch(held_out, 2000, PAST, seeded(9))
mixed = torch.randperm(8, generator=seeded(1))
seven = torch.cat([torch.randperm(7, generator=seeded(1)), torch.tensor([7])])
foreign = inputs.clone()
foreign[:, :4] = inputs.roll(1, 0)[:, :4]
with torch.no_grad():
    for name, model in models.items():
        for what, rows in (("as it is", inputs), ("all shuffled", inputs[:, mixed]), ("seven shuffled", inputs[:, seven]), ("four foreign", foreign)):
            print(f"{name:18} {what:16} {F.cross_entropy(model(rows), labels[:, -1]).item():.6f}")
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-positions", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# | nats per word | without positions | with positions |
# |---|---|---|
# | as it is | 1.009 | 0.736 |
# | all eight shuffled | 1.009 | 6.13 |
# | the first seven shuffled | 1.009 | 1.79 |
# | four foreign words in front | 5.33 | 3.69 |
#
# **Shuffled.** The model without positions adds up eight vectors that depend on the words alone, and a sum does not know its
# order: the loss stays the same but for rounding. With positions each vector depends on its place, and the words now say that
# they stand where they never stood. The model is sure of itself and wrong. With the last word in its place it suffers much
# less: that word says more about the next one than the seven others, but far from everything.
#
# **Without order.** Eight words in a set still say in which sentence of which plot we are, and most sentences of these stories
# are always the same: "took", "a", "deep", "breath" can be put in one order only. With four words of another window it is
# lost (5.33), more so than the model with positions, which can tell the near words from the far ones. It fails where a word
# occurs twice and where small words are exchanged for each other, as its own story shows: "One she day met What in the the".
#
# **Without the bend.** $\sum_t (E_{x_t} + P_t) W = \left(\sum_t E_{x_t}\right) W + \left(\sum_t P_t\right) W$. The second
# part is the same for every text: a constant. The words and their places have been added up apart, and nobody knows any more
# which word stood where. The bend makes of each word and its place something that is not a sum of the two.
# ### END SOLUTION

# %% [markdown]
# ## What you have built
#
# The way from a text to the door of a model: what is asked, with which answers, in which order, and how a number becomes a
# vector with a place. Every language model has these pieces. `lmcore/data/windows.py` and `lmcore/data/collation.py` hold
# them as the course uses them, for texts that lie on disk and do not fit into memory; `lmcore/embedding.py` and
# `lmcore/positions.py` hold the tables. In the next topic, tokens begin to look at each other.
