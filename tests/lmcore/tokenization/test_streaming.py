import itertools
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lmcore.data import python_manual
from lmcore.tokenization import BPETokenizer, streaming
from lmcore.tokenization.streaming import settled_blocks

quick = settings(deadline=None, max_examples=500)
# They begin alike, hold spaces, begin with spaces, and are parts of one another.
SPECIAL = ["<s>", "<s>s", " <", "\n\n", "a b c"]
# Endings such as 'll must be tokens, or else it makes no difference where they are cut.
TOKENIZER = BPETokenizer.train(python_manual()[:30_000] + "we'll you've it's they're all. " * 200, 700, SPECIAL)
PLAIN = BPETokenizer(TOKENIZER.vocabulary, TOKENIZER.merges)
pieces = [*SPECIAL, "'ll", "'ve", "'s", *"<s> '\n\n  abcleé漢1!\x1c\x85\u3000🙂"]


@st.composite
def split_texts(draw):
    """A text in parts that begin and end anywhere."""
    text = "".join(draw(st.lists(st.sampled_from(pieces), max_size=30)))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)))))
    return [text[start:stop] for start, stop in itertools.pairwise([0, *cuts, len(text)])]


@quick
@given(split_texts(), st.integers(1, 12), st.sampled_from(["all", "none", frozenset({"<s>", "a b c"})]))
@example(["x<s>", "s"], 1, "all")
@example(["x <", "s>", "s", "<s> <", "s", ">", "\n", "\n\n"], 1, "all")
@example(["a b ", "c", "a b", " d"], 1, "all")
@example(["a", "'", "l", "l", "b"], 1, "none")
@example(["a ", " ", " b", " ", "\n", "  "], 1, "none")
def test_stream_equals_the_whole_text_however_it_is_split(lines, block, allowed):
    # Small blocks, so that short examples are cut in many places.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "BLOCK", block)
        assert list(TOKENIZER.encode_stream(lines, allowed)) == TOKENIZER.encode("".join(lines), allowed)
        assert list(PLAIN.encode_stream(lines)) == PLAIN.encode("".join(lines))


@quick
@given(split_texts(), st.integers(1, 12))
def test_blocks_joined_are_the_text_and_their_positions_are_right(lines, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "BLOCK", block)
        blocks = list(settled_blocks(lines))
    assert "".join(text for _, text in blocks) == "".join(lines)
    lengths = [len(text) for _, text in blocks]
    assert [position for position, _ in blocks] == [0, *itertools.accumulate(lengths[:-1])]


@pytest.mark.parametrize("unit", ["word ", "слово,", "letters,and'll;no_spaces", "<s>", "line\n"])
def test_long_stream_equals_the_whole_text(unit):
    lines = [unit * 10_000] * 5
    assert list(TOKENIZER.encode_stream(lines)) == TOKENIZER.encode("".join(lines))


@pytest.mark.parametrize("line", ["a line of text \n", "no,white;space,", "漢字、", "x" * 3000 + " "])
def test_memory_does_not_grow_with_the_length_of_the_stream(line, monkeypatch):
    # Small blocks reach the flat part of the curve sooner.
    monkeypatch.setattr(streaming, "BLOCK", 1 << 12)

    def peak(length):
        stream = TOKENIZER.encode_stream(itertools.repeat(line, length // len(line)))
        tracemalloc.start()
        try:
            assert sum(1 for _ in stream) > 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(25_000)  # what is remembered of chunks belongs to the tokenizer
    assert peak(150_000) < 1.3 * peak(25_000) < 1_500_000


def test_one_huge_line_is_cut_as_well():
    blocks = [len(text) for _, text in settled_blocks(["word " * 200_000])]
    assert sum(blocks) == 1_000_000
    assert max(blocks) <= 2 * streaming.BLOCK


def test_ids_come_before_the_stream_ends():
    endless = itertools.repeat("never ends, ")
    ids = list(itertools.islice(TOKENIZER.encode_stream(endless), 20))
    assert ids == TOKENIZER.encode("never ends, " * 100)[:20]


def test_stretch_without_borders_is_not_looked_at_again_for_each_line(monkeypatch):
    looks = []
    settled_length = streaming.settled_length
    monkeypatch.setattr(streaming, "settled_length", lambda *a: looks.append(len(a[0])) or settled_length(*a))
    lines = ["a" * 1000] * 2000
    assert sum(len(text) for _, text in settled_blocks(lines)) == 2_000_000
    assert sum(looks) < 3 * 2_000_000


def test_lone_surrogate_is_refused_with_its_position_in_the_whole_stream():
    with pytest.raises(ValueError, match=r"character 300002 .*surrogate"):
        list(TOKENIZER.encode_stream(["abcde " * 50_000, "ab\ud800"]))


def test_mistaken_arguments_are_refused():
    with pytest.raises(TypeError, match="for one text use encode"):
        TOKENIZER.encode_stream("one text")
    with pytest.raises(TypeError, match="holds str, not bytes"):
        list(TOKENIZER.encode_stream([b"bytes"]))
    with pytest.raises(ValueError, match="not a special token"):
        TOKENIZER.encode_stream(["text"], {"<unknown>"})
