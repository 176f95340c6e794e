"""``rouge_l(hypothesis, references) -> (precision, recall, F1)``"""

import random
from bisect import bisect_left
from difflib import SequenceMatcher
from functools import cache

from lmgrade import Task

from .inputs import floats, outcome, some_words, text
from .parts import SCORERS, _best, _grams, _order_score, _prf, _subsequence


def _rouge_l(hypothesis, references):
    said, scores = hypothesis.split(), []
    for reference in references:
        wanted = reference.split()
        above = [0] * (len(wanted) + 1)
        for word in said:
            row = [0]
            for j, other in enumerate(wanted):
                row.append(above[j] + 1 if word == other else max(above[j + 1], row[j]))
            above = row
        if above[-1]:
            precision, recall = above[-1] / len(said), above[-1] / len(wanted)
            scores.append((precision, recall, 2 * precision * recall / (precision + recall)))
    return max(scores, key=lambda three: three[2], default=(0.0, 0.0, 0.0))


rouge_l = Task("rouge_l", reference=_rouge_l, forbidden=SCORERS)


@rouge_l.check(
    points=1,
    title="finds the most words that both have in the same order, gaps allowed",
    hint="Fill the table for 'a b c' and 'c a x b' by hand, then print yours.",
)
def same_order(rouge_l):
    w = some_words(30)
    reference = text(w[:10], w[20 : random.randint(21, 24)])
    return [
        outcome(lambda hypothesis=hypothesis: floats(rouge_l(hypothesis, [reference])))
        for hypothesis in (
            text(w[6:9], w[0], w[12], w[1], w[13], w[2], w[14], w[3], w[15], w[4]),
            text(w[0], w[12], w[1], w[13], w[2:4], w[14]),
            text(w[9], w[:3], w[16]),
            text(w[:10][::-1]),
            text(w[12], w[:10], w[13]),
        )
    ]


@rouge_l.check(
    points=1,
    title="uses each word once, also where words are repeated",
    hint="In the table, a match builds on the cell one row up and one column to the left: both words are used up.",
)
def repeated_words(rouge_l):
    a, b, c = some_words(3)
    few = random.randint(2, 4)
    many = few + random.randint(2, 4)
    return [
        outcome(lambda said=said, wanted=wanted: floats(rouge_l(said, [wanted])))
        for said, wanted in (
            (text([a] * many, b), text([a] * few, b, c)),
            (text([a] * few, c, b), text([a] * many, b)),
            (text([a, b] * many), text([b, a] * few)),
            (text([a, b, c] * few, a), text(c, [a, a, b] * few)),
        )
    ]


@rouge_l.check(
    points=1,
    title="takes texts of more than a hundred words in no time",
    hint="Trying all subsequences takes longer than the sun will shine. A table of rows and columns takes a moment.",
    seconds=5,
)
def long_texts(rouge_l):
    *w, last = some_words(9)
    said, wanted = random.choices(w, k=120), random.choices(w, k=random.randint(130, 150))
    return outcome(lambda: floats(rouge_l(text(said, last), [text(wanted, last)])))


@rouge_l.check(
    points=1,
    title="gives the numbers of the best reference, and 0 where nothing is in common or nothing is there",
    hint="Score each reference by itself and keep the one with the highest F1. A share of nothing is 0.",
)
def best_and_nothing(rouge_l):
    w = some_words(30)
    hypothesis = text(w[:6])
    references = [
        text(w[:2]),
        text(w[:4], w[10 : random.randint(13, 14)]),
        text(w[:6], w[10 : random.randint(24, 28)]),
    ]
    return {
        "three references": outcome(lambda: floats(rouge_l(hypothesis, references))),
        "the other way round": outcome(lambda: floats(rouge_l(hypothesis, references[::-1]))),
        "nothing in common": outcome(lambda: floats(rouge_l(hypothesis, [text(w[6:9])]))),
        "nothing said": outcome(lambda: floats(rouge_l("", [hypothesis]))),
        "nothing wanted": outcome(lambda: floats(rouge_l(hypothesis, [""]))),
        "references afterwards": references,
    }


rouge_l.equivalent("_rouge_l: 1 -> 2", reason="the row for no words holds zeros, of which one more is never read")


@rouge_l.misconception(
    "You look for the longest run of neighbours. Gaps are allowed: what counts is the order, not that words stand side by "
    "side."
)
def longest_run(hypothesis, references):
    def common(a, b):
        best, row = 0, [0] * (len(b) + 1)
        for word in a:
            row = [0] + [row[j] + 1 if word == other else 0 for j, other in enumerate(b)]
            best = max(best, *row)
        return best

    return _order_score(hypothesis, references, common)


@rouge_l.misconception("The order plays no part: all words in common are counted, as ROUGE-1 does it.")
def order_plays_no_part(hypothesis, references):
    return _order_score(hypothesis, references, lambda a, b: (_grams(a, 1) & _grams(b, 1)).total())


@rouge_l.misconception(
    "Each word takes the next place where the reference has it, and there is no way back. One early word that stands late in "
    "the reference spoils everything behind it; leaving it out may be better."
)
def first_come_first_served(hypothesis, references):
    def common(a, b):
        place = found = 0
        for word in a:
            if word in b[place:]:
                place = b.index(word, place) + 1
                found += 1
        return found

    return _order_score(hypothesis, references, common)


@rouge_l.misconception(
    "The longest block is taken first, then what fits on either side (difflib works like that). A long block at the wrong "
    "place can cost more words than it has."
)
def longest_block_first(hypothesis, references):
    def common(a, b):
        blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
        return sum(block.size for block in blocks)

    return _order_score(hypothesis, references, common)


@rouge_l.misconception(
    "A match builds on the cell above it, or beside it, so that one word is matched again and again. After a match both "
    "words are used up."
)
def built_on_the_cell_above(hypothesis, references):
    def common(a, b):
        above = [0] * (len(b) + 1)
        for word in a:
            row = [0]
            for j, other in enumerate(b, 1):
                row.append(above[j] + 1 if word == other else max(above[j], row[-1]))
            above = row
        return above[-1]

    return _order_score(hypothesis, references, common)


@rouge_l.misconception(
    "Where two words differ, your table goes on with the cell one row up and one column to the left. The better one of the "
    "cell above and the cell to the left is wanted, or a word left out costs its neighbour too."
)
def never_left_out(hypothesis, references):
    def common(a, b):
        above = [0] * (len(b) + 1)
        for word in a:
            above = [0] + [above[j] + (word == other) for j, other in enumerate(b)]
        return above[-1]

    return _order_score(hypothesis, references, common)


@rouge_l.misconception(
    "Where two words differ, only one of the two neighbouring cells is looked at. A word may be left out in either text."
)
def left_out_in_one_text(hypothesis, references):
    def common(a, b):
        above = [0] * (len(b) + 1)
        for word in a:
            above = [0] + [above[j] + 1 if word == other else above[j + 1] for j, other in enumerate(b)]
        return above[-1]

    return _order_score(hypothesis, references, common)


@rouge_l.misconception(
    "The answer is read one cell too early: the last row or the last column, that of the last word, is missing."
)
def last_word_missing(hypothesis, references):
    return _order_score(hypothesis, references, lambda a, b: _subsequence(a[:-1], b))


@rouge_l.misconception("Letters are compared, not words. split() first.")
def order_of_letters(hypothesis, references):
    return _best([_prf(_subsequence(hypothesis, r), len(hypothesis), len(r)) for r in references])


@rouge_l.misconception(
    "Precision and recall stand in the wrong order, or the length of the wrong text is taken for each."
)
def order_exchanged(hypothesis, references):
    precision, recall, f1 = _order_score(hypothesis, references)
    return recall, precision, f1


@rouge_l.misconception(
    "Repeated words are thrown out before the table is filled. What is said twice in both texts matches twice."
)
def every_word_once(hypothesis, references):
    said = list(dict.fromkeys(hypothesis.split()))
    wanted = [list(dict.fromkeys(reference.split())) for reference in references]
    return _best([_prf(_subsequence(said, words), len(said), len(words)) for words in wanted])


@rouge_l.misconception("Of several references only the first one is compared.")
def order_of_the_first(hypothesis, references):
    return _order_score(hypothesis, references[:1])


@rouge_l.misconception(
    "Of several references you keep the one with the longest subsequence. A very long reference has that easily, and then "
    "recall is poor: the highest F1 decides."
)
def longest_subsequence_wins(hypothesis, references):
    said = hypothesis.split()
    words = max((reference.split() for reference in references), key=lambda words: _subsequence(said, words))
    return _prf(_subsequence(said, words), len(said), len(words))


@rouge_l.misconception("An empty text, or no word in common, ends in a division by zero.")
def order_divides_by_zero(hypothesis, references):
    scores, said = [], hypothesis.split()
    for reference in references:
        wanted = reference.split()
        common = _subsequence(said, wanted)
        precision, recall = common / len(said), common / len(wanted)
        scores.append((precision, recall, 2 * precision * recall / (precision + recall)))
    return _best(scores)


@rouge_l.alternative
def whole_table(hypothesis, references):
    best = None
    for reference in references:
        a, b = hypothesis.split(), reference.split()
        table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
        for i in range(1, len(a) + 1):
            for j in range(1, len(b) + 1):
                if a[i - 1] == b[j - 1]:
                    table[i][j] = table[i - 1][j - 1] + 1
                else:
                    table[i][j] = max(table[i - 1][j], table[i][j - 1])
        score = _prf(table[len(a)][len(b)], len(a), len(b))
        if best is None or score[2] > best[2]:
            best = score
    return best


@rouge_l.alternative
def remembered_recursion(hypothesis, references):
    def common(a, b):
        @cache
        def from_here(i, j):
            if i == len(a) or j == len(b):
                return 0
            if a[i] == b[j]:
                return 1 + from_here(i + 1, j + 1)
            return max(from_here(i + 1, j), from_here(i, j + 1))

        return from_here(0, 0)

    return _order_score(hypothesis, references, common)


@rouge_l.alternative
def longest_rising_places(hypothesis, references):
    def common(a, b):
        ends = []  # ends[k]: the earliest place at which k + 1 words in order can end
        for word in a:
            for j in reversed([j for j, other in enumerate(b) if other == word]):
                k = bisect_left(ends, j)
                ends[k : k + 1] = [j]
        return len(ends)

    return list(_order_score(hypothesis, references, common))


@rouge_l.alternative
def from_the_edits(hypothesis, references):
    def common(a, b):
        row = list(range(len(b) + 1))  # insertions and deletions that are needed
        for i, word in enumerate(a, 1):
            new = [i]
            for j, other in enumerate(b):
                new.append(row[j] if word == other else 1 + min(row[j + 1], new[j]))
            row = new
        return (len(a) + len(b) - row[-1]) // 2

    return _order_score(hypothesis, references, common)
