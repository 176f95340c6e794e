"""``token_f1(answer, references) -> F1``"""

import random
from collections import Counter

from lmcore.evaluation import matching
from lmgrade import Task

from .inputs import outcome, some_words, text
from .parts import _bag, _bag_f1, _normal, _prf

token_f1 = Task("token_f1", reference=matching.token_f1)


@token_f1.check(
    points=1,
    title="is the F1 of the words in common, each counted as often as both have it",
    hint="'a can of oil' against 'oil': three words are left of what was said, one was wanted, one matches.",
)
def words_in_common(token_f1):
    w = some_words(12)
    few = random.randint(2, 3)
    many = few + random.randint(1, 3)
    pairs = [
        (text(w[:5]), text(w[2:9])),
        (text(w[5:2:-1]), text(w[3:8])),
        (text([w[0]] * many, w[1]), text([w[0]] * few, w[1:4])),
        (text([w[0]] * few, w[1:3]), text([w[0]] * many, w[2])),
        (text(w[:3]), text(w[6:9])),
    ]
    return [outcome(lambda pair=pair: float(token_f1(pair[0], [pair[1]]))) for pair in pairs]


@token_f1.check(
    points=1,
    title="compares normalised words",
    hint="Both sides go through normalize_answer, the answer and each reference.",
)
def after_normalisation(token_f1):
    w = some_words(9)
    said, other = text("The", w[0].title(), "of", "a", w[1] + "!"), text(w[0].upper(), "of", "the", w[1:3])
    return {
        "both untidy": outcome(lambda: float(token_f1(said, [other]))),
        "the answer untidy": outcome(lambda: float(token_f1(said, [text(w[0], "of", w[1:4])]))),
        "the reference untidy": outcome(lambda: float(token_f1(text(w[0], w[4 : random.randint(6, 8)]), [other]))),
    }


@token_f1.check(
    points=1,
    title="takes the best of several references, and leaves their list as it is",
    hint="An answer need not resemble all references, only one. And the list belongs to whoever called you.",
)
def best_of_several(token_f1):
    w = some_words(24)
    answer = text(w[:5])
    references = [text(w[8:12]), text(w[:2]), text(w[:4], w[12]), text(w[:5], w[13 : random.randint(20, 23)])]
    return {
        "best": outcome(lambda: float(token_f1(answer, references))),
        "two halves": outcome(lambda: float(token_f1(answer, [text(w[:3]), text(w[3:6])]))),
        "backwards": outcome(lambda: float(token_f1(answer, references[::-1]))),
        "references afterwards": references,
    }


@token_f1.check(
    points=1,
    title="gives 1 if neither side has a word left, and 0 if only one of them has none",
    hint="To some questions the right answer is to say nothing. An article alone is nothing, too.",
)
def nothing_left(token_f1):
    w = some_words(9)
    answer = text(w[: random.randint(3, 5)])
    return {
        "both silent": outcome(lambda: float(token_f1("", [""]))),
        "nothing left of either": outcome(lambda: float(token_f1("The!", ["a"]))),
        "nothing was wanted": outcome(lambda: float(token_f1(answer, [""]))),
        "nothing was said": outcome(lambda: float(token_f1("", [answer]))),
        "silence is one of the answers": outcome(lambda: float(token_f1("", [answer, ""]))),
        "a bit of it": outcome(lambda: float(token_f1(text(w[:2]), [answer, ""]))),
    }


token_f1.unasked("token_f1: check_pair(answer, references)", reason="only a text and a list of texts are given")


def _best_f1(answer, references, score, bag=_bag):
    said = bag(answer)
    return max(score(said, bag(reference)) for reference in references)


@token_f1.misconception(
    "Sets of words are compared: a word said three times counts as one, on both sides. Count with a Counter."
)
def sets_of_words(answer, references):
    return _best_f1(answer, references, _bag_f1, bag=lambda text: Counter(set(_normal(text).split())))


@token_f1.misconception(
    "Every word of the answer that is somewhere in the reference counts, however often it was said. Of each word, only the "
    "smaller of the two counts matches."
)
def answer_not_clipped(answer, references):
    def score(said, wanted):
        if not said and not wanted:
            return 1.0
        matches = sum(times for word, times in said.items() if word in wanted)
        return _prf(matches, said.total(), wanted.total())[2]

    return _best_f1(answer, references, score)


@token_f1.misconception(
    "Words are compared as they stand. 'The oil!' and 'oil' then have no word in common: normalise both."
)
def words_not_normalised(answer, references):
    return _best_f1(answer, references, _bag_f1, bag=lambda text: Counter(text.split()))


@token_f1.misconception(
    "Only the answer is normalised. A reference was written by a person, with capitals and a full stop."
)
def references_not_normalised(answer, references):
    said = _bag(answer)
    return max(_bag_f1(said, Counter(reference.split())) for reference in references)


@token_f1.misconception("That is precision alone: an answer of one right word gets everything.")
def precision_alone(answer, references):
    def score(said, wanted):
        return 1.0 if not said and not wanted else _prf((said & wanted).total(), said.total(), wanted.total())[0]

    return _best_f1(answer, references, score)


@token_f1.misconception("That is recall alone: an answer that says everything there is gets everything.")
def recall_alone(answer, references):
    def score(said, wanted):
        return 1.0 if not said and not wanted else _prf((said & wanted).total(), said.total(), wanted.total())[1]

    return _best_f1(answer, references, score)


@token_f1.misconception(
    "The words in common are divided by all different words of the two. That is a score too (it is Jaccard's), but a lower "
    "one than F1."
)
def shared_of_all(answer, references):
    def score(said, wanted):
        return (said & wanted).total() / (said | wanted).total() if said or wanted else 1.0

    return _best_f1(answer, references, score)


@token_f1.misconception(
    "Words are compared place by place. F1 does not look at order: one word more at the beginning should not cost all the "
    "others."
)
def place_by_place(answer, references):
    def score(said, wanted):
        if not said and not wanted:
            return 1.0
        return _prf(sum(a == b for a, b in zip(said, wanted, strict=False)), len(said), len(wanted))[2]

    return _best_f1(answer, references, score, bag=lambda text: _normal(text).split())


@token_f1.misconception("The answer is compared with the first reference, and the others are never asked.")
def others_never_asked(answer, references):
    return _bag_f1(_bag(answer), _bag(references[0]))


@token_f1.misconception("The mean over the references is returned. Any one of them is right: the best one counts.")
def f1_averaged(answer, references):
    said = _bag(answer)
    return sum(_bag_f1(said, _bag(reference)) for reference in references) / len(references)


@token_f1.misconception(
    "The references are taken together, as if they were one long answer. They are several answers, each of them enough."
)
def references_as_one(answer, references):
    return _bag_f1(_bag(answer), _bag(" ".join(references)))


@token_f1.misconception(
    "If both are empty after normalising you give 0. They agree: the question has no answer, and the model said so."
)
def silence_is_wrong(answer, references):
    return _best_f1(answer, references, lambda a, b: _prf((a & b).total(), a.total(), b.total())[2])


@token_f1.misconception(
    "If either side is empty you give 1. Saying nothing is right where nothing was wanted, and only there."
)
def silence_is_right(answer, references):
    return _best_f1(answer, references, lambda a, b: _bag_f1(a, b) if a and b else 1.0)


@token_f1.misconception(
    "Silence is looked for before normalising. 'The!' has no word left either: look when articles and signs are gone."
)
def silence_before_normalising(answer, references):
    def score(reference):
        if not answer and not reference:
            return 1.0
        said, wanted = _bag(answer), _bag(reference)
        return _prf((said & wanted).total(), said.total(), wanted.total())[2]

    return max(score(reference) for reference in references)


@token_f1.misconception("Where nothing is said, or nothing in common, you divide by zero.")
def f1_divides_by_zero(answer, references):
    def score(said, wanted):
        precision = (said & wanted).total() / said.total()
        recall = (said & wanted).total() / wanted.total()
        return 2 * precision * recall / (precision + recall)

    return _best_f1(answer, references, score)


@token_f1.misconception(
    "The references in the list have been replaced by normalised ones. A list that you were given is not yours: make a new "
    "one."
)
def references_rewritten(answer, references):
    for i, reference in enumerate(references):
        references[i] = " ".join(sorted(_normal(reference).split()))
    return _best_f1(answer, references, _bag_f1)


@token_f1.alternative
def with_removal(answer, references):
    best = 0.0
    for reference in references:
        said, left = _normal(answer).split(), _normal(reference).split()
        if not said and not left:
            return 1.0
        total, matches = len(said) + len(left), 0
        for word in said:
            if word in left:
                left.remove(word)
                matches += 1
        best = max(best, 2 * matches / total)
    return best


@token_f1.alternative
def with_both_shares(answer, references):
    scores, said = [], Counter(_normal(answer).split())
    for reference in references:
        wanted = Counter(_normal(reference).split())
        common = sum((said & wanted).values())
        if not said or not wanted:
            scores.append(float(said == wanted))
        elif common == 0:
            scores.append(0.0)
        else:
            p, r = common / sum(said.values()), common / sum(wanted.values())
            scores.append(2 * p * r / (p + r))
    return max(scores)


@token_f1.alternative
def with_smaller_counts(answer, references):
    words, results = _normal(answer).split(), []
    for reference in map(_normal, references):
        others = reference.split()
        if len(words) + len(others) == 0:
            results.append(1)
            continue
        common = sum(min(words.count(word), others.count(word)) for word in set(words))
        results.append(2 * common / (len(words) + len(others)))
    return sorted(results)[-1]


@token_f1.alternative
def one_minus_what_differs(answer, references):
    def score(said, wanted):
        total = said.total() + wanted.total()
        return 1 - ((said - wanted).total() + (wanted - said).total()) / total if total else 1.0

    return _best_f1(answer, references, score)
