"""``roc_auc(scores, target) -> area``"""

import random
from bisect import bisect_left, bisect_right

import torch

from lmcore.evaluation import classification
from lmgrade import Task

from .inputs import outcome
from .parts import SCORERS, _halves, _wins

roc_auc = Task("roc_auc", reference=classification.roc_auc, forbidden=SCORERS)


def _lights(positives, negatives):
    """Scores and targets, shuffled: positives mostly higher."""
    lights = [(random.gauss(0.6, 1), True) for _ in range(positives)]
    lights += [(random.gauss(0, 1), False) for _ in range(negatives)]
    random.shuffle(lights)
    return [score for score, _ in lights], [label for _, label in lights]


@roc_auc.check(
    points=1,
    title="is the share of the pairs, one positive and one negative, that are the right way round",
    hint="For 9 and 6 against 7, 2 and 1 there are six pairs. Count those in which the positive one is higher.",
)
def pairs_in_order(roc_auc):
    few, many = _lights(random.randint(5, 7), random.randint(9, 12)), _lights(random.randint(20, 30), 12)
    return {
        "few": outcome(lambda: float(roc_auc(*few))),
        "many": outcome(lambda: float(roc_auc(*many))),
        "all the wrong way round": outcome(lambda: float(roc_auc([-3, -2, -1, 4], [True, True, False, False]))),
    }


@roc_auc.check(
    points=1,
    title="counts a tie half, wherever it stands in the list",
    hint="Give all lights the same score: nobody could tell them apart, so the area is 1/2. And a tie does not care who comes "
    "first in the list.",
)
def ties_count_half(roc_auc):
    w = random.randint(3, 6)
    scores = [2.0] * w + [1.0, 3.0, 2.0, 2.0, 1.0]
    target = [True] * w + [True, True, False, False, False]
    zipped = list(zip(scores, target, strict=True))
    mixed = random.sample(zipped, len(zipped))
    orders = [zipped, zipped[::-1], mixed]
    return {
        "orders": [outcome(lambda o=o: float(roc_auc([s for s, _ in o], [t for _, t in o]))) for o in orders],
        "all alike": outcome(lambda: float(roc_auc([0.7] * (w + 3), [True] * w + [False] * 3))),
    }


@roc_auc.check(
    points=1,
    title="takes scores of any scale: above 1, below 0, very near to each other, even infinite",
    hint="Only the order of the scores matters. Two scores that differ by a billionth are no tie, and two that are minus "
    "infinity are one. Positives may be written True or 1.",
)
def any_scale(roc_auc):
    scores, target = _lights(random.randint(6, 9), random.randint(6, 9))
    near = [0.5 + 1e-9 * score for score in scores]
    numbers = [int(label) for label in target]
    # Impossible for a model: the logarithm of 0.
    endless = [float("-inf"), float("-inf"), -3.0, float("-inf"), -1.0, -5.0]
    return {
        "very large": outcome(lambda: float(roc_auc([1e6 * score for score in scores], target))),
        "below zero": outcome(lambda: float(roc_auc([score - 100 for score in scores], numbers))),
        "very near": outcome(lambda: float(roc_auc(near, target))),
        "infinite": outcome(lambda: float(roc_auc(endless, [True, False, True, False, False, True]))),
    }


@roc_auc.check(
    points=1,
    title="refuses a test with one class alone or lists of unequal length, and leaves the lists in their order",
    hint="Without a positive, or without a negative, there is no pair. Raise a ValueError that says how many of each there are.",
)
def both_classes(roc_auc):
    # From bright to dim: two ships, a wave, a ship, a wave.
    scores = sorted((random.uniform(2, 9) for _ in range(5)), reverse=True)
    target = [True, True, False, True, False]
    return {
        "both": outcome(lambda: float(roc_auc(scores, target))),
        "no positive": outcome(lambda: float(roc_auc(scores, [False] * len(scores)))),
        "no negative": outcome(lambda: float(roc_auc(scores, [True] * len(scores)))),
        "a score too many": outcome(lambda: float(roc_auc([*scores, 0.5], target))),
        "a target too many": outcome(lambda: float(roc_auc(scores, [*target, True]))),
        "afterwards": [scores, target],
    }


roc_auc.unasked("_plain", reason="arrays and tensors are for those who use lmcore; here lists are given")
for name in ("scores", "targets"):
    roc_auc.equivalent(f"roc_auc: '{name}' -> ''", reason="what a message says is not asked")
for change in (
    "np.asarray(scores, dtype=np.float64) -> np.asarray(scores)",
    "np.asarray(scores, dtype=np.float64) -> scores",
    "_plain(target) -> target",
):
    roc_auc.equivalent(f"roc_auc: {change}", reason="lists of numbers, and of True or 1, are given")
AREA = "(ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives)"
for kind, value in (("int", "positive.sum()"), ("int", "(~positive).sum()"), ("float", AREA)):
    roc_auc.equivalent(f"roc_auc: {kind}({value}) -> {value}", reason="a number of NumPy is a number")


@roc_auc.misconception(
    "A tie counts as lost (or the curve is filled with rectangles where it goes up aslant). A model that gives everything the "
    "same score would get 0, as if it had turned everything around."
)
def tie_is_lost(scores, target):
    return _wins(*_halves(scores, target), tie=0.0)


@roc_auc.misconception(
    "A tie counts as won: >= is not >. A model that gives everything the same score would be perfect."
)
def tie_is_won(scores, target):
    return _wins(*_halves(scores, target), tie=1.0)


@roc_auc.misconception(
    "Pairs with equal scores are left out altogether. They are pairs, in which chance decides: half won."
)
def ties_left_out(scores, target):
    positives, negatives = _halves(scores, target)
    won = sum(p > n for p in positives for n in negatives)
    lost = sum(p < n for p in positives for n in negatives)
    return won / (won + lost) if won + lost else 0.5


@roc_auc.misconception(
    "Ranks are given out in the order of a sort, so that equal scores get different ones: the result depends on who stood "
    "first in the list."
)
def ranks_by_order(scores, target):
    positives, negatives = _halves(scores, target)
    order = sorted(range(len(scores)), key=lambda i: scores[i])
    ranks = sum(rank for rank, i in enumerate(order, 1) if target[i])
    return (ranks - len(positives) * (len(positives) + 1) / 2) / (len(positives) * len(negatives))


@roc_auc.misconception(
    "It is the wrong way round: pairs count in which the *negative* is higher. Good models get less than a half."
)
def negatives_above(scores, target):
    positives, negatives = _halves(scores, target)
    return _wins(negatives, positives)


@roc_auc.misconception(
    "That is accuracy at the threshold 0.5. Scores need not lie between 0 and 1, and the area asks for no threshold at all."
)
def accuracy_at_half(scores, target):
    _halves(scores, target)
    return sum((score > 0.5) == bool(label) for score, label in zip(scores, target, strict=True)) / len(scores)


@roc_auc.misconception(
    "You divide by all pairs of lights. Two ships are no pair here, nor are two waves: there are positives times negatives."
)
def all_pairs_of_lights(scores, target):
    positives, negatives = _halves(scores, target)
    return _wins(positives, negatives) * len(positives) * len(negatives) / (len(scores) * (len(scores) - 1) / 2)


@roc_auc.misconception(
    "Positives and negatives are compared in the order in which they stand, the first with the first. Every positive meets "
    "every negative."
)
def one_pair_each(scores, target):
    positives, negatives = _halves(scores, target)
    pairs = list(zip(positives, negatives, strict=False))
    return sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in pairs) / len(pairs)


@roc_auc.misconception(
    "Only means are compared: of the positives with all negatives, or the like. How far apart scores are plays no part, only "
    "who is higher."
)
def against_the_mean(scores, target):
    positives, negatives = _halves(scores, target)
    middle = sum(negatives) / len(negatives)
    return sum(1.0 if p > middle else 0.5 if p == middle else 0.0 for p in positives) / len(positives)


@roc_auc.misconception(
    "Scores that are nearly equal count as ties (isclose, or rounding). Probabilities of rare things all lie near each "
    "other, and their order is all there is."
)
def nearly_equal(scores, target):
    positives, negatives = _halves([round(score, 6) for score in scores], target)
    return _wins(positives, negatives)


@roc_auc.misconception(
    "Differences are taken to see who is higher, and minus infinity less minus infinity is nan. Compare with > and ==."
)
def differences(scores, target):
    positives, negatives = _halves(scores, target)
    apart = [p - n for p in positives for n in negatives]
    return sum((far > 0) + 0.5 * (far == 0) for far in apart) / len(apart)


@roc_auc.misconception(
    "The curve is drawn at a few fixed thresholds between 0 and 1. Whatever happens between them, or outside, is not seen; "
    "the scores themselves are the thresholds."
)
def fixed_thresholds(scores, target):
    positives, negatives = _halves(scores, target)
    area, before = 0.0, (0.0, 0.0)
    for threshold in [2.0, *(i / 10 for i in range(10, -1, -1)), -float("inf")]:
        x, y = (sum(score >= threshold for score in half) / len(half) for half in (negatives, positives))
        area += (x - before[0]) * (y + before[1]) / 2
        before = x, y
    return area


@roc_auc.misconception(
    "With a single class you return a number. There is no pair to look at, and 0.5, 0 or nan would be taken for a result."
)
def one_class_is_a_number(scores, target):
    if len(scores) != len(target):
        raise ValueError("lists of unequal length")
    if len({bool(label) for label in target}) < 2:
        return 0.5
    return _wins(*_halves(scores, target))


@roc_auc.misconception(
    "Lists of unequal length are cut to the shorter one by zip. Which score belongs to which light then?"
)
def cut_to_the_shorter(scores, target):
    length = min(len(scores), len(target))
    return _wins(*_halves(scores[:length], target[:length]))


@roc_auc.misconception(
    "The list of scores was sorted in place. It is out of step with its targets from then on, for whoever called you."
)
def scores_sorted(scores, target):
    result = _wins(*_halves(scores, target))
    scores.sort()
    return result


@roc_auc.misconception(
    "`is True` is asked of a target that may be 1. Then there seem to be no positives: take its truth."
)
def only_true_itself(scores, target):
    positives = [score for score, label in zip(scores, target, strict=True) if label is True]
    negatives = [score for score, label in zip(scores, target, strict=True) if label is not True]
    if not positives or not negatives:
        raise ValueError("one class")
    return _wins(positives, negatives)


@roc_auc.alternative
def two_loops(scores, target):
    if len(scores) != len(target):
        raise ValueError("each score needs its target")
    won = pairs = 0
    for i in range(len(scores)):
        for j in range(len(scores)):
            if target[i] and not target[j]:
                pairs += 1
                if scores[i] > scores[j]:
                    won += 1
                elif scores[i] == scores[j]:
                    won += 0.5
    if pairs == 0:
        raise ValueError("both classes are needed")
    return won / pairs


@roc_auc.alternative
def searched_in_order(scores, target):
    positives, negatives = _halves(scores, target)
    negatives = sorted(negatives)
    below = sum(bisect_left(negatives, p) + bisect_right(negatives, p) for p in positives)
    return below / 2 / (len(positives) * len(negatives))


@roc_auc.alternative
def trapeziums(scores, target):
    positives, negatives = _halves(scores, target)
    points = [(0.0, 0.0)]
    for threshold in sorted(set(scores), reverse=True):
        points.append(
            (
                sum(score >= threshold for score in negatives) / len(negatives),
                sum(score >= threshold for score in positives) / len(positives),
            )
        )
    return sum((x - a) * (y + b) / 2 for (a, b), (x, y) in zip(points, points[1:], strict=False))  # noqa: RUF007


@roc_auc.alternative
def compared_as_a_table(scores, target):
    if len(scores) != len(target):
        raise ValueError("each score needs its target")
    scores = torch.tensor(scores, dtype=torch.float64)
    label = torch.tensor(target, dtype=torch.bool)
    positives, negatives = scores[label][:, None], scores[~label]
    if positives.numel() == 0 or negatives.numel() == 0:
        raise ValueError("both classes are needed")
    return ((positives > negatives).double() + (positives == negatives).double() / 2).mean()


@roc_auc.alternative
def shared_ranks(scores, target):
    positives, negatives = _halves(scores, target)
    rank = {score: sum(s < score for s in scores) + (scores.count(score) + 1) / 2 for score in set(scores)}
    least = len(positives) * (len(positives) + 1) / 2
    return (sum(rank[score] for score in positives) - least) / (len(positives) * len(negatives))
