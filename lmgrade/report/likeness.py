"""Answers that are nearly the same: listed for a person to look at, judged by nobody here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

from lmgrade.report.fingerprints import fingerprints, fragments, tokens

# Two answers are alike when they share so much of what they hold together (weighted, from 0 to 1).
ALIKE = 0.8
# A pair is listed when its like answers share so many fragments, each counting for less the more students have it.
EVIDENCE = 10.0
# A submission is called the course's own when so much of what was not given stands in the solutions.
OWN = 0.9


@dataclass(frozen=True)
class Pair:
    """Two students with answers that are nearly the same.

    Args:
        students: both, sorted.
        answers: the cells that are alike, in their order.
        likeness: of these cells, the share that the two hold in common, from 0 to 1.
        evidence: how many fragments they share, where one that nobody else has counts 1.
    """

    students: tuple[str, str]
    answers: tuple[str, ...]
    likeness: float
    evidence: float


@dataclass(frozen=True)
class Group:
    """Students whose same answers are alike; a pair, or more of them."""

    students: list[str]
    answers: tuple[str, ...]
    likeness: float
    evidence: float


@dataclass
class Likeness:
    """What was found: pairs with the strongest evidence first, and students whose code is the course's own."""

    pairs: list[Pair] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    def groups(self) -> list[Group]:
        """Pairs with the same answers alike, joined where they share a student: ten copies are one row, not 45."""
        by_answers: dict[tuple[str, ...], list[Pair]] = {}
        for pair in self.pairs:
            by_answers.setdefault(pair.answers, []).append(pair)
        rows = []
        for answers, pairs in by_answers.items():
            for students in _components(pair.students for pair in pairs):
                inside = [pair for pair in pairs if pair.students[0] in students]
                least = min(pair.likeness for pair in inside)
                rows.append(Group(sorted(students), answers, least, max(pair.evidence for pair in inside)))
        return sorted(rows, key=lambda row: (-row.evidence, row.students, row.answers))


def find_likeness(
    answers: Mapping[str, Mapping[str, str]], given: Iterable[str] = (), solutions: Iterable[str] = ()
) -> Likeness:
    r"""Compare everybody's answers, cell by cell.

    Each answer is a set of fingerprints (`lmgrade.report.fingerprints`). Those that stand anywhere in the course's own
    texts are left out: what was given, and the solutions, which are public and which a short right answer resembles
    anyway. A fragment that d of n students have weighs

    .. math:: w = \log\frac{n + 1}{d} \Big/ \log\frac{n + 1}{2}

    so 1 when only two have it and next to nothing when all do. Two answers are alike when the weights of the fragments
    they share come to `ALIKE` of the weights of all that either has; a pair is listed when the weights of what its
    like answers share come to `EVIDENCE`.

    Args:
        answers: for each student, the text of each answer by its cell's name.
        given: texts that learners were given.
        solutions: texts of the course's solutions.
    """
    given, solutions = _fragments(given), _fragments(solutions)
    prints = cache(lambda text: frozenset(fingerprints(tokens(text))) - given)
    whole = {student: {cell: prints(text) for cell, text in cells.items()} for student, cells in answers.items()}
    marks = {
        student: {cell: found - solutions for cell, found in cells.items() if found - solutions}
        for student, cells in whole.items()
    }
    having = Counter(mark for cells in marks.values() for mark in frozenset().union(*cells.values()))
    scale = math.log((len(answers) + 1) / 2) if len(answers) > 1 else 1.0
    weight = {mark: math.log((len(answers) + 1) / number) / scale for mark, number in having.items()}
    weigh = cache(lambda found: math.fsum(weight[mark] for mark in found))

    pairs = []
    for first, second in combinations(sorted(marks), 2):
        shared, either = {}, {}
        for cell, mine in marks[first].items():
            theirs = marks[second].get(cell)
            if theirs and not mine.isdisjoint(theirs):
                common = weigh(mine & theirs)
                both = weigh(mine) + weigh(theirs) - common
                if common >= ALIKE * both:
                    shared[cell], either[cell] = common, both
        evidence = math.fsum(shared.values())
        if evidence >= EVIDENCE:
            pairs.append(Pair((first, second), tuple(shared), evidence / math.fsum(either.values()), evidence))
    pairs.sort(key=lambda pair: (-pair.evidence, pair.students))
    return Likeness(pairs, [student for student, cells in whole.items() if _is_own(cells, solutions)])


def _fragments(texts: Iterable[str]) -> set[int]:
    return {mark for text in texts for mark in fragments(tokens(text))}


def _is_own(cells: Mapping[str, frozenset[int]], solutions: set[int]) -> bool:
    found = frozenset().union(*cells.values())
    return bool(found) and len(found & solutions) >= OWN * len(found)


def _components(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """The connected components of a graph, given by its edges."""
    components: list[set[str]] = []
    for pair in pairs:
        joined = set(pair).union(*(group for group in components if group & set(pair)))
        components = [group for group in components if not group & set(pair)] + [joined]
    return components
