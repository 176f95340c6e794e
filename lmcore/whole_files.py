"""A file is replaced whole or not at all, whatever happens in between: an error, a full disk, ``kill -9``."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield another name in the same folder to write to; what was written there takes the place of ``path`` at the end.

    After an error inside, ``path`` is what it was. A process that is killed can leave a file behind whose name begins
    with a dot and ends with ``.unfinished``.

    Args:
        path: the file to write or to replace.
    """
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.touch()
        mode = unfinished.stat().st_mode
        yield unfinished
        with open(unfinished, "rb+") as file:
            os.fsync(file.fileno())  # else, after a power cut, the name could be there and its bytes not
        unfinished.chmod(mode)  # safetensors makes files that nobody but their owner can read
        os.replace(unfinished, path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def write_whole(path: str | Path, text: str) -> None:
    """Write or replace a text file, UTF-8, with line ends as they are in the text."""
    with replacing(path) as unfinished, open(unfinished, "w", encoding="utf-8", newline="") as file:
        file.write(text)
