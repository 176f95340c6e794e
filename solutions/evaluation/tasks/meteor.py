"""``meteor(hypothesis, references) -> score``"""

import random

from lmcore.evaluation import meteor as _meteor
from lmgrade import Task

from .inputs import outcome, some_words, text
from .parts import SCORERS, _met, _partners, _pieces, _scattered, _weighted

meteor = Task("meteor", reference=_meteor, forbidden=SCORERS)


@meteor.check(
    points=1,
    title="weighs recall nine times as much as precision, and takes off for words out of order",
    hint="Print the pairs, the number of chunks, P, R and F, and follow the example by hand.",
)
def weight_and_order(meteor):
    w = some_words(20)
    reference = text(w[:8], w[15 : random.randint(17, 19)])
    hypotheses = [
        text(w[:4], w[12], w[4:7], w[13:15]),
        text(w[:3], w[5], w[4], w[3]),
        text(w[:8][::-1]),
        text(w[:8]),
        text(w[3:8], w[:3]),
    ]
    return [outcome(lambda h=h: float(meteor(h, [reference]))) for h in hypotheses]


@meteor.check(
    points=1,
    title="pairs each word once, from the last word backwards, whatever its capitals",
    hint="Go through the hypothesis from its end. Each word takes the last free place where the reference has it.",
)
def pairs_from_the_end(meteor):
    a, b, c, d, e = some_words(5)
    few, more = random.randint(2, 7), random.randint(2, 12)
    return {
        "more said": outcome(lambda: float(meteor(text([a] * (few + more), b), [text([a] * few, b, c)]))),
        "more wanted": outcome(lambda: float(meteor(text(a, b, c), [text(a, d, [a, b] * few, c)]))),
        "last ones": outcome(lambda: float(meteor(text(a, d, a, b), [text([a] * few, b, e, d)]))),
        "capitals": outcome(lambda: float(meteor(text(a.title(), b.upper(), c), [text(a, b.title(), d, c)]))),
    }


@meteor.check(
    points=1,
    title="takes the best of several references, and gives 0 where nothing has a partner",
    hint="Score each reference alone; the highest score counts. Without a pair there is no share and no chunk: 0.",
)
def best_and_none(meteor):
    w = some_words(24)
    long = random.randint(5, 8)
    hypothesis = text(w[:long])
    references = [
        text(w[10:14]),
        text(w[long - 1 :: -1]),
        text(w[: long - 1], w[14 : random.randint(16, 18)]),
        text(w[:2], w[18:]),
    ]
    return {
        "best": outcome(lambda: float(meteor(hypothesis, references))),
        "backwards": outcome(lambda: float(meteor(hypothesis, references[::-1]))),
        "nothing in common": outcome(lambda: float(meteor(hypothesis, references[:1]))),
        "nothing said": outcome(lambda: float(meteor("", [hypothesis]))),
        "nothing wanted": outcome(lambda: float(meteor(hypothesis, [""]))),
    }


meteor.unasked("meteor: check_pair(hypothesis, references)", reason="only a text and a list of texts are given")
meteor.unasked(
    "meteor: for name, value, most in (('alpha', alpha, 1), ('beta', beta, math.inf), ('gamma', gamma, 1)):",
    reason="the learner's METEOR has no parameters",
)
for change in ("form(word) -> word", "form(free[i]) -> free[i]"):
    meteor.equivalent(f"align: {change}", reason="without a stemmer a word's form is the word")


@meteor.misconception(
    "Precision weighs nine times as much, not recall. In the formula 0.9 stands beside P, which makes the mean follow R."
)
def precision_weighs_more(hypothesis, references):
    def mean(pairs, said, wanted):
        precision, recall = len(pairs) / len(said), len(pairs) / len(wanted)
        return precision * recall / (0.1 * precision + 0.9 * recall)

    return _met(hypothesis, references, mean=mean)


@meteor.misconception(
    "The mean is F1, in which precision and recall weigh the same. Here recall weighs nine times as much."
)
def equal_weights(hypothesis, references):
    return _met(hypothesis, references, mean=lambda pairs, said, wanted: 2 * len(pairs) / (len(said) + len(wanted)))


@meteor.misconception(
    "The weighted mean is the plain one, 0.1 P + 0.9 R. The harmonic one is wanted, which stays near the smaller of the two."
)
def weighted_plain_mean(hypothesis, references):
    return _met(
        hypothesis,
        references,
        mean=lambda pairs, said, wanted: 0.1 * len(pairs) / len(said) + 0.9 * len(pairs) / len(wanted),
    )


@meteor.misconception(
    "Order costs nothing: the penalty for chunks is missing. Any shuffle of the reference is then perfect."
)
def order_costs_nothing(hypothesis, references):
    return _met(hypothesis, references, order=lambda pairs: 1.0)


@meteor.misconception("The share of chunks is not cubed. A few chunks then cost far too much.")
def share_not_cubed(hypothesis, references):
    return _met(hypothesis, references, order=lambda pairs: 1 - 0.5 * _pieces(pairs) / len(pairs))


@meteor.misconception("The penalty can take everything. It takes a half at most.")
def penalty_takes_all(hypothesis, references):
    return _met(hypothesis, references, order=lambda pairs: 1 - (_pieces(pairs) / len(pairs)) ** 3)


@meteor.misconception("Chunks are divided by the words of the hypothesis. They are a share of the pairs.")
def chunks_of_all_words(hypothesis, references):
    said = max(1, len(hypothesis.split()))
    return _met(hypothesis, references, order=lambda pairs: 1 - 0.5 * (_pieces(pairs) / said) ** 3)


@meteor.misconception(
    "One chunk too few: you count the gaps between chunks. A text in perfect order is one chunk, and its score is a bit below "
    "1."
)
def gaps_for_chunks(hypothesis, references):
    return _met(hypothesis, references, order=lambda pairs: 1 - 0.5 * ((_pieces(pairs) - 1) / len(pairs)) ** 3)


@meteor.misconception(
    "A chunk ends for you only where the hypothesis has a word without a partner. It also ends where the reference goes on "
    "somewhere else."
)
def chunks_of_the_hypothesis(hypothesis, references):
    def order(pairs):
        chunks = len(pairs) - sum(i + 1 == k for (i, _), (k, _) in zip(pairs, pairs[1:], strict=False))  # noqa: RUF007
        return 1 - 0.5 * (chunks / len(pairs)) ** 3

    return _met(hypothesis, references, order=order)


@meteor.misconception(
    "A chunk goes on as long as the order is right, over words without a partner. Its words must stand together, in both "
    "texts."
)
def chunks_with_gaps(hypothesis, references):
    def order(pairs):
        chunks = len(pairs) - sum(j < k for (_, j), (_, k) in zip(pairs, pairs[1:], strict=False))  # noqa: RUF007
        return 1 - 0.5 * (chunks / len(pairs)) ** 3

    return _met(hypothesis, references, order=order)


@meteor.misconception(
    "Words are paired from the front. The first of several equal words then takes the place that the last one should have."
)
def from_the_front(hypothesis, references):
    def partners(said, wanted):
        free, pairs = dict(enumerate(wanted)), []
        for i, word in enumerate(said):
            j = next((j for j in free if free[j] == word), None)
            if j is not None:
                pairs.append((i, j))
                del free[j]
        return pairs

    return _met(hypothesis, references, partners=partners)


@meteor.misconception(
    "A word of the reference is taken more than once. Each has one partner: strike out what is taken."
)
def partner_of_many(hypothesis, references):
    def partners(said, wanted):
        places = {word: j for j, word in enumerate(wanted)}
        return [(i, places[word]) for i, word in enumerate(said) if word in places]

    return _met(hypothesis, references, partners=partners)


@meteor.misconception("Capitals make words different. Here texts are put in lower case first.")
def capitals_differ(hypothesis, references):
    scores = []
    for reference in references:
        said, wanted = hypothesis.split(), reference.split()
        pairs = _partners(said, wanted)
        scores.append(_scattered(pairs) * _weighted(pairs, said, wanted) if pairs else 0.0)
    return max(scores)


@meteor.misconception("The score of the first reference is returned, and the others do not count.")
def met_first_alone(hypothesis, references):
    return _met(hypothesis, references[:1])


@meteor.misconception("The scores of the references are averaged. The highest counts.")
def met_averaged(hypothesis, references):
    return sum(_met(hypothesis, [reference]) for reference in references) / len(references)


@meteor.misconception("Where no word has a partner something is divided by zero. Such a text scores 0.")
def met_divides_by_zero(hypothesis, references):
    said, scores = hypothesis.lower().split(), []
    for reference in references:
        wanted = reference.lower().split()
        pairs = _partners(said, wanted)
        precision, recall = len(pairs) / len(said), len(pairs) / len(wanted)
        scores.append(_scattered(pairs) * precision * recall / (0.9 * precision + 0.1 * recall))
    return max(scores)


@meteor.alternative
def with_places_for_each_word(hypothesis, references):
    said, best = hypothesis.lower().split(), 0.0
    for reference in references:
        places = {}
        wanted = reference.lower().split()
        for j, word in enumerate(wanted):
            places.setdefault(word, []).append(j)
        partner = [None] * len(said)
        for i in range(len(said) - 1, -1, -1):
            if places.get(said[i]):
                partner[i] = places[said[i]].pop()
        m = sum(j is not None for j in partner)
        if m == 0:
            continue
        chunks, before = 0, None
        for j in partner:
            if j is not None and (before is None or j != before + 1):
                chunks += 1
            before = j
        p, r = m / len(said), m / len(wanted)
        best = max(best, p * r / (0.9 * p + 0.1 * r) * (1 - 0.5 * (chunks / m) ** 3))
    return best


@meteor.alternative
def both_turned_around(hypothesis, references):
    scores = [0.0]
    for reference in references:
        said, left = hypothesis.lower().split()[::-1], reference.lower().split()[::-1]
        wanted, pairs = len(left), []
        for i, word in enumerate(said):
            if word in left:
                pairs.append((i, left.index(word)))
                left[pairs[-1][1]] = None
        if pairs:
            chunks = 1 + sum((i + 1, j + 1) != pairs[k + 1] for k, (i, j) in enumerate(pairs[:-1]))
            mean = 10 * len(pairs) / (9 * wanted + len(said))
            scores.append(mean * (1 - (chunks / len(pairs)) ** 3 / 2))
    return max(scores)


@meteor.alternative
def as_tables(hypothesis, references):
    results = []
    for reference in references:
        said, wanted = hypothesis.lower().split(), reference.lower().split()
        taken, pairs = set(), set()
        for i in reversed(range(len(said))):
            free = [j for j in range(len(wanted)) if wanted[j] == said[i] and j not in taken]
            if free:
                taken.add(free[-1])
                pairs.add((i, free[-1]))
        if not pairs:
            results.append(0)
            continue
        chunks = sum((i - 1, j - 1) not in pairs for i, j in pairs)
        precision, recall = len(pairs) / len(said), len(pairs) / len(wanted)
        results.append((1 - (chunks / len(pairs)) ** 3 / 2) / (0.1 / precision + 0.9 / recall))
    return max(results)


@meteor.alternative
def met_from_parts(hypothesis, references):
    return max(_met(hypothesis, [reference]) for reference in references)
