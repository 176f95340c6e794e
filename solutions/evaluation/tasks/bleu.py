"""``bleu(hypotheses, references) -> score``"""

import math
import random
from collections import Counter

from lmgrade import Task

from .inputs import outcome, some_words, text
from .parts import (
    SCORERS,
    _bleu_of,
    _clipped,
    _geometric,
    _grams,
    _in_pairs,
    _lengths,
    _most,
    _nearest,
    _shortness,
    _sums,
)


def _bleu(hypotheses, references):
    if len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(f"{len(hypotheses)} hypotheses and {len(references)} lists of references; each needs its own")
    shares = []
    for n in (1, 2, 3, 4):
        matches = total = 0
        for i, hypothesis in enumerate(hypotheses):
            counts, most = _runs(hypothesis, n), Counter()
            for reference in references[i]:
                most |= _runs(reference, n)
            matches += (counts & most).total()
            total += counts.total()
        shares.append(matches / total if total else 0.0)
    if 0.0 in shares:
        return 0.0
    said = [len(hypothesis.split()) for hypothesis in hypotheses]
    wanted = [
        min((len(reference.split()) for reference in references[i]), key=lambda other: (abs(other - length), other))
        for i, length in enumerate(said)
    ]
    return 100 * min(1.0, math.exp(1 - sum(wanted) / sum(said))) * math.prod(shares) ** (1 / 4)


def _runs(text, n):
    words = text.split()
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


bleu = Task("bleu", reference=_bleu, forbidden=SCORERS)


def _repaired(words, wrong, at):
    """A text with one word exchanged."""
    return text(words[:at], wrong, words[at + 1 :])


@bleu.check(
    points=1,
    title="adds up the counts of all sentences before it divides",
    hint="Print matches and n-grams of each order, added up over the corpus. Then one share for each order, and one root.",
    tolerance=1e-5,
)
def counts_of_a_corpus(bleu):
    w = some_words(40)
    first, second, third = w[: random.randint(9, 11)], w[12:20], w[20 : random.randint(26, 28)]
    repeated = [second[0]] * 2
    hypotheses = [
        text(_repaired(first, w[30], 7), w[31]),
        text(second[:3], w[32], second[4:6], repeated, second[7:], w[33]),
        text(third, third[0]),
    ]
    references = [[text(first)], [text(second)], [text(third)]]
    return {
        "three sentences": outcome(lambda: bleu(hypotheses, references)),
        "one": outcome(lambda: bleu(hypotheses[:1], references[:1])),
    }


@bleu.check(
    points=1,
    title="makes a corpus pay that is too short as a whole, and no other one",
    hint="r and c are sums over the corpus, and there is one penalty. A corpus that is too long has lost precision already.",
    tolerance=1e-5,
)
def too_short(bleu):
    w = some_words(40)
    first, second = w[: random.randint(10, 12)], w[12 : random.randint(19, 21)]
    cut = text(first[: random.randint(6, 7)])
    long = text(second, w[30:32])
    references = [[text(first)], [text(second)]]
    return {
        "one too short": outcome(lambda: bleu([cut], references[:1])),
        "one too short, one too long": outcome(lambda: bleu([cut, long], references)),
        "too long": outcome(lambda: bleu([long], references[1:])),
    }


@bleu.check(
    points=1,
    title="with several references, takes runs from all and the length of the nearest",
    hint="For each sentence, r is the length of the reference nearest to the hypothesis, the shorter one of two equally "
    "near. Print the lengths that you choose.",
    tolerance=1e-5,
)
def nearest_reference(bleu):
    w, longer = some_words(50), random.randint(0, 3)
    first, second = w[: 10 + longer], w[20 : 29 + longer]
    hypotheses = [_repaired(first, w[45], 6), _repaired(second, w[46], 5)]
    references = [
        [text(w[40:45], first), text(first[:6], w[34:40], first[10:]), text(first[3:])],
        [text(second[:-1]), text(second[1:], w[40:42])],
    ]
    return {
        "both": outcome(lambda: bleu(hypotheses, references)),
        "one": outcome(lambda: bleu(hypotheses[1:], references[1:])),
    }


@bleu.check(
    points=1,
    title="is 0 where an order has no match, and copes with an empty sentence",
    hint="The logarithm of 0 is an error, but the product with a 0 in it is simply 0. An empty sentence adds nothing to the "
    "matches; its reference still adds to r.",
    tolerance=1e-5,
)
def nothing_matches(bleu):
    w = some_words(30)
    reference, other = w[: random.randint(8, 11)], w[12 : random.randint(17, 19)]
    scattered = text(reference[:3], w[20], reference[3:5], w[21])
    return {
        "no run of four": outcome(lambda: bleu([scattered], [[text(reference)]])),
        "not a word": outcome(lambda: bleu([text(w[20:26])], [[text(other)]])),
        "nothing said": outcome(lambda: bleu([""], [[text(other)]])),
        "three words": outcome(lambda: bleu([text(other[:3])], [[text(other[:3])]])),
        "one of two says nothing": outcome(lambda: bleu([text(reference), ""], [[text(reference)], [text(other)]])),
    }


@bleu.check(
    points=1,
    title="refuses a corpus whose lists are not equally long, or empty, and leaves both lists as they are",
    hint="zip stops at the shorter list and says nothing. Compare the lengths first; raise a ValueError that names both.",
    tolerance=1e-5,
)
def every_sentence_has_references(bleu):
    w = some_words(30)
    first, second = w[: random.randint(9, 11)], w[12:20]
    hypotheses, references = [_repaired(first, w[21], 6), text(second)], [[text(first)], [text(second)]]
    return {
        "both": outcome(lambda: bleu(hypotheses, references)),
        "a hypothesis too many": outcome(lambda: bleu(hypotheses, references[:1])),
        "references too many": outcome(lambda: bleu(hypotheses[:1], references)),
        "none": outcome(lambda: bleu([], [])),
        "afterwards": [hypotheses, references],
    }


for change in (
    "matches += (counts & most).total() -> matches -= (counts & most).total()",
    "total += counts.total() -> total -= counts.total()",
):
    bleu.equivalent(f"_bleu: {change}", reason="all four shares change their sign, and their product does not")


@bleu.misconception(
    "The scores of the sentences are averaged. In a corpus counts are added up first, so that a long sentence weighs more "
    "than a short one, and one without a run of four does not count as 0."
)
def mean_of_sentences(hypotheses, references):
    pairs = _in_pairs(hypotheses, references)
    return sum(_bleu_of([pair]) for pair in pairs) / len(pairs)


@bleu.misconception(
    "The shares of each order are averaged over the sentences. Add matches and n-grams up, each by itself, and divide once."
)
def mean_of_precisions(hypotheses, references):
    pairs = _in_pairs(hypotheses, references)
    shares = []
    for n in range(1, 5):
        counts = [_clipped(*pair, n) for pair in pairs]
        shares.append(sum(m / t if t else 0.0 for m, t in counts) / len(counts))
    return 100 * _shortness(*_lengths(pairs)) * _geometric(shares, [1] * 4)


@bleu.misconception("There is no brevity penalty: who says three safe words and stops gets everything.")
def no_brevity_penalty(hypotheses, references):
    return _bleu_of(_in_pairs(hypotheses, references), penalty=lambda said, wanted: float(said > 0))


@bleu.misconception(
    "A corpus that is too long gets more than everything: the penalty is above 1 there. It is at most 1."
)
def bonus_for_length(hypotheses, references):
    return _bleu_of(
        _in_pairs(hypotheses, references),
        penalty=lambda said, wanted: math.exp(1 - wanted / said) if said else 0.0,
    )


@bleu.misconception(
    "r and c are exchanged in the penalty, so that the long pay and the short do not. c is what was said."
)
def the_long_pay(hypotheses, references):
    return _bleu_of(
        _in_pairs(hypotheses, references), penalty=lambda said, wanted: _shortness(wanted, said) if said else 0.0
    )


@bleu.misconception(
    "The penalty is c / r, the share of the length. That is not far off, and not the formula: it falls as e to the 1 - r/c."
)
def plain_share_of_length(hypotheses, references):
    return _bleu_of(_in_pairs(hypotheses, references), penalty=lambda said, wanted: min(1.0, said / wanted))


@bleu.misconception(
    "Each sentence pays for itself. A sentence that is too long may make up for another one that is too short; only the "
    "sums of the lengths are compared."
)
def each_sentence_pays(hypotheses, references):
    pairs = _in_pairs(hypotheses, references)
    penalties = [_shortness(*_lengths([pair])) for pair in pairs]
    return 100 * sum(penalties) / len(penalties) * _geometric(*_sums(pairs))


@bleu.misconception("r takes the shortest reference, whatever the hypothesis is. The one nearest in length is wanted.")
def shortest_reference(hypotheses, references):
    return _bleu_of(_in_pairs(hypotheses, references), choose=lambda length, lengths: min(lengths))


@bleu.misconception(
    "r takes the first reference, whatever the hypothesis is. Their order means nothing: look for the length nearest to "
    "that of the hypothesis."
)
def first_reference_for_length(hypotheses, references):
    return _bleu_of(_in_pairs(hypotheses, references), choose=lambda length, lengths: lengths[0])


@bleu.misconception("r takes the mean length of the references. It should be the length of one of them, the nearest.")
def mean_length_of_references(hypotheses, references):
    return _bleu_of(_in_pairs(hypotheses, references), choose=lambda length, lengths: sum(lengths) / len(lengths))


@bleu.misconception(
    "Of two references equally near in length, one longer and one shorter, you take the longer. The rule says the shorter, "
    "so that a tie costs nothing."
)
def longer_of_a_tie(hypotheses, references):
    return _bleu_of(
        _in_pairs(hypotheses, references),
        choose=lambda length, lengths: min(lengths, key=lambda other: (abs(other - length), -other)),
    )


@bleu.misconception(
    "The four shares are averaged as they are. Their geometric mean is wanted, the fourth root of their product: one bad "
    "order should pull everything down."
)
def arithmetic_mean(hypotheses, references):
    return _bleu_of(
        _in_pairs(hypotheses, references),
        mean=lambda matches, totals: (
            sum(m / t if t else 0.0 for m, t in zip(matches, totals, strict=True)) / 4 if all(matches) else 0.0
        ),
    )


@bleu.misconception(
    "The product of the four shares is there, but no root is taken. Without it the score shrinks with each order that is "
    "counted."
)
def without_the_root(hypotheses, references):
    return _bleu_of(_in_pairs(hypotheses, references), mean=lambda m, t: _geometric(m, t) ** 4)


@bleu.misconception("Runs of four words are missing: range(1, 4) ends with 3.")
def three_orders(hypotheses, references):
    pairs = _in_pairs(hypotheses, references)
    return 100 * _shortness(*_lengths(pairs)) * _geometric(*_sums(pairs, (1, 2, 3)))


@bleu.misconception("Only the runs of four words count. All four orders have a share, from single words on.")
def only_runs_of_four(hypotheses, references):
    pairs = _in_pairs(hypotheses, references)
    return 100 * _shortness(*_lengths(pairs)) * _geometric(*_sums(pairs, (4,)))


@bleu.misconception("The score goes from 0 to 1. BLEU is told from 0 to 100.")
def from_zero_to_one(hypotheses, references):
    return _bleu_of(_in_pairs(hypotheses, references)) / 100


@bleu.misconception(
    "Matches are not clipped: a word said twice counts twice, though the reference has it once. You have clipped_matches."
)
def bleu_without_clipping(hypotheses, references):
    def count(hypothesis, references, n):
        counts, most = _grams(hypothesis.split(), n), _most(references, n)
        return sum(times for gram, times in counts.items() if gram in most), counts.total()

    return _bleu_of(_in_pairs(hypotheses, references), count=count)


@bleu.misconception(
    "A small number is added so that no share is 0. That is smoothing, of which there are many kinds; here an order without "
    "a match makes the score exactly 0."
)
def smoothed(hypotheses, references):
    def mean(matches, totals):
        shares = [max(m, 0.1) / t if t else 0.1 for m, t in zip(matches, totals, strict=True)]
        return _geometric(shares, [1] * 4)

    return _bleu_of(_in_pairs(hypotheses, references), mean=mean)


@bleu.misconception(
    "Orders without a match are left out of the mean, so that a text without a single run of four is not worse for it. A 0 "
    "in a product makes it 0."
)
def zeros_left_out(hypotheses, references):
    def mean(matches, totals):
        there = [(m, t) for m, t in zip(matches, totals, strict=True) if m]
        return _geometric(*zip(*there, strict=True)) if there else 0.0

    return _bleu_of(_in_pairs(hypotheses, references), mean=mean)


@bleu.misconception(
    "An order without a match, or a corpus without a word, ends in an error: of 0 there is no logarithm, and by 0 nothing "
    "is divided. The score is 0 there."
)
def error_without_matches(hypotheses, references):
    def mean(matches, totals):
        return math.exp(sum(math.log(m / t) for m, t in zip(matches, totals, strict=True)) / 4)

    return _bleu_of(_in_pairs(hypotheses, references), mean=mean)


@bleu.misconception(
    "Sentences without references, or references without a sentence, are dropped without a word: zip stops at the shorter "
    "list. The score is then that of another corpus."
)
def dropped_by_zip(hypotheses, references):
    pairs = list(zip(hypotheses, references, strict=False))
    return _bleu_of(pairs) if pairs else 0.0


@bleu.misconception(
    "Sentences that say nothing are dropped, together with their references. Silence is then free: its references belong "
    "into r."
)
def silence_dropped(hypotheses, references):
    pairs = [(hypothesis, wanted) for hypothesis, wanted in _in_pairs(hypotheses, references) if hypothesis]
    return _bleu_of(pairs) if pairs else 0.0


@bleu.alternative
def by_the_product(hypotheses, references):
    if len(hypotheses) != len(references) or len(hypotheses) == 0:
        raise ValueError("a list of references for each hypothesis, and at least one")
    product = 1.0
    for n in range(1, 5):
        matches = total = 0
        for hypothesis, wanted in zip(hypotheses, references, strict=True):
            m, t = _clipped(hypothesis, wanted, n)
            matches, total = matches + m, total + t
        product *= matches / max(total, 1)
    said = sum(len(hypothesis.split()) for hypothesis in hypotheses)
    wanted = 0
    for hypothesis, others in zip(hypotheses, references, strict=True):
        length = len(hypothesis.split())
        wanted += sorted((abs(len(o.split()) - length), len(o.split())) for o in others)[0][1]
    if said == 0:
        return 0.0
    return 100 * product**0.25 * min(1, math.exp(1 - wanted / said))


@bleu.alternative
def sentence_by_sentence(hypotheses, references):
    if len(hypotheses) != len(references) or not hypotheses:
        raise ValueError("lists of unequal length")
    matches, totals, said, wanted = [0] * 4, [0] * 4, 0, 0
    for hypothesis, others in zip(hypotheses, references, strict=True):
        length = len(hypothesis.split())
        said += length
        wanted += _nearest(length, [len(other.split()) for other in others])
        for n in range(4):
            m, t = _clipped(hypothesis, others, n + 1)
            matches[n] += m
            totals[n] += t
    if 0 in matches:
        return 0
    logs = sum(math.log(m) - math.log(t) for m, t in zip(matches, totals, strict=True)) / 4
    return 100 * math.exp(min(0, 1 - wanted / said) + logs)


@bleu.alternative
def from_parts(hypotheses, references):
    return _bleu_of(_in_pairs(hypotheses, references))


@bleu.alternative
def two_roots(hypotheses, references):
    pairs = _in_pairs(hypotheses, references)
    matches, totals = _sums(pairs)
    one, two, three, four = (m / t if t else 0.0 for m, t in zip(matches, totals, strict=True))
    said, wanted = _lengths(pairs)
    score = math.sqrt(math.sqrt(one * two) * math.sqrt(three * four))
    return 100.0 * score * (math.exp(1 - wanted / said) if 0 < said < wanted else 1.0)
