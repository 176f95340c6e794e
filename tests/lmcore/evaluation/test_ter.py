import random

import nltk
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import TER
from sacrebleu.metrics.lib_ter import translation_edit_rate

from lmcore.evaluation import (
    corpus_ter,
    edit_distance,
    sentence_ter,
    shift_edit_distance,
    ter_from_statistics,
    ter_statistics,
)

quick = settings(deadline=None)
WORDS = ["the", "the", "a", "cat", "cat", "dog", "sat", "on", "mat", "The", ",", ".", "кот", "😀"]
sentences = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=12)
pairs = st.tuples(sentences, st.lists(sentences, min_size=1, max_size=3))


def streams(references):
    most = max(map(len, references))
    return [[row[i] if i < len(row) else None for row in references] for i in range(most)]


@quick
@given(st.lists(pairs, min_size=1, max_size=3))
def test_corpus_score_equals_sacrebleu(corpus):
    hypotheses, references = zip(*corpus, strict=True)
    ours, theirs = corpus_ter(hypotheses, references), TER().corpus_score(hypotheses, streams(references))
    assert ours.score == pytest.approx(theirs.score, abs=1e-6)
    assert ours.edits == theirs.num_edits
    assert ours.reference_length == pytest.approx(theirs.ref_length)


@quick
@given(pairs)
def test_sentence_score_equals_sacrebleu(pair):
    assert sentence_ter(*pair).score == pytest.approx(TER().sentence_score(*pair).score, abs=1e-6)


@quick
@given(st.integers(0, 2**32), st.integers(0, 40), st.sampled_from([3, 20, 1000]), st.integers(0, 5))
def test_edits_of_a_reference_with_moved_and_changed_words_equal_sacrebleus(seed, length, vocabulary, moves):
    draw = random.Random(seed)
    reference = [str(draw.randrange(vocabulary)) for _ in range(length)]
    words = list(reference)
    for _ in range(moves):
        start = draw.randint(0, len(words))
        block = words[start : start + draw.randint(1, 12)]
        del words[start : start + len(block)]
        place = draw.randint(0, len(words))
        words[place:place] = block
    words = [str(draw.randrange(vocabulary)) if draw.random() < 0.1 else w for w in words if draw.random() < 0.9]
    assert shift_edit_distance(words, reference) == translation_edit_rate(words, reference)[0]


@pytest.mark.parametrize(
    ("words", "reference", "edits"),
    [
        ("babaab", "aabbba", 2),  # of shifts that gain as much, the longest block goes first,
        ("babd", "adbb", 2),  # then the one furthest to the left,
        ("bbacddc", "aadbcda", 4),  # then the one that goes furthest to the left
        ("aaabbba", "baabbbba", 2),  # a target inside the block moves it on
        ("aabcb", "ccaac", 4),  # a block that is aligned with itself stays
        ("ceaec", "accea", 3),
    ],
)
def test_choices_of_the_greedy_search_are_those_of_sacrebleu(words, reference, edits):
    assert translation_edit_rate(list(words), list(reference))[0] == edits
    assert shift_edit_distance(words, reference) == edits


def test_blocks_of_more_than_10_words_and_places_more_than_50_words_apart_are_no_single_shift():
    words = [str(i) for i in range(70)]
    for block, edits in ((10, 1), (11, 2)):
        moved = words[block:40] + words[:block]
        assert shift_edit_distance(moved, words[:40]) == shift_edit_distance(words[:40], moved) == edits
    for distance, edits in ((50, 1), (51, 2)):
        moved = [*words[1 : distance + 1], words[0], *words[distance + 1 :]]
        assert shift_edit_distance(moved, words) == shift_edit_distance(words, moved) == edits


def test_search_stops_after_as_many_shifts_as_sacrebleus():
    draw = random.Random(0)
    words, reference = ([str(draw.randrange(6)) for _ in range(40)] for _ in range(2))
    stopped = shift_edit_distance(words, reference)
    assert stopped == translation_edit_rate(words, reference)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lmcore.evaluation.ter.MOST_SHIFTS_TRIED", 10**9)
        assert shift_edit_distance(words, reference) < stopped


def test_words_displaced_by_more_than_25_are_still_found_unlike_in_sacrebleu():
    reference = [str(i) for i in range(60)]
    for displaced, theirs in ((24, 48), (26, 60)):
        words = reference[displaced:] + ["x"] * displaced
        assert shift_edit_distance(words, reference) == 2 * displaced
        assert translation_edit_rate(words, reference)[0] == theirs


@quick
@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_edit_distance_equals_nltk_and_shifts_only_lower_it(a, b):
    assert edit_distance(a, b) == nltk.edit_distance(a, b)
    assert abs(len(a) - len(b)) <= shift_edit_distance(a, b) <= edit_distance(a, b)


def test_worked_example():
    assert edit_distance("kitten", "sitting") == 3
    # "on the mat" moves to the end (1 shift), "cat" becomes "dog" (1 substitution): 2 edits for 6 words.
    score = sentence_ter("on the mat the cat sat", ["The dog sat on the mat"])
    assert (score.edits, score.reference_length) == (2, 6)
    assert score.score == pytest.approx(100 * 2 / 6)


def test_fewest_edits_go_over_the_mean_length_of_the_references():
    score = sentence_ter("a b", ["a b c d", "a b"])
    assert (score.edits, score.reference_length, score.score) == (0, 3, 0)
    assert sentence_ter("a b x", ["a b c d", "a b"]).score == pytest.approx(100 / 3)


def test_references_without_words():
    assert sentence_ter("", [""]).score == 0
    assert sentence_ter("a b", [""]) == (100, 2, 0)
    assert sentence_ter("", ["a b"]).score == 100
    assert sentence_ter("a b c", ["x"]).score == 300


@quick
@given(st.lists(pairs, min_size=1, max_size=3))
def test_counts_of_sentences_add_up_to_the_corpus(corpus):
    total = np.sum([ter_statistics(*pair) for pair in corpus], axis=0)
    assert ter_from_statistics(total) == corpus_ter(*zip(*corpus, strict=True))


def test_own_tokenizer_is_used():
    assert sentence_ter("abc", ["abd"], tokenize=list) == pytest.approx((100 / 3, 1, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: corpus_ter([], []), "0 hypotheses"),
        (lambda: corpus_ter(["a"], []), "1 hypotheses but 0 lists of references"),
        (lambda: sentence_ter("a", []), "references is empty"),
        (lambda: sentence_ter("a", "b"), "references is one string"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
