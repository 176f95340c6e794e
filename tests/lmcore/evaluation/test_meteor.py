import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem import PorterStemmer
from nltk.translate.meteor_score import align_words, meteor_score

from lmcore.evaluation import align, meteor

quick = settings(deadline=None)
WORDS = [
    "the",
    "the",
    "a",
    "cat",
    "cats",
    "sat",
    "sits",
    "sitting",
    "The",
    "CAT",
    "runs",
    "run",
    "running",
    "кот",
    "😀",
]
texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=12)
porter = PorterStemmer().stem


class NoSynonyms:
    """Stands for WordNet, whose data are not here."""

    def synsets(self, word):
        return []


class NoStemmer:
    def stem(self, word):
        return word


parameters = st.fixed_dictionaries(
    {},
    optional={"alpha": st.floats(0.05, 0.95), "beta": st.floats(0.1, 5), "gamma": st.floats(0, 1)},
)


@quick
@given(texts, st.lists(texts, min_size=1, max_size=3), st.booleans(), parameters)
def test_score_equals_nltk(hypothesis, references, stemmed, parameters):
    oracle = meteor_score(
        [reference.split() for reference in references],
        hypothesis.split(),
        stemmer=PorterStemmer() if stemmed else NoStemmer(),
        wordnet=NoSynonyms(),
        **parameters,
    )
    ours = meteor(hypothesis, references, stem=porter if stemmed else None, **parameters)
    assert ours == pytest.approx(oracle, abs=1e-9)


@quick
@given(*[st.lists(st.sampled_from(WORDS), max_size=12)] * 2)
def test_alignment_equals_nltk(hypothesis, reference):
    hypothesis, reference = ([word.lower() for word in words] for words in (hypothesis, reference))
    oracle, _, _ = align_words(hypothesis, reference, stemmer=PorterStemmer(), wordnet=NoSynonyms())
    assert align(hypothesis, reference, porter) == sorted(oracle)


def test_exact_words_are_paired_before_stems():
    # From the end, "cats" would take "cat" by stem; but "cat" has an exact partner.
    assert align(["cat", "cats"], ["cat"], porter) == [(0, 0)]
    assert align(["cat", "cats"], ["cats", "cat"], porter) == [(0, 1), (1, 0)]


def test_each_word_is_used_once():
    assert align(["a", "a", "a"], ["a"]) == [(2, 0)]
    assert align(["a"], ["a", "b", "a"]) == [(0, 2)]


def test_worked_example():
    # Pairs (0, 3), (1, 4), (2, 1): 3 of 4 words said, 3 of 5 wanted, in the chunks "on mats" and "cat".
    precision, recall, chunks = 3 / 4, 3 / 5, 2
    mean = precision * recall / (0.9 * precision + 0.1 * recall)
    assert align(["on", "mats", "cat", "x"], ["the", "cat", "sat", "on", "mats"]) == [(0, 3), (1, 4), (2, 1)]
    assert meteor("on mats cat x", ["the cat sat on mats"]) == pytest.approx((1 - 0.5 * (chunks / 3) ** 3) * mean)


def test_repeated_words_are_paired_from_the_end_as_in_nltk_even_if_that_makes_more_chunks():
    # The paper would pair "the" with the first "the" and find one chunk.
    assert align(["the", "cat"], ["the", "cat", "the"]) == [(0, 2), (1, 1)]


def test_perfect_text_is_one_chunk_and_scores_less_than_1():
    assert meteor("The cat sat", ["the cat sat"]) == pytest.approx(1 - 0.5 / 27)
    assert meteor("The cat sat", ["the cat sat"], gamma=0) == 1


def test_order_matters_and_recall_more_than_precision():
    assert meteor("c b a", ["a b c"]) == pytest.approx(0.5)
    assert meteor("a b c d", ["a b"]) > meteor("a b", ["a b c d"])


def test_stems_match_only_if_asked_for():
    assert meteor("running cats", ["run cat"]) == 0
    assert meteor("running cats", ["run cat"], stem=porter) == pytest.approx(1 - 0.5 / 8)


def test_nothing_scores_0():
    for said, wanted in (("", ""), ("a", ""), ("", "a"), ("a", "b")):
        assert meteor(said, [wanted]) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: meteor("a", []), "references is empty"),
        (lambda: meteor("a", "a"), "references is one string"),
        (lambda: meteor(["a"], ["a"]), "hypothesis is a list"),
        (lambda: meteor("a", ["a"], alpha=1.5), r"alpha is 1.5; it must be in 0 \.\. 1"),
        (lambda: meteor("a", ["a"], beta=-1), "beta is -1"),
        (lambda: meteor("a", ["a"], gamma=float("nan")), "gamma is nan"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
