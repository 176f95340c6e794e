"""Each figure of the chapters has a number and a caption."""

import re
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.xdist_group("book")

TOC = yaml.safe_load((Path(__file__).parents[2] / "book" / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [chapter["file"] for part in TOC["parts"] if part.get("numbered") for chapter in part["chapters"]]
FIGURE = re.compile(r'<figure class="moving"|<span class="caption-number">Fig\. (\d+\.\d+) </span>')


def test_there_are_eight_numbered_chapters():
    assert len(CHAPTERS) == 8


@pytest.mark.parametrize("name", CHAPTERS)
def test_figures_are_numbered_in_their_order_and_have_captions(built_book, name):
    page = (built_book / f"{name}.html").read_text(encoding="utf-8")
    chapter = CHAPTERS.index(name) + 1
    found = [match[1] for match in FIGURE.finditer(page)]  # None: a figure itself, which its number follows
    count = found.count(None)
    assert count >= 2
    assert found == [number for i in range(1, count + 1) for number in (None, f"{chapter}.{i}")]


def test_names_of_figures_begin_with_the_page():
    for name in CHAPTERS:
        source = (Path(__file__).parents[2] / "book" / f"{name}.md").read_text(encoding="utf-8")
        names = re.findall(r"^    name: (\S+)", source, re.MULTILINE)
        assert [given for given in names if not given.startswith(f"fig-{name}-")] == []
