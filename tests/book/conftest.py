"""The book, built once for all tests."""

import fcntl
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "book"


@pytest.fixture(scope="session")
def built_book():
    """The folder of the pages: that of `make book`, so that a book that is up to date is not built again."""
    BUILD.mkdir(parents=True, exist_ok=True)
    command = [Path(sys.executable).parent / "jupyter-book", "build", "book", "--path-output", BUILD]
    with open(BUILD / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another pytest process may be at it
        result = subprocess.run(
            [*command, "--warningiserror", "--keep-going", "--quiet"], cwd=ROOT, text=True, capture_output=True
        )
    assert result.returncode == 0, f"the book does not build without warnings:\n{result.stdout}\n{result.stderr}"
    return BUILD / "_build" / "html"


@pytest.fixture(scope="session")
def of_the_book():
    """A function that loads a Python file of the book's folder, which is no package."""

    def load(file):
        spec = importlib.util.spec_from_file_location(Path(file).stem, ROOT / "book" / file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
