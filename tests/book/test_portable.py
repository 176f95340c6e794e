"""Chapters keep to what Jupyter Book 2 reads too; its own parser comes with Node, which nobody here needs to have."""

import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = sorted(path for path in BOOK.glob("*.md"))
# Of those that Jupyter Book 1 offers, the ones that version 2 has no directive for.
NOT_THERE = {"eval-rst", "tab-set-code", "toggle", "glue", "only", "versionadded", "button-link", "button-ref"}
ROLES = {"octicon", "func", "class", "meth", "mod", "glue", "fa", "download"}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_uses_directives_and_roles_that_version_2_has(path):
    text = path.read_text(encoding="utf-8")
    directives = set(re.findall(r"^\s*(?:`{3,}|:{3,})\{([\w:-]+)\}", text, re.MULTILINE))
    roles = set(re.findall(r"\{([\w:-]+)\}`", text))
    assert not directives & NOT_THERE
    assert not roles & ROLES
    assert "{bdg" not in text


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_markers_of_included_code_are_plain(path):
    """Version 2 takes quotation marks for a part of the marker, and a # for a comment."""
    text = path.read_text(encoding="utf-8")
    for marker in re.findall(r"^:(?:start|end)-(?:at|before|after): (.*)$", text, re.MULTILINE):
        assert not marker.startswith(("'", '"')) and "#" not in marker, marker
