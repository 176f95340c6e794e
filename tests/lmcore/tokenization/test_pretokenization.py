from itertools import chain, product

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers.pre_tokenizers import ByteLevel

from lmcore.tokenization import GPT2_PATTERN, pretokenization, pretokenize
from lmcore.tokenization.pretokenization import last_border, refuse_surrogates, split_chunks

quick = settings(deadline=None, max_examples=300)
# Every kind of white space, the separators that Python alone takes for white space, and the parts of endings like 'll.
tricky = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u3000''slvetdrmABЖ漢é\u0301123٣.,-_!🙂\x00"
# Unassigned code points are left out: the libraries may know different versions of Unicode.
characters = st.one_of(st.sampled_from(tricky), st.characters(exclude_categories=["Cs", "Cn", "Co"]))
texts = st.text(characters)


def test_pieces_of_a_sentence():
    assert pretokenize("It's 2 dogs!\n\n  Run") == ["It", "'s", " 2", " dogs", "!", "\n\n ", " Run"]


@quick
@given(texts)
@example("a\x1cb !\x1d! \x1e\x1f")
@example("é's é'd é'm é't é'll é've é're é'S é'x é ' s")
@example("a\x85b\xa0c\u3000d \u2028 e  ")
def test_pieces_equal_those_of_tokenizers(text):
    pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=True)
    assert pretokenize(text) == [text[start:stop] for _, (start, stop) in pre_tokenizer.pre_tokenize_str(text)]


def test_ascii_text_gets_the_pieces_of_the_full_pattern():
    full = regex.compile(GPT2_PATTERN)
    for signs in product(" \n\x0b\x1c'slea1!_", repeat=4):
        text = "".join(signs)
        assert pretokenize(text) == full.findall(text)
    for text in ("a's a'd a'm a't a'll a've a're a'S a'x a ' s", "a".join(map(chr, range(128)))):
        assert pretokenize(text) == full.findall(text)


@quick
@given(texts, st.integers(1, 10))
@example("!\x1c! a\x1f'\x1es", 1)
@example("a" * 20 + "  b  ", 3)
def test_pieces_of_chunks_are_the_pieces_of_the_text(text, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretokenization, "BLOCK", block)
        chunks = list(chain.from_iterable(split_chunks(text)))
    assert "".join(chunks) == text
    assert list(chain.from_iterable(map(pretokenize, chunks))) == pretokenize(text)


def test_chunks_of_a_long_text_come_in_blocks():
    blocks = [len(chunks) for chunks in split_chunks("word " * 100_000)]
    assert max(blocks) < 20_000
    assert len(blocks) < 10


def test_border_at_the_start_does_not_count():
    assert last_border("a b", 1, 3) is None
    assert last_border("a b", 0, 3) == 1
    assert last_border("a ", 0, 1) == 1


@quick
@given(texts, st.data())
def test_last_border_is_the_last_space_after_something_else(text, data):
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    space = regex.compile(r"\s")
    expected = [
        i
        for i in range(start + 1, min(stop, len(text) - 1) + 1)
        if space.match(text[i]) and not space.match(text[i - 1])
    ]
    assert last_border(text, start, stop) == (expected[-1] if expected else None)


def test_lone_surrogate_is_refused_with_its_position():
    with pytest.raises(ValueError, match=r"character 12 .*U\+DC80"):
        refuse_surrogates("é \udc80", offset=10)
    refuse_surrogates("\U0001f642 is no lone surrogate")
