import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmcore.data import documents
from lmcore.data.documents import read_documents


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
