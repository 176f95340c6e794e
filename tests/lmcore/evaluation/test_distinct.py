import nltk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcore.evaluation import distinct_n

texts = st.lists(st.text("ab ё", max_size=12), min_size=1, max_size=5)


@given(texts, st.integers(1, 4))
def test_equals_the_share_of_different_ngrams_that_nltk_lists(texts, n):
    ngrams = [ngram for text in texts for ngram in nltk.ngrams(text.split(), n)]
    assert distinct_n(texts, n) == (len(set(ngrams)) / len(ngrams) if ngrams else 0)


def test_worked_example():
    texts = ["the cat sat", "the cat ran"]
    assert distinct_n(texts, 1) == 4 / 6
    assert distinct_n(texts, 2) == 3 / 4  # "sat the" is no pair: it goes from one text into the next
    assert distinct_n(texts, 3) == 1


def test_repeating_oneself_lowers_it():
    assert distinct_n(["a a a a"]) == 1 / 4
    assert distinct_n(["a b c", "a b c"]) == 1 / 2


def test_texts_too_short_for_an_ngram_give_0():
    assert distinct_n(["", "a", "b"], 2) == 0


def test_own_tokenizer_is_used():
    assert distinct_n(["aab"], tokenize=list) == 2 / 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "texts is empty"),
        (("a b c",), "texts is one string"),
        ((["a", None],), r"texts\[1\] is a NoneType"),
        ((["a"], 0), "n is 0"),
        ((["a"], True), "n is True"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        distinct_n(*arguments)
