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
# # Build the judges
#
# Ida's lamp said: *there is more story than oil*. One ship wrote down *there is more oil than story*, another one *we have
# more tales than fuel*. Which of them read her better? You know at once; a program has to count something. What it counts
# decides who wins.
#
# Tonight you build the scores by which language models are compared, one after the other, and see what each of them sees.
# At the end five writers stand before your judges: a model that tells stories, coldly, as it was trained, and feverishly; a
# parrot that knows one story by heart; and somebody who throws words into the air. Every single number will crown one of the two
# cheats, and it is up to you to say what to trust.
#
# You need Python, and to know what a logarithm is. The book's page **Evaluation** explains every score with pictures; this
# notebook can also be done without it.
#
# | step | function | what it asks | points |
# |---|---|---|---|
# | 1 | `perplexity_and_bits` | how surprised was the model? | 4 |
# | 2 | `clipped_matches` | which runs of words were wanted? | 4 |
# | 3 | `bleu` | how much of what was said is right? | 5 |
# | 4 | `rouge_n` | and how much of what was wanted was said? | 4 |
# | 5 | `rouge_l` | in the right order? | 4 |
# | 6 | `normalize_answer` | what does not matter in an answer? | 3 |
# | 7 | `token_f1` | does an answer share words with a right one? | 4 |
# | 8 | `mean_reciprocal_rank` | how far must one read? | 4 |
# | 9 | `roc_auc` | do scores tell the good from the bad? | 4 |
# | 10 | `distinct_n` | does it always say the same? | 3 |
# | | two questions | whom to trust, and how to cheat | 8 |
# | 11 | `meteor` | words, and their order (the hard one, may be left out) | 3 |
#
# ## How to work
#
# * Write where it says `YOUR CODE HERE`, and delete the line `raise NotImplementedError()`. Most functions need 3 to 12
#   lines. Run the cell, then the cell below it: its tests tell you in words what is wrong, and show you something when
#   nothing is.
# * Others have built these scores, too. **What you are building may not be used to build it**: no `sacrebleu`, `nltk`,
#   `rouge_score` or `sklearn` in your functions. Everything of Python is yours, `collections.Counter` and `re` above all.
#   Use your own earlier functions in later steps. A function that breaks this gets no points until a person has looked at
#   it. In a cell of your own, comparing with theirs is a good idea.
# * For a verdict, save the notebook and run this in a terminal, in the course's folder, as often as you like:
#
#       python -m lmgrade try exercises/evaluation/evaluation.ipynb
#
#   It tries your functions on inputs drawn anew each time, and names the mistake where it can. (In a class, the checks
#   may be kept by your instructor; then you hand in first and read the same table in your feedback.)
# * Before you hand in, choose *Restart Kernel and Run All Cells*. A finished notebook runs through in less than half a
#   minute.
#
# One evening is enough. Three things hold everywhere: what the model wrote (the **hypothesis**) comes first, what was wanted
# (the **reference**) second; texts are `str`, and their words are what `text.split()` gives, as they stand; and nothing that
# you are given is changed. Run the next cell and begin.

# %%
import math
import random
import re
import string
from collections import Counter
from functools import cache

import matplotlib.pyplot as plt
import torch

from lmcore.data.corpora import python_manual
from lmcore.data.stories import score, write
from lmcore.generation import generate
from lmcore.ngrams import BigramModel
from lmcore.sampling import usual_parts
from lmcore.storyteller import load_storyteller
from lmcore.tokenization import BPETokenizer
from lmcore.visible import attempt, refused  # for the tests: they say in words what went wrong

SENT = "there is more story than oil"
RECEIVED = [
    "there is more story than oil",
    "there is more oil than story",
    "there is more story",
    "than oil there is more story",
    "there is no more story than oil",
    "we have more tales than fuel",
]


def near(got, wanted, what):
    """Raise an AssertionError in plain words unless one number, or several, are what they should be."""
    assert got is not None, f"{what} gives None: does the function end with a return?"
    several = isinstance(wanted, tuple)
    if several:
        fits = isinstance(got, (tuple, list)) and len(got) == len(wanted)
        assert fits, f"{what} should give {len(wanted)} numbers; yours gives {got!r}"
    for one, right in zip(got if several else [got], wanted if several else [wanted], strict=True):
        assert isinstance(one, (int, float)), f"{what} should give plain numbers; yours gives {got!r}"
        close = one == right or abs(one - right) < 1e-4 * max(1, abs(right))
        assert close, f"{what} should be {wanted}; yours is {got}"


# %% [markdown]
# ## 1. How surprised?
#
# Show a model a text and ask at each token: which probability had you given it? The **surprise** at a token of probability
# $p$ is $\log(1/p) = -\log p$. With the natural logarithm it is told in *nats*; with the logarithm to the base 2, in *bits*,
# and a bit is $\ln 2 \approx 0.693$ nats.
#
# **`perplexity_and_bits(log_probs, text)`** takes the *natural* logarithms of the probabilities that the tokens of a text had,
# a tensor `(T,)`, and the text that these tokens stand for. It returns two numbers:
#
# * the **perplexity**: $e$ to the power of the mean surprise per *token*, in nats. Among so many equally likely tokens the model
#   hesitated.
# * the **bits per character**: the surprise at the *whole* text, in bits, divided by its number of characters, `len(text)`.
#
# Details:
#
# * Do not multiply probabilities: the product of 4,000 of them is 0 in any float. Add logarithms.
# * A token that the model held impossible has `log_probs` of `-inf`. Then both numbers are infinite; that comes by itself.
# * No tokens, or no characters: raise a `ValueError`.
# * Return floats of Python (`.item()` makes one of a tensor), here and in all steps.
#
# By hand: a model cuts `oil.` into the tokens `oi` and `l.`, and gives them the probabilities 1/2 and 1/8. That is 0.693 and
# 2.079 nats, or 1 and 3 bits. The mean is 1.386 nats, the perplexity $e^{1.386} = 4$. And 4 bits for 4 characters are 1 bit
# per character.


# %% nbgrader={"grade": false, "grade_id": "perplexity-and-bits", "locked": false, "schema_version": 3, "solution": true, "task": false}
def perplexity_and_bits(log_probs, text):
    """How surprised a model was by a text, per token and per character.

    Args:
        log_probs: tensor (T,), natural logarithms of the tokens' probabilities. Not changed.
        text: what all these tokens stand for.

    Returns:
        (perplexity, bits per character), two floats.

    Raises:
        ValueError: no tokens, or no characters.
    """
    ### BEGIN SOLUTION
    if len(log_probs) == 0 or not text:
        raise ValueError(f"{len(log_probs)} tokens and {len(text)} characters; at least one of each is needed")
    nats = -log_probs
    return nats.mean().exp().item(), nats.sum().item() / math.log(2) / len(text)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-perplexity-and-bits", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
half, quarter, eighth = math.log(1 / 2), math.log(1 / 4), math.log(1 / 8)
got = attempt(perplexity_and_bits, torch.tensor([half, eighth]), "oil.")
near(got, (4.0, 1.0), "perplexity_and_bits of the example worked by hand")
got = attempt(perplexity_and_bits, torch.tensor([half] * 8), "htthhhth")
near(got, (2.0, 1.0), "perplexity_and_bits of eight tosses of a coin, letter by letter,")
got = attempt(perplexity_and_bits, torch.tensor([quarter] * 4), "htthhhth")
near(got, (4.0, 1.0), "perplexity_and_bits of the same tosses, cut into pairs,")
got = attempt(perplexity_and_bits, torch.tensor([half, half]), "я \n")
near(got, (2.0, 2 / 3), "perplexity_and_bits of 'я \\n', which has three characters,")
got = attempt(perplexity_and_bits, torch.full((4000,), eighth), "story " * 2000)
near(got, (8.0, 1.0), "perplexity_and_bits of 4,000 tokens")
print("No text is refused, as it should be:", refused(perplexity_and_bits, torch.tensor([half]), ""))

manual = python_manual()
training, held_out = manual[:300_000], manual[300_000:340_000]
print("\nThree bigram models, which differ only in their tokens, read a part of Python's manual that is new to them:")
for size in (256, 512, 2048):
    cutter = BPETokenizer.train(training, size)
    model = BigramModel.train(cutter.encode(training), size, smoothing=0.01)
    ids = torch.tensor(cutter.encode("\n") + cutter.encode(held_out))  # a new line to begin from
    perplexity, bits = perplexity_and_bits(model.probabilities[ids[:-1], ids[1:]].log(), held_out)
    print(f"  {size:4} tokens to choose from: perplexity {perplexity:6.1f}, {bits:.2f} bits per character")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "perplexity_and_bits")
### END HIDDEN TESTS

# %% [markdown]
# By the left number the models become worse from line to line, by the right one better. The right one is right: longer tokens
# are harder to guess, and there are fewer of them. Perplexities compare only where the tokenizer is the same.
#
# ## 2. Runs of words
#
# From here on the model writes. A run of $n$ neighbouring words is called an **n-gram**. The simplest question about a
# hypothesis: how many of its n-grams are in a reference, too?
#
# There is a way to cheat. The hypothesis `more more more` has three words, and each of them is in the reference. So a run counts
# **at most as often as the reference has it**. This is called *clipping*. With several references it counts at most as often
# as in the reference that has this run *most often*.
#
# **`clipped_matches(hypothesis, references, n)`** takes a text, a list of one or more texts, and $n$. It returns two numbers:
# the matches after clipping, and the number of n-grams in the hypothesis.
#
# * A text of $T$ words holds $T - n + 1$ runs of $n$, or none if it is too short for one.
# * The words of a run have an order: `oil than` is not `than oil`.
# * Words are what `split()` gives: `Oil`, `oil` and `oil.` are three different ones.
#
# By hand, against `there is more story than oil`:
#
# | hypothesis | n | its n-grams that match | result |
# |---|---|---|---|
# | `there is more oil than story` | 1 | all | `(6, 6)` |
# | | 2 | *there is*, *is more* | `(2, 5)` |
# | | 3 | *there is more* | `(1, 4)` |
# | | 4 | none | `(0, 3)` |
# | `more more more` | 1 | *more*, once | `(1, 3)` |
#
# And against the two references `more story` and `more and more oil`, the hypothesis `more more more oil` has 3 matches of 4
# words: *more* twice, since the second reference has it twice, and *oil* once.
#
# `Counter` counts anything that can be a key, such as tuples; `zip(words, words[1:])` gives pairs. What do `a & b` and
# `a | b` make of two counters?


# %% nbgrader={"grade": false, "grade_id": "clipped-matches", "locked": false, "schema_version": 3, "solution": true, "task": false}
def clipped_matches(hypothesis, references, n):
    """How many n-grams of a text are in the references, none more often than in the one that has it most often.

    Args:
        hypothesis: a text.
        references: a list of at least one text. Not changed.
        n: words in a run, at least 1.

    Returns:
        (matches, n-grams of the hypothesis).
    """
    ### BEGIN SOLUTION
    def ngrams(text):
        words = text.split()
        return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))

    most = Counter()
    for reference in references:
        most |= ngrams(reference)  # of each run the larger count
    counts = ngrams(hypothesis)
    return (counts & most).total(), counts.total()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-clipped-matches", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
for n, wanted in enumerate([(6, 6), (2, 5), (1, 4), (0, 3)], 1):
    got = attempt(clipped_matches, RECEIVED[1], [SENT], n)
    near(got, wanted, f"clipped_matches({RECEIVED[1]!r}, [{SENT!r}], {n})")
near(attempt(clipped_matches, "more more more", [SENT], 1), (1, 3), "clipped_matches('more more more', [SENT], 1)")
two = ["more story", "more and more oil"]
near(attempt(clipped_matches, "more more more oil", two, 1), (3, 4), f"clipped_matches('more more more oil', {two}, 1)")
near(attempt(clipped_matches, "more more more more", two[::-1], 1), (2, 4), "'more' four times, against the same two references,")
near(attempt(clipped_matches, "story oil", two, 2), (0, 1), f"clipped_matches('story oil', {two}, 2)")
near(attempt(clipped_matches, "more", two, 2), (0, 0), f"clipped_matches('more', {two}, 2), too short for a pair,")

print(f"Sent: {SENT}\nMatching runs of one, two, three and four words:")
for received in RECEIVED:
    shares = ("{} of {}".format(*clipped_matches(received, [SENT], n)) for n in range(1, 5))
    print(f"  {received:32}", *(f"{share:>7}" for share in shares))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "clipped_matches")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. BLEU
#
# **BLEU** was made for translations, and puts four orders of runs into one number. It is made for a **corpus**, many sentences at
# once:
#
# $$\text{BLEU} = 100 \cdot \text{BP} \cdot (p_1\, p_2\, p_3\, p_4)^{1/4}, \qquad \text{BP} = \min\left(1,\ e^{1 - r/c}\right)$$
#
# * $p_n$ is the share of the n-grams that match. Matches and n-grams are **added up over all sentences first**, each by itself,
#   and divided once.
# * BP is the **brevity penalty**: who says only three safe words should pay for it. $c$ is the number of words in all
#   hypotheses together. $r$ adds up, sentence by sentence, the length of *one* reference: the one **nearest** in length to
#   the hypothesis, and of two equally near ones the shorter.
#
# **`bleu(hypotheses, references)`** takes a list of texts and, for each of them, a list of one or more references. It returns the
# score, from 0 to 100.
#
# * If an order has no match at all, or no n-gram, the score is 0. Mind the logarithm, if you use one.
# * A hypothesis may be empty: it adds nothing to the counts, but its reference adds to $r$. If there is no word at all, the score
#   is 0.
# * Not as many lists of references as hypotheses, or none at all: raise a `ValueError` that names both numbers. (`zip` alone
#   would stop at the shorter list and say nothing.)
#
# By hand, two sentences with one reference each:
#
# | hypothesis | reference | n = 1 | 2 | 3 | 4 | words | wanted |
# |---|---|---|---|---|---|---|---|
# | there is more oil than story | there is more story than oil | 6 of 6 | 2 of 5 | 1 of 4 | 0 of 3 | 6 | 6 |
# | the lamp is lit | the lamp is lit tonight | 4 of 4 | 3 of 3 | 2 of 2 | 1 of 1 | 4 | 5 |
# | together | | 10 of 10 | 5 of 8 | 3 of 6 | 1 of 4 | $c = 10$ | $r = 11$ |
#
# The product of the four shares is $5/64$, its fourth root 0.5287. BP is $e^{1 - 11/10} = 0.9048$. So BLEU is
# $100 \cdot 0.9048 \cdot 0.5287 = 47.84$.


# %% nbgrader={"grade": false, "grade_id": "bleu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bleu(hypotheses, references):
    """BLEU of a corpus: counts are added up first, then the formula is applied once.

    Args:
        hypotheses: a list of texts.
        references: for each of them a list of at least one text.

    Returns:
        The score, 0 to 100.

    Raises:
        ValueError: lists of unequal length, or empty ones.
    """
    ### BEGIN SOLUTION
    if len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(f"{len(hypotheses)} hypotheses and {len(references)} lists of references; each needs its own")
    matches, totals = [0] * 4, [0] * 4
    said = wanted = 0
    for hypothesis, its_references in zip(hypotheses, references, strict=True):
        for n in range(4):
            match, total = clipped_matches(hypothesis, its_references, n + 1)
            matches[n] += match
            totals[n] += total
        length = len(hypothesis.split())
        said += length
        wanted += min((len(text.split()) for text in its_references), key=lambda other: (abs(other - length), other))
    if 0 in matches:
        return 0.0
    penalty = min(1.0, math.exp(1 - wanted / said))
    product = math.prod(match / total for match, total in zip(matches, totals, strict=True))
    return 100 * penalty * product ** (1 / 4)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-bleu", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
said = ["there is more oil than story", "the lamp is lit"]
wanted = [[SENT], ["the lamp is lit tonight"]]
near(attempt(bleu, said, wanted), 47.8375, "the example worked by hand")
near(attempt(bleu, [SENT], [[SENT]]), 100.0, "BLEU of a sentence that is the reference")
near(attempt(bleu, [said[0]], [[SENT]]), 0.0, "BLEU of the first sentence alone, which has no run of four,")
near(attempt(bleu, ["the lamp is lit"], [["the lamp is lit tonight"]]), 77.8801, "BLEU of the second sentence alone")
near(attempt(bleu, ["the lamp is lit tonight"], [["the lamp is lit"]]), 66.8740, "BLEU of a sentence that is too long, BP 1,")
got = attempt(bleu, ["the lamp is lit"], [["the lamp is lit for all of us", "the lamp is lit tonight"]])
near(got, 77.8801, "BLEU with two references, of which the second one is nearer in length,")
got = attempt(bleu, ["the lamp is lit"], [["the lamp is lit tonight", "lamp is lit"]])
near(got, 100.0, "BLEU with two references equally near in length, of which the shorter one counts,")
near(attempt(bleu, ["", ""], wanted), 0.0, "BLEU of two sentences that say nothing")
print("Sentences without references are refused:", refused(bleu, said, wanted[:1]))

wanted = [["the ship has turned"], ["the lamp is lit tonight"], ["there is oil in the can"]]
print("\nTwo systems, and their BLEU:")
for name, said in {
    "puts a 'not' or 'no' into each reference": ["the ship has not turned", "the lamp is not lit tonight", "there is no oil in the can"],
    "says the same in its own words": ["she changed her course", "this evening the light burns", "the can holds some oil"],
}.items():
    print(f"  {name:42} {bleu(said, wanted):5.1f}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "bleu")
### END HIDDEN TESTS

# %% [markdown]
# The one that denies everything gets points, the one that is right gets none. BLEU compares strings and understands nothing; keep
# this in mind whenever you read one.
#
# ## 4. ROUGE-N
#
# BLEU divides by what was *said*: that is **precision**. Of a summary one rather wants to know how much of what was *wanted* is in
# it: **recall**. Who says everything has full recall, who says one safe word full precision, and **F1** stays near the smaller
# one of the two:
#
# $$P = \frac{\text{matches}}{\text{n-grams said}}, \quad R = \frac{\text{matches}}{\text{n-grams wanted}}, \quad F_1 = \frac{2PR}{P + R}$$
#
# **`rouge_n(hypothesis, references, n)`** returns `(P, R, F1)` for one text and its list of references.
#
# * Matches are clipped, as in step 2, but each reference is scored **by itself**. The three numbers of the reference with the
#   highest F1 are returned; they belong together. If two have the same F1, either may be returned.
# * A share of nothing is 0, and F1 is 0 if both shares are.
#
# By hand: `there is more` against `there is more story than oil`. For words, 3 of 3 and 3 of 6: $P = 1$, $R = 0.5$,
# $F_1 = 2 \cdot 0.5 / 1.5 = 0.667$. For pairs, 2 of 2 and 2 of 5: $P = 1$, $R = 0.4$, $F_1 = 0.571$.
#
# The last line, from three counts to three numbers, will come back twice. A small function of your own is worth it; put it into
# the same cell.


# %% nbgrader={"grade": false, "grade_id": "rouge-n", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rouge_n(hypothesis, references, n):
    """Precision, recall and F1 of n-grams, for the reference with the highest F1.

    Args:
        hypothesis: a text.
        references: a list of at least one text. Not changed.
        n: words in a run.

    Returns:
        (precision, recall, F1), each from 0 to 1.
    """
    ### BEGIN SOLUTION
    scores = []
    for reference in references:
        matches, said = clipped_matches(hypothesis, [reference], n)
        _, wanted = clipped_matches(reference, [reference], n)
        scores.append(precision_recall_f1(matches, said, wanted))
    return max(scores, key=lambda three: three[2])


def precision_recall_f1(matches, said, wanted):
    precision = matches / said if said else 0.0
    recall = matches / wanted if wanted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if matches else 0.0
    return precision, recall, f1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-rouge-n", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
near(attempt(rouge_n, "there is more", [SENT], 1), (1.0, 0.5, 2 / 3), "rouge_n of the example worked by hand, n = 1,")
near(attempt(rouge_n, "there is more", [SENT], 2), (1.0, 0.4, 4 / 7), "rouge_n of the example worked by hand, n = 2,")
near(attempt(rouge_n, "more more more", [SENT], 1), (1 / 3, 1 / 6, 2 / 9), "rouge_n('more more more', [SENT], 1)")
references = ["there", "there is more oil in the can and that is good", "there is no more oil"]
near(attempt(rouge_n, "there is more", references, 1), (1.0, 0.6, 0.75), "rouge_n with three references, the third being best,")
near(attempt(rouge_n, "", [SENT], 1), (0.0, 0.0, 0.0), "rouge_n of nothing")
near(attempt(rouge_n, "good night", [SENT], 1), (0.0, 0.0, 0.0), "rouge_n of a text with nothing in common")

print(f"Sent: {SENT}\n{'':34}  words            pairs\n{'':34}  P    R    F1      P    R    F1")
for received in RECEIVED:
    one, two = (" ".join(f"{x:.2f}" for x in rouge_n(received, [SENT], n)) for n in (1, 2))
    print(f"  {received:32} {one}   {two}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "rouge_n")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. ROUGE-L
#
# Words alone do not see order, and pairs see neighbours only. **ROUGE-L** asks for the **longest common subsequence**: the most
# words that both texts have *in the same order*, with gaps allowed.
#
# Trying all ways to leave words out takes forever. A table does not. Its cell in row $i$ and column $j$ says how long the longest
# common subsequence is of the first $i$ words of one text and the first $j$ words of the other:
#
# * the row and the column for no words hold 0;
# * if word $i$ and word $j$ are equal, the cell is 1 more than the one *above to the left* (both words are used up);
# * if not, one of them is of no use: the larger one of the cell *above* and the cell *to the left*.
#
# By hand, `oil than story` (rows) and `story than oil` (columns):
#
# | | (none) | story | than | oil |
# |---|---|---|---|---|
# | (none) | 0 | 0 | 0 | 0 |
# | oil | 0 | 0 | 0 | 1 |
# | than | 0 | 0 | 1 | 1 |
# | story | 0 | 1 | 1 | **1** |
#
# So it is a single word. With *there is more* in front of both, it is 4.
#
# **`rouge_l(hypothesis, references)`** returns `(P, R, F1)`, where $P$ is the length of the longest common subsequence divided by
# the words said, and $R$ the same divided by the words wanted. The rest is as in step 4: the reference with the highest F1
# counts, a share of nothing is 0.
#
# It has to take texts of more than a hundred words in a moment. If you make the whole table at once: `[[0] * 5] * 3` is one row,
# three times, and who writes into one writes into all. `[[0] * 5 for _ in range(3)]` makes three.


# %% nbgrader={"grade": false, "grade_id": "rouge-l", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rouge_l(hypothesis, references):
    """Precision, recall and F1 of the longest common subsequence, for the reference with the highest F1.

    Args:
        hypothesis: a text.
        references: a list of at least one text. Not changed.

    Returns:
        (precision, recall, F1), each from 0 to 1.
    """
    ### BEGIN SOLUTION
    said, scores = hypothesis.split(), []
    for reference in references:
        wanted = reference.split()
        table = [[0] * (len(wanted) + 1) for _ in range(len(said) + 1)]
        for i, word in enumerate(said):
            for j, other in enumerate(wanted):
                if word == other:
                    table[i + 1][j + 1] = table[i][j] + 1
                else:
                    table[i + 1][j + 1] = max(table[i][j + 1], table[i + 1][j])
        scores.append(precision_recall_f1(table[-1][-1], len(said), len(wanted)))
    return max(scores, key=lambda three: three[2])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-rouge-l", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
third = 1 / 3
near(attempt(rouge_l, "oil than story", ["story than oil"]), (third, third, third), "rouge_l of the example worked by hand")
near(attempt(rouge_l, "there is more oil than story", [SENT]), (2 * third, 2 * third, 2 * third), "rouge_l of the second ship")
near(attempt(rouge_l, "there is no more story", [SENT]), (0.8, 4 / 6, 8 / 11), "rouge_l('there is no more story', [SENT])")
got = attempt(rouge_l, "oil there is more", [SENT])
near(got, (0.75, 0.5, 0.6), "rouge_l('oil there is more', [SENT]), where 'oil' is better left out,")
near(attempt(rouge_l, "more more more", [SENT]), (third, third / 2, 2 / 9), "rouge_l('more more more', [SENT])")
near(attempt(rouge_l, "there is", ["there was", "there it is"]), (1.0, 2 * third, 0.8), "rouge_l with two references")
near(attempt(rouge_l, "", [SENT]), (0.0, 0.0, 0.0), "rouge_l of nothing")
near(attempt(rouge_l, "more story " * 60, ["story more " * 60])[2], 119 / 120, "F1 of two texts of 120 words")

print(f"F1, sent: {SENT}\n{'':34} words  order")
for received in RECEIVED:
    print(f"  {received:32} {rouge_n(received, [SENT], 1)[2]:.2f}   {rouge_l(received, [SENT])[2]:.2f}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "rouge_l")
### END HIDDEN TESTS

# %% [markdown]
# Now the ship that turned the meaning around pays for it. And the one that put in a *no* hardly does.
#
# ## 6. What does not matter
#
# To a question such as *What is there more of?* the right answer is a word or two, and one can simply compare: `oil`, `The oil!`
# and `the Oil` are one answer. What counts as the same has to be written down exactly, or two people will measure two things. Here
# is the rule of a well-known test (SQuAD).
#
# **`normalize_answer(text)`** returns the text after these steps, **in this order**:
#
# 1. all in lower case;
# 2. without the signs in `string.punctuation` (32 of them). They are *removed*, and what stood around them moves together:
#    `U.S.A.` becomes `usa`, `well-known` becomes `wellknown`;
# 3. without the words `a`, `an` and `the`, wherever they stand. Only whole words: `another` and `theatre` stay;
# 4. with a single space between words, and none at the ends.
#
# All else stays as it is: digits, accents, other alphabets, and signs that are not in that list, such as `«` and `…`.
#
# By hand: `"  The U.S.A.'s  well-known Cat!"` → `"  the u.s.a.'s  well-known cat!"` → `"  the usas  wellknown cat"` →
# `"usas  wellknown cat"` (with some spaces in front) → `"usas wellknown cat"`.


# %% nbgrader={"grade": false, "grade_id": "normalize-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def normalize_answer(text):
    """An answer without capitals, punctuation, articles and surplus white space.

    Args:
        text: any str.

    Returns:
        A str.
    """
    ### BEGIN SOLUTION
    text = "".join(sign for sign in text.lower() if sign not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-normalize-answer", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
for text, wanted in {
    "  The U.S.A.'s  well-known Cat!": "usas wellknown cat",
    "An oil lamp": "oil lamp",
    "a lamp, an oar; the oil?": "lamp oar oil",
    "another theatre and a banana": "another theatre and banana",
    "The a an": "",
    "a-b": "ab",
    "Café «Маяк» 1,200": "café «маяк» 1200",
    "more\n story\t than": "more story than",
}.items():
    got = attempt(normalize_answer, text)
    assert isinstance(got, str), f"normalize_answer should return a str; yours returns {got!r}"
    assert got == wanted, f"normalize_answer({text!r}) should give {wanted!r}; yours gives {got!r}"
print("What is left of some answers:")
for answer in ("The oil!", "OIL.", "a can of oil", "There is more oil.", "«Oil», she said"):
    print(f"  {answer:20} {normalize_answer(answer)}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "normalize_answer")
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Half right
#
# With that, the score **exact match** is one line:

# %%
def exact_match(answer, references):
    """1.0 if an answer is one of the references, but for what does not matter; else 0.0."""
    return float(normalize_answer(answer) in [normalize_answer(reference) for reference in references])


# %% [markdown]
# It is strict: where *oil* was wanted, *a can of oil* is as wrong as *story*. **Token F1** is kinder. It is the F1
# of step 4 over the words that are left after normalising, whatever their order.
#
# **`token_f1(answer, references)`** returns one number from 0 to 1, that of the best reference.
#
# * Words in common are clipped: of each word, the smaller of the two counts.
# * Normalise the answer *and* each reference.
# * If an answer and a reference *both* have no word left, they agree: 1. (The right answer to some questions is to say nothing.) If
#   only one of them has none, 0.
#
# By hand: `A can of oil` has the words *can*, *of*, *oil* left; wanted was `oil`. $P = 1/3$, $R = 1$, $F_1 = 1/2$.


# %% nbgrader={"grade": false, "grade_id": "token-f1", "locked": false, "schema_version": 3, "solution": true, "task": false}
def token_f1(answer, references):
    """F1 of the words of an answer, the highest over the references.

    Args:
        answer: what the model said.
        references: a list of at least one right answer; "" means that nothing was to be said. Not changed.

    Returns:
        From 0 to 1.
    """
    ### BEGIN SOLUTION
    said, scores = normalize_answer(answer), []
    for reference in references:
        wanted = normalize_answer(reference)
        if not said and not wanted:
            return 1.0
        scores.append(rouge_n(said, [wanted], 1)[2])
    return max(scores)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-token-f1", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
near(attempt(token_f1, "A can of oil", ["oil"]), 0.5, "token_f1('A can of oil', ['oil'])")
near(attempt(token_f1, "oil of can", ["The can of oil!"]), 1.0, "token_f1('oil of can', ['The can of oil!'])")
near(attempt(token_f1, "more more oil", ["more oil more more"]), 6 / 7, "token_f1('more more oil', ['more oil more more'])")
near(attempt(token_f1, "oil", ["story", "oil lamp", "lamp oil can"]), 2 / 3, "token_f1('oil', ['story', 'oil lamp', 'lamp oil can'])")
near(attempt(token_f1, "story", ["oil"]), 0.0, "token_f1('story', ['oil'])")
near(attempt(token_f1, "", ["oil", "The"]), 1.0, "token_f1('', ['oil', 'The']), where saying nothing is right,")
near(attempt(token_f1, "", ["oil"]), 0.0, "token_f1('', ['oil'])")
near(attempt(token_f1, "oil", [""]), 0.0, "token_f1('oil', [''])")

print("What is there more of? (story, or: the story of the lamp)      exact   F1")
for answer in ("The story.", "story of a lamp", "There is more story than oil", "There is more oil than story", "tales"):
    references = ["story", "the story of the lamp"]
    print(f"  {answer:58} {exact_match(answer, references):6.0f} {token_f1(answer, references):6.2f}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "token_f1")
### END HIDDEN TESTS

# %% [markdown]
# ## 8. How far must one read?
#
# From here on you have company. The **storyteller** is a small transformer that has learnt to tell stories like the one below;
# `read` lets it read a text, and gives what it thought of each token.

# %%
storyteller, tokenizer = load_storyteller()
END = tokenizer.special_tokens["<|endoftext|>"]  # stands before and after each story


@cache  # what was read once is known
@torch.no_grad()
def read(text):
    """Let the storyteller read a story: the ids of its tokens, and for each place the log-probabilities of all tokens (T, V)."""
    ids = tokenizer.encode(text)[:255]
    return ids, storyteller(torch.tensor([[END, *ids[:-1]]]))[0].log_softmax(-1)


print(write(1_000_000).text)

# %% [markdown]
# Often a model does not say one thing but **ranks** many: pages for a question, tokens to come next. The **reciprocal rank** of a
# question is 1 if the first candidate is right, 1/2 if the second is the first right one, 1/3 for the third, and 0 if none is
# right. Its mean over all questions is the **mean reciprocal rank**, MRR.
#
# **`mean_reciprocal_rank(rankings, answers)`** takes a list of rankings, each a list of candidates, the best one first, and for
# each of them a collection (set, list or tuple) of the right answers. It returns the mean.
#
# * Of several right answers, the one that stands highest counts.
# * A question without any right answer in its ranking counts as 0, *in the mean*. A ranking may be empty.
# * Candidates can be anything that can be compared with `==`; compare them whole.
# * Not as many answers as rankings, or none at all: a `ValueError`.
#
# By hand, three questions: the right answer in the first place, in the second, and nowhere. $(1 + 1/2 + 0) / 3 = 1/2$.


# %% nbgrader={"grade": false, "grade_id": "mean-reciprocal-rank", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mean_reciprocal_rank(rankings, answers):
    """How high right answers stand, on average.

    Args:
        rankings: for each question a list of candidates, the best one first. Not changed.
        answers: for each question a collection of right answers. Not changed.

    Returns:
        From 0 to 1.

    Raises:
        ValueError: lists of unequal length, or empty ones.
    """
    ### BEGIN SOLUTION
    if len(rankings) != len(answers) or not rankings:
        raise ValueError(f"{len(rankings)} rankings and {len(answers)} sets of answers; each needs its own")
    total = 0.0
    for ranking, right in zip(rankings, answers, strict=True):
        for place, candidate in enumerate(ranking, 1):
            if candidate in right:
                total += 1 / place
                break
    return total / len(rankings)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-mean-reciprocal-rank", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
got = attempt(mean_reciprocal_rank, [["lamp", "goose"], ["goose", "lamp"], ["goose", "oil"]], [{"lamp"}, {"lamp"}, {"lamp"}])
near(got, 0.5, "the example worked by hand")
got = attempt(mean_reciprocal_rank, [[7, 5, 3, 1]], [[1, 3]])
near(got, 1 / 3, "mean_reciprocal_rank([[7, 5, 3, 1]], [[1, 3]]), where 3 stands higher than 1,")
near(attempt(mean_reciprocal_rank, [["a", "b", "c", "d"], []], [{"d"}, {"a"}]), 1 / 8, "the fourth place and an empty ranking")
near(attempt(mean_reciprocal_rank, [["foil", "oil"]], [("oil",)]), 0.5, "mean_reciprocal_rank([['foil', 'oil']], [('oil',)])")
print("A ranking too many is refused:", refused(mean_reciprocal_rank, [["a"], ["b"]], [{"a"}]))

story = write(1_000_000).text
ids, log_probs = read(story)
rankings, answers = log_probs.topk(10).indices.tolist(), [{i} for i in ids]
print("\nHow high does the storyteller rank the token that really comes?")
print(f"  MRR {mean_reciprocal_rank(rankings, answers):.2f} over a story of {len(ids)} tokens. Its ranking in three places:")
for place in (3, 20, 60):
    first = " | ".join(tokenizer.decode([i]).strip() for i in rankings[place][:5])
    print(f"  ... {tokenizer.decode(ids[max(0, place - 8) : place])} [{tokenizer.decode([ids[place]]).strip()}]   {first}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "mean_reciprocal_rank")
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Telling good from bad
#
# On a moonlit night Ida looks for ships. A ship's lamp is bright, moonlight on a wave mostly less so, and whoever has to decide
# needs a threshold. Before choosing one, ask how well brightness separates the two at all. That is the **ROC-AUC**, the area
# under a curve, and it has a meaning that one can count: *pick a ship and a wave; how probably is the ship the brighter one?*
#
# $$\text{AUC} = \frac{1}{P N} \sum_{i} \sum_{j} \left([s_i > s_j] + \tfrac12 [s_i = s_j]\right)$$
#
# $i$ goes over the $P$ positives (ships) and $j$ over the $N$ negatives (waves), $s$ are their scores, and a bracket is 1 if what
# it says is true and 0 if not. So a **tie counts half**.
#
# **`roc_auc(scores, target)`** takes a list of scores and a list that says which of them are positive, `True` or 1, and which are
# not, `False` or 0. It returns the area.
#
# * Only the order of the scores matters. They can be any numbers, also `-inf`, and two scores are a tie only if they are equal.
# * Lists of unequal length, no positive, or no negative: a `ValueError`.
# * Comparing all pairs is fine (there are quicker ways: one sort is enough).
#
# By hand: ships of brightness 9 and 6, waves of 7, 2 and 1. Of the 6 pairs all are the right way round but (6, 7): $5/6$. If the
# second ship had 7, that pair would be a tie, and the area $5.5/6$.


# %% nbgrader={"grade": false, "grade_id": "roc-auc", "locked": false, "schema_version": 3, "solution": true, "task": false}
def roc_auc(scores, target):
    """How probably a random positive has a higher score than a random negative; a tie counts half.

    Args:
        scores: a list of numbers. Not changed.
        target: a list of True or 1 (positive), False or 0 (negative). Not changed.

    Returns:
        From 0 to 1.

    Raises:
        ValueError: lists of unequal length, or one class alone.
    """
    ### BEGIN SOLUTION
    if len(scores) != len(target):
        raise ValueError(f"{len(scores)} scores and {len(target)} targets; each needs its own")
    positives = [score for score, label in zip(scores, target, strict=True) if label]
    negatives = [score for score, label in zip(scores, target, strict=True) if not label]
    if not positives or not negatives:
        raise ValueError(f"{len(positives)} positives and {len(negatives)} negatives; at least one of each is needed")
    won = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    return won / (len(positives) * len(negatives))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-roc-auc", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
near(attempt(roc_auc, [9, 6, 7, 2, 1], [True, True, False, False, False]), 5 / 6, "the example worked by hand")
near(attempt(roc_auc, [1, 9, 7, 7, 2], [0, 1, 0, 1, 0]), 5.5 / 6, "the same in another order, with 0 and 1 and a tie,")
near(attempt(roc_auc, [0.7, 0.7, 0.7], [True, False, True]), 0.5, "roc_auc where all scores are equal")
near(attempt(roc_auc, [-3.0, -math.inf, -math.inf], [True, True, False]), 0.75, "roc_auc([-3, -inf, -inf], [True, True, False])")
print("One class alone is refused:", refused(roc_auc, [1.0, 2.0], [True, True]))
given = [3, 1, 2]
roc_auc(given, [True, False, True])
assert given == [3, 1, 2], f"the scores you were given should stay [3, 1, 2]; now they are {given}"

### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "roc_auc")
### END HIDDEN TESTS

# %% [markdown]
# Try it on something real. Here the storyteller writes 48 stories, and some of them go wrong: a name is forgotten, a sum does not
# come out. A program that knows the plots, `score`, can read them back and says which. Does the storyteller *itself* notice? If so,
# it is more surprised by its bad stories than by its good ones. Is it the mean surprise at a story that tells, or the greatest?

# %%
@torch.no_grad()
def surprises(text):
    """The storyteller's surprise at each token of a story, in bits."""
    ids, log_probs = read(text)
    return -log_probs[range(len(ids)), ids] / math.log(2)


def written_at(temperature, number=24):
    """So many stories by the storyteller."""
    parts = usual_parts(temperature=temperature)
    found = generate(storyteller, [[END]] * number, 210, parts=parts, seed=0, end=END, tokenizer=tokenizer)
    return [one.text for one in found]


told = written_at(1.0, 48)
print(told[1])

# %%
wrong = [score([text]).valid == 0 for text in told]
print(f"{sum(wrong)} of {len(told)} stories hold a mistake.")
figure, panels = plt.subplots(1, 2, figsize=(9, 2.6))
for axes, (name, of) in zip(panels, {"mean surprise": torch.mean, "greatest surprise": torch.max}.items(), strict=True):
    numbers = [of(surprises(text)).item() for text in told]
    for label, kind, colour in ((False, "valid", "C0"), (True, "with a mistake", "C1")):
        these = [number for number, w in zip(numbers, wrong, strict=True) if w == label]
        axes.hist(these, bins=20, range=(0, max(numbers)), alpha=0.6, label=kind, color=colour)
    axes.set(title=f"{name}: AUC {roc_auc(numbers, wrong):.2f}", xlabel="bits", ylabel="stories")
panels[0].legend(frameon=False)
figure.tight_layout()
plt.show()

# %% [markdown]
# It notices, and the greatest surprise separates better than the mean, in which one bad word drowns among a hundred good ones. A
# story is as good as its worst word: what you make of a model's surprise decides what you see.
#
# ## 10. Always the same?
#
# A model that has found one good sentence and says it again and again may look fine, text by text. **Distinct-n** looks at many
# texts together: of all the n-grams in them, which share are different ones?
#
# **`distinct_n(texts, n)`** takes a list of texts and returns that share.
#
# * Count over all texts together. But no run reaches from one text into the next.
# * If no text is long enough for a run, the share is 0.
# * No texts at all, or a single `str` instead of a list: a `ValueError`. (A `str` is a sequence, too. Whoever forgets the brackets
#   measures letters, and nothing would tell.)
#
# By hand, for `more story than oil` and `more story`: 6 words, 4 of them different, so distinct-1 is $4/6$. The pairs are *more
# story*, *story than*, *than oil*, *more story*: 3 different ones of 4.


# %% nbgrader={"grade": false, "grade_id": "distinct-n", "locked": false, "schema_version": 3, "solution": true, "task": false}
def distinct_n(texts, n):
    """The share of different n-grams among all n-grams of some texts.

    Args:
        texts: a list of texts. Not changed.
        n: words in a run.

    Returns:
        From 0 to 1.

    Raises:
        ValueError: no texts, or one str instead of a list.
    """
    ### BEGIN SOLUTION
    if isinstance(texts, str) or len(texts) == 0:
        raise ValueError(f"texts is {texts!r}; it must be a list of at least one text")
    counts = Counter()
    for text in texts:
        words = text.split()
        counts.update(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
    return len(counts) / counts.total() if counts else 0.0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-distinct-n", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
texts = ["more story than oil", "more story"]
near(attempt(distinct_n, texts, 1), 4 / 6, f"distinct_n({texts}, 1)")
near(attempt(distinct_n, texts, 2), 3 / 4, f"distinct_n({texts}, 2)")
near(attempt(distinct_n, ["oil lamp", "oil lamp", "oil lamp"], 2), 1 / 3, "distinct_n(['oil lamp', 'oil lamp', 'oil lamp'], 2)")
near(attempt(distinct_n, ["oil", ""], 2), 0.0, "distinct_n(['oil', ''], 2), where there is no pair,")
print("One str is refused:", refused(distinct_n, "more story than oil", 1))

stories = [write(seed).text for seed in range(1_000_000, 1_000_024)]
print("\nDistinct-2 of the first so many stories:")
for count in (1, 2, 6, 24):
    print(f"  {count:2} of a program that tells stories: {distinct_n(stories[:count], 2):.2f}    {count:2} times the same: {distinct_n(stories[:1] * count, 2):.2f}")
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "distinct_n")
### END HIDDEN TESTS

# %% [markdown]
# Even the best teller falls from line to line, since with more text more has been said before. Compare equal amounts only.

# %% [markdown]
# ## Milestone: five writers before your judges
#
# Here they are, each with 24 stories:
#
# * the storyteller **cold**: its temperature, by which probabilities are sharpened or flattened before a token is drawn, is 0.3;
# * the storyteller **as trained**, at 1: the first half of those of step 9;
# * the storyteller with **fever**, at 1.5;
# * a **parrot**. It has found the twelve stories that serve as references below, and has learnt one of them by heart, which it says
#   24 times;
# * a **shaker**, who takes true stories and shakes the words in each of them.
#
# Beside them stands the **program** from whose stories the storyteller has learnt: that is what it should sound like.

# %%
cold = written_at(0.3)
print(cold[1])

# %%
fever = written_at(1.5)
print(fever[1])

# %%
real = [write(seed).text for seed in range(1_000_000, 1_000_024)]
others = [write(seed).text for seed in range(2_000_000, 2_000_012)]
chance = random.Random(1)
writers = {
    "the program": real,
    "cold, 0.3": cold,
    "as trained, 1": told[:24],
    "fever, 1.5": fever,
    "the parrot": [min(others, key=lambda text: surprises(text).mean())] * 24,
    "the shaker": [" ".join(chance.sample(text.split(), len(text.split()))) for text in real],
}
for name, texts in writers.items():
    print(f"{name:14} {' '.join(texts[1].split()[:22])} ...")

# %% [markdown]
# And here are four judges, three of them yours:
#
# * **bits per character**: how surprised is the storyteller itself by these texts? (Less is better, one says.)
# * **distinct-2**: how much is not repetition?
# * **BLEU**: how much of it is to be found in twelve other stories of the program, the references?
# * **valid**: stories are special in that a program knows the plots and can read them back. It says which share is without a
#   mistake: no name forgotten, no sum wrong. For texts of other kinds, there is no such judge.

# %%
def judged(texts):
    """What the four judges say of some stories."""
    read_back = [read(text) for text in texts]
    log_probs = torch.cat([rows[range(len(ids)), ids] for ids, rows in read_back])
    _, bits = perplexity_and_bits(log_probs, "".join(tokenizer.decode(ids) for ids, _ in read_back))
    return {
        "bits per character": bits,
        "distinct-2": distinct_n(texts, 2),
        "BLEU": bleu(texts, [others] * len(texts)),
        "valid": score(texts).valid,
    }


table = {name: judged(texts) for name, texts in writers.items()}
judges = list(table["the program"])
print(f"{'':14}", *(f"{judge:>19}" for judge in judges))
for name, numbers in table.items():
    print(f"{name:14}", *(f"{number:19.3f}" for number in numbers.values()))

# %%
figure, panels = plt.subplots(1, 4, figsize=(11, 2.8), sharey=True)
rivals = [name for name in table if name != "the program"]
for axes, judge in zip(panels, judges, strict=True):
    values = [table[name][judge] for name in rivals]
    best = min(values) if judge == "bits per character" else max(values)
    bars = axes.barh(rivals, values, color=["C1" if value == best else "C0" for value in values])
    axes.bar_label(bars, fmt="%.3g", padding=2, fontsize=8, bbox={"color": "white", "pad": 1})  # short bars can win
    axes.set_xlim(0, 1.3 * max(values))
    axes.axvline(table["the program"][judge], color="0.3", linestyle=":")
    axes.set_title(judge + (", less is better" if best == min(values) else ""), fontsize=10)
panels[0].invert_yaxis()
figure.suptitle("Who wins? (dotted: the program's own stories)", fontsize=10)
figure.tight_layout()
plt.show()

# %% [markdown]
# **There it is: four numbers, and each of them crowns a cheat.** The winners are orange (in the first panel, look for the shortest bar). Run your eyes over the texts above once more,
# and then over the bars.
#
# ## A question: whom do you trust?
#
# Write what you see into the cell below: the table, and some ten lines.
#
# | points | for |
# |---|---|
# | 1 | the measured table, and who wins each number |
# | 1 | the parrot and the shaker: what in the formula lets each of them win, and which number gives each of them away |
# | 1 | the program's own stories are what everybody should sound like, and do not have the best bits, distinct-2 and BLEU: what follows for "less is better" and "more is better" |
# | 1 | by which numbers you would choose between 0.3, 1 and 1.5, with the judge *valid* at hand and without it, and which differences you would not trust; and something about the texts that no number in the table sees |

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-trust", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# | | bits per character | distinct-2 | BLEU | valid |
# |---|---|---|---|---|
# | the program | 0.080 | 0.441 | 54.8 | 1.000 |
# | cold, 0.3 | 0.082 | 0.455 | 52.5 | 0.875 |
# | as trained, 1 | 0.099 | 0.465 | 52.3 | 0.625 |
# | fever, 1.5 | 0.570 | 0.639 | 29.1 | 0.000 |
# | the parrot | **0.076** | 0.038 | **100.0** | **1.000** |
# | the shaker | 3.855 | **0.914** | 0.0 | 0.000 |
#
# **The cheats.** The parrot says a reference, so each of its runs is in a reference, as often as it is there, and the length fits: BLEU
# 100. It is a story of the program, so it is valid, and the one of the twelve that surprises the storyteller least. Each of its texts is
# fine; all three numbers look at one text after the other, and none notices that it is always the same one. Distinct-2 counts
# over all texts together and gives it away: 0.038. The shaker wins just there. Distinct-2 asks whether pairs are new, not
# whether they mean anything, and pairs of shaken words are nearly all new. Every other number sees that: hardly a run of the references
# is left, and the storyteller has never been so surprised (3.9 bits).
#
# **Best is not most.** The program's stories are right by definition, and the parrot beats them in bits and BLEU, the shaker in
# distinct-2. True stories repeat some pairs (*lived in*, *the next*) and hold some surprise, since somebody has rolled dice. So
# less surprise and more variety are good only up to what the real thing has: the *distance* from the program's numbers is a
# better judge than the numbers. By that measure cold and as trained are near, fever is not, and both cheats stand out at once.
#
# **Choosing a temperature.** With *valid* I would look at valid and distinct-2 together: 0.3 gives up nothing in variety (0.455, the
# program has 0.441) and makes fewer mistakes. Without it, I would compare bits and distinct-2 with those of real stories; both
# say 0.3 or 1 and not 1.5. I would not trust BLEU to choose between them: 52.5 and 52.3 are the same, while three stories of eight against
# one of eight hold a mistake, since a wrong name costs four runs of a hundred. And of 24 stories 21 or 15 valid ones is a difference that another
# 24 should confirm. What none of them sees: whether a story is one of those that the model has been trained on. A parrot
# that knows twenty-four stories of the program by heart would be perfect in all four numbers.
# ### END SOLUTION

# %% [markdown]
# ## A second question: cheat
#
# A number that has become a goal can be bought. Be the sixth writer: make a list of 24 texts that nobody would want to read and that
# beat the storyteller "as trained" in *BLEU* or in *valid*. The parrot (one story again and again, whichever it is) and the shaker
# are taken; anything else is allowed, with the texts in `others` and `real` and with the storyteller, and most cheats need three lines.
#
# Measure it with `judged(...)` in the code cell, and write into the cell below it what you did and what you found.
#
# | points | for |
# |---|---|
# | 1 | a cheat of your own, measured: its number and that of the storyteller |
# | 1 | what in the formula lets it through |
# | 1 | another number, of the table or of any step above, that sees the cheat: measured for both |
# | 1 | could one fool this number, too, at the same time? And what would a person see at once? |

# %% nbgrader={"grade": false, "grade_id": "measure-cheat", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def stitched():
    """The first half of one story, and the second half of another one."""
    one, other = (text.split() for text in chance.sample(others, 2))
    return " ".join(one[: len(one) // 2] + other[len(other) // 2 :])


halves = [stitched() for _ in range(24)]
print(halves[0])
for name, texts in {"halves": halves, "as trained, 1": writers["as trained, 1"]}.items():
    greatest = sum(surprises(text).max().item() for text in texts) / len(texts)
    print(f"{name:14}", *(f"{judge} {number:.2f}, " for judge, number in judged(texts).items()), f"greatest surprise {greatest:.1f} bits")
### END SOLUTION

# %% [markdown] nbgrader={"grade": true, "grade_id": "question-cheat", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# I sew the first half of one reference to the second half of another one.
#
# | | bits per character | distinct-2 | BLEU | valid | greatest surprise |
# |---|---|---|---|---|---|
# | halves | 0.61 | 0.26 | **98.6** | 0.00 | 27.3 bits |
# | as trained, 1 | 0.10 | 0.47 | 52.3 | 0.62 | 7.9 bits |
#
# **Why it passes.** BLEU looks at runs of four words at most, and takes them from any of the twelve references. All runs of my texts are in
# one of them but for the three across the seam, and the length is right. That the story begins with a pig called Walter and
# ends with a letter of somebody else is farther apart than four words.
#
# **Who sees it.** *Valid* does, at once: 0 against 0.62. Where there is no such judge, the greatest surprise of step 9 does: at the
# seam, and where a name comes up that nobody has mentioned, the storyteller is surprised by 27 bits; in its own stories by
# 8, mistakes among them. A mean hides that: bits per character are 0.61, about as many as in a fever.
#
# **To fool both.** Sew only where two stories are word for word alike (*The next day*), and take stories with the same names: then
# the greatest surprise falls, and in the end one would have to write true stories. The parrot fools both with no effort; that takes a third number,
# distinct-2. A person sees at once that a stranger takes over in the middle, and that nobody comes home.
# ### END SOLUTION

# %% [markdown]
# ## 11. METEOR (the hard one)
#
# One more score, if you like; nothing above needs it. **METEOR** pairs the words of hypothesis and reference one to one, and then looks
# at *where* the pairs are.
#
# *The pairs.* Both texts in lower case. Go through the hypothesis **from its last word backwards**; each word takes the **last** place
# in the reference where the same word stands and that is still free, if there is one. Let $m$ be the number of pairs.
#
# *The chunks.* A chunk is a run of pairs that are neighbours, in the same order, in **both** texts. If all is in order, there is one
# chunk; if no two pairs stand together, there are $m$.
#
# $$P = \frac{m}{\text{words said}}, \quad R = \frac{m}{\text{words wanted}}, \quad F = \frac{P R}{0.9\,P + 0.1\,R}$$
#
# $$\text{METEOR} = F \cdot \left(1 - \tfrac12 \left(\frac{\text{chunks}}{m}\right)^{3}\right)$$
#
# **`meteor(hypothesis, references)`** returns the highest score over the references; 0 if there is no pair.
#
# By hand: `there is more oil than story` against Ida's sentence has $m = 6$ pairs, $P = R = F = 1$, and 4 chunks: [*there is
# more*] [*oil*] [*than*] [*story*]. $1 - \frac12 (4/6)^3 = 0.852$.
#
# And `more story` against `more oil more story`: *story* takes the last place, *more* the last free one that has a *more*, the third.
# They stand together: one chunk. $P = 1$, $R = 2/4$, $F = 0.5 / 0.95 = 0.526$, and $1 - \frac12 (1/2)^3 = 0.9375$. The
# score is 0.493.


# %% nbgrader={"grade": false, "grade_id": "meteor", "locked": false, "schema_version": 3, "solution": true, "task": false}
def meteor(hypothesis, references):
    """Words paired one to one, recall before precision, and a price for each chunk.

    Args:
        hypothesis: a text.
        references: a list of at least one text. Not changed.

    Returns:
        From 0 to 1.
    """
    ### BEGIN SOLUTION
    said, best = hypothesis.lower().split(), 0.0
    for reference in references:
        wanted = reference.lower().split()
        places = {}
        for j, word in enumerate(wanted):
            places.setdefault(word, []).append(j)
        pairs = set()
        for i in reversed(range(len(said))):
            if places.get(said[i]):
                pairs.add((i, places[said[i]].pop()))
        if not pairs:
            continue
        m = len(pairs)
        chunks = sum((i - 1, j - 1) not in pairs for i, j in pairs)  # pairs that begin one
        precision, recall = m / len(said), m / len(wanted)
        mean = precision * recall / (0.9 * precision + 0.1 * recall)
        best = max(best, mean * (1 - (chunks / m) ** 3 / 2))
    return best
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-meteor", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
near(attempt(meteor, RECEIVED[1], [SENT]), 1 - (4 / 6) ** 3 / 2, "the first example worked by hand")
near(attempt(meteor, "more story", ["more oil more story"]), 0.493421, "the second example worked by hand")
near(attempt(meteor, "More OIL", ["more oil"]), 1 - 1 / 16, "meteor('More OIL', ['more oil'])")
near(attempt(meteor, "more more more", ["more"]), 0.5 / (0.9 / 3 + 0.1) / 3, "meteor('more more more', ['more']), a single pair,")
near(attempt(meteor, "story", ["oil", "more story"]), 0.263158, "meteor('story', ['oil', 'more story'])")
near(attempt(meteor, "", [SENT]), 0.0, "meteor of nothing")

print(f"Sent: {SENT}\n{'':34} BLEU   ROUGE-1  ROUGE-L  METEOR")
for received in RECEIVED:
    numbers = bleu([received], [[SENT]]) / 100, rouge_n(received, [SENT], 1)[2], rouge_l(received, [SENT])[2], meteor(received, [SENT])
    print(f"  {received:32}", "".join(f"{number:5.2f}    " for number in numbers))
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("evaluation", "meteor")
### END HIDDEN TESTS

# %% [markdown]
# ## What you have built
#
# The scores behind most of what is known about language models, in a hundred lines. `lmcore.evaluation` has the same ones, with
# smoothing, stemming and the ways of cutting words by which scores are published, held equal to the programs of others by tests;
# and some that you have not met, for letters (chrF), for the work that is left (TER), and for how sure a number is (the bootstrap).
# The book's page **Evaluation** goes on from here: what people say, and all the ways in which a good number can be a wrong one.
