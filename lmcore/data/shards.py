"""Token shards: the ids of a corpus of any size in a folder, written in a stream, read without loading them.

A folder of shards holds

==========================  ==========================================================================================
``tokens-00000.bin``        token ids one after another, two bytes each (little-endian), four if the vocabulary needs it
``documents-00000.bin``     eight bytes for each document of this shard: where it ends, in tokens from the shard's start
``manifest.json``           how many of everything there must be, and a checksum of each file
==========================  ==========================================================================================

A document is never split between two shards. The manifest is written last, and the folder gets its name only then, so
a folder of shards is complete or not there at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

FORMAT = "lmcore token shards 1"
_BLOCK = 1 << 16  # ids that are held in memory at once
_ENDS = np.dtype("<u8")

Progress = Callable[[int, int], None]


def token_dtype(vocab_size: int) -> np.dtype:
    """The smallest of two and four bytes that holds every id.

    Raises:
        ValueError: a vocabulary without ids, or with more than four bytes can number.
    """
    if not 1 <= vocab_size <= 1 << 32:
        raise ValueError(f"vocab_size {vocab_size} is not in 1 .. {1 << 32}")
    return np.dtype("<u2") if vocab_size <= 1 << 16 else np.dtype("<u4")


def print_progress(every: float = 5.0) -> Progress:
    """A progress function for ``write_shards`` that prints a line to stderr at most every so many seconds."""
    began = printed = time.monotonic()

    def show(tokens: int, documents: int) -> None:
        nonlocal printed
        now = time.monotonic()
        if now - printed >= every:
            printed = now
            print(
                f"{tokens:,} tokens, {documents:,} documents, {tokens / (now - began):,.0f} tokens/s", file=sys.stderr
            )

    return show


def write_shards(
    documents: Iterable[Iterable[int]],
    folder: str | Path,
    vocab_size: int,
    *,
    tokens_per_shard: int = 1 << 26,
    progress: Progress | None = None,
) -> TokenShards:
    """Write the ids of documents, in a stream: memory does not grow with the corpus or with a document.

    Args:
        documents: for each document its ids: a list, an array, or an iterator that makes them while they are written,
            such as ``tokenizer.encode_stream(open(path))``. An end-of-text token, if wanted, is one of the ids.
        folder: where to write; it must not exist yet.
        vocab_size: ids are ``0 .. vocab_size - 1``.
        tokens_per_shard: a new shard begins with the next document once a shard has this many tokens.
        progress: called with the numbers of tokens and of whole documents so far, after each block of at most 65,536
            tokens and at the end.

    Returns:
        The shards, opened.

    Raises:
        FileExistsError: ``folder`` exists.
        ValueError: an id outside the vocabulary, an empty document, or no document at all.
        OSError: a disk that is full. As after any other error, ``folder`` does not exist then; what was written lies in
            ``folder.partial`` and is removed by the next call.
    """
    folder = Path(folder)
    if tokens_per_shard < 1:
        raise ValueError(f"tokens_per_shard {tokens_per_shard} is less than 1")
    if folder.exists():
        raise FileExistsError(f"{folder} exists; shards are never written over: remove it or choose another folder")
    dtype = token_dtype(vocab_size)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    closed: list[dict] = []
    shard = None
    tokens = count = 0
    try:
        for document in documents:
            shard = shard or _Shard(partial, len(closed), dtype)
            before = tokens
            for block in _blocks(document, vocab_size, count):
                shard.ids.add(block)
                tokens += len(block)
                if progress:
                    progress(tokens, count)
            if tokens == before:
                raise ValueError(f"document {count} is empty; a document has one token or more")
            shard.ends.add(np.array([shard.ids.count]))
            count += 1
            if shard.ids.count >= tokens_per_shard:
                closed.append(shard.close())
                shard = None
        if shard:
            closed.append(shard.close())
    finally:
        if shard:
            shard.drop()
    if not closed:
        raise ValueError("there is no document to write; a folder of shards holds at least one")
    manifest = {"format": FORMAT, "vocab_size": vocab_size, "dtype": dtype.str, "shards": closed}
    (partial / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, folder)
    if progress:
        progress(tokens, count)
    return TokenShards(folder)


class TokenShards:
    """A folder of shards, read through memory maps: opening it takes no memory for the tokens.

    ``len(shards)`` is the number of documents; ``shards[i]`` is document ``i``, a read-only array that looks at the
    file. Copies in other processes (a pickled ``TokenShards``) open the files anew.

    Args:
        folder: as written by ``write_shards``.

    Attributes:
        folder, vocab_size, dtype: as written.
        tokens: number of tokens in all shards.

    Raises:
        FileNotFoundError: no manifest, or a file of it is missing.
        ValueError: a file that has not the size in the manifest (it was cut short, say), or a manifest that this
            version does not read.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        manifest = _read_manifest(self.folder)
        self.vocab_size = manifest["vocab_size"]
        self.dtype = np.dtype(manifest["dtype"])
        self._shards = manifest["shards"]
        self._ids = [self._map(shard, "tokens", self.dtype) for shard in self._shards]
        self._ends = [self._map(shard, "documents", _ENDS) for shard in self._shards]
        for shard, ends in zip(self._shards, self._ends, strict=True):
            if ends[-1] != shard["tokens"]["count"]:
                raise ValueError(
                    f"{self.folder / shard['documents']['file']}: the last document ends at token {ends[-1]}, and the "
                    f"shard has {shard['tokens']['count']}; write the shards again"
                )
        self._first_document = np.cumsum([0, *map(len, self._ends)]).tolist()
        self.tokens = sum(map(len, self._ids))

    def _map(self, shard: dict, key: str, dtype: np.dtype) -> np.ndarray:
        path, wanted = self.folder / shard[key]["file"], shard[key]["count"] * dtype.itemsize
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing, and the manifest lists it; write the shards again")
        found = path.stat().st_size
        if found != wanted:
            what = "the shard was cut short" if found < wanted else "something was added to it"
            raise ValueError(f"{path} has {found} bytes, the manifest says {wanted}: {what}; write the shards again")
        return np.memmap(path, dtype=dtype, mode="r")

    def __reduce__(self) -> tuple:
        return TokenShards, (self.folder,)

    def __repr__(self) -> str:
        return f"TokenShards({str(self.folder)!r}): {self.tokens:,} tokens in {len(self):,} documents"

    def __len__(self) -> int:
        return self._first_document[-1]

    def __getitem__(self, document: int) -> np.ndarray:
        """The ids of a document.

        Raises:
            IndexError: a number outside ``-len .. len - 1``.
        """
        number = document + len(self) if document < 0 else document
        if not 0 <= number < len(self):
            raise IndexError(f"document {document} is not among the {len(self)} documents of {self.folder}")
        shard = bisect_right(self._first_document, number) - 1
        inside = number - self._first_document[shard]
        ends = self._ends[shard]
        return self._ids[shard][int(ends[inside - 1]) if inside else 0 : int(ends[inside])]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[document] for document in range(len(self)))

    def lengths(self) -> np.ndarray:
        """The number of tokens of each document: eight bytes of memory for each."""
        return np.concatenate([np.diff(ends.astype(np.int64), prepend=0) for ends in self._ends])

    def verify(self) -> None:
        """Read everything and compare it with the checksums.

        Raises:
            ValueError: a file whose bytes have changed.
        """
        for shard in self._shards:
            for part in (shard["tokens"], shard["documents"]):
                with open(self.folder / part["file"], "rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
                if found != part["sha256"]:
                    raise ValueError(
                        f"{self.folder / part['file']} has the checksum {found[:12]}..., the manifest says "
                        f"{part['sha256'][:12]}...: its bytes have changed; write the shards again"
                    )


class _File:
    """A file that is written from its beginning, with its checksum."""

    def __init__(self, path: Path, dtype: np.dtype) -> None:
        self.name, self.dtype, self.count = path.name, dtype, 0
        self._file = open(path, "wb")  # noqa: SIM115
        self._sum = hashlib.sha256()

    def add(self, numbers: np.ndarray) -> None:
        data = numbers.astype(self.dtype, copy=False).tobytes()
        self._file.write(data)
        self._sum.update(data)
        self.count += len(numbers)

    def close(self) -> dict:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return {"file": self.name, "count": self.count, "sha256": self._sum.hexdigest()}

    def drop(self) -> None:
        """Close without a word: after an error, a full disk would raise a second one."""
        with contextlib.suppress(OSError):
            self._file.close()


class _Shard:
    """The two files of one shard while they are written."""

    def __init__(self, folder: Path, number: int, dtype: np.dtype) -> None:
        self.ids = _File(folder / f"tokens-{number:05}.bin", dtype)
        self.ends = _File(folder / f"documents-{number:05}.bin", _ENDS)

    def close(self) -> dict:
        return {"tokens": self.ids.close(), "documents": self.ends.close()}

    def drop(self) -> None:
        self.ids.drop()
        self.ends.drop()


def _blocks(document: Iterable[int], vocab_size: int, number: int) -> Iterator[np.ndarray]:
    """The ids of a document, a block at a time, each looked at."""
    ids = iter(document) if not isinstance(document, np.ndarray) else None
    for start in range(0, sys.maxsize, _BLOCK):
        if ids is None:
            block = document[start : start + _BLOCK]
            if block.ndim != 1 or block.dtype.kind not in "iu":
                raise ValueError(f"document {number} is an array {block.shape} of {block.dtype}; ids are 1-D integers")
        else:
            taken = list(islice(ids, _BLOCK))
            block = np.array(taken) if taken else np.array([], dtype=np.int64)
            if block.ndim != 1 or block.dtype.kind not in "iu":
                wrong = next((i for i in taken if not _is_id(i)), taken[0])
                raise ValueError(f"document {number} holds {wrong!r}, which is no id; ids are integers")
        if not len(block):
            return
        low, high = int(block.min()), int(block.max())
        if low < 0 or high >= vocab_size:
            raise ValueError(
                f"document {number} holds the id {low if low < 0 else high}; ids are 0 .. {vocab_size - 1}"
            )
        yield block


def _is_id(i: object) -> bool:
    return isinstance(i, int | np.integer) and not isinstance(i, bool) and i < 1 << 63


def _read_manifest(folder: Path) -> dict:
    path = folder / "manifest.json"
    if not path.exists():
        started = folder.with_name(folder.name + ".partial").exists()
        why = "writing it was interrupted: write it again" if started else "there is no manifest.json in it"
        raise FileNotFoundError(f"{folder} is no folder of token shards; {why}")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise ValueError(f"its format is {manifest['format']!r}; this version reads {FORMAT!r}")
        if np.dtype(manifest["dtype"]) != token_dtype(manifest["vocab_size"]):
            raise ValueError(f"ids below {manifest['vocab_size']} are not stored as {manifest['dtype']}")
        for shard in manifest["shards"]:
            for part in (shard["tokens"], shard["documents"]):
                if Path(part["file"]).name != part["file"] or part["count"] < 1 or not part["sha256"]:
                    raise ValueError(f"{part} describes no file of a shard")
        if not manifest["shards"]:
            raise ValueError("it lists no shard")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} cannot be read as a manifest of token shards: {error!r}") from error
    return manifest
