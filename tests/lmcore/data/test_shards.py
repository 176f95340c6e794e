import errno
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmcore.data import shards as shards_module
from lmcore.data.shards import TokenShards, print_progress, token_dtype, write_shards

DOCUMENTS = [[1, 2, 3], [4], [5, 6], [7, 8, 9, 10], [0, 0]]


@pytest.fixture
def shards(tmp_path):
    return write_shards(DOCUMENTS, tmp_path / "shards", vocab_size=11, tokens_per_shard=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    st.lists(st.lists(st.integers(0, 70_000), min_size=1, max_size=9), min_size=1, max_size=9),
    st.integers(1, 20),
    st.sampled_from([70_001, 1 << 32]),
)
def test_documents_come_back_as_they_were_written(tmp_path_factory, documents, tokens_per_shard, vocab_size):
    folder = tmp_path_factory.mktemp("written") / "shards"
    shards = write_shards(documents, folder, vocab_size, tokens_per_shard=tokens_per_shard)
    assert [document.tolist() for document in shards] == documents
    assert shards.lengths().tolist() == list(map(len, documents))
    assert shards.tokens == sum(map(len, documents))
    assert len(shards) == len(documents)
    assert shards[-1].tolist() == documents[-1]
    shards.verify()


def test_a_document_is_never_split_and_shards_begin_when_the_last_one_is_full(shards):
    sizes = {path.name: path.stat().st_size for path in shards.folder.glob("*.bin")}
    assert sizes == {
        "tokens-00000.bin": 8,
        "documents-00000.bin": 16,
        "tokens-00001.bin": 12,
        "documents-00001.bin": 16,
        "tokens-00002.bin": 4,
        "documents-00002.bin": 8,
    }


def test_ids_take_two_bytes_where_they_fit_and_four_otherwise():
    assert token_dtype(1 << 16).itemsize == 2
    assert token_dtype((1 << 16) + 1).itemsize == 4
    for size in (0, (1 << 32) + 1):
        with pytest.raises(ValueError, match=f"vocab_size {size} is not in"):
            token_dtype(size)


def test_lists_arrays_and_iterators_are_written_alike(tmp_path):
    kinds = [DOCUMENTS, map(np.array, DOCUMENTS), (iter(document) for document in DOCUMENTS)]
    written = [write_shards(kind, tmp_path / str(i), vocab_size=11) for i, kind in enumerate(kinds)]
    for shards in written:
        assert [document.tolist() for document in shards] == DOCUMENTS


def test_documents_are_views_of_the_file_that_cannot_be_written(shards):
    assert isinstance(shards[0].base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        shards[0][0] = 5


def test_a_pickled_copy_holds_no_tokens(shards):
    data = pickle.dumps(shards)
    assert len(data) < 1000
    assert [document.tolist() for document in pickle.loads(data)] == DOCUMENTS


@pytest.mark.parametrize(
    ("documents", "complaint"),
    [
        ([[1], [2, 11]], "document 1 holds the id 11; ids are 0 .. 10"),
        ([[1], [-1]], "document 1 holds the id -1"),
        ([np.array([70_000])], "document 0 holds the id 70000"),
        ([[1], []], "document 1 is empty"),
        ([], "no document to write"),
        ([[1, 1.5]], "holds 1.5, which is no id"),
        ([[1, 10**30]], "which is no id"),
        (["text"], "holds 't', which is no id"),
        ([[True]], "holds True, which is no id"),
        ([np.array([1.0])], "ids are 1-D integers"),
        ([np.array([[1]])], "ids are 1-D integers"),
    ],
)
def test_bad_documents_are_refused_and_nothing_is_left_under_the_name(tmp_path, documents, complaint):
    folder = tmp_path / "shards"
    with pytest.raises(ValueError, match=complaint):
        write_shards(documents, folder, vocab_size=11)
    assert not folder.exists()
    with pytest.raises(FileNotFoundError, match="writing it was interrupted: write it again"):
        TokenShards(folder)
    assert [document.tolist() for document in write_shards(DOCUMENTS, folder, 11)] == DOCUMENTS


def test_shards_are_never_written_over(shards):
    with pytest.raises(FileExistsError, match="never written over"):
        write_shards(DOCUMENTS, shards.folder, vocab_size=11)
    with pytest.raises(ValueError, match="tokens_per_shard 0"):
        write_shards(DOCUMENTS, shards.folder.with_name("other"), vocab_size=11, tokens_per_shard=0)


def test_a_shard_cut_short_is_an_error_that_names_both_sizes(shards):
    path = shards.folder / "tokens-00001.bin"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(
        ValueError, match=r"tokens-00001\.bin has 10 bytes, the manifest says 12: the shard was cut short"
    ):
        TokenShards(shards.folder)


def test_a_missing_file_and_a_file_that_grew_are_errors(shards):
    path = shards.folder / "documents-00000.bin"
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(ValueError, match="something was added"):
        TokenShards(shards.folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"documents-00000\.bin is missing"):
        TokenShards(shards.folder)


def test_a_changed_byte_is_found_by_verify_and_a_changed_end_at_once(shards):
    path = shards.folder / "tokens-00000.bin"
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"tokens-00000\.bin has the checksum .* its bytes have changed"):
        TokenShards(shards.folder).verify()
    ends = shards.folder / "documents-00002.bin"
    ends.write_bytes((9).to_bytes(8, "little"))
    with pytest.raises(ValueError, match="the last document ends at token 9, and the shard has 2"):
        TokenShards(shards.folder)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "something else"},
        {"dtype": "<u4"},
        {"vocab_size": 0},
        {"shards": []},
        {"shards": [{"tokens": {"file": "../outside", "count": 1, "sha256": "0"}}]},
        {"shards": 5},
    ],
)
def test_a_manifest_of_another_kind_is_refused(shards, change):
    path = shards.folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match="cannot be read as a manifest"):
        TokenShards(shards.folder)
    path.write_text("{")
    with pytest.raises(ValueError, match="cannot be read as a manifest"):
        TokenShards(shards.folder)


def test_a_folder_without_a_manifest_and_documents_that_are_not_there_are_refused(shards, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no manifest\.json"):
        TokenShards(tmp_path)
    for number in (5, -6):
        with pytest.raises(IndexError, match=f"document {number} is not among the 5 documents"):
            shards[number]


def test_progress_counts_up_to_everything(tmp_path, capsys):
    seen = []
    documents = [range(100_000), [1, 2]]
    write_shards(documents, tmp_path / "shards", 100_000, progress=lambda *numbers: seen.append(numbers))
    assert seen == [(65_536, 0), (100_000, 0), (100_002, 1), (100_002, 2)]
    show = print_progress(every=0)
    show(1_234_567, 8)
    assert "1,234,567 tokens, 8 documents" in capsys.readouterr().err


def test_an_interrupted_write_leaves_no_shards(tmp_path):
    def documents():
        yield [1, 2, 3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_shards(documents(), tmp_path / "shards", vocab_size=11)
    assert not (tmp_path / "shards").exists()


def test_a_full_disk_is_an_error_and_leaves_no_shards(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space left"):
        patched.setattr(shards_module._File, "add", full)
        write_shards(DOCUMENTS, tmp_path / "shards", vocab_size=11)
    assert not (tmp_path / "shards").exists()
    write_shards(DOCUMENTS, tmp_path / "shards", vocab_size=11).verify()


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads the peak of memory from /proc")
def test_memory_does_not_grow_with_the_corpus(tmp_path):
    """A document of 3 million ids, 24 MB in memory if it were held there, after one of 50,000."""
    code = """
import sys, numpy as np
from lmcore.data.shards import write_shards
def peak():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1])
block = np.arange(50_000).tolist()
write_shards([block], sys.argv[1] + "/small", 50_000)
before = peak()
write_shards([(i for _ in range(60) for i in block)], sys.argv[1] + "/large", 50_000)
print(peak() - before)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 4_000, "kB more for sixty times as many ids"
