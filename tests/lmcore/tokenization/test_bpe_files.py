import json
import os

import pytest

from lmcore.data import english_story, russian_story
from lmcore.tokenization import BPETokenizer

TEXT = english_story() + "<s>" + russian_story() + "<é漢>\x00"
TOKENIZER = BPETokenizer.train(TEXT, 600, ["<s>", "<é漢>"])
BYTES = [bytes([i]) for i in range(256)]


def test_loaded_tokenizer_equals_the_saved_one(tmp_path):
    TOKENIZER.save(tmp_path / "tokenizer.json")
    loaded = BPETokenizer.load(tmp_path / "tokenizer.json")
    assert loaded.vocabulary == TOKENIZER.vocabulary
    assert loaded.merges == TOKENIZER.merges
    assert loaded.special_tokens == TOKENIZER.special_tokens
    assert loaded.encode(TEXT) == TOKENIZER.encode(TEXT)


def test_path_may_be_a_str(tmp_path):
    TOKENIZER.save(str(tmp_path / "tokenizer.json"))
    assert BPETokenizer.load(str(tmp_path / "tokenizer.json")).vocab_size == 600


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failed_save_leaves_the_old_file_and_nothing_else(step, tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    TOKENIZER.save(path)
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, step, full_disk)
    with pytest.raises(OSError, match="no space left"):
        BPETokenizer.train("other", 260).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def damaged(**changes):
    content = {
        "format": "lmcore byte-level BPE 1",
        "vocabulary": [chr(i) for i in range(256)] + ["ab"],
        "merges": [[97, 98]],
        "special_tokens": {"<s>": 257},
    }
    return json.dumps({**content, **changes})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "Expecting value"),
        (damaged()[:100], "line 1 column"),
        ("[" * 200_000, "recursion|depth"),
        ("[]", "does not say"),
        (damaged(format="other"), "does not say"),
        (damaged(merges=[[97, 98, 99]]), "too many values"),
        (damaged(merges=[[97, -1]]), "negative id"),
        (damaged(merges=[[97, 999]]), "out of range"),
        (damaged(merges=[[98, 97]]), "b'ab', is no byte and no merge"),
        (damaged(merges=[["a", "b"]]), "not supported|indices"),
        (damaged(vocabulary=[chr(i) for i in range(255)]), "out of range|vocabulary|needs"),
        (damaged(vocabulary=[chr(i + 1) for i in range(256)]), "latin-1"),
        (damaged(vocabulary=None), "NoneType"),
        (damaged(vocabulary=[None]), "NoneType"),
        (damaged(special_tokens={"<s>": 97}), "'<s>' has the id 97"),
        (damaged(special_tokens=[["<s>", "x"]]), "'x'"),
        (json.dumps({"format": "lmcore byte-level BPE 1"}), "no 'vocabulary'"),
    ],
)
def test_damaged_file_is_refused_with_its_name_and_the_reason(tmp_path, content, reason):
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"tokenizer\.json is damaged .*: .*" + f"({reason})"):
        BPETokenizer.load(path)


def test_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(b'{"format": "\xff\xfe\x80"}')
    with pytest.raises(ValueError, match="damaged"):
        BPETokenizer.load(path)


def test_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        BPETokenizer.load(tmp_path / "none.json")


def test_tiktoken_has_the_same_vocabulary():
    encoding = TOKENIZER.to_tiktoken("mine")
    assert encoding.name == "mine"
    assert encoding.n_vocab == TOKENIZER.vocab_size
    for i in range(TOKENIZER.vocab_size):
        assert encoding.decode_bytes([i]) == TOKENIZER.decode_bytes([i])


@pytest.mark.parametrize(
    ("vocabulary", "merges", "special", "message"),
    [
        ([*BYTES, b"bc", b"ab"], [(b"a", b"b"), (b"b", b"c")], {}, "order of the merges; b'bc'"),
        (
            [*BYTES, b"bc", b"ab", b"abc"],
            [(b"b", b"c"), (b"a", b"b"), (b"ab", b"c")],
            {},
            "cannot leave out b'abc'",
        ),
        (BYTES, [], {"<a>": 256, "<a>b": 257}, "'<a>' where '<a>b'"),
    ],
)
def test_what_tiktoken_cannot_express_is_refused(vocabulary, merges, special, message):
    with pytest.raises(ValueError, match=message):
        BPETokenizer(vocabulary, merges, special).to_tiktoken()
