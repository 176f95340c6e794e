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
# # Build a tokenizer
#
# A language model never sees a letter. It reads numbers and writes numbers, and something has to stand between them and
# the text. Tonight you build that something: a **byte-level BPE tokenizer** (BPE is short for byte-pair encoding),
# the kind that GPT-2 and most models after it use. It learns from a text which letters belong together, it can write any
# text in any language, and at the end of this notebook yours will cut a sentence you choose into coloured pieces.
#
# You need Python and patience, no machine learning. The book's page **Tokenization** explains the idea with pictures;
# this notebook can also be done without it.
#
# | step | function | what it does | points |
# |---|---|---|---|
# | 1 | `word_counts` | text → words as bytes, counted | 2 |
# | 2 | `count_pairs` | which neighbours occur how often | 3 |
# | 3 | `merge_pair` | puts one new id in the place of two | 3 |
# | 4 | `choose_pair` | which pair is merged next | 3 |
# | 5 | `train` | steps 1 to 4 in a loop: a vocabulary | 4 |
# | 6 | `encode` | text → ids | 4 |
# | 7 | `decode` | ids → text | 3 |
# | 8 | `split_special` | keeps the marks of a text, such as its end, whole | 2 |
# | 9 | `encode_stream` | texts larger than memory (the hard one) | 2 |
# | | a question | measure something with your tokenizer | 4 |
#
# ## How to work
#
# * Write where it says `YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Most functions need 3 to 10
#   lines. Run the cell, then the cell below it: its tests tell you in words what is wrong, and show you something when
#   nothing is.
# * Write them yourself: `train`, `encode`, `decode` and `encode_stream` may not use somebody else's tokenizer (`tiktoken`,
#   `tokenizers`, `lmcore.tokenization`). One that does gets its points only after a person has looked at it. In a cell of
#   your own, comparing with one is a good idea.
# * Each step uses the ones before. Cells further down fail with `NotImplementedError` until you get there.
# * For a verdict, save the notebook and run this in a terminal, in the course's folder, as often as you like:
#
#       python -m lmgrade try exercises/tokenization/tokenization.ipynb
#
#   It tries your functions on inputs drawn anew each time, and names the mistake where it can. (In a class, the checks
#   may be kept by your instructor; then you hand in first and read the same table in your feedback.)
# * Before you hand in, choose *Restart Kernel and Run All Cells*. A finished notebook runs through in about ten seconds.
#
# One evening is enough. Run the next cell and begin.

# %%
import time
from collections import Counter

import matplotlib.pyplot as plt
import regex

ENGLISH = """On the night train the tea comes in a glass with a metal holder. The spoon rings against the glass at every \
joint of the rails, and by morning you know the whole length of the country by ear: short rails in the south, long ones \
in the north. "Don't pour it too full," says the conductor, "we have 1200 bridges ahead of us."
""".strip()

RUSSIAN = """В ночном поезде чай приносят в стакане с подстаканником. Ложечка звенит о стекло на каждом стыке рельсов, \
и к утру ты знаешь на слух всю длину страны: на юге рельсы короткие, на севере длинные. «Не наливайте доверху, — говорит \
проводник, — впереди ещё 1200 мостов».
""".strip()


def show(pieces):
    """Print pieces of text, each on a colour of its own."""
    colours = (153, 223, 194, 218, 189)
    print("".join(f"\x1b[30;48;5;{colours[i % 5]}m{piece}\x1b[0m" for i, piece in enumerate(pieces)))


def attempt(function, *arguments):
    """Call a function; should it raise, add to the error what it was called with."""
    try:
        return function(*arguments)
    except Exception as error:
        error.add_note(f"This happened in {function.__name__}({', '.join(map(repr, arguments))}).")
        raise


# %% [markdown]
# ## 0. Pieces and bytes
#
# Two things happen to a text before anything is learnt. Both are given; spend five minutes with them, all the rest builds
# on this.
#
# **Pieces.** The text is cut into pieces, and no token will ever reach across a cut. Otherwise the tokenizer would learn
# "of the" and "dog." and "dog," as tokens, instead of words. `pretokenize` below uses the pattern of GPT-2. It tries six
# kinds of pieces in this order:
#
#     pattern               finds                                             for example
#
#     '(?:[sdmt]|ll|ve|re)  English endings after an apostrophe               's   'll
#      ?\p{L}+              letters, with one space in front if there is one  cat   чай
#      ?\p{N}+              digits, likewise                                  1200
#      ?[^\s\p{L}\p{N}]+    other signs, likewise                             ,   ::=
#     \s+(?!\S)            white space, but not the last one before a word   two of three spaces
#     \s+                  white space                                       a line break
#
# So a space belongs to the word *after* it. Nothing gets lost: the pieces, joined, are the text again.

# %%
PATTERN = regex.compile(r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def pretokenize(text):
    """Cut a text into pieces, a list of str."""
    return PATTERN.findall(text)


print(pretokenize("We'll see 2 cats,   and a dog!\n"))
show(pretokenize(ENGLISH))

# %% [markdown]
# **Bytes.** There are more than 150,000 characters in Unicode, far too many to give each a number in a small model. But
# every text can be written as bytes, and there are only 256 of those. `str.encode()` writes UTF-8: one byte for a letter
# of the English alphabet, two for a Russian one, three or four for an emoji. A `bytes` object is a sequence of numbers
# from 0 to 255, so `list` and `tuple` make plain numbers of it.

# %%
for text in ("tea", " tea", "чай", "🙂"):
    print(f"{text!r:8} {text.encode()!r:28} {tuple(text.encode())}")

# %% [markdown]
# These 256 numbers are our first **ids**. A text of bytes is long, though: the model would have to read three numbers to
# get through "tea". Training will invent new ids, from 256 upwards, for bytes that often stand side by side. The bytes that
# an id stands for are a **token**, one byte or several, and all tokens together are the **vocabulary**.
#
# ## 1. Words, counted
#
# A text repeats its words, so we count each of them once and for all, and work with the counts from then on.
#
# **`word_counts(text)`** takes a `str` and returns a `dict` (a `Counter` is one). Its keys are the pieces that
# `pretokenize` finds, each as a **tuple of its UTF-8 bytes**, and its values say how often the piece occurs.
#
# By hand: `"to be to"` has the pieces `"to"`, `" be"` and `" to"`. The first and the last are different words, since one
# begins with a space (byte 32), so the answer is
#
#     {(116, 111): 1, (32, 98, 101): 1, (32, 116, 111): 1}
#
# An empty text gives an empty dict.


# %% nbgrader={"grade": false, "grade_id": "word-counts", "locked": false, "schema_version": 3, "solution": true, "task": false}
def word_counts(text):
    """Count the pieces of a text.

    Args:
        text: any str.

    Returns:
        A dict: piece as a tuple of bytes (ints from 0 to 255) -> how often it occurs.
    """
    ### BEGIN SOLUTION
    return Counter(tuple(piece.encode()) for piece in pretokenize(text))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-word-counts", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
got = word_counts("to be to be")
assert isinstance(got, dict), f"word_counts should return a dict; yours returns {got!r}"
assert all(isinstance(word, tuple) for word in got), f"the keys should be tuples of bytes; yours are {list(got)}"
wanted = {(116, 111): 1, (32, 98, 101): 2, (32, 116, 111): 1}
assert got == wanted, f"'to be to be' should give\n  {wanted}\nand yours gives\n  {dict(got)}"
got = dict(word_counts("я"))
assert got == {(209, 143): 1}, f"'я' is the two bytes 209 and 143; yours gives {got}"
got = sum(len(word) * times for word, times in word_counts(ENGLISH + "\n\n    x\n").items())
assert got == len(ENGLISH) + 8, f"your words have {got} bytes in all, the text has {len(ENGLISH) + 8}: what is missing?"

print("The most frequent words of the English text:")
for word, times in Counter(word_counts(ENGLISH)).most_common(6):
    print(f"  {times} x {bytes(word)!s:10} {word}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("tokenization", "word_counts")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Which neighbours occur most?
#
# **`count_pairs(words)`** takes a dict like the one you just made (keys: tuples of ids; later there will be ids above 255
# in them) and returns a dict from **pair of neighbouring ids** to **how often the pair occurs in the text**.
#
# * A word that occurs 3 times brings 3 of each of its pairs.
# * Every place between two neighbours counts, also when pairs overlap: `(7, 7, 7)` holds the pair `(7, 7)` twice.
# * There are no pairs across words. A word of one id has none. Only pairs that occur are in the result.
# * `words` itself stays as it is.
#
# By hand, with the words `(1, 2, 1, 2)` twice and `(2, 1, 3)` three times:
#
# | pair | in `(1, 2, 1, 2)`, 2 × | in `(2, 1, 3)`, 3 × | sum |
# |---|---|---|---|
# | `(1, 2)` | 2 places → 4 | - | 4 |
# | `(2, 1)` | 1 place → 2 | 1 place → 3 | 5 |
# | `(1, 3)` | - | 1 place → 3 | 3 |


# %% nbgrader={"grade": false, "grade_id": "count-pairs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_pairs(words):
    """Count the pairs of neighbouring ids in all words.

    Args:
        words: dict, word as a tuple of ids -> how often it occurs. Not changed.

    Returns:
        A dict: (left id, right id) -> how often the pair occurs.
    """
    ### BEGIN SOLUTION
    counts = {}
    for word, times in words.items():
        for i in range(len(word) - 1):
            pair = (word[i], word[i + 1])
            counts[pair] = counts.get(pair, 0) + times
    return counts
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-count-pairs", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
got = count_pairs({(1, 2, 1, 2): 2, (2, 1, 3): 3})
assert isinstance(got, dict), f"count_pairs should return a dict; yours returns {got!r}"
wanted = {(1, 2): 4, (2, 1): 5, (1, 3): 3}
assert got == wanted, f"the example worked by hand should give\n  {wanted}\nand yours gives\n  {dict(got)}"
got = dict(count_pairs({(7, 7, 7, 7): 10}))
assert got == {(7, 7): 30}, f"(7, 7, 7, 7) has three places between neighbours, so 10 of them give 30; yours: {got}"
got = dict(attempt(count_pairs, {(5,): 9}))
assert got == {}, f"a word of one id has no pair; yours gives {got}"

print("The most frequent pairs of the English text:")
for pair, times in Counter(count_pairs(word_counts(ENGLISH))).most_common(8):
    print(f"  {times} x {bytes(pair)}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("tokenization", "count_pairs")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Two become one
#
# **`merge_pair(ids, pair, new_id)`** goes through `ids` from left to right and writes `new_id` wherever the two ids of
# `pair` stand side by side, in this order. It returns a new `list`; `ids`, a list or a tuple, stays as it is.
#
# In a run such as `7, 7, 7` the pair `(7, 7)` stands at two places that share an id. Going from the left, the first two are
# merged and used up, and the third is left over:
#
# | `ids` | `pair` | `new_id` | result |
# |---|---|---|---|
# | `[1, 2, 3, 1, 2]` | `(1, 2)` | `9` | `[9, 3, 9]` |
# | `[2, 1, 1, 2]` | `(1, 2)` | `9` | `[2, 1, 9]` |
# | `[7, 7, 7]` | `(7, 7)` | `9` | `[9, 7]` |
# | `[7, 7, 7, 7]` | `(7, 7)` | `9` | `[9, 9]` |
#
# Mind the ends: what if the last id is left over, or is the first half of a pair?


# %% nbgrader={"grade": false, "grade_id": "merge-pair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def merge_pair(ids, pair, new_id):
    """Write a new id in the place of each occurrence of a pair, from left to right.

    Args:
        ids: list or tuple of ids. Not changed.
        pair: (left id, right id).
        new_id: the id that stands for both.

    Returns:
        A new list of ids.
    """
    ### BEGIN SOLUTION
    merged = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-merge-pair", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
got = merge_pair([1, 2, 3, 1, 2], (1, 2), 9)
assert got is not None, "merge_pair gives None: does it end with a return?"
for ids, pair, wanted in (
    ([1, 2, 3, 1, 2], (1, 2), [9, 3, 9]),
    ([2, 1, 1, 2], (1, 2), [2, 1, 9]),
    ([7, 7, 7], (7, 7), [9, 7]),
    ([7, 7, 7, 7], (7, 7), [9, 9]),
    ([1, 2, 3], (1, 2), [9, 3]),
    ((3, 1, 2, 1), (1, 2), [3, 9, 1]),
    ([], (1, 2), []),
):
    got = list(attempt(merge_pair, ids, pair, 9))
    assert got == wanted, f"merge_pair({ids}, {pair}, 9) should give {wanted}; yours gives {got}"
ids = [1, 2, 1, 2]
merge_pair(ids, (1, 2), 9)
assert ids == [1, 2, 1, 2], f"the list you were given should stay [1, 2, 1, 2]; now it is {ids}"

ids = list(b"the thin thief thought of this and that")
merged = merge_pair(ids, (116, 104), 256)
print(f"With 256 for 'th', {len(ids)} ids become {len(merged)}:")
show("th" if i == 256 else chr(i) for i in merged)
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("tokenization", "merge_pair")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Which pair next?
#
# The most frequent one. But often several pairs are equally frequent, and if chance decided, your vocabulary would differ
# from mine. So there is a rule for ties, and it must not depend on the order of a dict or on how ids are numbered:
#
# > Of the most frequent pairs, take the one whose **left token is greatest as bytes**. If the left tokens are equal too,
# > take the one whose right token is greatest.
#
# Python compares `bytes` as a dictionary orders words: `b"b" > b"ab"`, and `b"ab" > b"a"`.
#
# **`choose_pair(counts, vocabulary)`** gets what `count_pairs` returns (at least one pair) and the vocabulary, a list in
# which `vocabulary[i]` are the bytes of token `i`. It returns the pair to merge.
#
# By hand: let token 256 be `b"ab"`. The counts are
#
# | pair | tokens | count |
# |---|---|---|
# | `(256, 122)` | `(b"ab", b"z")` | 5 |
# | `(99, 97)` | `(b"c", b"a")` | 5 |
# | `(99, 98)` | `(b"c", b"b")` | 5 |
# | `(122, 122)` | `(b"z", b"z")` | 4 |
#
# The last one is too rare. Of the others, `b"c"` is greater than `b"ab"`, although 256 is the greater id. Two have `b"c"`
# on the left, and `b"b"` is greater than `b"a"`: the answer is `(99, 98)`.


# %% nbgrader={"grade": false, "grade_id": "choose-pair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def choose_pair(counts, vocabulary):
    """Choose the most frequent pair; of equally frequent ones, the greatest by left, then right bytes.

    Args:
        counts: dict, (left id, right id) -> how often it occurs. Not empty.
        vocabulary: list, the bytes of each id.

    Returns:
        One of the pairs.
    """
    ### BEGIN SOLUTION
    return max(counts, key=lambda pair: (counts[pair], vocabulary[pair[0]], vocabulary[pair[1]]))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-choose-pair", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
vocabulary = [bytes([byte]) for byte in range(256)] + [b"ab"]
got = choose_pair({(97, 98): 2, (98, 99): 7, (122, 122): 3}, vocabulary)
assert got is not None, "choose_pair gives None: does it end with a return?"
assert tuple(got) == (98, 99), f"(98, 99) occurs 7 times, more than any other pair; yours chooses {got}"
got = choose_pair({(97, 99): 5, (98, 97): 5, (97, 98): 5}, vocabulary)
assert tuple(got) == (98, 97), f"of three pairs with count 5, (b'b', b'a') has the greatest left token; yours chooses {got}"
got = choose_pair({(256, 122): 5, (99, 97): 5, (99, 98): 5, (122, 122): 4}, vocabulary)
assert tuple(got) == (99, 98), f"the example worked by hand should give (99, 98); yours gives {got}"

for name, text in (("English", ENGLISH), ("Russian", RUSSIAN)):
    left, right = choose_pair(count_pairs(word_counts(text)), vocabulary)
    both = bytes([left, right])
    print(f"The first pair to merge in the {name} text is {both}, which reads {both.decode(errors='replace')!r}.")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("tokenization", "choose_pair")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Training
#
# Now put the four together.
#
# **`train(text, vocab_size)`** returns the **merges**: a list of pairs `(left, right)`, each part as `bytes`, in the order
# in which they were learnt.
#
# 1. Count the words of the text. The vocabulary is the 256 single bytes.
# 2. Count the pairs. If there are none, stop: every word has become a single token.
# 3. Choose a pair. Its two tokens, as bytes, are the next merge. Joined, they are the next token: it gets the next id,
#    the length of the vocabulary so far, and goes to the vocabulary's end.
# 4. Merge the pair in every word. (`merge_pair` gives a list, but a key of a dict must be a tuple.)
# 5. Begin again at 2, until the vocabulary has `vocab_size` tokens.
#
# `vocab_size` counts the bytes: 256 asks for no merges at all, 300 for 44. Below 256 there is no vocabulary: raise a
# `ValueError` that says so.
#
# By hand, with one word of 11 letters and `vocab_size` 259:
#
# | round | the word | most frequent | new token |
# |---|---|---|---|
# | 1 | `a a a b d a a a b a c` | `(a, a)`, 4 × | 256 = `aa` |
# | 2 | `aa a b d aa a b a c` | `(aa, a)` and `(a, b)`, 2 × each; `aa` is greater than `a` | 257 = `aaa` |
# | 3 | `aaa b d aaa b a c` | `(aaa, b)`, 2 × | 258 = `aaab` |
#
# So `train("aaabdaaabac", 259)` is `[(b"a", b"a"), (b"aa", b"a"), (b"aaa", b"b")]`, and 11 ids have become 5.
#
# Counting everything again in each round is wasteful, but simple, and fast enough for tonight.


# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(text, vocab_size):
    """Learn the merges of a byte-level BPE.

    Args:
        text: any str.
        vocab_size: how many tokens there may be, the 256 bytes included.

    Returns:
        A list of (left bytes, right bytes) in the order of learning; fewer than vocab_size - 256 of them if the text
        runs out of pairs.

    Raises:
        ValueError: vocab_size is below 256.
    """
    ### BEGIN SOLUTION
    if vocab_size < 256:
        raise ValueError(f"vocab_size {vocab_size} is below 256: every byte needs a token")
    words = word_counts(text)
    vocabulary = [bytes([byte]) for byte in range(256)]
    merges = []
    while len(vocabulary) < vocab_size:
        counts = count_pairs(words)
        if not counts:
            break
        pair = choose_pair(counts, vocabulary)
        words = {tuple(merge_pair(word, pair, len(vocabulary))): times for word, times in words.items()}
        left, right = vocabulary[pair[0]], vocabulary[pair[1]]
        merges.append((left, right))
        vocabulary.append(left + right)
    return merges
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-train", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
got = train("aaabdaaabac", 259)
assert got is not None, "train gives None: does it end with a return?"
for number, wanted in enumerate([(b"a", b"a"), (b"aa", b"a"), (b"aaa", b"b")]):
    assert number < len(got), f"three merges were asked for (259 - 256); yours are {got}"
    assert tuple(got[number]) == wanted, f"merge {number} of 'aaabdaaabac' should be {wanted}; yours: {got[number]}"
assert len(got) == 3, f"vocab_size 259 leaves room for three merges; yours are {len(got)}"
got = [tuple(pair) for pair in train("the then they", 260)]
wanted = [(b"t", b"h"), (b"th", b"e"), (b" ", b"the"), (b" the", b"y")]
assert got == wanted, f"'the then they' should give\n  {wanted}\nand yours gives\n  {got}"
got = [tuple(pair) for pair in train("ж ж", 257)]
assert got == [(b"\xd0", b"\xb6")], f"the two bytes of 'ж' are the first merge of 'ж ж'; yours: {got}"
got = [tuple(pair) for pair in attempt(train, "ab ab", 1000)]
assert got == [(b"a", b"b"), (b" ", b"ab")], f"'ab ab' has two merges and then nothing is left; yours: {got}"
assert list(train("ab ab", 256)) == [], "a vocabulary of 256 has room for the bytes and no merge"
try:
    train("ab ab", 255)
except ValueError as error:
    print("255 is refused, as it should be:", error)
else:
    raise AssertionError("train(text, 255) should raise ValueError: there is no room for all bytes")

for name, text in (("English", ENGLISH), ("Russian", RUSSIAN)):
    tokens = [left + right for left, right in train(text, 256 + 40)]
    print(f"\nThe first 40 tokens of the {name} text:")
    show(token.decode(errors="replace") for token in tokens)
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("tokenization", "train")
### END HIDDEN TESTS

# %% [markdown]
# Look at the two lines above. The English tokens are soon syllables and words. The Russian ones begin with letters, put
# together from their two bytes; some, drawn as �, are *halves* of letters still looking for their other half. Keep
# this in mind for the question at the end.
#
# ## 6. Encoding
#
# **`encode(text, merges)`** turns any text into a list of ids, with merges as `train` returns them. Ids 0 to 255 are the
# bytes; what merge `i` makes (counted from 0) has the id `256 + i`.
#
# Encoding does to a new text what training did to the old one: cut it into pieces, write each piece as bytes, and apply
# the merges **in the order in which they were learnt**. That order is all that matters. It is *not* the longest token that
# wins, nor the first pair from the left:
#
# | merges | the piece `abc` |
# |---|---|
# | 0: `(b, c)` | → `a` `bc` |
# | 1: `(a, b)` | no `a` beside a `b` any more |
# | 2: `(ab, c)` | no `ab` |
#
# So `encode("abc", [(b"b", b"c"), (b"a", b"b"), (b"ab", b"c")])` is `[97, 256]`, although there is a token for all of `abc`.
#
# There are two good ways. You can go through all merges from first to last and apply each one to the piece. Or you look at
# the pairs that the piece has, apply the one that was learnt earliest, and look again, until no pair has a merge. They give
# the same ids; when there are more merges than the piece has bytes, the second one has less to do. The merges are written
# in bytes and `merge_pair` takes ids, so begin with a dict that tells the id of each token.
#
# Every piece is encoded by itself, and the ids are joined. An empty text gives an empty list.


# %% nbgrader={"grade": false, "grade_id": "encode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode(text, merges):
    """Turn a text into ids.

    Args:
        text: any str.
        merges: list of (left bytes, right bytes), as train returns it.

    Returns:
        A list of ids: 0 to 255 are bytes, 256 + i is what merge i makes.
    """
    ### BEGIN SOLUTION
    vocabulary = [bytes([byte]) for byte in range(256)] + [left + right for left, right in merges]
    id_of = {token: i for i, token in enumerate(vocabulary)}
    rank = {(id_of[left], id_of[right]): i for i, (left, right) in enumerate(merges)}
    result = []
    for piece in pretokenize(text):
        ids = list(piece.encode())
        while True:
            pairs = [(ids[i], ids[i + 1]) for i in range(len(ids) - 1)]
            known = [pair for pair in pairs if pair in rank]
            if not known:
                break
            earliest = min(known, key=lambda pair: rank[pair])
            ids = merge_pair(ids, earliest, 256 + rank[earliest])
        result += ids
    return result
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-encode", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
got = encode("tea", [])
assert got is not None, "encode gives None: does it end with a return?"
assert list(got) == [116, 101, 97], f"without merges, 'tea' is its bytes 116, 101, 97; yours gives {got}"
for text, merges, wanted, why in (
    ("abc", [(b"b", b"c"), (b"a", b"b"), (b"ab", b"c")], [97, 256], "merge 0 goes first"),
    ("banana", [(b"a", b"n")], [98, 256, 256, 97], "'an' stands there twice"),
    ("nana", [(b"n", b"a"), (b"na", b"na")], [257], "what a merge makes can be merged again"),
    ("a  b", [(b" ", b" "), (b" ", b"b")], [97, 32, 257], "the pieces are 'a', ' ' and ' b'"),
    ("й", [], [208, 185], "UTF-8 writes it in two bytes"),
    ("", [(b"a", b"n")], [], "there is nothing to encode"),
):
    got = list(attempt(encode, text, merges))
    assert got == wanted, f"encode({text!r}, {merges}) should give {wanted}: {why}. Yours gives {got}"

for size in (256, 300, 400):
    merges = train(ENGLISH, size)
    vocabulary = [bytes([byte]) for byte in range(256)] + [left + right for left, right in merges]
    ids = encode(ENGLISH, merges)
    print(f"A vocabulary of {size}: {len(ids)} ids for {len(ENGLISH)} characters")
    show(vocabulary[i].decode(errors="replace") for i in ids)
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("tokenization", "encode")
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Decoding
#
# **`decode(ids, merges)`** is the way back: it returns the text of a list of ids.
#
# * A token can be half of a character. Only the bytes of *all* ids together can be read as UTF-8.
# * A model may write ids in any order, so the bytes may be no UTF-8 at all. Each faulty place becomes `�` (U+FFFD, the
#   replacement character); `bytes.decode` has an argument `errors` for this.
# * An id below 0 or above `255 + len(merges)` does not exist: raise a `ValueError` that names it.
# * No ids give an empty text.
#
# By hand, with the merges `[(b"o", b"k")]`: the ids `[33, 256, 255]` are the bytes `!`, `ok` and 255, a byte that UTF-8
# never uses. The text is `"!ok�"`. Id 257 does not exist.


# %% nbgrader={"grade": false, "grade_id": "decode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def decode(ids, merges):
    """Turn ids into text.

    Args:
        ids: list of ids.
        merges: list of (left bytes, right bytes), as train returns it.

    Returns:
        The text; bytes that are no UTF-8 become U+FFFD.

    Raises:
        ValueError: an id that does not exist.
    """
    ### BEGIN SOLUTION
    vocabulary = [bytes([byte]) for byte in range(256)] + [left + right for left, right in merges]
    for i in ids:
        if not 0 <= i < len(vocabulary):
            raise ValueError(f"id {i} does not exist: the ids go from 0 to {len(vocabulary) - 1}")
    return b"".join(vocabulary[i] for i in ids).decode(errors="replace")
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-decode", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
got = decode([116, 101, 97], [])
assert got is not None, "decode gives None: does it end with a return?"
assert got == "tea", f"116, 101, 97 are the bytes of 'tea'; yours gives {got!r}"
got = decode([33, 256, 255], [(b"o", b"k")])
assert got == "!ok\ufffd", f"the example worked by hand should give '!ok\ufffd'; yours gives {got!r}"
got = decode([208, 256], [(b"\xb9", b"!")])
assert got == "й!", f"'й' is the bytes 208 and 185, here in two tokens: it should give 'й!', yours gives {got!r}"
for wrong in (257, -1):
    try:
        got = decode([97, wrong], [(b"o", b"k")])
    except ValueError:
        pass
    except Exception as error:
        raise AssertionError(f"with one merge there is no id {wrong}: raise ValueError; yours raises {error!r}") from error
    else:
        raise AssertionError(f"with one merge there is no id {wrong}: raise ValueError; yours gives {got!r}")
merges = train(ENGLISH, 300)
for text in (ENGLISH, RUSSIAN, "", "  two  spaces\n\n\tand a tab 🙂"):
    got = decode(encode(text, merges), merges)
    assert got == text, f"encoded and decoded, {text[:40]!r} should come back; yours is {got[:40]!r}"

print("There and back: ", decode(encode("Hello, мир! 🙂", merges), merges))
print("One byte lost:  ", decode(encode("Hello, мир! 🙂", merges)[:-1], merges))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("tokenization", "decode")
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Special tokens
#
# A model's text holds marks that are not text: `<|end|>` where a document ends, `<|user|>` where somebody begins to speak.
# They get ids of their own and must never be cut into `<`, `|`, `end`... So they are looked for first, before anything
# else, and only what lies between them is encoded.
#
# **`split_special(text, special_tokens)`** cuts a text at its special tokens, a list of `str` (not empty ones), and returns
# the pieces in order. Every occurrence of a special token is a piece by itself, and so is all text between two of them.
#
# * Joined, the pieces are the text again. There are no empty pieces; an empty text gives `[]`.
# * Go from left to right. Where several special tokens begin at the same place, the longest is taken; then go on behind it.
# * Special tokens are plain text, although they like to contain signs such as `|` and `[` that mean something in a regular
#   expression.
# * The list may be empty, and it stays as it is.
#
# | text | special tokens | pieces |
# |---|---|---|
# | `"Hi[END]you"` | `["[END]"]` | `"Hi"`, `"[END]"`, `"you"` |
# | `"aab"` | `["a", "ab"]` | `"a"`, `"ab"` |
# | `"abcd"` | `["ab", "bcd"]` | `"ab"`, `"cd"`: the `ab` begins further left |


# %% nbgrader={"grade": false, "grade_id": "split-special", "locked": false, "schema_version": 3, "solution": true, "task": false}
def split_special(text, special_tokens):
    """Cut a text at its special tokens.

    Args:
        text: any str.
        special_tokens: list of str. Not changed.

    Returns:
        A list of str: special tokens and what lies between them, in order.
    """
    ### BEGIN SOLUTION
    if not special_tokens:
        return [text] if text else []
    # In a pattern, the first alternative that fits is taken: longer ones stand before shorter ones.
    longest_first = sorted(special_tokens, key=len, reverse=True)
    pattern = "|".join(regex.escape(token) for token in longest_first)
    return [piece for piece in regex.split(f"({pattern})", text) if piece]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-split-special", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
got = split_special("Hi<|end|>you", ["<|end|>"])
assert got is not None, "split_special gives None: does it end with a return?"
for text, special_tokens, wanted in (
    ("Hi<|end|>you", ["<|end|>"], ["Hi", "<|end|>", "you"]),
    ("<|end|>a b <|end|><|end|>", ["<|end|>"], ["<|end|>", "a b ", "<|end|>", "<|end|>"]),
    ("aab", ["a", "ab"], ["a", "ab"]),
    ("abcd", ["ab", "bcd"], ["ab", "cd"]),
    ("no marks", [], ["no marks"]),
    ("", ["<|end|>"], []),
):
    got = list(attempt(split_special, text, special_tokens))
    assert got == wanted, f"split_special({text!r}, {special_tokens}) should give\n  {wanted}\nand yours gives\n  {got}"

show(split_special("<|user|>Is it far?<|end|><|model|>1200 bridges.<|end|>", ["<|end|>", "<|user|>", "<|model|>"]))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("tokenization", "split_special")
### END HIDDEN TESTS

# %% [markdown]
# ## 9. A text larger than memory
#
# This is the hard one. If you are tired, look at the milestone first: it does without.
#
# All of Wikipedia does not fit into a `str`. It has to be read in chunks, and ids must come out while we read. The danger
# lies where chunks meet: `"the ca"` and `"ts"`, encoded one by one, give other ids than `"the cats"`.
#
# **`encode_stream(chunks, merges)`** takes an iterable of `str` (a list, an open file, a generator) that may be cut
# *anywhere*, also within a word or a run of spaces. It yields ids, exactly those of `encode("".join(chunks), merges)`. Write
# it as a generator, with `yield` or `yield from`. The iterable is read once, chunk by chunk, and never all of it at once:
# hold back what a later chunk could still change, or little more, and yield the ids of the rest before you read on.
#
# Where is it safe to cut? Look at the pattern in step 0 once more. In every kind of piece, white space stands only at the
# *beginning* (or it is all there is). No piece has white space behind a letter, a digit or a sign. So wherever white space
# follows something else, as here at each bar,
#
#     the| night|   train|\n\n    stops
#
# one piece ends and another begins, whatever may come later. Other places that look safe are not: behind `we'` the chunk
# `ll` may follow, and behind a line break another one.


# %% nbgrader={"grade": false, "grade_id": "encode-stream", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode_stream(chunks, merges):
    """Turn a text that comes in chunks into ids, the same as for the whole text.

    Args:
        chunks: iterable of str.
        merges: list of (left bytes, right bytes), as train returns it.

    Yields:
        Ids, one by one.
    """
    ### BEGIN SOLUTION
    held = ""
    for chunk in chunks:
        held += chunk
        # The last place with white space behind it and something else before.
        for i in range(len(held) - 1, 0, -1):
            if held[i].isspace() and not held[i - 1].isspace():
                yield from encode(held[:i], merges)
                held = held[i:]
                break
    yield from encode(held, merges)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-encode-stream", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
merges = train("we'll the the then then     spaces     \n\n\n\n lines" * 2, 330)
got = encode_stream(["the the"], merges)
assert got is not None, "encode_stream gives None: it should yield ids"
got, wanted = list(got), list(encode("the the", merges))
assert got == wanted, f"one chunk should give the ids of encode, {wanted}; yours gives {got}. Is the end held back?"
for text in ("the then the", "we'll then", "the     then", "then     \n\n\n\n the"):
    for size in (1, 2, 3):
        chunks = [text[i : i + size] for i in range(0, len(text), size)]
        got, wanted = list(encode_stream(chunks, merges)), list(encode(text, merges))
        assert got == wanted, f"the chunks {chunks} should give\n  {wanted}\nand yours give\n  {got}"

read = 0


def endless():
    global read
    while read < 10_000:
        read += 1
        yield "then "


first = next(iter(encode_stream(endless(), merges)))
assert read < 10_000, "the first id came only after the whole text had been read"
print(f"The first id, {first}, came out when {read} of 10,000 chunks had been read.")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("tokenization", "encode_stream")
### END HIDDEN TESTS

# %% [markdown]
# ## Milestone: a tokenizer that has read a book
#
# CPython comes with its own reference manual, half a million characters of it (`help("if")` prints one page). Let your
# tokenizer read the first 60,000. This takes a few seconds.

# %%
from lmcore.data.corpora import python_manual

manual = python_manual()
started = time.perf_counter()
manual_merges = train(manual[:60_000], 512)
print(f"{len(manual_merges)} merges learnt in {time.perf_counter() - started:.1f} s")

tokens = [(left + right).decode(errors="replace") for left, right in manual_merges]
print("\nthe first tokens:")
show(tokens[:40])
print("\nthe last ones:")
show(tokens[-40:])
print("\nthe longest:", ", ".join(repr(token) for token in sorted(tokens, key=len)[-12:]))

# %% [markdown]
# With your functions and two special tokens, here is a whole tokenizer. Nothing in it is new.


# %%
class Tokenizer:
    def __init__(self, merges, special_tokens=()):
        self.merges = merges
        self.special = {token: 256 + len(merges) + i for i, token in enumerate(special_tokens)}
        self.text_of = {i: token for token, i in self.special.items()}

    def encode(self, text):
        ids = []
        for piece in split_special(text, list(self.special)):
            ids += [self.special[piece]] if piece in self.special else encode(piece, self.merges)
        return ids

    def decode(self, ids):
        # Ordinary ids wait until a special one comes: half a character may need the next id.
        text, waiting = "", []
        for i in ids:
            if i in self.text_of:
                text += decode(waiting, self.merges) + self.text_of[i]
                waiting = []
            else:
                waiting.append(i)
        return text + decode(waiting, self.merges)

    def pieces(self, text):
        return [self.decode([i]) for i in self.encode(text)]


tokenizer = Tokenizer(manual_merges, ["<|user|>", "<|end|>"])

my_sentence = "<|user|>Please return the value of every expression, not the bananas.<|end|>"  # put your own here

ids = tokenizer.encode(my_sentence)
print(ids)
show(tokenizer.pieces(my_sentence))
print(f"{len(my_sentence)} characters, {len(ids)} tokens")
assert tokenizer.decode(ids) == my_sentence

# %% [markdown]
# How much shorter does a text get? The measure is bytes per token: 1 before the first merge, and then upwards. Here it
# is for a part of the manual that your tokenizer has *not* read, after each number of merges, and for the two paragraphs
# from the beginning.

# %%
texts = {"unread manual": manual[200_000:203_000], "English": ENGLISH, "Russian": RUSSIAN}
sizes = [0, 8, 16, 32, 64, 128, 192, 256]
figure, axes = plt.subplots(figsize=(6.5, 3.5))
for name, text in texts.items():
    size_in_bytes = len(text.encode())
    curve = [size_in_bytes / len(encode(text, manual_merges[:size])) for size in sizes]
    axes.plot(sizes, curve, marker="o", label=name)
    print(f"{name:14} {curve[-1]:.2f} bytes per token after {sizes[-1]} merges")
axes.set(xlabel="merges", ylabel="bytes per token", ylim=(0.9, None), title="What the merges save")
axes.legend(frameon=False)
figure.tight_layout()
plt.show()

# %% [markdown]
# ## A question: whose language is cheap?
#
# Whoever uses a model pays, waits and forgets *by the token*. `ENGLISH` and `RUSSIAN` from the top of this notebook say the
# same thing in two languages, and `lmcore.data.corpora` has two short stories to learn from, `english_story()` and
# `russian_story()`.
#
# 1. Train a vocabulary of 512 on the English story. Measure the **tokens per character** of `ENGLISH` and of `RUSSIAN`.
# 2. Train a vocabulary of the **same size** on both stories together, and measure again.
#
# Do this in the code cell, and write what you found in the cell below it: one small table and some ten lines.
#
# | points | for |
# |---|---|
# | 1 | four measured numbers: tokens per character for two languages and two vocabularies |
# | 1 | why Russian needs so many tokens with the first vocabulary: both reasons, the bytes and the merges |
# | 1 | what the second vocabulary gives to one language and takes from the other, and why it cannot give without taking |
# | 1 | what this means for someone who uses a model in Russian: two consequences one could measure, each with its reason |

# %% nbgrader={"grade": false, "grade_id": "measure-languages", "locked": false, "schema_version": 3, "solution": true, "task": false}
from lmcore.data.corpora import english_story, russian_story

### BEGIN SOLUTION
for name, text in (("English story", english_story()), ("both stories", english_story() + russian_story())):
    merges = train(text, 512)
    english, russian = (len(encode(text, merges)) / len(text) for text in (ENGLISH, RUSSIAN))
    moved = sum(not (left + right).isascii() for left, right in merges)
    print(f"{name:13}: English {english:.2f}, Russian {russian:.2f} tokens per character; {moved} merges for Russian")
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-languages", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# | tokens per character | English | Russian |
# |---|---|---|
# | 512 tokens, learnt from the English story | 0.48 | 1.80 |
# | 512 tokens, learnt from both stories | 0.56 | 0.66 |
#
# **Why Russian is dear at first.** A Russian letter is two bytes in UTF-8, an English one is one. Before any merge the
# Russian text already needs 1.80 tokens a character (not quite 2, since spaces, digits and most signs take one byte). And
# the merges come from an English text: they join `th` and ` the`, never the two bytes of a Russian letter, so none of
# them applies and the Russian text stays at its bytes.
#
# **What the second vocabulary does.** It has the same 256 merges to give away, and pairs now compete by how often they
# occur in both stories. Some 140 of the merges go to Russian, the first of them to put letters together from their halves:
# Russian falls to 0.66. English loses as many merges, those of its rarer words, and rises from 0.48 to 0.56. The vocabulary
# is a budget: at a fixed size, a merge for one language is a merge less for the other. Only a larger vocabulary, and with
# it a larger table in the model, helps both.
#
# **What it means for a Russian user of the first vocabulary.** The same text is about three and a half times as many tokens.
# A context window of a fixed number of tokens therefore holds that much less text, and the model forgets the beginning of
# a conversation sooner. An answer is written token by token, so the same answer takes that much longer, and costs more where
# one pays by the token. (Also right: the model has to spell letters from halves, and learns less from as many tokens.)
# ### END SOLUTION

# %% [markdown]
# ## What you have built
#
# A tokenizer that works as GPT-2's does, down to the pattern and the order of the merges. The ones in use have read more,
# and they remember what they have counted; the book's page **Tokenization** shows how the same training becomes a hundred
# times faster, and where the idea has its limits. In a model, the next thing that happens to an id is that it becomes a
# vector.
