"""``rouge_n(hypothesis, references, n) -> (precision, recall, F1)``"""

import random
from collections import Counter

from lmgrade import Task

from .inputs import floats, outcome, some_words, text
from .parts import SCORERS, _best, _clipped, _gram_score, _grams, _most, _prf


def _rouge_n(hypothesis, references, n):
    said, scores = _runs(hypothesis, n), []
    for reference in references:
        wanted = _runs(reference, n)
        matches = (said & wanted).total()
        if matches:
            precision, recall = matches / said.total(), matches / wanted.total()
            scores.append((precision, recall, 2 * precision * recall / (precision + recall)))
    return max(scores, key=lambda three: three[2], default=(0.0, 0.0, 0.0))


def _runs(text, n):
    words = text.split()
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


rouge_n = Task("rouge_n", reference=_rouge_n, forbidden=SCORERS)


@rouge_n.check(
    points=1,
    title="gives precision, recall and F1 of words and of pairs",
    hint="Matches by what was said, matches by what was wanted, and twice their product by their sum, in this order.",
)
def three_numbers(rouge_n):
    w = some_words(20)
    reference = text(w[: random.randint(9, 11)])
    hypothesis = text(w[:3], w[12 : random.randint(13, 15)], w[4:6])
    return [outcome(lambda n=n: floats(rouge_n(hypothesis, [reference], n))) for n in (1, 2)]


@rouge_n.check(
    points=1,
    title="counts no run more often than both texts have it",
    hint="clipped_matches does that already. Try 'more more more' against 'more and more story'.",
)
def clipped_runs(rouge_n):
    a, b, c, d = some_words(4)
    few = random.randint(2, 3)
    many = few + random.randint(3, 6)
    one, other = text([a] * many, b, d), text([a] * few, b, c, a, b)
    return [outcome(lambda pair=pair: floats(rouge_n(pair[0], [pair[1]], 1))) for pair in ((one, other), (other, one))]


@rouge_n.check(
    points=1,
    title="gives the three numbers of the reference with the highest F1",
    hint="Score each reference alone, and return all three numbers of one and the same.",
)
def best_reference(rouge_n):
    w = some_words(30)
    hypothesis = text(w[:6])
    little = text(w[:2])
    middle = text(w[:4], w[10 : random.randint(13, 14)])
    everything = text(w[:6], w[10 : random.randint(24, 28)])
    return [
        outcome(lambda references=references: floats(rouge_n(hypothesis, references, 1)))
        for references in ([little, middle, everything], [everything, middle, little])
    ]


@rouge_n.check(
    points=1,
    title="gives 0 where nothing is in common or a text has no run, and leaves the references as they are",
    hint="A share of nothing is 0 here. Before each of the three divisions, ask what you divide by.",
)
def shares_of_nothing(rouge_n):
    w = some_words(12)
    one, other = text(w[: random.randint(5, 6)]), text(w[6:])
    references = [other, text(w[1], w[2]), one]
    return {
        "nothing in common": outcome(lambda: floats(rouge_n(one, [other], 1))),
        "nothing said": outcome(lambda: floats(rouge_n("", [other], 1))),
        "nothing wanted": outcome(lambda: floats(rouge_n(one, [""], 1))),
        "one word has no pair": outcome(lambda: floats(rouge_n(w[0], [other], 2))),
        "the reference has no pair": outcome(lambda: floats(rouge_n(one, [w[0]], 2))),
        "a bit": outcome(lambda: floats(rouge_n(text(w[:4]), references, 2))),
        "references afterwards": references,
    }


@rouge_n.misconception(
    "Precision and recall have changed places. Precision looks at what was said, recall at what was wanted."
)
def rouge_exchanged(hypothesis, references, n):
    precision, recall, f1 = _best([_gram_score(hypothesis, reference, n) for reference in references])
    return recall, precision, f1


@rouge_n.misconception(
    "F1 is the plain mean of precision and recall. Who says everything would then have a half for nothing; the harmonic "
    "mean stays near the smaller one."
)
def plain_mean_for_f1(hypothesis, references, n):
    scores = [_gram_score(hypothesis, reference, n) for reference in references]
    precision, recall, _ = _best(scores)
    return precision, recall, (precision + recall) / 2


@rouge_n.misconception(
    "F1 is the root of the product of precision and recall, their geometric mean. The harmonic one is wanted."
)
def root_for_f1(hypothesis, references, n):
    precision, recall, _ = _best([_gram_score(hypothesis, reference, n) for reference in references])
    return precision, recall, (precision * recall) ** 0.5


@rouge_n.misconception("F1 is half of what it should be: twice the product, divided by the sum.")
def half_of_f1(hypothesis, references, n):
    precision, recall, f1 = _best([_gram_score(hypothesis, reference, n) for reference in references])
    return precision, recall, f1 / 2


@rouge_n.misconception(
    "The highest precision comes from one reference and the highest recall from another one. No reference gave these "
    "numbers together."
)
def best_of_each(hypothesis, references, n):
    scores = [_gram_score(hypothesis, reference, n) for reference in references]
    return tuple(max(column) for column in zip(*scores, strict=True))


@rouge_n.misconception(
    "You take the reference with the highest recall. A reference of one word is soon recalled whole."
)
def highest_recall(hypothesis, references, n):
    return max((_gram_score(hypothesis, reference, n) for reference in references), key=lambda score: score[1])


@rouge_n.misconception(
    "You take the reference with the highest precision; max of tuples looks at their first number. A very long reference "
    "has every word."
)
def highest_precision(hypothesis, references, n):
    return max(_gram_score(hypothesis, reference, n) for reference in references)


@rouge_n.misconception("Only the first reference is scored. Another one may be nearer.")
def rouge_of_the_first(hypothesis, references, n):
    return _gram_score(hypothesis, references[0], n)


@rouge_n.misconception("The scores of the references are averaged. A good answer need not resemble all of them.")
def rouge_averaged(hypothesis, references, n):
    scores = [_gram_score(hypothesis, reference, n) for reference in references]
    return tuple(sum(column) / len(scores) for column in zip(*scores, strict=True))


@rouge_n.misconception(
    "All references are thrown into one bag, as BLEU does it. Recall then asks for all of them at once, which nobody can "
    "say."
)
def rouge_of_all_together(hypothesis, references, n):
    matches, said = _clipped(hypothesis, references, n)
    return _prf(matches, said, _most(references, n).total())


@rouge_n.misconception("Runs are not clipped: a word said five times matches five times, and recall can exceed 1.")
def rouge_without_clipping(hypothesis, references, n):
    counts, scores = _grams(hypothesis.split(), n), []
    for reference in references:
        wanted = _grams(reference.split(), n)
        matches = sum(times for gram, times in counts.items() if gram in wanted)
        scores.append(_prf(matches, counts.total(), wanted.total()))
    return _best(scores)


@rouge_n.misconception(
    "Sets of runs are compared, so that repetition leaves no trace, neither in what was said nor in what was wanted."
)
def rouge_of_sets(hypothesis, references, n):
    said, scores = set(_grams(hypothesis.split(), n)), []
    for reference in references:
        wanted = set(_grams(reference.split(), n))
        scores.append(_prf(len(said & wanted), len(said), len(wanted)))
    return _best(scores)


@rouge_n.misconception("n is not looked at: single words are compared, whatever n says.")
def always_single_words(hypothesis, references, n):
    return _best([_gram_score(hypothesis, reference, 1) for reference in references])


@rouge_n.misconception(
    "Recall divides by the number of words in the reference, precision by that of the hypothesis. There are fewer runs of n "
    "than words: divide by the number of runs."
)
def divided_by_words(hypothesis, references, n):
    scores = []
    for reference in references:
        matches, _ = _clipped(hypothesis, [reference], n)
        scores.append(_prf(matches, len(hypothesis.split()), len(reference.split())))
    return _best(scores)


@rouge_n.misconception(
    "A text without a run, or two texts with nothing in common, end in a division by zero. Models do say nothing at times."
)
def division_by_zero(hypothesis, references, n):
    scores = []
    for reference in references:
        matches, said = _clipped(hypothesis, [reference], n)
        precision, recall = matches / said, matches / _grams(reference.split(), n).total()
        scores.append((precision, recall, 2 * precision * recall / (precision + recall)))
    return _best(scores)


@rouge_n.misconception("The list of references has been sorted or emptied. It belongs to whoever called you.")
def references_sorted(hypothesis, references, n):
    references.sort(key=lambda reference: -_gram_score(hypothesis, reference, n)[2])
    return _gram_score(hypothesis, references[0], n)


@rouge_n.alternative
def f1_of_counts(hypothesis, references, n):
    best = (0.0, 0.0, 0.0)
    for reference in references:
        matches, said = _clipped(hypothesis, [reference], n)
        wanted = max(0, len(reference.split()) - n + 1)
        if matches and 2 * matches / (said + wanted) > best[2]:
            best = (matches / said, matches / wanted, 2 * matches / (said + wanted))
    return best


@rouge_n.alternative
def recall_from_the_other_side(hypothesis, references, n):
    scores = []
    for reference in references:
        matches, wanted = _clipped(reference, [hypothesis], n)
        said = _grams(hypothesis.split(), n).total()
        scores.append(list(_prf(matches, said, wanted)))
    return sorted(scores, key=lambda score: score[2])[-1]


@rouge_n.alternative
def struck_from_a_list(hypothesis, references, n):
    def runs(text):
        words = text.split()
        return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]

    best = None
    for reference in references:
        said, wanted = runs(hypothesis), runs(reference)
        left, matches = list(wanted), 0
        for gram in said:
            if gram in left:
                left.remove(gram)
                matches += 1
        score = (0.0, 0.0, 0.0)
        if matches:
            p, r = matches / len(said), matches / len(wanted)
            score = (p, r, 2 / (1 / p + 1 / r))
        if best is None or score[2] > best[2]:
            best = score
    return best


@rouge_n.alternative
def floor_below_each(hypothesis, references, n):
    results = {}
    for reference in reversed(references):
        matches, said = _clipped(hypothesis, [reference], n)
        p = matches / max(said, 1)
        r = matches / max(_grams(reference.split(), n).total(), 1)
        results[2 * p * r / max(p + r, 1e-30)] = p, r
    f1 = max(results)
    return (*results[f1], f1)
