import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.tokenization import WordTokenizer

quick = settings(deadline=None)


def test_words_and_punctuation_are_apart_and_apostrophes_stay():
    tokenizer = WordTokenizer(["don't", "stop", ",", "!", "never"])
    assert tokenizer.encode("don't stop, never!") == [1, 2, 3, 5, 4]
    assert tokenizer.decode([1, 2, 3, 5, 4]) == "don't stop, never!"


def test_most_frequent_words_are_kept_and_ties_go_by_the_alphabet():
    tokenizer = WordTokenizer.train("d c b b a a c e e e", vocab_size=4)
    assert tokenizer.words == ["<unk>", "e", "a", "b"]


def test_vocab_size_counts_unknown_and_special_tokens():
    tokenizer = WordTokenizer.train("a b c d", vocab_size=4, special_tokens=["<s>", "</s>"])
    assert tokenizer.words == ["<unk>", "<s>", "</s>", "a"]
    assert tokenizer.vocab_size == 4


def test_vocabulary_is_smaller_when_the_text_has_fewer_words():
    assert WordTokenizer.train("a b a", vocab_size=100).vocab_size == 3


def test_unknown_word_becomes_id_0():
    tokenizer = WordTokenizer(["cat"])
    assert tokenizer.encode("cat dog cat") == [1, 0, 1]
    assert tokenizer.decode([1, 0, 1]) == "cat <unk> cat"
    assert tokenizer.encode("<unk>") == [0]


def test_special_token_is_found_whole_and_the_longest_one_wins():
    tokenizer = WordTokenizer(["s"], special_tokens=["<s>", "<s>s"])
    assert tokenizer.encode("s<s>s<s>") == [3, 2, 1]


def test_special_tokens_in_the_training_text_are_not_counted_as_words():
    tokenizer = WordTokenizer.train("<s> x <s> x <s>", vocab_size=4, special_tokens=["<s>"])
    assert tokenizer.words == ["<unk>", "<s>", "x"]


@quick
@given(st.text())
def test_decode_keeps_everything_but_white_space(text):
    tokenizer = WordTokenizer.train(text, vocab_size=10_000)
    decoded = tokenizer.decode(tokenizer.encode(text))
    assert "".join(decoded.split()) == "".join(text.split())


@pytest.mark.parametrize("words", [["two words"], [""], ["a", "a"], ["<unk>"]])
def test_impossible_word_is_refused(words):
    with pytest.raises(ValueError, match=r"word|vocabulary"):
        WordTokenizer(words)


def test_a_single_str_is_no_list_of_special_tokens():
    with pytest.raises(ValueError, match="list"):
        WordTokenizer.train("a", 10, special_tokens="<s>")


def test_vocab_size_without_room_is_refused():
    with pytest.raises(ValueError, match="vocab_size 1 has no room"):
        WordTokenizer.train("a", 1, special_tokens=["<s>"])


@pytest.mark.parametrize("wrong", [-1, 2])
def test_id_outside_the_vocabulary_is_refused(wrong):
    with pytest.raises(ValueError, match=rf"id {wrong} is not in 0 \.\. 1"):
        WordTokenizer(["a"]).decode([wrong])
