import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmcore.data import documents
from lmcore.data.documents import cut_documents, read_documents, read_lines


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text("ab|<>\n ", max_size=60), st.sampled_from(["<|>", "\n\n", "a"]), st.integers(1, 7))
def test_documents_are_the_stretches_between_separators_however_the_file_is_read(
    tmp_path_factory, text, separator, block
):
    path = tmp_path_factory.getbasetemp() / "text.txt"
    path.write_bytes(text.encode())
    before, documents._BLOCK = documents._BLOCK, block
    try:
        found = list(read_documents(path, separator))
    finally:
        documents._BLOCK = before
    assert found == [part.strip() for part in text.split(separator) if part.strip()]


def test_an_empty_separator_and_a_file_that_is_not_utf8_are_refused(tmp_path):
    with pytest.raises(ValueError, match="separator is empty"):
        read_documents(tmp_path / "any", "")
    path = tmp_path / "latin.txt"
    path.write_bytes(b"caf\xe9")
    with pytest.raises(ValueError, match=r"latin\.txt is not UTF-8"):
        list(read_documents(path))


lines_of_text = st.text("ab \n", max_size=60).map(lambda text: text.splitlines(keepends=True))


@given(lines_of_text, st.integers(1, 9))
def test_documents_cut_from_a_text_joined_are_the_text(lines, characters):
    found = list(cut_documents(["x", *lines], characters))
    rest = "x" + "".join(lines)
    for document in found:
        assert document.strip()
        blank = rest[: rest.index(document)]  # documents of nothing but white space are left out
        assert not blank.strip()
        rest = rest[len(blank) + len(document) :]
    assert not rest.strip()


def test_a_document_ends_at_the_first_empty_line_after_enough_characters():
    lines = ["aaaa\n", "\n", "b\n", "\n", "cccccc\n", "dddd\n", "\n", "e"]
    assert list(cut_documents(lines, 6)) == ["aaaa\n\n", "b\n\ncccccc\ndddd\n\n", "e"]


def test_a_text_without_empty_lines_is_cut_at_line_ends():
    found = list(cut_documents(["abcd\n"] * 25, 5))
    assert found == ["abcd\n" * 10, "abcd\n" * 10, "abcd\n" * 5]


def test_a_separator_ends_a_document_within_a_line_too():
    assert list(cut_documents(["one<|x|>two\n", "three<|x|><|x|>\n"], 100, "<|x|>")) == ["one", "two\nthree"]


def test_documents_of_no_characters_are_refused():
    with pytest.raises(ValueError, match="characters is 0"):
        cut_documents([], 0)


def test_lines_are_read_with_one_kind_of_line_end_and_without_a_byte_order_mark(tmp_path):
    (tmp_path / "text").write_bytes(b"\xef\xbb\xbfa\r\nb\rc")
    assert list(read_lines(tmp_path / "text")) == ["a\n", "b\n", "c"]
    (tmp_path / "text").write_bytes(b"caf\xe9")
    with pytest.raises(ValueError, match="text is not UTF-8"):
        list(read_lines(tmp_path / "text"))
