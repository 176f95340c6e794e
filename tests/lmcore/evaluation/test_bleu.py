import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from lmcore.evaluation import bleu_from_statistics, bleu_statistics, corpus_bleu, sentence_bleu, tokenize_13a
from lmcore.evaluation.bleu import SMOOTHING

quick = settings(deadline=None)
WORDS = ["the", "the", "cat", "cat", "sat", "on", "The", "cats", ".", ",", "3.14", "1-2", "it's", "&quot;x&amp;", "кот"]
sentences = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=20)
pairs = st.tuples(sentences, st.lists(sentences, min_size=1, max_size=3))
smoothings = st.sampled_from([*((name, None) for name in SMOOTHING), ("floor", 0.5), ("add-k", 2.5)])


def streams(references):
    """sacrebleu wants the first reference of every text, then the second of every text, ..."""
    most = max(map(len, references))
    return [[row[i] if i < len(row) else None for row in references] for i in range(most)]


def assert_same(ours, theirs):
    assert ours.score == pytest.approx(theirs.score, abs=1e-6)
    assert ours.precisions == pytest.approx(theirs.precisions, abs=1e-6)
    assert (ours.hypothesis_length, ours.reference_length) == (theirs.sys_len, theirs.ref_len)
    if theirs.sys_len or theirs.ref_len:
        assert ours.brevity_penalty == pytest.approx(theirs.bp, abs=1e-9)


@quick
@given(st.lists(pairs, min_size=1, max_size=5), smoothings, st.integers(1, 5))
def test_corpus_score_equals_sacrebleu(corpus, smoothing, max_order):
    name, value = smoothing
    hypotheses, references = zip(*corpus, strict=True)
    oracle = BLEU(smooth_method=name, smooth_value=value, max_ngram_order=max_order)
    ours = corpus_bleu(hypotheses, references, smoothing=name, smoothing_value=value, max_order=max_order)
    assert_same(ours, oracle.corpus_score(hypotheses, streams(references)))


@quick
@given(pairs, smoothings)
def test_sentence_score_equals_sacrebleu_with_effective_order(pair, smoothing):
    name, value = smoothing
    oracle = BLEU(smooth_method=name, smooth_value=value, effective_order=True)
    assert_same(sentence_bleu(*pair, smoothing=name, smoothing_value=value), oracle.sentence_score(*pair))


@settings(deadline=None, max_examples=500)
@given(st.text("ab1 .,-'\"&;quotamplg<>$~[\\\n\té", max_size=25) | st.text() | sentences)
@example("a-\n")
@example("a-\nb &amp;lt; <skipped>3.14, 1-2 .5")
def test_tokens_equal_sacrebleus_13a(text):
    assert tokenize_13a(text) == Tokenizer13a()(text.rstrip()).split()


def test_worked_example():
    # Words: the (2 said, 1 wanted) cat cat -> 2 of 4 match; pairs: "the cat" of 3; no longer run.
    score = sentence_bleu("the cat the cat", ["the cat sat on a mat"], smoothing="none", max_order=2)
    assert score.precisions == pytest.approx((50, 100 / 3))
    assert score.brevity_penalty == pytest.approx(math.exp(1 - 6 / 4))
    assert score.score == pytest.approx(100 * math.exp(1 - 6 / 4) * math.sqrt(1 / 2 * 1 / 3))


def test_a_word_matches_as_often_as_the_reference_that_has_it_most_often():
    score = sentence_bleu("the the the the", ["the cat the", "a the dog"], max_order=1)
    assert score.precisions == pytest.approx((50,))


def test_of_two_equally_near_references_the_shorter_one_sets_the_brevity_penalty():
    score = sentence_bleu("a b c", ["a b c d", "a b"])
    assert (score.reference_length, score.brevity_penalty) == (2, 1)


def test_smoothings_of_a_worked_example():
    # 3 words, "b" alone matches: 1 of 3, then 0 of 2 and 0 of 1.
    def precisions(**options):
        return sentence_bleu("a b c", ["x b y"], max_order=3, **options).precisions

    assert precisions(smoothing="none") == pytest.approx((100 / 3, 0, 0))
    assert precisions(smoothing="floor") == pytest.approx((100 / 3, 10 / 2, 10 / 1))
    assert precisions(smoothing="add-k") == pytest.approx((100 / 3, 100 / 3, 100 / 2))
    assert precisions(smoothing="exp") == pytest.approx((100 / 3, 100 / 4, 100 / 4))
    assert sentence_bleu("a b c", ["x b y"], smoothing="none").score == 0


def test_text_shorter_than_4_words_can_be_perfect_as_a_sentence_but_not_as_a_corpus():
    assert sentence_bleu("a cat", ["a cat"]).score == pytest.approx(100)
    assert corpus_bleu(["a cat"], [["a cat"]]).score == 0


@quick
@given(pairs)
def test_score_is_0_without_a_common_word_and_100_for_the_reference_itself(pair):
    text, references = pair
    assert sentence_bleu("zzz", references, smoothing="floor").score == 0
    if tokenize_13a(text):
        assert sentence_bleu(text, [*references, text]).score == pytest.approx(100)


@quick
@given(st.lists(pairs, min_size=1, max_size=4))
def test_counts_of_sentences_add_up_to_the_corpus(corpus):
    total = np.sum([bleu_statistics(*pair) for pair in corpus], axis=0)
    assert bleu_from_statistics(total) == corpus_bleu(*zip(*corpus, strict=True))


def test_own_tokenizer_is_used():
    assert sentence_bleu("abcd", ["abcd"], tokenize=list).hypothesis_length == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: corpus_bleu([], []), "0 hypotheses"),
        (lambda: corpus_bleu(["a"], [["a"], ["b"]]), "1 hypotheses but 2 lists of references"),
        (lambda: corpus_bleu(["a", "b"], [["a"], []]), r"references\[1\] is empty"),
        (lambda: corpus_bleu(["a"], ["a"]), r"references\[0\] is one string, 'a'"),
        (lambda: corpus_bleu("a", [["a"]]), "hypotheses is one string, 'a'"),
        (lambda: sentence_bleu("a", []), "references is empty"),
        (lambda: sentence_bleu("a", "a"), "references is one string"),
        (lambda: sentence_bleu("a", ["a", None]), r"references\[1\] is a NoneType"),
        (lambda: sentence_bleu(None, ["a"]), "hypothesis is a NoneType"),
        (lambda: sentence_bleu("a", ["a"], max_order=0), "max_order is 0"),
        (lambda: sentence_bleu("a", ["a"], smoothing="laplace"), "'laplace'.*none, floor, add-k, exp"),
        (lambda: sentence_bleu("a", ["a"], smoothing="exp", smoothing_value=1), "takes no value"),
        (lambda: sentence_bleu("a", ["a"], smoothing="floor", smoothing_value=0), "smoothing_value is 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
