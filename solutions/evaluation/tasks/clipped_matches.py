"""``clipped_matches(hypothesis, references, n) -> (matches, n-grams)``"""

import random
from collections import Counter

from lmgrade import Task

from .inputs import floats, outcome, some_words, text
from .parts import SCORERS, _clipped, _grams, _most


def _clipped_matches(hypothesis, references, n):
    most = Counter()  # of each n-gram: how often it is in the reference that has it most often
    for reference in references:
        most |= _runs(reference, n)
    counts = _runs(hypothesis, n)
    return (counts & most).total(), counts.total()


def _runs(text, n):
    words = text.split()
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


clipped_matches = Task("clipped_matches", reference=_clipped_matches, forbidden=SCORERS)


@clipped_matches.check(
    points=1,
    title="counts the runs of one, two and three words that the reference has too",
    hint="Write all pairs of neighbours of both texts into two columns, and draw lines.",
)
def runs_of_words(clipped_matches):
    w = some_words(12)
    more = w[9 : random.randint(10, 12)]
    reference = text(w[:7])
    hypothesis = text(w[:3], w[7], w[3:5], w[8], w[6], w[5], more)
    return [outcome(lambda n=n: floats(clipped_matches(hypothesis, [reference], n))) for n in (1, 2, 3)]


@clipped_matches.check(
    points=1,
    title="counts no run more often than the reference has it",
    hint="'more more more' against 'more story than oil': of the three words, one matches.",
)
def repeated_words(clipped_matches):
    a, b, c, d = some_words(4)
    wanted = random.randint(2, 4)
    said = wanted + random.randint(2, 5)
    hypothesis, reference = text([a] * said, b, d, a), text([a] * wanted, b, a, b, c)
    return [outcome(lambda n=n: floats(clipped_matches(hypothesis, [reference], n))) for n in (1, 2)]


@clipped_matches.check(
    points=1,
    title="lets each run count as often as the reference that has it most often",
    hint="Make one Counter out of all references, in which each n-gram has the largest of its counts.",
)
def several_references(clipped_matches):
    a, b, c, x, y, z = some_words(6)
    many = random.randint(2, 4)
    references = [text(a, b, x), text(y, [a] * many, y), text(c, z, a)]
    hypothesis = text([a] * (many + 3), b, c, x, y)
    return [outcome(lambda n=n: floats(clipped_matches(hypothesis, references, n))) for n in (1, 2)]


@clipped_matches.check(
    points=1,
    title="copes with texts too short for a run, splits at any white space, and takes words as they stand",
    hint="Three words hold no run of four: that is (0, 0). 'Lamp' and 'lamp' are two words, and so are 'oil' and 'oil.'.",
)
def words_as_they_stand(clipped_matches):
    w = some_words(8)
    short, reference = w[: random.randint(2, 3)], text(w)
    references = [text(w[:4]), text(w[4:])]
    spaced = "  ".join(w[:3]) + "\n" + "\t".join(w[3 : random.randint(5, 8)]) + " "
    return {
        "shorter than a run": outcome(lambda: floats(clipped_matches(text(short), [reference], 5))),
        "empty": outcome(lambda: floats(clipped_matches("", [reference], 1))),
        "reference shorter than a run": outcome(lambda: floats(clipped_matches(reference, [text(short)], 4))),
        "capitals and signs": outcome(
            lambda: floats(clipped_matches(text(w[0].title(), w[1] + ",", w[4:]), [reference], 1))
        ),
        "spaces": outcome(lambda: floats(clipped_matches(spaced, [reference], 2))),
        "two references": outcome(lambda: floats(clipped_matches(reference, references, 1))),
        "references afterwards": references,
    }


@clipped_matches.misconception(
    "A run counts as often as it was said, however seldom the reference has it. 'more more more' would be perfect. Clip."
)
def nothing_clipped(hypothesis, references, n):
    counts, most = _grams(hypothesis.split(), n), _most(references, n)
    return sum(times for gram, times in counts.items() if gram in most), counts.total()


@clipped_matches.misconception(
    "A run counts once, however often both texts have it: a set has forgotten how many there were. The number of runs is "
    "that of different ones, too."
)
def different_runs(hypothesis, references, n):
    said, wanted = _grams(hypothesis.split(), n), _most(references, n)
    return len(said.keys() & wanted.keys()), len(said)


@clipped_matches.misconception(
    "Each run matches at most once. What is clipped is the count, and the reference may have the run several times."
)
def clipped_at_one(hypothesis, references, n):
    counts, most = _grams(hypothesis.split(), n), _most(references, n)
    return sum(gram in most for gram in counts), counts.total()


@clipped_matches.misconception(
    "The counts of the references are added up. Five references with one 'more' each would then allow five; the one that "
    "has most says how many are right."
)
def references_added_up(hypothesis, references, n):
    counts, total = _grams(hypothesis.split(), n), Counter()
    for reference in references:
        total.update(_grams(reference.split(), n))
    return (counts & total).total(), counts.total()


@clipped_matches.misconception(
    "The references are joined to one text. Runs then reach from the end of one into the next, and counts add up."
)
def references_joined(hypothesis, references, n):
    return _clipped(hypothesis, [" ".join(references)], n)


@clipped_matches.misconception("Only the first reference is looked at. What another one has is right as well.")
def only_the_first_looked_at(hypothesis, references, n):
    return _clipped(hypothesis, references[:1], n)


@clipped_matches.misconception(
    "Each reference overwrites the counts of the one before, so that the last one alone decides. Keep the largest count."
)
def last_one_decides(hypothesis, references, n):
    return _clipped(hypothesis, references[-1:], n)


@clipped_matches.misconception(
    "You take the single reference that matches best. Words may come from different references: of each run, look for the "
    "one that has it most often."
)
def best_single_reference(hypothesis, references, n):
    return max(_clipped(hypothesis, [reference], n) for reference in references)


@clipped_matches.misconception(
    "The second number is that of the runs in the reference. That would be recall; here it is asked how much of what was "
    "said is right."
)
def runs_of_the_reference(hypothesis, references, n):
    return _clipped(hypothesis, references, n)[0], _most(references, n).total()


@clipped_matches.misconception(
    "The last run is missing. T words hold T - n + 1 runs of n, and range() stops one before its end."
)
def last_run_missing(hypothesis, references, n):
    def grams(text):
        words = text.split()
        return Counter(tuple(words[i : i + n]) for i in range(len(words) - n))

    most = Counter()
    for reference in references:
        most |= grams(reference)
    counts = grams(hypothesis)
    return (counts & most).total(), counts.total()


@clipped_matches.misconception(
    "At the end of a text you count runs that have fewer than n words: a slice beyond the end is no error in Python, it is "
    "just shorter."
)
def shorter_runs_at_the_end(hypothesis, references, n):
    def grams(text):
        words = text.split()
        return Counter(tuple(words[i : i + n]) for i in range(len(words)))

    most = Counter()
    for reference in references:
        most |= grams(reference)
    counts = grams(hypothesis)
    return (counts & most).total(), counts.total()


@clipped_matches.misconception(
    "The order of the words in a run is lost: 'oil than' is taken for 'than oil'. A run is a tuple, not a set and not "
    "sorted."
)
def runs_without_order(hypothesis, references, n):
    def grams(text):
        return Counter(tuple(sorted(gram)) for gram in _grams(text.split(), n).elements())

    most = Counter()
    for reference in references:
        most |= grams(reference)
    counts = grams(hypothesis)
    return (counts & most).total(), counts.total()


@clipped_matches.misconception(
    "A text that is too short for a run has a number of runs below 0. len(words) - n + 1 needs a floor."
)
def fewer_than_none(hypothesis, references, n):
    return _clipped(hypothesis, references, n)[0], len(hypothesis.split()) - n + 1


@clipped_matches.misconception(
    "Texts are split at every single space: two spaces hold an empty word, and line breaks and tabs stick to words. "
    "split() without an argument splits at any white space."
)
def split_at_spaces(hypothesis, references, n):
    def words(text):
        return text.split(" ") if text else []

    counts, most = _grams(words(hypothesis), n), Counter()
    for reference in references:
        most |= _grams(words(reference), n)
    return (counts & most).total(), counts.total()


@clipped_matches.misconception(
    "Capitals or punctuation are taken away first. How words are cut changes every score; here they are compared as they "
    "stand."
)
def tidied_words(hypothesis, references, n):
    def tidy(text):
        return " ".join(word.strip(".,") for word in text.lower().split())

    return _clipped(tidy(hypothesis), [tidy(reference) for reference in references], n)


@clipped_matches.misconception(
    "Runs of letters are counted. A text is a str, and a slice of it holds letters; split it into words first."
)
def runs_of_letters(hypothesis, references, n):
    counts, most = _grams(hypothesis, n), Counter()
    for reference in references:
        most |= _grams(reference, n)
    return (counts & most).total(), counts.total()


@clipped_matches.misconception(
    "The list of references that you were given has changed: pop takes out for good. The next score will need it again."
)
def references_used_up(hypothesis, references, n):
    kept = list(references)
    while references:
        references.pop()
    return _clipped(hypothesis, kept, n)


@clipped_matches.alternative
def with_lists(hypothesis, references, n):
    def grams(text):
        words = text.split()
        return [words[i : i + n] for i in range(len(words) - n + 1)]

    said, matches = grams(hypothesis), 0
    wanted = [grams(reference) for reference in references]
    for i, gram in enumerate(said):
        before = said[:i].count(gram)
        matches += before < max(other.count(gram) for other in wanted)
    return matches, len(said)


@clipped_matches.alternative
def struck_out(hypothesis, references, n):
    words, allowed = hypothesis.split(), {}
    for reference in references:
        others, here = reference.split(), {}
        for i in range(len(others) - n + 1):
            gram = " ".join(others[i : i + n])
            here[gram] = here.get(gram, 0) + 1
        for gram, times in here.items():
            allowed[gram] = max(times, allowed.get(gram, 0))
    matches = 0
    total = max(0, len(words) - n + 1)
    for i in range(total):
        gram = " ".join(words[i : i + n])
        if allowed.get(gram, 0) > 0:
            allowed[gram] -= 1
            matches += 1
    return [matches, total]


@clipped_matches.alternative
def smaller_of_two_counts(hypothesis, references, n):
    words = hypothesis.split()
    counts = Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
    bags = [_grams(reference.split(), n) for reference in references]
    return sum(min(times, max(bag[gram] for bag in bags)) for gram, times in counts.items()), sum(counts.values())


@clipped_matches.alternative
def over_counted_taken_off(hypothesis, references, n):
    counts = _grams(hypothesis.split(), n)
    surplus = counts - _most(references, n)
    return counts.total() - surplus.total(), counts.total()
