"""The book, built once for all tests."""

import fcntl
import os
import shutil
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
def chromium():
    """The path of Chromium. Where there is none, tests are skipped, in CI they fail."""
    path = shutil.which("chromium")
    if path is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("*** no chromium here: no page of the book is opened. apt-get install chromium")
    return path
