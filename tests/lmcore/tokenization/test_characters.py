import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.tokenization import CharacterTokenizer

quick = settings(deadline=None)


@quick
@given(st.text(min_size=1))
def test_decode_undoes_encode_for_any_text(text):
    tokenizer = CharacterTokenizer.train(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.vocab_size == len(set(text))


def test_ids_follow_the_order_of_code_points():
    assert CharacterTokenizer.train("banana, б").encode(" ,abnб") == [0, 1, 2, 3, 4, 5]


def test_position_in_the_alphabet_is_the_id():
    assert CharacterTokenizer("zay").encode("yza") == [2, 0, 1]


def test_unknown_character_is_named_with_its_position_and_the_alphabet():
    with pytest.raises(ValueError, match=r"character 2 of the text is 'c'.* 2 characters .*'ab'"):
        CharacterTokenizer("ab").encode("abc")


@pytest.mark.parametrize("wrong", [-1, 2])
def test_id_outside_the_vocabulary_is_refused(wrong):
    with pytest.raises(ValueError, match=rf"id {wrong} is not in 0 \.\. 1"):
        CharacterTokenizer("ab").decode([0, wrong])


@pytest.mark.parametrize("alphabet", ["", "aba", ["a", "bc"], ["a", ""]])
def test_impossible_alphabet_is_refused(alphabet):
    with pytest.raises(ValueError, match="alphabet"):
        CharacterTokenizer(alphabet)


def test_empty_text_is_no_ids():
    tokenizer = CharacterTokenizer("ab")
    assert tokenizer.encode("") == []
    assert tokenizer.decode([]) == ""


def test_decodes_a_tensor():
    assert CharacterTokenizer("ab").decode(torch.tensor([1, 0])) == "ba"
