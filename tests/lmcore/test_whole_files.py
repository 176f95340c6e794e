import os
import stat

import pytest

from lmcore.whole_files import replacing, write_whole


def test_new_file_takes_the_old_ones_place_at_the_end(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with replacing(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_error_the_old_file_is_there_and_no_other(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as unfinished:
        unfinished.write_text("half of it")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_file_has_the_usual_permissions_whoever_made_it(tmp_path):
    usual = tmp_path / "usual"
    usual.touch()
    with replacing(tmp_path / "file") as unfinished:
        unfinished.unlink()
        os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600))
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_line_ends_are_written_as_they_are(tmp_path):
    write_whole(tmp_path / "file", "a\r\nб\n")
    assert (tmp_path / "file").read_bytes() == "a\r\nб\n".encode()


def test_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_whole(tmp_path / "nowhere" / "file", "text")
