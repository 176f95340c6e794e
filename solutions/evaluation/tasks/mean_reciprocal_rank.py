"""``mean_reciprocal_rank(rankings, answers) -> MRR``"""

import random

from lmcore.evaluation import matching
from lmgrade import Task

from .inputs import outcome, some_words

mean_reciprocal_rank = Task("mean_reciprocal_rank", reference=matching.mean_reciprocal_rank)


@mean_reciprocal_rank.check(
    points=1,
    title="is the mean of 1, 1/2, 1/3, ... for a right answer in the first, second, third, ... place",
    hint="Turn each place over first, then take the mean. Count places from 1.",
)
def places_turned_over(mean_reciprocal_rank):
    w = some_words(12)
    places = [0, *random.sample(range(1, 8), 3)]
    rankings, answers = [], []
    for place in places:
        candidates = random.sample(w, 9)
        rankings.append(candidates)
        answers.append({candidates[place]})
    return outcome(lambda: float(mean_reciprocal_rank(rankings, answers)))


@mean_reciprocal_rank.check(
    points=1,
    title="gives 0 to a ranking without any right answer, and counts it in the mean",
    hint="A question that failed is a question. Divide by all of them.",
)
def nowhere_is_zero(mean_reciprocal_rank):
    w = some_words(20)
    place = random.randint(1, 4)
    rankings = [w[:6], w[6:12], [], w[12:17]]
    answers = [{w[place]}, {w[0]}, {w[1]}, {w[12]}]
    return {
        "some": outcome(lambda: float(mean_reciprocal_rank(rankings, answers))),
        "one found": outcome(lambda: float(mean_reciprocal_rank(rankings[:1], answers[:1]))),
        "none found": outcome(lambda: float(mean_reciprocal_rank(rankings[1:3], answers[1:3]))),
    }


@mean_reciprocal_rank.check(
    points=1,
    title="with several right answers, counts the one that stands highest; candidates may be anything",
    hint="Walk down the ranking and stop at the first candidate that is right. 'oil' is not right because 'foil' is.",
)
def highest_one_counts(mean_reciprocal_rank):
    w = some_words(12)
    first, second, third = sorted(random.sample(range(2, 9), 3))
    numbers = random.sample(range(100, 1000), 8)
    rankings = [w[:10], numbers, ["foil", "oil", "il", *w[10:]]]
    answers = [[w[third], w[first], w[second]], {numbers[7], numbers[third - 1], numbers[second - 1]}, ("oil",)]
    return {
        "several": outcome(lambda: float(mean_reciprocal_rank(rankings, answers))),
        "first alone": outcome(lambda: float(mean_reciprocal_rank(rankings[:1], answers[:1]))),
        "numbers alone": outcome(lambda: float(mean_reciprocal_rank(rankings[1:2], answers[1:2]))),
        "one ranking with a double": outcome(lambda: float(mean_reciprocal_rank([[w[0], w[1], w[0], w[1]]], [{w[1]}]))),
    }


@mean_reciprocal_rank.check(
    points=1,
    title="refuses lists that are not equally long, or empty, and leaves both as they are",
    hint="zip drops what has no partner, and a mean of no questions is none. Raise a ValueError that says how many there are.",
)
def every_question_has_answers(mean_reciprocal_rank):
    w = some_words(12)
    rankings = [w[:6], w[6:]]
    answers = [{w[random.randint(1, 2)]}, {w[random.randint(9, 11)]}]
    return {
        "both": outcome(lambda: float(mean_reciprocal_rank(rankings, answers))),
        "a ranking too many": outcome(lambda: float(mean_reciprocal_rank(rankings, answers[:1]))),
        "answers too many": outcome(lambda: float(mean_reciprocal_rank(rankings[:1], answers))),
        "none": outcome(lambda: float(mean_reciprocal_rank([], []))),
        "afterwards": [rankings, answers],
    }


for name in ("rankings", "sets of answers"):
    mean_reciprocal_rank.equivalent(f"mean_reciprocal_rank: '{name}' -> ''", reason="what a message says is not asked")


def _ranks(rankings, answers):
    """The place of the first right answer for each question, counted from 1; None for none."""
    if not rankings or len(rankings) != len(answers):
        raise ValueError(f"{len(rankings)} rankings and {len(answers)} sets of answers")
    return [
        next((place for place, candidate in enumerate(ranking, 1) if candidate in right), None)
        for ranking, right in zip(rankings, answers, strict=True)
    ]


def _mean_of(ranks, worth):
    return sum(worth(rank) if rank else 0.0 for rank in ranks) / len(ranks)


@mean_reciprocal_rank.misconception(
    "Places are counted from 0, as Python does it, with something done about the division by 0. The first place is 1."
)
def places_from_zero(rankings, answers):
    return _mean_of(_ranks(rankings, answers), lambda rank: 1 / max(rank - 1, 1))


@mean_reciprocal_rank.misconception(
    "Each place is one too far: the second gets 1/3. Has it been counted from 1, and then 1 been added again?"
)
def places_one_too_far(rankings, answers):
    return _mean_of(_ranks(rankings, answers), lambda rank: 1 / (rank + 1))


@mean_reciprocal_rank.misconception(
    "The mean of the places is turned over. One answer in the hundredth place would then spoil a whole test; turned over "
    "first, it is just nearly 0."
)
def mean_turned_over(rankings, answers):
    ranks = [rank for rank in _ranks(rankings, answers) if rank]
    return len(ranks) / sum(ranks) if ranks else 0.0


@mean_reciprocal_rank.misconception(
    "That is the mean place, not turned over: larger is worse, and it has no upper end."
)
def mean_place(rankings, answers):
    return _mean_of(_ranks(rankings, answers), float)


@mean_reciprocal_rank.misconception(
    "Questions without a right answer in the ranking are left out of the mean. A model that finds one answer and misses a "
    "thousand would be perfect."
)
def failures_left_out(rankings, answers):
    found = [1 / rank for rank in _ranks(rankings, answers) if rank]
    return sum(found) / len(found) if found else 0.0


@mean_reciprocal_rank.misconception(
    "A ranking without a right answer gets the place behind its end. That is generous: what was not found gets 0."
)
def place_behind_the_end(rankings, answers):
    ranks = _ranks(rankings, answers)
    worths = [1 / (rank or len(ranking) + 1) for rank, ranking in zip(ranks, rankings, strict=True)]
    return sum(worths) / len(worths)


@mean_reciprocal_rank.misconception(
    "The right answer is looked up with index(), which raises an error where it is not in the ranking. Then it is worth 0."
)
def error_where_missing(rankings, answers):
    if not rankings or len(rankings) != len(answers):
        raise ValueError("lists of unequal length")
    total = 0.0
    for ranking, right in zip(rankings, answers, strict=True):
        total += 1 / (1 + min(list(ranking).index(answer) for answer in right))
    return total / len(rankings)


@mean_reciprocal_rank.misconception(
    "Of several right answers the lowest is counted: the loop walks on after it has found one, and overwrites."
)
def lowest_right_answer(rankings, answers):
    _ranks(rankings, answers)
    total = 0.0
    for ranking, right in zip(rankings, answers, strict=True):
        places = [place for place, candidate in enumerate(ranking, 1) if candidate in right]
        total += 1 / places[-1] if places else 0.0
    return total / len(rankings)


@mean_reciprocal_rank.misconception(
    "All right answers of a ranking are added up. The first one that a reader meets is enough, and no question is worth more "
    "than 1."
)
def all_right_answers(rankings, answers):
    _ranks(rankings, answers)
    total = 0.0
    for ranking, right in zip(rankings, answers, strict=True):
        total += sum(1 / place for place, candidate in enumerate(ranking, 1) if candidate in right)
    return total / len(rankings)


@mean_reciprocal_rank.misconception(
    "Only the first place counts, as for accuracy. A right answer in the second is worth a half."
)
def first_place_only(rankings, answers):
    return _mean_of(_ranks(rankings, answers), lambda rank: float(rank == 1))


@mean_reciprocal_rank.misconception(
    "A candidate counts as right when its letters are found in an answer, or an answer in it. Candidates are compared whole, "
    "and may be no texts at all."
)
def parts_of_words(rankings, answers):
    if not rankings or len(rankings) != len(answers):
        raise ValueError("lists of unequal length")
    total = 0.0
    for ranking, right in zip(rankings, answers, strict=True):
        total += next(
            (1 / i for i, one in enumerate(ranking, 1) if any(str(a) in str(one) or str(one) in str(a) for a in right)),
            0.0,
        )
    return total / len(rankings)


@mean_reciprocal_rank.misconception(
    "Rankings without answers, or the other way round, vanish: zip stops at the shorter list. With no question at all you "
    "give 0, as if there had been one."
)
def questions_dropped(rankings, answers):
    pairs = min(len(rankings), len(answers))
    return _mean_of(_ranks(rankings[:pairs], answers[:pairs]), lambda rank: 1 / rank) if pairs else 0.0


@mean_reciprocal_rank.misconception(
    "The sum is returned, or divided by something else than the number of questions: with more questions it grows."
)
def sum_of_ranks(rankings, answers):
    return sum(1 / rank for rank in _ranks(rankings, answers) if rank)


@mean_reciprocal_rank.misconception(
    "The rankings are empty, or shorter, after the call: candidates were popped off. Somebody may want to score them again."
)
def candidates_popped(rankings, answers):
    result = _mean_of(_ranks(rankings, answers), lambda rank: 1 / rank)
    for ranking, right in zip(rankings, answers, strict=True):
        while ranking and ranking[0] not in right:
            ranking.pop(0)
    return result


@mean_reciprocal_rank.alternative
def with_a_break(rankings, answers):
    if len(rankings) != len(answers) or len(rankings) == 0:
        raise ValueError("each ranking needs its answers")
    total = 0
    for i in range(len(rankings)):
        for place in range(len(rankings[i])):
            if rankings[i][place] in answers[i]:
                total += 1 / (place + 1)
                break
    return total / len(rankings)


@mean_reciprocal_rank.alternative
def with_the_largest_share(rankings, answers):
    if not rankings or len(rankings) != len(answers):
        raise ValueError("each ranking needs its answers")
    worths = []
    for ranking, right in zip(rankings, answers, strict=True):
        worths.append(max([1 / (i + 1) for i, candidate in enumerate(ranking) if candidate in right], default=0.0))
    return sum(worths) / len(worths)


@mean_reciprocal_rank.alternative
def with_index(rankings, answers):
    if not rankings or len(rankings) != len(answers):
        raise ValueError("each ranking needs its answers")
    total = 0.0
    for ranking, right in zip(rankings, answers, strict=True):
        places = [ranking.index(answer) for answer in right if answer in ranking]
        if places:
            total += 1 / (1 + min(places))
    return total / len(rankings)


@mean_reciprocal_rank.alternative
def mean_of_ranks(rankings, answers):
    return _mean_of(_ranks(rankings, answers), lambda rank: 1.0 / rank)
