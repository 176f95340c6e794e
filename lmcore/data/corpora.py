"""Text to learn from that needs no network: Python's manual, any local files, two stories written for this course."""

from __future__ import annotations

from pathlib import Path

_TEXTS = Path(__file__).parent / "texts"
_ENDINGS = (".txt", ".md")


def python_manual() -> str:
    """The reference manual that comes with CPython, about 465,000 characters of plain English and some code.

    It is the text behind ``help("if")``: about 80 chapters, in the alphabetical order of their names, with an empty
    line between them. The same Python gives the same text; another version of Python gives a slightly different one.
    Some paragraphs stand in several chapters: whoever keeps a part for validation should keep one copy of each only.

    Raises:
        RuntimeError: an installation of Python without its manual.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise RuntimeError(
            "this Python has no manual (the module pydoc_data.topics, which some systems leave out); install a "
            "complete Python, or use local_text with a text of your own"
        ) from error
    return "\n\n".join(topics[name].strip("\n") for name in sorted(topics)) + "\n"


def local_text(path: str | Path) -> str:
    """The text of a file, or of all ``.txt`` and ``.md`` files of a folder and the folders in it, but hidden ones.

    Files of a folder come in the order of their paths, with an empty line between them. A byte order mark is dropped,
    and each kind of line end becomes ``\\n``.

    Args:
        path: a file of any name, or a folder.

    Raises:
        FileNotFoundError: there is nothing at ``path``, or a folder without such files.
        ValueError: a file that is not UTF-8; the message names it and the first byte that is wrong.
    """
    return "\n\n".join(_read(file) for file in text_files(path))


def text_files(path: str | Path) -> list[Path]:
    """The file, or the files of a folder, that ``local_text`` reads, in its order.

    Raises:
        FileNotFoundError: there is nothing at ``path``, or a folder without such files.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    if not path.is_dir():
        return [path]
    files = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in _ENDINGS
        and not any(name.startswith(".") for name in file.relative_to(path).parts)
        and file.is_file()
    )
    if not files:
        raise FileNotFoundError(f"the folder {path} holds no {' or '.join(_ENDINGS)} file")
    return files


def english_story() -> str:
    """ "The Lamp That Told Stories", written for this course: about 3,500 characters."""
    return local_text(_TEXTS / "english_story.txt")


def russian_story() -> str:
    """ "Ладонь наборщика" ("The Typesetter's Palm"), written for this course in Russian: about 2,500 characters."""
    return local_text(_TEXTS / "russian_story.txt")


def _read(path: Path) -> str:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8: byte {error.start} is 0x{data[error.start]:02x} ({error.reason}); "
            "save it as UTF-8 first"
        ) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
