"""What the tasks forbid, and plain parts that misconceptions and alternatives are built from; no probe uses them."""

import math
import re
import string
from collections import Counter
from importlib.util import find_spec
from itertools import pairwise


def _installed(*packages):
    """Those that are there. Learners run in the same environment: what is missing here cannot be used there."""
    return tuple(package for package in packages if find_spec(package))


# Programs of others that compute these scores, which learners may compare with.
SCORERS = _installed("sacrebleu", "rouge_score", "nltk", "sklearn")


def _grams(words, n):
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))


def _most(references, n):
    """Of each n-gram: how often it is in the text that has it most often."""
    most = Counter()
    for reference in references:
        most |= _grams(reference.split(), n)
    return most


def _clipped(hypothesis, references, n):
    counts = _grams(hypothesis.split(), n)
    return (counts & _most(references, n)).total(), counts.total()


def _prf(matches, said, wanted):
    precision = matches / said if said else 0.0
    recall = matches / wanted if wanted else 0.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def _best(scores):
    return max(scores, key=lambda score: score[2])


def _gram_score(hypothesis, reference, n):
    matches, said = _clipped(hypothesis, [reference], n)
    return _prf(matches, said, _grams(reference.split(), n).total())


def _nearest(length, lengths):
    return min(lengths, key=lambda other: (abs(other - length), other))


def _shortness(said, wanted):
    if said >= wanted:
        return 1.0
    return math.exp(1 - wanted / said) if said else 0.0


def _geometric(matches, totals):
    if not all(matches):
        return 0.0
    logs = [math.log(match / total) for match, total in zip(matches, totals, strict=True)]
    return math.exp(sum(logs) / len(logs))


def _in_pairs(hypotheses, references):
    if not hypotheses or len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses and {len(references)} lists of references")
    return list(zip(hypotheses, references, strict=True))


def _sums(pairs, orders=(1, 2, 3, 4), count=_clipped):
    """Matches and n-grams of each order, added up over a corpus."""
    counts = [[count(hypothesis, references, n) for hypothesis, references in pairs] for n in orders]
    return [sum(m for m, _ in row) for row in counts], [sum(t for _, t in row) for row in counts]


def _lengths(pairs, choose=_nearest):
    """Words said and words wanted, added up over a corpus."""
    said = [len(hypothesis.split()) for hypothesis, _ in pairs]
    wanted = [
        choose(length, [len(reference.split()) for reference in references])
        for length, (_, references) in zip(said, pairs, strict=True)
    ]
    return sum(said), sum(wanted)


def _bleu_of(pairs, choose=_nearest, penalty=_shortness, mean=_geometric, count=_clipped):
    return 100 * penalty(*_lengths(pairs, choose)) * mean(*_sums(pairs, count=count))


def _subsequence(a, b):
    """Length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for word in a:
        diagonal = 0
        for j, other in enumerate(b, 1):
            diagonal, row[j] = row[j], diagonal + 1 if word == other else max(row[j], row[j - 1])
    return row[-1]


def _order_score(hypothesis, references, common=_subsequence):
    said = hypothesis.split()
    wanted = [reference.split() for reference in references]
    return _best([_prf(common(said, words), len(said), len(words)) for words in wanted])


_PLAIN = str.maketrans("", "", string.punctuation)


def _normal(answer):
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", answer.lower().translate(_PLAIN)).split())


def _bag(answer):
    return Counter(_normal(answer).split())


def _bag_f1(said, wanted):
    if not said and not wanted:
        return 1.0
    return _prf((said & wanted).total(), said.total(), wanted.total())[2]


def _halves(scores, target):
    """The scores of the positives and those of the negatives."""
    positives = [score for score, label in zip(scores, target, strict=True) if label]
    negatives = [score for score, label in zip(scores, target, strict=True) if not label]
    if not positives or not negatives:
        raise ValueError(f"{len(positives)} positives and {len(negatives)} negatives")
    return positives, negatives


def _wins(positives, negatives, tie=0.5):
    won = sum(1.0 if p > n else tie if p == n else 0.0 for p in positives for n in negatives)
    return won / (len(positives) * len(negatives))


def _refuse_one_string(texts):
    if isinstance(texts, str) or not texts:
        raise ValueError("texts must be a list of at least one text")


def _partners(said, wanted):
    """From the last word backwards, each takes the last free partner."""
    free = dict(enumerate(wanted))
    pairs = []
    for i in reversed(range(len(said))):
        j = next((j for j in reversed(free) if free[j] == said[i]), None)
        if j is not None:
            pairs.append((i, j))
            del free[j]
    return pairs[::-1]


def _pieces(pairs):
    """How many runs of pairs stand together, in the same order, in both texts."""
    return len(pairs) - sum((i + 1, j + 1) == after for (i, j), after in pairwise(pairs))


def _weighted(pairs, said, wanted):
    """The mean in which recall weighs nine times as much."""
    precision, recall = len(pairs) / len(said), len(pairs) / len(wanted)
    return precision * recall / (0.9 * precision + 0.1 * recall)


def _scattered(pairs):
    return 1 - 0.5 * (_pieces(pairs) / len(pairs)) ** 3


def _met(hypothesis, references, partners=_partners, mean=_weighted, order=_scattered):
    said = hypothesis.lower().split()
    scores = []
    for reference in references:
        wanted = reference.lower().split()
        pairs = partners(said, wanted)
        scores.append(order(pairs) * mean(pairs, said, wanted) if pairs else 0.0)
    return max(scores)
