"""Both trainers against a third one, written here in the least clever way: it builds all text again for each merge."""

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lmcore.data import english_story, python_manual, russian_story
from lmcore.tokenization import train_merges, train_plain

quick = settings(deadline=None, max_examples=200)
ORIGINAL = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def brute_force_merges(texts, how_many):
    words = [
        [word.encode()[i : i + 1] for i in range(len(word.encode()))]
        for text in texts
        for word in regex.findall(ORIGINAL, text)
    ]
    merges = []
    for _ in range(how_many):
        pairs = [(word[i], word[i + 1]) for word in words for i in range(len(word) - 1)]
        if not pairs:
            break
        times = {pair: pairs.count(pair) for pair in set(pairs)}
        most = max(times.values())
        best = max(pair for pair in times if times[pair] == most)
        merges.append(best)
        for word in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == best:
                    word[i : i + 2] = [best[0] + best[1]]
                i += 1
    return merges


# Few different letters, so that pairs overlap, tie and repeat within one word.
dense = st.text(st.sampled_from("aab cé\n"), max_size=60)


@quick
@given(st.lists(dense, max_size=4), st.integers(0, 40))
@example(["aaaaaaa aaaa aaa"], 10)
@example(["abababab babab"], 10)
@example(["aabaabaab"], 10)
def test_merges_equal_those_of_a_brute_force_trainer(texts, how_many):
    assert train_merges(texts, 256 + how_many) == brute_force_merges(texts, how_many)


@quick
@given(st.text(st.one_of(st.sampled_from(" \n\t\x1c\x85\xa0'sll"), st.characters(exclude_categories=["Cs"]))))
def test_both_trainers_equal_brute_force_on_any_text(text):
    expected = brute_force_merges([text], 30)
    assert train_merges(text, 286) == expected
    assert train_plain(text, 286) == expected


@pytest.mark.parametrize("text", [english_story(), russian_story(), python_manual()[:30_000]])
def test_both_trainers_agree_on_real_text(text):
    merges = train_merges(text, 600)
    assert len(merges) == 344
    assert merges == train_plain(text, 600)


def test_texts_are_borders_for_words():
    assert train_merges(["ab", "ab"], 300) == [(b"a", b"b")]
    assert train_merges("abab", 300) == [(b"a", b"b"), (b"ab", b"ab")]


def test_texts_may_come_from_a_generator():
    assert train_merges((text for text in ["ab", "cd ab"]), 257) == [(b"a", b"b")]


def test_training_stops_when_no_pair_is_left():
    assert train_merges("aaa", 1000) == [(b"a", b"a"), (b"aa", b"a")]
    assert train_merges("", 1000) == train_merges([], 1000) == []


def test_smallest_vocabulary_is_the_bytes():
    assert train_merges("some text", 256) == []


@pytest.mark.parametrize("vocab_size", [255, -1, 0x110000])
def test_impossible_vocab_size_is_refused(vocab_size):
    with pytest.raises(ValueError, match=f"vocab_size is {vocab_size}; it can be from 256 "):
        train_merges("text", vocab_size)


def test_progress_is_told_after_each_merge():
    told = []
    train_merges("aaaa bb", 1000, progress=lambda done, wanted: told.append((done, wanted)))
    assert told == [(1, 744), (2, 744), (3, 744), (4, 744)]


def test_lone_surrogate_is_refused():
    with pytest.raises(ValueError, match=r"character 3 .*surrogate"):
        train_merges(["fine", "bad\udfff"], 300)
