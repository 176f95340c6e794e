import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF

from lmcore.evaluation import chrf_from_statistics, chrf_statistics, corpus_chrf, sentence_chrf

quick = settings(deadline=None)
WORDS = ["the", "the", "cat", "cats", "sat", "on", "mat", "The", ".", ",", "cat,", "(cat)", "!?", "кот", "коты", "😀"]
sentences = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text(max_size=12)
pairs = st.tuples(sentences, st.lists(sentences, min_size=1, max_size=3))
options = st.fixed_dictionaries(
    {}, optional={"char_order": st.integers(1, 7), "word_order": st.integers(0, 3), "beta": st.sampled_from([1, 2, 3])}
)


def streams(references):
    most = max(map(len, references))
    return [[row[i] if i < len(row) else None for row in references] for i in range(most)]


@quick
@given(st.lists(pairs, min_size=1, max_size=4), options)
def test_corpus_score_equals_sacrebleu(corpus, options):
    hypotheses, references = zip(*corpus, strict=True)
    oracle = CHRF(**options).corpus_score(hypotheses, streams(references))
    assert corpus_chrf(hypotheses, references, **options) == pytest.approx(oracle.score, abs=1e-6)


@quick
@given(pairs, options)
def test_sentence_score_equals_sacrebleu(pair, options):
    assert sentence_chrf(*pair, **options) == pytest.approx(CHRF(**options).sentence_score(*pair).score, abs=1e-6)


def test_worked_example():
    # Letters: a, b of a, b, c -> 2/3 and 2/2. Pairs: ab of ab, bc -> 1/2 and 1/1. Means 7/12 and 1.
    precision, recall = (2 / 3 + 1 / 2) / 2, 1
    expected = 100 * 5 * precision * recall / (4 * precision + recall)
    assert sentence_chrf("a bc", ["ab"], char_order=2) == pytest.approx(expected)


def test_recall_weighs_more_than_precision():
    assert sentence_chrf("the cat sat", ["the cat"]) > sentence_chrf("the cat", ["the cat sat"])


def test_wrong_ending_costs_little():
    assert 50 < sentence_chrf("старого кота", ["старому коту"], char_order=3) < 100
    assert sentence_chrf("старого кота", ["xyz"], char_order=3) == 0


@quick
@given(st.lists(pairs, min_size=1, max_size=4))
def test_counts_of_sentences_add_up_to_the_corpus(corpus):
    total = np.sum([chrf_statistics(*pair) for pair in corpus], axis=0)
    assert chrf_from_statistics(total) == corpus_chrf(*zip(*corpus, strict=True))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: corpus_chrf([], []), "0 hypotheses"),
        (lambda: corpus_chrf(["a", "b"], [["a"]]), "2 hypotheses but 1 lists of references"),
        (lambda: corpus_chrf(["a"], [[]]), r"references\[0\] is empty"),
        (lambda: sentence_chrf("a", "a"), "references is one string"),
        (lambda: sentence_chrf("a", ["a"], char_order=0), "char_order is 0"),
        (lambda: sentence_chrf("a", ["a"], word_order=-1), "word_order is -1"),
        (lambda: sentence_chrf("a", ["a"], beta=0), "beta is 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
