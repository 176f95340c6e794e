import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lmcore.text_stream import TextStream, cut, text_pieces
from lmcore.tokenization import BPETokenizer, CharacterTokenizer, WordTokenizer

TEXT = "Once upon a time, a naïve fox — 狐 — said: “Привет!” 👩‍👩‍👧 ok\n\nThe end. " * 3
bpe = BPETokenizer.train(TEXT, 300, ["<|endoftext|>"])
TOKENIZERS = {
    "bytes": BPETokenizer([bytes([byte]) for byte in range(256)], []),
    "bpe": bpe,
    "characters": CharacterTokenizer.train(TEXT + "�"),
    "words": WordTokenizer.train(TEXT, 20),
}
every_tokenizer = pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=TOKENIZERS.keys())
stops = st.lists(st.text("ab é狐", min_size=1, max_size=4), max_size=3)
# Bytes that UTF-8 begins characters with, goes on with, and forbids.
awkward_bytes = st.lists(st.sampled_from(list(b"A\xc3\xa9\xe7\x8b\x90\xf0\x9f\x91\xa9\xed\xa0\xff\xc0")), max_size=12)


def letter_by_letter(text, stop):
    """What is left of a text that is watched as it grows: the plain form of ``cut``."""
    for end in range(1, len(text) + 1):
        found = [word for word in stop if text[:end].endswith(word)]
        if found:
            return text[: end - max(map(len, found))]
    return text


@every_tokenizer
@settings(deadline=None, max_examples=150)
@given(st.data(), stops)
def test_pieces_join_to_the_text_of_all_ids_cut_at_the_first_stop(tokenizer, data, stop):
    ids = data.draw(st.lists(st.integers(0, tokenizer.vocab_size - 1), max_size=30))
    pieces = list(text_pieces(tokenizer, ids))
    assert "".join(pieces) == tokenizer.decode(ids)
    assert all(pieces)
    assert "".join(text_pieces(tokenizer, ids, stop)) == letter_by_letter(tokenizer.decode(ids), stop)


@settings(deadline=None, max_examples=400)
@given(awkward_bytes, stops)
@example([0xF0, 0x9F], [])
@example([0xE7, 0x8B, 0x41], [])
@example([0xEF, 0xBF, 0xBD], [])  # U+FFFD itself
@example([0xED, 0xA0, 0x80], [])  # half of a surrogate pair
def test_broken_characters_become_what_the_tokenizer_makes_of_them(ids, stop):
    pieces = list(text_pieces(TOKENIZERS["bytes"], ids))
    assert "".join(pieces) == bytes(ids).decode(errors="replace")
    for count in range(len(ids) + 1):  # nothing comes out that more ids would take back
        stream = TextStream(TOKENIZERS["bytes"])
        shown = "".join(stream.push(i) for i in ids[:count])
        assert bytes(ids).decode(errors="replace").startswith(shown)
    assert "".join(text_pieces(TOKENIZERS["bytes"], ids, stop)) == letter_by_letter("".join(pieces), stop)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=20), st.booleans())
def test_text_comes_in_whole_characters_each_as_soon_as_it_is_whole(text, as_bytes):
    tokenizer = TOKENIZERS["bytes" if as_bytes else "bpe"]
    ids, stream = tokenizer.encode(text), TextStream(tokenizer)
    shown = ""
    for count, i in enumerate(ids, 1):
        piece = stream.push(i)
        shown += piece
        piece.encode()
        whole = tokenizer.decode_bytes(ids[:count]).decode(errors="ignore")
        assert shown == whole.removesuffix("�")  # the character U+FFFD itself comes a token later
    assert shown + stream.finish() == text


@settings(deadline=None, max_examples=300)
@given(st.text("ab", max_size=20), st.lists(st.text("ab", min_size=1, max_size=4), max_size=3))
def test_only_what_could_begin_a_stop_sequence_is_held_back(text, stop):
    stream, shown = TextStream(TOKENIZERS["bytes"], stop), ""
    for count, character in enumerate(text, 1):
        shown += stream.push(ord(character))
        if stream.stopped:
            break
        held = text[len(shown) : count]
        assert text[:count] == shown + held
        assert not held or any(word.startswith(held) for word in stop)
        longer = (text[i:count] for i in range(len(shown)))
        assert not any(word.startswith(rest) for rest in longer for word in stop)
    assert stream.stopped == (letter_by_letter(text, stop) != text)


@pytest.mark.parametrize(
    ("text", "stop", "pieces"),
    [
        ("abc", [], ["a", "b", "c"]),
        ("abc", ["bc"], ["a"]),
        ("abd", ["bc"], ["a", "bd"]),
        ("ab", ["bc"], ["a", "b"]),
        ("bbbc", ["bbc"], ["b"]),
        ("aab", ["ab"], ["a"]),
        ("xabay", ["abac", "y"], ["x", "aba"]),
        ("xabcd", ["bcd", "c"], ["x", "a", "b"]),
        ("xabcd", ["abcd", "bcd"], ["x"]),
        ("é狐", ["狐"], ["é"]),
        ("a", ["a"], []),
        ("", ["a"], []),
    ],
)
def test_pieces_of_single_bytes(text, stop, pieces):
    assert list(text_pieces(TOKENIZERS["bytes"], text.encode(), stop)) == pieces


@settings(deadline=None, max_examples=300)
@given(st.text("ab", max_size=14), st.lists(st.text("ab", min_size=1, max_size=4), max_size=3))
def test_cut_is_where_a_text_that_grows_letter_by_letter_stops(text, stop):
    assert cut(text, stop) == letter_by_letter(text, stop)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text("ab", min_size=1, max_size=3), max_size=6), st.lists(st.text("ab", min_size=1, max_size=4)))
def test_it_does_not_matter_where_tokens_end(tokens, stop):
    class Syllables:
        def decode(self, ids):
            return "".join(tokens[i] for i in ids)

    stream = TextStream(Syllables(), stop)
    shown = "".join(stream.push(i) for i in range(len(tokens))) + stream.finish()
    assert shown == letter_by_letter("".join(tokens), stop)


def test_no_more_ids_are_asked_for_after_a_stop_sequence():
    ids = iter(b"abcdef")
    assert "".join(text_pieces(TOKENIZERS["bytes"], ids, ["c"])) == "ab"
    assert next(ids) == ord("d")


def test_ids_after_the_stop_and_a_second_finish_give_nothing():
    stream = TextStream(TOKENIZERS["bytes"], ["b"])
    assert [stream.push(i) for i in b"abca"] == ["a", "", "", ""]
    assert stream.stopped and stream.finish() == ""
    stream = TextStream(TOKENIZERS["bytes"], ["bb"])
    assert [stream.push(ord("b")), stream.finish(), stream.finish()] == ["", "b", ""]
    assert not stream.stopped


def test_text_of_any_length_is_decoded_a_few_ids_at_a_time():
    longest = 0

    class Counting:
        def decode(self, ids):
            nonlocal longest
            longest = max(longest, len(ids))
            return bytes(ids).decode(errors="replace")

    text = "a狐b👩" * 300
    assert "".join(text_pieces(Counting(), text.encode(), ["zz"])) == text
    assert longest <= 8


def test_text_that_the_tokenizer_writes_otherwise_at_the_beginning():
    tokenizer = TOKENIZERS["words"]
    ids = tokenizer.encode("Once upon a time, said a fox.")
    assert list(text_pieces(tokenizer, ids[:4])) == ["Once", " upon", " a", " time"]
    assert list(text_pieces(tokenizer, ids, ["a time"])) == ["Once", " upon", " "]


def test_special_tokens_are_text():
    ids = bpe.encode("fox<|endoftext|>ok")
    assert "".join(text_pieces(bpe, ids)) == "fox<|endoftext|>ok"
    assert "".join(text_pieces(bpe, ids, ["<|endoftext|>"])) == "fox"


@pytest.mark.parametrize(
    ("stop", "message"),
    [
        ("ab", r"stop sequences come as a list, \['ab'\], not as the str 'ab'"),
        (["a", ""], "a stop sequence is ''; it must be a text of at least 1 character"),
        ([b"a"], "a stop sequence is b'a'"),
    ],
)
def test_bad_stop_sequences_are_named(stop, message):
    with pytest.raises(ValueError, match=message):
        TextStream(TOKENIZERS["bytes"], stop)


@every_tokenizer
def test_id_outside_the_vocabulary_is_named_by_the_tokenizer(tokenizer):
    with pytest.raises(ValueError, match="id 999 is not in 0"):
        list(text_pieces(tokenizer, [0, 999]))
