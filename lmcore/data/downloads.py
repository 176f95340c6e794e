"""Well-known corpora from the network, only when asked for: ``python -m lmcore.data.downloads tiny_shakespeare``.

Nothing else in this project uses the network.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_BLOCK = 1 << 16
CACHE = Path.home() / ".cache" / "lmcore"
_SILENCE = 30.0  # seconds without a byte after which the network counts as gone

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Corpus:
    """Where a corpus is, and what its file must be: a pinned revision, its size in bytes, its SHA-256."""

    url: str
    file: str
    size: int
    sha256: str


_STORIES = "https://huggingface.co/datasets/roneneldan/TinyStories/resolve/f54c09fd23315a6f9c86f9dc80f725de7d8f9c64/"

# Sizes and checksums as published by others: that of Tiny Shakespeare in TensorFlow Datasets' checksums.tsv, those of
# TinyStories in several public repositories that pin the same revision.
CORPORA = {
    "tiny_shakespeare": Corpus(
        "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/"
        "data/tinyshakespeare/input.txt",
        "tiny_shakespeare.txt",
        1_115_394,
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ),
    "tiny_stories": Corpus(
        _STORIES + "TinyStories-train.txt",
        "tiny_stories.txt",
        1_924_281_556,
        "c5cf5e22ff13614e830afbe61a99fbcbe8bcb7dd72252b989fa1117a368d401f",
    ),
    "tiny_stories_validation": Corpus(
        _STORIES + "TinyStories-valid.txt",
        "tiny_stories_validation.txt",
        19_447_282,
        "94e431816c4cce81ff71e4408ff8d3bda9a42e8d2663986697c3954288cb38b4",
    ),
}


def download(
    corpus: str | Corpus,
    folder: str | Path = "downloads",
    *,
    progress: Progress | None = None,
    silence: float = _SILENCE,
) -> Path:
    """Fetch a corpus, unless it is there already, and check every byte of it.

    What has arrived is kept in ``<file>.part``. After an interruption the next call goes on from there.

    Args:
        corpus: one of ``CORPORA``, by its name, or another ``Corpus``.
        folder: where the file goes.
        progress: called with the bytes that are here and the bytes of the whole, after each block.
        silence: seconds to wait for a byte before giving up.

    Returns:
        The path of the file. ``read_documents`` reads TinyStories from it story by story.

    Raises:
        ValueError: no corpus of this name, or a file that has not the right checksum. A fresh download with a wrong one
            is removed.
        ConnectionError: no network, or one that broke off; one sentence says what to do.
    """
    if isinstance(corpus, str):
        if corpus not in CORPORA:
            raise ValueError(f"there is no corpus {corpus!r}; there are {', '.join(CORPORA)}")
        corpus = CORPORA[corpus]
    path = Path(folder) / corpus.file
    if path.exists():
        _check(path, corpus, f"remove it to download it again from {corpus.url}")
        return path
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    if not part.exists() or part.stat().st_size != corpus.size:
        _fetch(corpus, part, progress, silence)
    try:
        _check(
            part, corpus, "it has been removed; try again, and if it happens again the file at its address has changed"
        )
    except ValueError:
        part.unlink()
        raise
    os.replace(part, path)
    return path


def _fetch(corpus: Corpus, part: Path, progress: Progress | None, silence: float) -> None:
    """Bring ``part`` to its full size, from where it ends if the server can do that."""
    here = part.stat().st_size if part.exists() else 0
    if here > corpus.size:
        here = 0
    request = urllib.request.Request(corpus.url, headers={"User-Agent": "lmcore", "Accept-Encoding": "identity"})
    if here:
        request.add_header("Range", f"bytes={here}-")
    with _network(lambda: urllib.request.urlopen(request, timeout=silence), corpus, here) as answer:
        # 206: the rest follows. 200: the server sends everything from the beginning.
        goes_on = answer.status == 206
        if goes_on and _first_byte(answer.headers.get("Content-Range", "")) != here:
            raise ConnectionError(f"{corpus.url} answered with another part than was asked for; try again later")
        here = here if goes_on else 0
        with open(part, "ab" if goes_on else "wb") as file:
            while here <= corpus.size and (block := _network(lambda: answer.read(_BLOCK), corpus, here)):
                file.write(block)
                here += len(block)
                if progress:
                    progress(here, corpus.size)
    if here < corpus.size:
        raise ConnectionError(_broke_off(corpus, here))


def _network(action: Callable, corpus: Corpus, here: int):
    """What ``action`` returns; whatever goes wrong with the network becomes one clear sentence."""
    host = urlsplit(corpus.url).hostname
    try:
        return action()
    except urllib.error.HTTPError as error:
        raise ConnectionError(
            f"{host} answered {error.code} ({error.reason}) when asked for {corpus.file}; try again later, or get the "
            f"file from elsewhere and put it into the folder of downloads"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        if here:
            raise ConnectionError(_broke_off(corpus, here)) from None
        reason = getattr(error, "reason", error)
        raise ConnectionError(
            f"{corpus.file} could not be downloaded because {host} cannot be reached ({reason}); "
            "without a network, learn from lmcore.data.stories or lmcore.data.python_manual, which need none"
        ) from None


def _broke_off(corpus: Corpus, here: int) -> str:
    return (
        f"the download of {corpus.file} broke off after {here:,} of {corpus.size:,} bytes; they are kept, and the same "
        "call goes on from there"
    )


def _first_byte(content_range: str) -> int | None:
    match = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", content_range.strip())
    return int(match.group(1)) if match else None


def _check(path: Path, corpus: Corpus, advice: str) -> None:
    size = path.stat().st_size
    if size != corpus.size:
        raise ValueError(f"{path} has {size:,} bytes and should have {corpus.size:,}; {advice}")
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != corpus.sha256:
        raise ValueError(f"{path} has the checksum {found} and should have {corpus.sha256}; {advice}")


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser("python -m lmcore.data.downloads", description="Download a corpus and check it.")
    parser.add_argument("corpus", choices=CORPORA)
    parser.add_argument("--folder", default=CACHE, help="where the file goes (default: %(default)s)")
    options = parser.parse_args(arguments)

    shown = -1

    def progress(here: int, whole: int) -> None:
        nonlocal shown
        if (percent := 100 * here // whole) != shown:
            shown = percent
            print(f"\r{here:,} of {whole:,} bytes ({percent} %)", end="", file=sys.stderr, flush=True)

    try:
        path = download(options.corpus, options.folder, progress=progress)
    except (ConnectionError, ValueError) as error:
        print(f"\n{error}" if shown >= 0 else error, file=sys.stderr)
        return 1
    if shown >= 0:
        print(file=sys.stderr)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
