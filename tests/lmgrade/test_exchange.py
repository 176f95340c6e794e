"""What tells a learner's feedback apart in the exchange, and what is no such thing."""

import pytest

from lmgrade.exchange import LONGEST_SECRET, is_secret


@pytest.fixture
def file(tmp_path):
    return tmp_path / "submission_secret.txt"


def test_what_nbgrader_writes_is_a_secret(file):
    file.write_text("0123456789abcdef" * 8)
    assert is_secret(file)


@pytest.mark.parametrize("text", ["", "abc", "../../../etc/passwd", "<script>", "0" * 40 + "\n", "é" * 40])
def test_anything_else_is_none(file, text):
    file.write_text(text, encoding="utf-8")
    assert not is_secret(file)


def test_a_long_file_a_link_a_folder_and_nothing_are_none(file, tmp_path):
    assert not is_secret(file)
    file.write_text("a" * (LONGEST_SECRET + 1))
    assert not is_secret(file)
    other = tmp_path / "other"
    other.write_text("a" * 64)
    file.unlink()
    file.symlink_to(other)
    assert not is_secret(file)
    file.unlink()
    file.mkdir()
    assert not is_secret(file)
