"""The documents of a text file, one after another, however large the file is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_BLOCK = 1 << 20  # characters read at once


def read_documents(path: str | Path, separator: str = "<|endoftext|>") -> Iterator[str]:
    """The texts between separators, without the white space around them. Empty ones are left out.

    Memory: the longest document and a block of a million characters. TinyStories is such a file.

    Args:
        path: a UTF-8 text file.
        separator: what stands between two documents; ``"\\n\\n"`` makes a document of each paragraph.

    Raises:
        ValueError: an empty separator, or a file that is not UTF-8.
    """
    if not separator:
        raise ValueError("the separator is empty; it needs one character or more")
    return _read(Path(path), separator)


def _read(path: Path, separator: str) -> Iterator[str]:
    held: list[str] = []  # a document's blocks so far; the last one may end with half a separator
    with open(path, encoding="utf-8") as file:
        while True:
            try:
                block = file.read(_BLOCK)
            except UnicodeDecodeError as error:
                raise ValueError(f"{path} is not UTF-8 ({error.reason}); save it as UTF-8 first") from error
            tail = held.pop() if held else ""
            *whole, rest = (tail + block).split(separator) if block else (tail, "")
            for text in whole:
                document = "".join([*held, text]).strip()
                held.clear()
                if document:
                    yield document
            held.append(rest)
            if not block:
                return
