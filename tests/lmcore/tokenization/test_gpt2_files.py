import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from lmcore.data import english_story, python_manual, russian_story
from lmcore.tokenization import BPETokenizer, read_gpt2_files, write_gpt2_files
from lmcore.tokenization.gpt2_files import byte_to_character, spell, unspell

quick = settings(deadline=None, max_examples=200)
END = "<|endoftext|>"
TEXT = python_manual()[:50_000] + english_story() + russian_story()
characters = st.one_of(
    st.sampled_from(" \t\n\r\x1c\x1d\x1e\x1f\x85\xa0\u3000'slvetdABЖ漢é12.,!🙂\x00"),
    st.characters(exclude_categories=["Cs", "Cn", "Co"]),
)


def in_tokenizers(vocab_path, merges_path, special_tokens=()):
    other = Tokenizer(models.BPE.from_file(str(vocab_path), str(merges_path)))
    other.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    other.decoder = decoders.ByteLevel()
    other.add_special_tokens([AddedToken(token, normalized=False) for token in special_tokens])
    return other


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A tokenizer, and tokenizers' own reading of the files written from it."""
    special = [END, "<|end", "<é>"]
    tokenizer = BPETokenizer.train(TEXT, 1200, special)
    paths = write_gpt2_files(tokenizer, tmp_path_factory.mktemp("gpt2") / "new" / "folder")
    return tokenizer, in_tokenizers(*paths, special), paths


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """Files that tokenizers trained and wrote, with ids in its own order, and both readings of them."""
    other = Tokenizer(models.BPE())
    other.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    other.train_from_iterator(
        [TEXT],
        trainers.BpeTrainer(vocab_size=1200, special_tokens=[END], initial_alphabet=alphabet, show_progress=False),
    )
    paths = other.model.save(str(tmp_path_factory.mktemp("foreign")))
    return read_gpt2_files(*paths, special_tokens=[END]), in_tokenizers(*paths, [END])


@quick
@given(st.lists(st.one_of(st.text(characters), st.sampled_from([END, "<|end", "<é>"]))))
@example([TEXT])
def test_ids_from_written_files_equal_those_of_tokenizers(written, parts):
    tokenizer, other, _ = written
    text = "".join(parts)
    assert tokenizer.encode(text) == other.encode(text).ids


@quick
@given(st.lists(st.one_of(st.text(characters), st.just(END))))
@example([TEXT])
def test_ids_from_foreign_files_equal_those_of_tokenizers(foreign, parts):
    tokenizer, other = foreign
    text = "".join(parts)
    assert tokenizer.special_tokens == {END: 0}
    assert tokenizer.encode(text) == other.encode(text).ids
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_ids_equal_those_of_tokenizers_where_a_token_is_never_reached(tmp_path):
    merges = [(b"b", b"c"), (b"a", b"b"), (b"ab", b"c")]
    tokenizer = BPETokenizer([*(bytes([i]) for i in range(256)), b"bc", b"ab", b"abc"], merges)
    other = in_tokenizers(*write_gpt2_files(tokenizer, tmp_path))
    assert tokenizer.encode("abc ab") == other.encode("abc ab").ids


def test_tokenizers_decodes_each_id_to_the_same_text(written):
    tokenizer, other, _ = written
    for i in range(tokenizer.vocab_size):
        if i == tokenizer.special_tokens["<é>"]:
            continue  # tokenizers takes the é of a special token for the spelling of a byte
        assert other.decode([i], skip_special_tokens=False) == tokenizer.decode([i])


def test_files_read_back_give_the_same_tokenizer(written):
    tokenizer, _, paths = written
    again = read_gpt2_files(*paths, special_tokens=[END, "<|end", "<é>"])
    assert again.vocabulary[: len(tokenizer.vocabulary)] == tokenizer.vocabulary
    assert again.merges == tokenizer.merges
    assert again.special_tokens == tokenizer.special_tokens
    assert again.encode(TEXT + END) == tokenizer.encode(TEXT + END)


def test_merges_follow_the_line_that_other_readers_skip(written):
    tokenizer, _, (_, merges_path) = written
    first, second, *_ = merges_path.read_text(encoding="utf-8").split("\n")
    assert first.startswith("#version")
    assert second == " ".join(map(spell, tokenizer.merges[0]))


def test_each_byte_has_its_own_visible_character():
    assert sorted(byte_to_character()) == list(range(256))
    assert set(byte_to_character().values()) == set(pre_tokenizers.ByteLevel.alphabet())
    assert spell(b" the\n\x00!") == "ĠtheĊĀ!"
    assert spell(bytes([0x7F, 0xA0, 0xAD])) == "ġłŃ"


@given(st.binary())
def test_unspell_undoes_spell(token):
    assert unspell(spell(token)) == token


def test_windows_line_ends_are_read(tmp_path, written):
    tokenizer, _, (vocab_path, merges_path) = written
    changed = tmp_path / "merges.txt"
    changed.write_bytes(merges_path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_gpt2_files(vocab_path, changed, [END, "<|end", "<é>"]).merges == tokenizer.merges


def vocabulary(**more):
    return json.dumps({**{spell(bytes([i])): i for i in range(256)}, **more})


@pytest.mark.parametrize(
    ("vocab", "merges", "special", "message"),
    [
        ("{", "", [], r"vocab\.json is not a JSON file"),
        ("[]", "", [], r"vocab\.json must be an object"),
        ('{"a": "0"}', "", [], r"vocab\.json must be an object"),
        ('{"a": 1}', "", [], r"must use the ids 0 \.\. 0"),
        (vocabulary(ab=256), "a b c", [], r"line 1 of .*merges\.txt is 'a b c'"),
        (vocabulary(ab=256), "#version: 0.2\na  b", [], "line 2 of"),
        (vocabulary(ab=256), "a ж", [], "'ж' in 'ж' stands for no byte"),
        (vocabulary(ab=256), "", [], "name it in special_tokens"),
        (vocabulary(), "a b", [], "b'ab' is"),
        (vocabulary(), "", ["<s>"], "no token '<s>' that could be special"),
        (vocabulary(), "", "<s>", "come as a list"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, vocab, merges, special, message):
    vocab_path, merges_path = tmp_path / "vocab.json", tmp_path / "merges.txt"
    vocab_path.write_text(vocab, encoding="utf-8")
    merges_path.write_text(merges, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_gpt2_files(vocab_path, merges_path, special)


def test_tokens_written_alike_are_refused(tmp_path):
    tokenizer = BPETokenizer.train("", 300, ["Ġ"])
    with pytest.raises(ValueError, match="both written 'Ġ'"):
        write_gpt2_files(tokenizer, tmp_path)
