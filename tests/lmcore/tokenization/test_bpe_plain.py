import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.tokenization import count_pairs, decode_plain, encode_plain, merge_pair, train_plain

quick = settings(deadline=None)
AA = (b"a", b"a")


def test_pairs_are_counted_with_the_frequency_of_their_word_and_overlapping():
    assert count_pairs({(1, 2, 1): 10, (7, 7, 7): 3, (2, 1): 1, (5,): 100}) == {(1, 2): 10, (2, 1): 11, (7, 7): 6}


def test_merging_goes_from_left_to_right_and_uses_no_token_twice():
    assert merge_pair([7, 7, 7, 7, 7], (7, 7), 9) == [9, 9, 7]
    assert merge_pair([1, 2, 1, 2, 3, 1], (1, 2), 9) == [9, 9, 3, 1]
    assert merge_pair([], (1, 2), 9) == []


def test_merging_returns_a_new_list():
    ids = [1, 2, 3]
    merged = merge_pair(ids, (5, 6), 9)
    assert merged == ids
    assert merged is not ids
    merge_pair(ids, (1, 2), 9)
    assert ids == [1, 2, 3]


def test_merges_of_a_worked_example():
    # low x5, lower x2, newest x6, widest x3: of (e, s) and (s, t), 9 times each, the greater one goes first.
    text = "low " * 5 + "lower " * 2 + "newest " * 6 + "widest " * 3
    merges = train_plain(text, 256 + 3)
    assert merges == [(b"s", b"t"), (b"e", b"st"), (b"o", b"w")]


@pytest.mark.parametrize(
    ("text", "winner"),
    [
        ("ab cd", (b"c", b"d")),  # the greater first part
        ("ab\nac", (b"a", b"c")),  # the greater second part
        ("cab", (b"c", b"a")),  # the first part counts more
    ],
)
def test_of_equally_frequent_pairs_the_greatest_wins(text, winner):
    assert train_plain(text, 257) == [winner]


def test_ties_compare_bytes_of_tokens_and_not_ids():
    # After (z, z), the pairs (zz, a) and (m, n) are as frequent; zz is greater than m as bytes.
    assert train_plain("zza\nzza\nzz\nmn\nmn", 258)[1] == (b"zz", b"a")


def test_training_stops_when_no_pair_is_left():
    assert train_plain("aaa", 1000) == [AA, (b"aa", b"a")]
    assert train_plain("", 1000) == []


@pytest.mark.parametrize("vocab_size", [255, 0, -1])
def test_vocabulary_without_room_for_the_bytes_is_refused(vocab_size):
    with pytest.raises(ValueError, match=f"vocab_size {vocab_size} is below 256"):
        train_plain("text", vocab_size)


def test_the_earliest_merge_goes_first_and_not_the_leftmost():
    merges = [(b"b", b"c"), (b"a", b"b")]
    assert encode_plain("abc", merges) == [ord("a"), 256]


def test_the_earliest_merge_goes_first_and_not_the_longest_token():
    merges = [(b"a", b"b"), (b"b", b"c"), (b"bc", b"d")]
    assert encode_plain("abcd", merges) == [256, ord("c"), ord("d")]


def test_no_merge_crosses_the_border_of_a_piece():
    assert encode_plain("a a", [(b"a", b" ")]) == [97, 32, 97]


@quick
@given(st.text(), st.text())
def test_decode_undoes_encode_for_any_text(trained_on, text):
    merges = train_plain(trained_on, 300)
    assert decode_plain(encode_plain(text, merges), merges) == text


def test_bytes_that_are_not_utf8_decode_to_replacement_characters():
    assert decode_plain([0xF0, 0x9F, 65], []) == "\ufffdA"


@pytest.mark.parametrize("wrong", [-1, 257])
def test_id_outside_the_vocabulary_is_refused(wrong):
    with pytest.raises(ValueError, match=rf"id {wrong} is not in 0 \.\. 256"):
        decode_plain([97, wrong], [AA])


def test_lone_surrogate_is_refused():
    with pytest.raises(ValueError, match=r"character 1 .*surrogate"):
        encode_plain("a\ud800", [])
    with pytest.raises(ValueError, match=r"character 1 .*surrogate"):
        train_plain("a\ud800", 300)
