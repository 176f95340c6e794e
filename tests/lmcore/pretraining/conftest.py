import runpy
from pathlib import Path

import pytest


@pytest.fixture
def recipe():
    """Small enough for a few seconds, with dropout, so that randomness must be resumed too."""
    return runpy.run_path(str(Path(__file__).with_name("small_run.py")))["RECIPE"]
