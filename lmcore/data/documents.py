"""The documents of a text file, one after another, however large the file is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def read_lines(path: str | Path) -> Iterator[str]:
    """The lines of a text file, each with its line end as ``\\n``. A byte order mark is dropped.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file that is not UTF-8.
    """
    with open(path, encoding="utf-8-sig") as file:
        try:
            yield from file
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not UTF-8 ({error.reason}); save it as UTF-8 first") from error


def cut_documents(lines: Iterable[str], characters: int, separator: str = "<|endoftext|>") -> Iterator[str]:
    """Cut a text that says nowhere where a document ends into documents of about one length.

    A document ends with the first empty line, or at least with the first line end at which it has ten times as many
    characters as wanted. Nothing is lost: the documents joined are the text, separators and documents of nothing but
    white space left out.

    Args:
        lines: each with its line end, such as ``read_lines(path)``.
        characters: a document has at least as many, unless a separator or the text's end comes first.
        separator: a document ends here in any case.

    Raises:
        ValueError: fewer than one character.
    """
    if characters < 1:
        raise ValueError(f"characters is {characters}; a document has at least 1")
    return _cut(lines, characters, separator)


def _cut(lines: Iterable[str], characters: int, separator: str) -> Iterator[str]:
    held: list[str] = []
    size = 0
    for line in lines:
        for i, part in enumerate(line.split(separator)):
            if i:
                yield from _document(held)
                held, size = [], 0
            held.append(part)
            size += len(part)
        if (size >= characters and not line.strip()) or size >= 10 * characters:
            yield from _document(held)
            held, size = [], 0
    yield from _document(held)


def _document(lines: list[str]) -> Iterator[str]:
    text = "".join(lines)
    if text.strip():
        yield text
