import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sklearn.metrics import label_ranking_average_precision_score

from lmcore.evaluation import exact_match, mean_reciprocal_rank, normalize_answer, reciprocal_rank, token_f1

quick = settings(deadline=None)
WORDS = ["the", "The", "a", "an", "cat", "cat's", "cats,", "mat", "theatre", "well-known", "3.14", "кот", "¿", "😀"]
answers = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join) | st.text(max_size=12)


class Normalized:
    def tokenize(self, text):
        return normalize_answer(text).split()


@pytest.mark.parametrize(
    ("answer", "normalized"),
    [
        ("The Cat's  hat.", "cats hat"),
        ("a an the", ""),
        ("theatre another", "theatre another"),
        ("well-known", "wellknown"),
        ("the-end", "theend"),  # punctuation goes first, so that "the" is no word any more
        ("A\tB\n c", "b c"),
        ("$3.14!", "314"),
        ("«Кот»", "«кот»"),  # only ASCII punctuation goes
        ("", ""),
    ],
)
def test_normal_forms(answer, normalized):
    assert normalize_answer(answer) == normalized


@quick
@given(st.text())
def test_normal_form_has_no_articles_capitals_punctuation_or_doubled_spaces(text):
    normal = normalize_answer(text)
    assert normal == " ".join(normal.split())
    assert not {"a", "an", "the"} & set(normal.split())
    assert not set(normal) & set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def test_exact_match_needs_one_reference_that_is_equal_when_normalized():
    assert exact_match("The cat.", ["dog", "cat"]) == 1
    assert exact_match("cats", ["dog", "cat"]) == 0
    assert exact_match("the", [""]) == 1


@quick
@given(answers, st.lists(answers, min_size=1, max_size=3))
def test_token_f1_equals_rouge_1_of_normalized_words(answer, references):
    oracle = RougeScorer(["rouge1"], tokenizer=Normalized()).score_multi(references, answer)["rouge1"].fmeasure
    if normalize_answer(answer) == "" and "" in map(normalize_answer, references):
        oracle = 1  # SQuAD 2.0: both say that there is no answer
    assert token_f1(answer, references) == pytest.approx(oracle, abs=1e-9)
    if exact_match(answer, references):
        assert token_f1(answer, references) == 1


def test_token_f1_of_a_worked_example():
    # 2 of 3 said (cat once: it is wanted once), 2 of 4 wanted.
    assert token_f1("the cat cat sat", ["a black cat sat there"]) == pytest.approx(2 * 2 / (3 + 4))
    assert token_f1("cat", [""]) == token_f1("", ["cat"]) == 0


@quick
@given(st.lists(st.tuples(st.permutations(range(5)), st.integers(0, 4)), min_size=1, max_size=6))
def test_mrr_with_one_answer_equals_scikit_learns_ranking_precision(queries):
    scores = np.array([[-ranking.index(candidate) for candidate in range(5)] for ranking, _ in queries])
    relevant = np.array([[candidate == answer for candidate in range(5)] for _, answer in queries])
    ours = mean_reciprocal_rank([ranking for ranking, _ in queries], [{answer} for _, answer in queries])
    assert ours == pytest.approx(label_ranking_average_precision_score(relevant, scores), abs=1e-9)


def test_mrr_of_a_worked_example():
    # First right answers in places 2, 1 and nowhere.
    rankings = [["a", "b", "c"], ["b", "a"], ["a", "c"]]
    assert mean_reciprocal_rank(rankings, [{"b", "c"}, {"b"}, {"z"}]) == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert reciprocal_rank([], {"a"}) == 0
    assert reciprocal_rank(["a", "b", "b"], ["b"]) == 1 / 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exact_match("a", []), "references is empty"),
        (lambda: exact_match("a", "a"), "references is one string"),
        (lambda: token_f1("a", []), "references is empty"),
        (lambda: token_f1(3, ["a"]), "is a int, 3"),
        (lambda: normalize_answer(None), "answer is a NoneType"),
        (lambda: reciprocal_rank(["a"], set()), "answers is empty"),
        (lambda: reciprocal_rank(["a"], "a"), "answers is one string"),
        (lambda: mean_reciprocal_rank([["a"]], []), "1 rankings but 0 sets of answers"),
        (lambda: mean_reciprocal_rank([], []), "0 rankings"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
