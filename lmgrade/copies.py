"""What a copy of the course consists of, as far as marks depend on it, and how two copies differ."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Of what else is installed, these may change what a function returns.
PACKAGES = ("torch", "numpy", "regex", "ipykernel")
# Of differing files, so many are named.
MOST_NAMED = 5


def files(folder: Path) -> dict[str, str]:
    """A digest of each file in a folder, by the folder's name and its place there.

    Notebooks are left out: they come to the judge cell by cell.
    """
    return {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".ipynb", ".pyc")
    }


def code() -> dict[str, str]:
    """The files of ``lmgrade`` and ``lmcore``."""
    return files(HERE) | files(HERE.parent / "lmcore")


def versions() -> dict[str, str]:
    """The version of Python and of each package that matters; empty for one that is not installed."""
    return {"Python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def differences(here: dict[str, str], there: dict[str, str]) -> str:
    """In words, what differs between two copies: of files that they do, of anything else what it is in each.

    Args:
        here, there: by name; the names of files have a slash.
    """
    named = []
    for name in sorted(here.keys() | there.keys()):
        ours, theirs = here.get(name), there.get(name)
        if ours == theirs:
            continue
        if "/" not in name:
            named.append(f"{name} is {theirs or 'absent'} there and {ours or 'absent'} here")
        elif theirs is None:
            named.append(f"{name} is missing there")
        else:
            named.append(f"{name} is only there" if ours is None else f"{name} differs")
    # What is said in one line comes first.
    named.sort(key=lambda text: "/" in text.split()[0])
    more = len(named) - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
