import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.tokenization import encode_plain, train_merges
from lmcore.tokenization.bpe_merging import Merges

quick = settings(deadline=None, max_examples=300)
words = st.text(st.sampled_from("aaabc"), min_size=1, max_size=30)


@st.composite
def any_merges(draw):
    """Lists of merges that training would not always make: parts are any earlier tokens."""
    tokens = [b"a", b"b", b"c"]
    merges = []
    for _ in range(draw(st.integers(0, 12))):
        left, right = draw(st.sampled_from(tokens)), draw(st.sampled_from(tokens))
        if left + right not in tokens:
            tokens.append(left + right)
            merges.append((left, right))
    return merges


@quick
@given(any_merges(), words)
def test_scan_and_heap_both_equal_the_plain_form(merges, word):
    fast = Merges(merges)
    expected = encode_plain(word, merges)
    assert list(map(ord, fast._by_scan(word))) == expected
    assert list(map(ord, fast._by_heap(word))) == expected
    assert list(map(ord, fast.apply(word.encode()))) == expected


@quick
@given(any_merges())
def test_whole_tokens_are_exactly_those_that_their_bytes_merge_into(merges):
    reached = {left + right for left, right in merges if len(encode_plain((left + right).decode(), merges)) == 1}
    assert {token for token in Merges(merges).whole if len(token) > 1} == reached


@quick
@given(st.text(st.sampled_from("aab c\n"), max_size=200))
def test_training_makes_only_tokens_that_are_reached(text):
    merges = train_merges(text, 300)
    assert set(Merges(merges).whole) >= {left + right for left, right in merges}


def test_long_pieces_go_through_the_heap(monkeypatch):
    merges = Merges([(b"a", b"a")])
    monkeypatch.setattr(Merges, "_by_scan", lambda *_: pytest.fail("a scan of a long piece takes quadratic time"))
    assert merges.apply(b"a" * 100_001) == "\u0100" * 50_000 + "a"


def test_symbols_may_be_surrogates():
    merges = [(bytes([i]), bytes([j])) for i in range(256) for j in range(256)][:60_000]
    fast = Merges(merges)
    for rank in (0xD800 - 256, 0xDC80 - 256, 59_999):
        pair = b"".join(merges[rank]).decode("latin-1")
        assert list(map(ord, fast._by_scan(pair))) == list(map(ord, fast._by_heap(pair))) == [256 + rank]


@pytest.mark.parametrize(
    ("merges", "message"),
    [
        ([(b"a", b"bc")], "merge 0 needs b'bc'"),
        ([(b"a", b"b"), (b"a", b"b")], "merge 1 makes b'ab', which"),
        ([(b"a", b"b"), (b"b", b"c"), (b"ab", b"c"), (b"a", b"bc")], "merge 3 makes b'abc', which"),
        ([(b"", b"b")], "merge 0 needs b''"),
    ],
)
def test_merges_that_cannot_be_are_refused(merges, message):
    with pytest.raises(ValueError, match=message):
        Merges(merges)
