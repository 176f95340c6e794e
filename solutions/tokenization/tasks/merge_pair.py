"""``merge_pair(ids, pair, new_id) -> list``"""

import random
from itertools import chain

from lmcore.tokenization import bpe_plain
from lmgrade import Task

merge_pair = Task("merge_pair", reference=bpe_plain.merge_pair)


@merge_pair.check(
    points=1,
    title="replaces every occurrence of the pair, and nothing else",
    hint="Print ids and result one under the other and look for the first place where they part.",
)
def pairs_are_replaced(merge_pair):
    a, b = random.sample(range(11, 100), 2)
    new, other, last = random.sample(range(256, 400), 3)
    # A number that ends as a's does before b, the pair the wrong way round, doubled ids: none of them is the pair.
    parts = [[a, b]] * 3 + [[int(f"1{a}"), b]] * 2 + [[b, a, other]] * 2 + [[a, a, b]] * 2 + [[b, b], [a, other], [new]]
    random.shuffle(parts)
    ids = [other, *chain.from_iterable(parts), b, a, last]
    return list(merge_pair(ids, (a, b), new))


@merge_pair.check(
    points=1,
    title="takes runs of one id two by two, from the left",
    hint="Do 'aaa' and 'aaaa' by hand with the pair (a, a): begin at the left, and never use an 'a' twice.",
)
def runs_are_merged_from_the_left(merge_pair):
    # Of three digits, so that none is written inside another.
    a, b, c, new = random.sample(range(100, 400), 4)
    ids = [b]
    for length in random.sample(range(1, 8), 7):
        ids += [a] * length + [random.choice((b, c))]
    return list(merge_pair(ids, (a, a), new))


@merge_pair.check(
    points=1,
    title="gets both ends right, takes lists and tuples, and leaves the given list as it is",
    hint="Try [], [a], [a, b], [b, a] and a list that ends in a, with the pair (a, b).",
)
def ends_and_arguments(merge_pair):
    a, b, c, new = random.sample(range(100, 400), 4)
    cases = [[], [a], [a, b], [b, a], [c, a], [a, b, c, a, b], [c, b, c, a], (c, a, b), (b, a, b, a)]
    results = [list(merge_pair(ids, (a, b), new)) for ids in cases]
    return {"results": results, "ids afterwards": cases}


@merge_pair.misconception(
    "Only the first occurrence is merged. A pair is chosen because it is frequent: every place it stands at must change."
)
def first_occurrence_only(ids, pair, new_id):
    ids = list(ids)
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return [*ids[:i], new_id, *ids[i + 2 :]]
    return ids


@merge_pair.misconception(
    "After writing the new id you go on with the pair's second half, which is then written too. The new id stands for "
    "both halves, so both are used up."
)
def second_half_kept(ids, pair, new_id):
    merged = []
    for i in range(len(ids)):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            merged.append(new_id)
        else:
            merged.append(ids[i])
    return merged


@merge_pair.misconception(
    "In a run such as 'aaa' you use the middle one twice. Once an id has gone into a merge, it cannot be the left half "
    "of the next."
)
def overlaps_merged(ids, pair, new_id):
    merged = []
    for i in range(len(ids)):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            merged.append(new_id)
        elif i == 0 or (ids[i - 1], ids[i]) != pair:
            merged.append(ids[i])
    return merged


@merge_pair.misconception(
    "You merge from the right: in 'aaa' the last two became one. Either direction would do if everyone used it, but "
    "training and encoding must agree, and here the left goes first."
)
def from_the_right(ids, pair, new_id):
    merged = []
    i = len(ids) - 1
    while i >= 0:
        if i > 0 and (ids[i - 1], ids[i]) == pair:
            merged.append(new_id)
            i -= 2
        else:
            merged.append(ids[i])
            i -= 1
    return merged[::-1]


@merge_pair.misconception(
    "When the last id is not part of a pair, it gets lost. The loop looks at pairs and ends one id early; somebody has "
    "to write what is left."
)
def last_id_lost(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


@merge_pair.misconception(
    "When the last id equals the pair's first half, you look behind the end of the list. Ask whether there is a "
    "neighbour before asking what it is."
)
def looks_behind_the_end(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids):
        if ids[i] == pair[0] and ids[i + 1] == pair[1]:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


@merge_pair.misconception(
    "You also merge the pair the wrong way round. A set of two ids has no order; (b, a) must stay as it is."
)
def either_order(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and {ids[i], ids[i + 1]} == set(pair):
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


@merge_pair.misconception(
    "Two neighbours that are both somewhere in the pair are merged, even (a, a) for the pair (a, b). Being in the pair "
    "is not enough: each half has its place."
)
def any_two_members(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and ids[i] in pair and ids[i + 1] in pair:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


@merge_pair.misconception(
    "In a list nothing is merged at all. A slice of a list is a list, and a list never equals a tuple, whatever they "
    "hold: compare things of one type."
)
def list_beside_tuple(ids, pair, new_id):
    merged = []
    i = 0
    while i < len(ids):
        if ids[i : i + 2] == pair:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def _replaced_in_place(ids, pair, new_id):
    i = 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            ids[i : i + 2] = [new_id]
        i += 1
    return ids


@merge_pair.misconception("The list you were given has changed. Whoever called you may still need it: build a new one.")
def in_place(ids, pair, new_id):
    return _replaced_in_place(ids if isinstance(ids, list) else list(ids), pair, new_id)


@merge_pair.misconception(
    "You write into the ids you were given. A tuple cannot be written into, and a list should stay as it is: build a new "
    "list."
)
def in_place_of_any_kind(ids, pair, new_id):
    return _replaced_in_place(ids, pair, new_id)


@merge_pair.misconception(
    "Written as text, the pair '32 45' is also found inside '132 45'. Digits are not ids: compare whole numbers."
)
def as_written_numbers(ids, pair, new_id):
    text = " ".join(map(str, ids)).replace(f"{pair[0]} {pair[1]}", str(new_id))
    return [int(number) for number in text.split()]


@merge_pair.alternative
def looking_back(ids, pair, new_id):
    merged = []
    for i in ids:
        if merged and (merged[-1], i) == tuple(pair):
            merged[-1] = new_id
        else:
            merged.append(i)
    return merged


@merge_pair.alternative
def in_a_copy(ids, pair, new_id):
    ids = list(ids)
    i = 0
    while i < len(ids) - 1:
        if ids[i] == pair[0] and ids[i + 1] == pair[1]:
            ids[i : i + 2] = [new_id]
        i += 1
    return tuple(ids)


@merge_pair.alternative
def as_characters(ids, pair, new_id):
    text = "".join(map(chr, ids))
    return [ord(character) for character in text.replace(chr(pair[0]) + chr(pair[1]), chr(new_id))]


@merge_pair.alternative
def skipping_with_an_iterator(ids, pair, new_id):
    merged = []
    numbers = iter(range(len(ids)))
    for i in numbers:
        if tuple(ids[i : i + 2]) == pair:
            merged.append(new_id)
            next(numbers)
        else:
            merged.append(ids[i])
    return merged
