import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenize import tokenize

from lmcore.evaluation import rouge_l, rouge_lsum, rouge_n, tokenize_rouge

quick = settings(deadline=None)
WORDS = ["the", "the", "a", "cat", "cat", "dog", "sat", "Sat,", "on-mat", "3.14", "кот", "naïve", "\n", "\n"]
texts = st.lists(st.sampled_from(WORDS), max_size=16).map(" ".join) | st.text(max_size=20)
lists_of_texts = st.lists(texts, min_size=1, max_size=3)
ORACLE = RougeScorer(["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum"], use_stemmer=False)


@settings(deadline=None, max_examples=300)
@given(texts, lists_of_texts)
def test_scores_equal_rouge_score(hypothesis, references):
    oracle = ORACLE.score_multi(references, hypothesis)
    for n in (1, 2, 3):
        assert rouge_n(hypothesis, references, n) == pytest.approx(oracle[f"rouge{n}"], abs=1e-9)
    assert rouge_l(hypothesis, references) == pytest.approx(oracle["rougeL"], abs=1e-9)
    assert rouge_lsum(hypothesis, references) == pytest.approx(oracle["rougeLsum"], abs=1e-9)


@quick
@given(st.lists(st.text("ab\n ", max_size=25), min_size=2, max_size=2))
def test_lines_with_many_equally_long_subsequences_score_as_in_rouge_score(both):
    hypothesis, reference = (" ".join(text) for text in both)
    assert rouge_lsum(hypothesis, [reference]) == pytest.approx(
        ORACLE.score(reference, hypothesis)["rougeLsum"], abs=1e-9
    )


@quick
@given(texts | st.text())
def test_tokens_equal_rouge_score(text):
    assert tokenize_rouge(text) == tokenize(text, stemmer=None)


def test_worked_example():
    hypothesis, reference = "the cat sat on the mat", "the dog sat on the log today"
    assert rouge_n(hypothesis, [reference]) == pytest.approx((4 / 6, 4 / 7, 8 / 13))  # the the sat on
    assert rouge_n(hypothesis, [reference], 2) == pytest.approx((2 / 5, 2 / 6, 4 / 11))  # sat on, on the
    assert rouge_l("a b c d", ["d a x c"]) == pytest.approx((2 / 4, 2 / 4, 2 / 4))  # a c
    # Lin (2004), section 3.2: the line w1 ... w5 shares w1 w2 with one line and w1 w3 w5 with another: 4 of 5.
    assert rouge_lsum("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", ["w1 w2 w3 w4 w5"]) == pytest.approx((4 / 10, 4 / 5, 8 / 15))


def test_order_of_lines_matters_to_rouge_l_alone():
    hypothesis, reference = "a b\nc d", "c d\na b"
    assert rouge_lsum(hypothesis, [reference]).f1 == 1
    assert rouge_l(hypothesis, [reference]).f1 == 0.5


def test_only_the_line_feed_ends_a_line():
    for space in ("\r", "\x0b", "\u2028"):
        hypothesis, reference = f"a b{space}c d", "c d\na b"
        assert rouge_lsum(hypothesis, [reference]) == ORACLE.score(reference, hypothesis)["rougeLsum"]
        assert rouge_lsum(reference.replace("\n", space), [hypothesis]).f1 == 0.5


def test_nothing_in_common_and_nothing_at_all_score_0():
    for score in (rouge_n, rouge_l, rouge_lsum):
        for said, wanted in (("a", "b"), ("", "b"), ("a", ""), ("", ""), ("\n", "\n")):
            assert score(said, [wanted]) == (0, 0, 0)
    assert rouge_n("one", ["one"], 2) == (0, 0, 0)


def test_other_alphabets_need_an_own_tokenizer():
    assert rouge_n("старый кот", ["старый кот"]).f1 == 0
    for score in (rouge_n, rouge_l, rouge_lsum):
        assert score("старый кот", ["старый кот"], tokenize=str.split).f1 == 1


@pytest.mark.parametrize("score", [rouge_n, rouge_l, rouge_lsum])
def test_bad_input_is_named(score):
    with pytest.raises(ValueError, match="references is empty"):
        score("a", [])
    with pytest.raises(ValueError, match="references is one string, 'a'"):
        score("a", "a")
    with pytest.raises(ValueError, match=r"references\[1\] is a int, 3"):
        score("a", ["a", 3])
    with pytest.raises(ValueError, match="n is 0"):
        rouge_n("a", ["a"], 0)
