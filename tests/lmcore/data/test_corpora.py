import re
import sys

import pytest

from lmcore.data import english_story, local_text, python_manual, russian_story


def test_manual_is_long_and_the_same_each_time():
    assert len(python_manual()) > 300_000
    assert python_manual() == python_manual()
    assert "assert_stmt" in python_manual()


def test_missing_manual_is_said_to_be_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(RuntimeError, match=r"no manual .*local_text"):
        python_manual()


def test_stories_are_whole_and_in_their_language():
    english, russian = english_story(), russian_story()
    assert english.isascii()
    assert 3000 < len(english.encode()) < 5000
    assert 3000 < len(russian.encode()) < 5000
    assert len(re.findall("[а-яё]", russian)) > 0.7 * len(russian)
    assert not re.search("[a-zA-Z]", russian)
    for story in (english, russian):
        assert story.endswith(".\n")


def test_folder_is_read_in_the_order_of_paths_and_other_files_are_left_out(tmp_path):
    (tmp_path / "b.txt").write_text("second")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "z.MD").write_text("first")
    (tmp_path / "c.py").write_text("not this one")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "d.md").write_text("nor this one")
    assert local_text(tmp_path) == "first\n\nsecond"


def test_file_of_any_name_is_read(tmp_path):
    path = tmp_path / "poem"
    path.write_text("строка", encoding="utf-8")
    assert local_text(str(path)) == "строка"


def test_line_ends_become_newlines_and_a_byte_order_mark_is_dropped(tmp_path):
    path = tmp_path / "windows.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    assert local_text(path) == "one\ntwo\nthree\n"


def test_wrong_encoding_is_refused_with_the_file_and_the_byte(tmp_path):
    (tmp_path / "good.txt").write_text("good")
    (tmp_path / "latin.txt").write_bytes("déjà".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin\.txt is not UTF-8: byte 1 is 0xe9"):
        local_text(tmp_path)


def test_nothing_to_read_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no \.txt or \.md file"):
        local_text(tmp_path)
    with pytest.raises(FileNotFoundError, match="missing"):
        local_text(tmp_path / "missing.txt")


def test_a_path_where_nothing_is_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file or folder .*nowhere"):
        local_text(tmp_path / "nowhere")
