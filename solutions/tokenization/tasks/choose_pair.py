"""``choose_pair(counts, vocabulary) -> pair``"""

import random
from functools import reduce

from lmgrade import Task

from .inputs import WORDS


def _choose_pair(counts, vocabulary):
    return max(counts, key=lambda pair: (counts[pair], vocabulary[pair[0]], vocabulary[pair[1]]))


choose_pair = Task("choose_pair", reference=_choose_pair)


@choose_pair.check(
    points=1,
    title="chooses the most frequent pair",
    hint="Look at the counts first, whatever the tokens are. Bytes only decide between pairs with equal counts.",
)
def most_frequent_wins(choose_pair):
    vocabulary = [bytes([byte]) for byte in range(256)] + [random.choice(WORDS).encode() for _ in range(40)]
    questions = []
    for _ in range(8):
        letters = random.sample(range(ord("b"), ord("y")), 6)
        pairs = [(letter, random.randrange(97, 296)) for letter in letters]
        pairs += [(ord("z"), random.randrange(97, 123)), (random.randrange(256, 296), 97), (ord("a"), 97)]
        counts = dict(zip(pairs, random.sample(range(1, 500), len(pairs)), strict=True))
        counts[random.choice(pairs[:6])] = random.randint(500, 900)
        items = list(counts.items())
        random.shuffle(items)
        questions.append(dict(items))
    return [tuple(choose_pair(counts, vocabulary)) for counts in questions]


@choose_pair.check(
    points=1,
    title="of equally frequent pairs, chooses the one whose left token is greatest, as bytes",
    hint="Two pairs tie: compare what their left tokens look like as bytes, which is neither their ids nor their order.",
)
def ties_go_by_bytes(choose_pair):
    base = [bytes([byte]) for byte in range(256)]
    questions = []
    for _ in range(6):
        least, first, low, last, best = sorted(random.sample(range(97, 123), 5))
        # 256: a long token with the lowest beginning; 257: the greatest id, but not the greatest bytes.
        vocabulary = [*base, bytes([least]) * 3, bytes([low, 97])]
        right = [random.randrange(97, 123) for _ in range(5)]
        ties = [(first, right[0]), (256, right[1]), (best, right[2]), (257, right[3]), (last, right[4])]
        questions.append((dict.fromkeys(ties, random.randint(1, 60)), vocabulary))
    for _ in range(3):
        # 256: a whole character of three bytes that begin with 0xe2; below it as a byte: half of a Russian letter.
        vocabulary = [*base, chr(random.randrange(0x2010, 0x2600)).encode()]
        first, last = random.sample(range(97, 123), 2)
        ties = [(first, 97), (random.choice((0xD0, 0xD1)), 110), (256, 97), (last, 122)]
        questions.append((dict.fromkeys(ties, random.randint(1, 60)), vocabulary))
    return [tuple(choose_pair(counts, vocabulary)) for counts, vocabulary in questions]


@choose_pair.check(
    points=1,
    title="compares left tokens first and right tokens after them, each by itself",
    hint="Which is greater in Python, (b'b', b'z') or (b'ba', b'a')? And b'bz' or b'baa'? The rule means the pairs.",
)
def left_before_right(choose_pair):
    base = [bytes([byte]) for byte in range(256)]
    questions = []
    for _ in range(4):
        a, b, c = sorted(random.sample(range(97, 123), 3))
        left = random.randrange(97, 123)
        questions.append((dict.fromkeys([(left, a), (left, b), (left, c)], random.randint(1, 60)), base))
        # As one string, a+c is greater than a+b+a; as pairs, the token a+b is greater than its own beginning a.
        vocabulary = [*base, bytes([a, b])]
        questions.append((dict.fromkeys([(a, c), (256, a)], random.randint(1, 60)), vocabulary))
    random.shuffle(questions)
    return [tuple(choose_pair(counts, vocabulary)) for counts, vocabulary in questions]


@choose_pair.misconception(
    "Among equally frequent pairs you take the one that was counted first. That depends on the order of a dict; the rule "
    "must give everyone the same merges."
)
def first_counted(counts, vocabulary):
    return max(counts, key=counts.get)


@choose_pair.misconception(
    "Among equally frequent pairs you take the one that was counted last. Sorting by count keeps the order in which equal "
    "ones came, and that order means nothing."
)
def last_counted(counts, vocabulary):
    return sorted(counts, key=counts.get)[-1]


@choose_pair.misconception(
    "You settle ties by ids. The id of a merged token says when it was learnt, not what it spells: look its bytes up in "
    "the vocabulary."
)
def greatest_ids(counts, vocabulary):
    return max(counts, key=lambda pair: (counts[pair], pair))


@choose_pair.misconception(
    "Of equally frequent pairs you take the smallest. Sorting by falling count does not turn the second part of the key "
    "around with it."
)
def smallest_bytes(counts, vocabulary):
    return min(counts, key=lambda pair: (-counts[pair], vocabulary[pair[0]], vocabulary[pair[1]]))


@choose_pair.misconception(
    "You glue the two tokens together before comparing. Then ('a', 'c') and ('ab', 'a') compare as 'ac' and 'aba', and "
    "the border between left and right no longer counts."
)
def glued_bytes(counts, vocabulary):
    return max(counts, key=lambda pair: (counts[pair], vocabulary[pair[0]] + vocabulary[pair[1]]))


@choose_pair.misconception(
    "When the left tokens are equal as well, you do not look at the right ones. Then the order of the dict decides "
    "again."
)
def left_only(counts, vocabulary):
    return max(counts, key=lambda pair: (counts[pair], vocabulary[pair[0]]))


@choose_pair.misconception(
    "You compare texts, not bytes. A token can be half of a character, which decodes to the stand-in sign U+FFFD and then "
    "sorts above nearly everything."
)
def compared_as_text(counts, vocabulary):
    def text(token):
        return vocabulary[token].decode(errors="replace")

    return max(counts, key=lambda pair: (counts[pair], text(pair[0]), text(pair[1])))


@choose_pair.misconception(
    "Of equally frequent pairs you take the one that gives the longest token. Length plays no part in the rule: 'b' is "
    "greater than 'aaa'."
)
def longest_token(counts, vocabulary):
    return max(counts, key=lambda pair: (counts[pair], len(vocabulary[pair[0]] + vocabulary[pair[1]])))


@choose_pair.misconception(
    "Bytes decide before counts do. A rare pair late in the alphabet now beats the most frequent one; the count comes "
    "first."
)
def bytes_before_counts(counts, vocabulary):
    return max(counts, key=lambda pair: (vocabulary[pair[0]], vocabulary[pair[1]], counts[pair]))


@choose_pair.misconception(
    "The counts play no part at all: max() of a dict compares its keys. Tell it what to compare instead."
)
def greatest_key(counts, vocabulary):
    return max(counts)


@choose_pair.misconception(
    "You return what the two tokens spell. The vocabulary is for comparing; the answer is one of the pairs of ids."
)
def spelled_pair(counts, vocabulary):
    best = max(counts, key=lambda pair: (counts[pair], vocabulary[pair[0]], vocabulary[pair[1]]))
    return tuple(vocabulary[i] for i in best)


@choose_pair.alternative
def last_of_all_sorted(counts, vocabulary):
    return sorted(counts, key=lambda pair: (counts[pair], (vocabulary[pair[0]], vocabulary[pair[1]])))[-1]


@choose_pair.alternative
def among_the_most_frequent(counts, vocabulary):
    most = max(counts.values())
    tied = [pair for pair, times in counts.items() if times == most]
    return max(tied, key=lambda pair: [vocabulary[i] for i in pair])


@choose_pair.alternative
def compared_one_by_one(counts, vocabulary):
    best = None
    for pair in counts:
        if best is None or counts[pair] > counts[best]:
            best = pair
        elif counts[pair] == counts[best]:
            left, right = vocabulary[pair[0]], vocabulary[pair[1]]
            if left > vocabulary[best[0]] or (left == vocabulary[best[0]] and right > vocabulary[best[1]]):
                best = pair
    return best


@choose_pair.alternative
def as_lists_of_numbers(counts, vocabulary):
    def key(pair):
        return counts[pair], list(vocabulary[pair[0]]), list(vocabulary[pair[1]])

    return list(reduce(lambda one, other: one if key(one) >= key(other) else other, counts))
