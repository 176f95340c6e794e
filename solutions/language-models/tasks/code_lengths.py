"""``code_lengths(p) -> flashes of each signal`` (optional)"""

import heapq
import math
import random

from lmgrade import Task
from lmgrade.inputs import outcome

from .parts import _depths


def _code_lengths(p):
    lengths = [0] * len(p)
    piles = [(probability, i, [i]) for i, probability in enumerate(p) if probability > 0]
    heapq.heapify(piles)
    while len(piles) > 1:
        one, i, things = heapq.heappop(piles)
        other, _, others = heapq.heappop(piles)
        for thing in things + others:
            lengths[thing] += 1
        heapq.heappush(piles, (one + other, i, things + others))
    return lengths


code_lengths = Task("code_lengths", reference=_code_lengths)


def _in_no_order(p):
    p = list(p)
    while p in (sorted(p), sorted(p, reverse=True)):
        random.shuffle(p)
    return p


def _uneven(size):
    weights = [(0.1 + random.random()) ** 3 for _ in range(size)]
    return _in_no_order([weight / sum(weights) for weight in weights])


@code_lengths.check(
    points=1,
    title="puts the two lightest piles together, until one is left",
    hint="After each step the new pile lies among the others, as heavy as its two parts. Which two are the lightest now?",
)
def lightest_first(code_lengths):
    size = random.randint(18, 24)
    falling = _in_no_order([3.0**-i for i in range(size)])
    return {
        "uneven": [outcome(lambda: code_lengths(_uneven(random.randint(15, 30)))) for _ in range(4)],
        "each a third of the one before": outcome(lambda: code_lengths([2 / 3 * weight for weight in falling])),
        "many": outcome(lambda: code_lengths(_uneven(200))),
    }


@code_lengths.check(
    points=1,
    title="makes signals exactly as long as the surprise where that is possible, and no longer than needed where it is not",
    hint="Draw the piles for Ida's weather, 1/2, 1/4, 1/8, 1/8, and then for a fair die.",
)
def halves_of_halves(code_lengths):
    p = _in_no_order([1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 8, 1 / 16, 1 / 16])
    sides = random.sample((5, 6, 7, 11, 13), 3)

    def mean(sides):  # several codes are equally good
        return math.fsum(length / sides for length in code_lengths([1 / sides] * sides))

    return {
        "halves of halves": outcome(lambda: code_lengths(list(p))),
        "dice": [outcome(lambda n=n: mean(n)) for n in sides],
    }


@code_lengths.check(
    points=1,
    title="gives the impossible no signal, says nothing where only one thing can happen, and leaves p as it is",
    hint="What never happens takes part in no pile. And how many flashes tell somebody what he knows already?",
)
def what_needs_no_signal(code_lengths):
    p = [1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 8, 1 / 16, 1 / 16]
    p = _in_no_order(p + [0.0] * random.randint(2, 5))
    sure = [0.0] * random.randint(0, 3) + [1.0] + [0.0] * random.randint(1, 4)
    return {
        "lengths": outcome(lambda: code_lengths(p)),
        "p afterwards": list(p),
        "one thing can happen": outcome(lambda: code_lengths(sure)),
        "one thing": outcome(lambda: code_lengths([1.0])),
    }


@code_lengths.misconception(
    "Each surprise is rounded up for itself. That makes a code, and often not the shortest: signals that nobody needs are "
    "left over."
)
def surprise_rounded_up(p):
    return [math.ceil(-math.log2(probability)) if probability else 0 for probability in p]


@code_lengths.misconception(
    "These are surprises, no numbers of flashes: half a flash cannot be sent. Build the code from whole ones, by piles."
)
def surprise_as_it_is(p):
    return [-math.log2(probability) if probability else 0.0 for probability in p]


@code_lengths.misconception(
    "All signals are equally long. That is the best code when nothing is more likely than anything else, and only then."
)
def equally_long(p):
    possible = sum(probability > 0 for probability in p)
    return [math.ceil(math.log2(possible)) if probability else 0 for probability in p]


@code_lengths.misconception(
    "The probabilities are sorted once, and every next one is put onto the same pile. A pile that has grown heavy has to "
    "wait until it is one of the two lightest again."
)
def always_the_same_pile(p):
    order = sorted((i for i, probability in enumerate(p) if probability), key=p.__getitem__)
    lengths = [0] * len(p)
    for put_together in range(2, len(order) + 1):
        for i in order[:put_together]:
            lengths[i] += 1
    return lengths


@code_lengths.misconception(
    "You cut from above: all things into two halves of about the same weight, and each half again. It comes close; what is "
    "put together from below is never longer, and sometimes shorter."
)
def cut_from_above(p):
    lengths = [0] * len(p)
    parts = [sorted((i for i, probability in enumerate(p) if probability), key=lambda i: -p[i])]
    while parts:
        part = parts.pop()
        if len(part) > 1:
            for i in part:
                lengths[i] += 1
            weight = sum(p[i] for i in part)
            cut = min(range(1, len(part)), key=lambda cut: abs(weight - 2 * sum(p[i] for i in part[:cut])))
            parts += [part[:cut], part[cut:]]
    return lengths


@code_lengths.misconception(
    "The two heaviest piles are put together. Whoever is put together first ends up with the longest signal, and that should be "
    "what happens least."
)
def heaviest_first(p):
    return _depths(p, sign=-1)


@code_lengths.misconception(
    "When two piles are put together, the things of only one of them get another flash. Both parts need it: where a signal "
    "simply ends, nobody knows whether more is to come."
)
def a_flash_for_one_part(p):
    return _depths(p, sides=1)


@code_lengths.misconception(
    "Things are put together two by two, as they stand in the list, however heavy they are. Look for the lightest."
)
def neighbours_together(p):
    lengths, piles = [0] * len(p), [[i] for i, probability in enumerate(p) if probability]
    while len(piles) > 1:
        for i in (i for pile in piles[: len(piles) // 2 * 2] for i in pile):
            lengths[i] += 1
        piles = [[i for pile in piles[j : j + 2] for i in pile] for j in range(0, len(piles), 2)]
    return lengths


@code_lengths.misconception(
    "What never happens takes part and gets a signal. It makes another one longer, for nothing."
)
def signals_for_the_impossible(p):
    return _code_lengths([probability or 5e-324 for probability in p])


@code_lengths.misconception(
    "The only thing that can happen gets a flash. There is nothing to tell apart, so nothing needs to be said: its surprise "
    "is 0."
)
def a_flash_for_the_certain(p):
    lengths = _code_lengths(p)
    return lengths if any(lengths) else [int(probability > 0) for probability in p]


@code_lengths.misconception(
    "Every signal is a flash too long: you count the last pile, too, where everything lies together. Nothing has to be "
    "told apart from it."
)
def last_pile_counted(p):
    return [length + (probability > 0) for length, probability in zip(_code_lengths(p), p, strict=True)]


@code_lengths.misconception(
    "The lengths stand in the order of the probabilities, not in that of the list you were given: nobody knows whose they "
    "are."
)
def lengths_in_order_of_weight(p):
    return _code_lengths(sorted(p, reverse=True))


@code_lengths.misconception(
    "The list p has been sorted, or emptied, while the piles were made. Work on a list of your own."
)
def piles_made_of_p(p):
    lengths = _code_lengths(p)
    p.sort()
    return lengths


@code_lengths.misconception(
    "You give the mean length. The lengths are asked for, one for each thing: the mean is what the next cell makes of them."
)
def mean_length(p):
    return math.fsum(length * probability for length, probability in zip(_code_lengths(p), p, strict=True))


@code_lengths.alternative
def sorted_at_each_step(p):
    piles = [(probability, (i,)) for i, probability in enumerate(p) if probability]
    lengths = [0] * len(p)
    while len(piles) >= 2:
        piles.sort(reverse=True)
        (one, things), (other, others) = piles.pop(), piles.pop()
        piles.append((one + other, things + others))
        for i in piles[-1][1]:
            lengths[i] += 1
    return lengths


@code_lengths.alternative
def two_queues(p):
    """New piles only grow heavier, so the lightest stand in front of one queue or the other."""
    leaves = sorted((probability, [i]) for i, probability in enumerate(p) if probability > 0)
    joined, lengths = [], [0] * len(p)
    while len(leaves) + len(joined) > 1:
        two = []
        for _ in range(2):
            queue = leaves if not joined or (leaves and leaves[0][0] <= joined[0][0]) else joined
            two.append(queue.pop(0))
        joined.append((two[0][0] + two[1][0], two[0][1] + two[1][1]))
        for i in joined[-1][1]:
            lengths[i] += 1
    return lengths


@code_lengths.alternative
def through_a_tree(p):
    heap = [(probability, i, i) for i, probability in enumerate(p) if probability != 0]
    heapq.heapify(heap)
    number, lengths = len(p), [0] * len(p)
    while len(heap) > 1:
        left, right = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (left[0] + right[0], number, (left[2], right[2])))
        number += 1
    waiting = [(0, heap[0][2])] if heap else []
    while waiting:
        depth, node = waiting.pop()
        if isinstance(node, tuple):
            waiting += [(depth + 1, child) for child in node]
        else:
            lengths[node] = depth
    return lengths


@code_lengths.alternative
def signals_spelled_out(p):
    piles = [[weight, {i: ""}] for i, weight in enumerate(p) if weight]
    while len(piles) > 1:
        one = piles.pop(piles.index(min(piles, key=lambda pile: pile[0])))
        other = piles.pop(piles.index(min(piles, key=lambda pile: pile[0])))
        signals = {i: "·" + signal for i, signal in one[1].items()} | {i: "–" + s for i, s in other[1].items()}
        piles.append([one[0] + other[0], signals])
    signals = piles[0][1] if piles else {}
    return [len(signals.get(i, "")) for i in range(len(p))]
