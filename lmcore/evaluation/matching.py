r"""Answers to questions: equal to a right answer, sharing words with it, or somewhere in a ranking."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Collection, Hashable, Sequence

from .counts import check_pair, check_same_length, check_text, overlap, precision_recall_f1

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """An English answer without what does not matter: capitals, punctuation, articles and repeated white space.

    ``"The Cat's  hat."`` becomes ``"cats hat"``. Punctuation is removed, not replaced by a space: ``"well-known"``
    becomes ``"wellknown"``.

    Source: the evaluation program of SQuAD 2.0, function ``normalize_answer``.
    """
    check_text("answer", text)
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def exact_match(answer: str, references: Sequence[str]) -> float:
    """1.0 if the answer equals one of the right answers after :func:`normalize_answer`, else 0.0.

    Args:
        answer: what the model said.
        references: at least one right answer.

    Raises:
        ValueError: no references, or something that is not a text.

    Source: Rajpurkar et al. (2016), SQuAD: 100,000+ questions for machine comprehension of text, section 6.1.
    """
    check_pair(answer, references)
    said = normalize_answer(answer)
    return float(any(said == normalize_answer(reference) for reference in references))


def token_f1(answer: str, references: Sequence[str]) -> float:
    r"""F1 of the words of an answer as a bag, the highest over the right answers.

    .. math:: F_1 = \frac{2 \sum_w \min(a_w, r_w)}{\sum_w a_w + \sum_w r_w}

    Args:
        answer: what the model said.
        references: at least one right answer; ``""`` means that the question has no answer.

    Returns:
        In 0 .. 1. If both have no word left, they agree: 1.

    Raises:
        ValueError: no references, or something that is not a text.

    Source: Rajpurkar et al. (2016), section 6.1; for empty answers Rajpurkar et al. (2018), Know what you don't know.
    """
    check_pair(answer, references)
    said = Counter(normalize_answer(answer).split())

    def score(wanted: Counter) -> float:
        if not said and not wanted:
            return 1.0
        return precision_recall_f1(overlap(said, wanted), said.total(), wanted.total()).f1

    return max(score(Counter(normalize_answer(reference).split())) for reference in references)


def reciprocal_rank(ranking: Sequence[Hashable], answers: Collection[Hashable]) -> float:
    """1 for a right answer in the first place, 1/2 in the second, ...; 0 if the ranking holds none.

    Args:
        ranking: candidates, the best one first.
        answers: all right answers, at least one; the one ranked highest counts.

    Raises:
        ValueError: no right answers, or a string instead of a collection of them.
    """
    if isinstance(answers, str):
        raise ValueError(f"answers is one string, {answers!r}; it must be a collection, such as {{{answers!r}}}")
    if len(answers) == 0:
        raise ValueError("answers is empty; at least 1 right answer is needed")
    return next((1 / rank for rank, candidate in enumerate(ranking, 1) if candidate in answers), 0.0)


def mean_reciprocal_rank(rankings: Sequence[Sequence[Hashable]], answers: Sequence[Collection[Hashable]]) -> float:
    r"""How high right answers stand, on average over ``N`` questions.

    .. math:: \text{MRR} = \frac{1}{N} \sum_{i=1}^{N} \frac{1}{\text{rank}_i}

    Args:
        rankings: for each question its candidates, the best one first.
        answers: for each question its right answers, at least one.

    Returns:
        In 0 .. 1.

    Raises:
        ValueError: no questions, not as many rankings as sets of answers, a question without right answers.

    Source: Voorhees (1999), The TREC-8 question answering track report.
    """
    check_same_length("rankings", rankings, "sets of answers", answers)
    return sum(map(reciprocal_rank, rankings, answers)) / len(rankings)
