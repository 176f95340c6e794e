"""A browser, for whatever has pages: the book, the report, feedback, Formgrader."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

# Chromium's own calls home; without them every request is one that the page makes.
QUIET = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    """The path of Chromium. Where there is none, tests are skipped, in CI they fail."""
    path = shutil.which("chromium")
    if path is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("*** no chromium here: no page is opened. apt-get install chromium")
    return path


@pytest.fixture(scope="module")
def browser(chromium):
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*QUIET, *root])
        yield browser
        browser.close()
